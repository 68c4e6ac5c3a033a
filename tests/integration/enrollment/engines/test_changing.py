"""From one engine to another and back, while people are compared: nobody is refused for it."""

import pytest
from sqlalchemy import func, select, update

from enrollment.capture import Position
from enrollment.capture.extraction import Extraction
from enrollment.capture.models import SampleRow, TemplateRow
from enrollment.engines import Coverage, EnginePolicy, InUse, Modality, Reextraction, Report, Round
from enrollment.engines.models import EngineMissRow, EngineShadowRow
from enrollment.errors import Code, Refusal
from enrollment.gallery import Readiness
from enrollment.verification import Outcome, Said
from tests.factories.captures import ENGINE, CaptureDesk, image
from tests.factories.engines import SECOND, Turned, Workshop
from tests.factories.register import code_of
from tests.factories.verification import Enroller, shown

pytestmark = pytest.mark.integration

MATCH, NO_MATCH = Said(Outcome.MATCH), Said(Outcome.NO_MATCH)


def engines_of(workshop: Workshop) -> dict[str, int]:
    """How many templates there are of fingers, by engine."""
    counted = select(TemplateRow.engine, func.count()).join(SampleRow, SampleRow.id == TemplateRow.sample_id)
    rows = workshop.session.execute(counted.where(SampleRow.position != "face").group_by(TemplateRow.engine))
    return {row[0]: row[1] for row in rows}


def test_whole_change_and_back(workshop: Workshop) -> None:
    """Candidate, re-extraction, shadow, active, back-out, and forward again: every comparison is answered rightly."""
    people = {name: workshop.person(name) for name in ("awa", "binta", "cumba")}
    shots = iter(range(1000))

    def everybody() -> None:
        for name, person_id in people.items():
            assert workshop.verify(person_id, name, next(shots)) == MATCH
            assert workshop.verify(person_id, "nobody", next(shots)) == NO_MATCH
            assert workshop.verify(person_id, name, next(shots), Position.FACE) == MATCH

    everybody()
    assert not isinstance(workshop.engines.add(SECOND, Modality.FINGER, present=ENGINE), Refusal)
    assert workshop.status() == {ENGINE: "active", SECOND: "candidate"}
    everybody()
    assert workshop.second.asked == 0
    assert workshop.extract(most=2) == 4
    assert not isinstance(workshop.engines.shadow(SECOND), Refusal)
    everybody()
    assert workshop.second.asked == 6
    assert not isinstance(workshop.engines.activate(SECOND), Refusal)
    assert workshop.status() == {ENGINE: "shadow", SECOND: "active"}
    everybody()
    assert workshop.second.asked == 12
    assert not isinstance(workshop.engines.back_out(Modality.FINGER), Refusal)
    assert workshop.status() == {ENGINE: "active", SECOND: "shadow"}
    everybody()
    assert not isinstance(workshop.engines.back_out(Modality.FINGER), Refusal)
    everybody()
    assert workshop.office.events("engine.") == ["engine.changed"] * 9


def test_report_holds_both_against_the_same_comparisons(workshop: Workshop) -> None:
    """AC-104: figures alone, of each engine; what the second one says changes no answer."""
    person_id = workshop.person("awa")
    workshop.tried()
    assert workshop.verify(person_id, "awa", 1) == MATCH
    assert workshop.verify(person_id, "nobody", 2) == NO_MATCH
    workshop.second.lost = 1
    assert workshop.verify(person_id, "awa", 3) == MATCH
    report = workshop.reports.of(SECOND)
    assert isinstance(report, Report)
    assert (report.both, report.only_counted, report.only_said, report.neither) == (1, 0, 0, 1)
    assert (report.compared, report.agreement) == (2, 1.0)
    assert (report.counted_median, report.said_median) == (9.0, 9.0)
    rows = workshop.session.scalars(select(EngineShadowRow)).all()
    assert {(row.used, row.engine_id) for row in rows} == {(ENGINE, SECOND)}


def test_templates_are_read_by_their_own_engine_alone(workshop: Workshop) -> None:
    """After the change each side is still given nothing of the other's; the other way round is refused, not matched."""
    person_id = workshop.person("awa")
    workshop.tried()
    workshop.engines.activate(SECOND)
    held = workshop.verification.enrolled.of(person_id)
    fingers = {one.engine for one in held if one.position is not Position.FACE}
    assert (fingers, {one.engine for one in held if one.position is Position.FACE}) == ({SECOND}, {ENGINE})
    subjects = workshop.entries.subjects_of(person_id)
    assert {(one.engine, one.left) for one in workshop.entries.of(subjects)} == {(SECOND, False), (ENGINE, False)}
    workshop.shelf = workshop.shelf.__class__(workshop.first, {SECOND: Turned(workshop.first, "written-3")})
    assert code_of(workshop.shelf.made(SECOND, Position.RIGHT_INDEX, shown("awa"), 60)) is Code.BIO_ENGINE


def test_order_of_a_change(workshop: Workshop) -> None:
    """Nothing counts before it was a shadow with its templates; one is tried at a time; names come once."""
    workshop.person("awa")
    engines = workshop.engines
    assert code_of(engines.shadow(SECOND)) is Code.ENR_UNKNOWN
    assert code_of(engines.add("", Modality.FINGER, present=ENGINE)) is Code.ENR_SCHEMA
    assert code_of(engines.add(ENGINE, Modality.FINGER, present=ENGINE)) is Code.ENR_EXISTS
    assert not isinstance(engines.add(SECOND, Modality.FINGER, present=ENGINE), Refusal)
    assert code_of(engines.add(SECOND, Modality.FINGER, present=ENGINE)) is Code.ENR_EXISTS
    assert code_of(engines.add("written-3", Modality.FINGER, present=ENGINE)) is Code.ENR_FULL
    assert code_of(engines.activate(SECOND)) is Code.ENR_STATE
    assert code_of(engines.back_out(Modality.FINGER)) is Code.ENR_STATE
    assert code_of(engines.retire(ENGINE)) is Code.ENR_STATE
    assert not isinstance(engines.shadow(SECOND), Refusal)
    assert engines.activate(SECOND) == Refusal(Code.ENR_GUARD, "coverage")
    assert code_of(engines.back_out(Modality.FINGER)) is Code.ENR_STATE
    assert workshop.status() == {ENGINE: "active", SECOND: "shadow"}


def test_whom_the_new_engine_cannot_use_is_compared_by_the_old_one(workshop: Workshop) -> None:
    """Of a thousand and more samples one may be left: whose it is matches as before, by the other finger too."""
    person_id = workshop.person("awa")
    index = workshop.session.scalars(select(SampleRow).where(SampleRow.position == "right_index")).one()
    workshop.second.blind = frozenset({shown("awa", -1)})
    workshop.engines.add(SECOND, Modality.FINGER, present=ENGINE)
    workshop.extract()
    missed = workshop.session.scalars(select(EngineMissRow)).all()
    assert {row.code for row in missed} == {"BIO-QUALITY"}
    assert index.id in {row.sample_id for row in missed}
    coverage = workshop.engines.coverage(SECOND)
    assert not isinstance(coverage, Refusal)
    assert (coverage.searched, coverage.covered, coverage.missed, coverage.share) == (2, 0, 2, 0.0)
    workshop.engines.shadow(SECOND)
    assert workshop.engines.activate(SECOND) == Refusal(Code.ENR_GUARD, "coverage")
    # As if there were a thousand others.
    table = TemplateRow.metadata.tables["bio_engine"]
    workshop.session.execute(update(table).where(table.c.id == ENGINE).values(status="shadow"))
    workshop.session.execute(update(table).where(table.c.id == SECOND).values(status="active"))
    assert workshop.verify(person_id, "awa", 1) == MATCH
    assert workshop.verify(person_id, "nobody", 2) == NO_MATCH
    assert all(one.left for one in workshop.verification.enrolled.of(person_id) if one.position is not Position.FACE)


def test_extraction_goes_on_where_it_stopped(workshop: Workshop) -> None:
    """Nothing is done twice; an engine that dies is asked three times, and whoever comes meanwhile is in it."""
    workshop.person("awa")
    workshop.engines.add(SECOND, Modality.FINGER, present=ENGINE)
    workshop.second.lost = 2
    first = workshop.work.round(SECOND, 1)
    assert isinstance(first, Round)
    assert (first.made, first.missed) == (0, 1)
    assert workshop.work.round(SECOND, 10) == Round(1, 1, None)
    assert workshop.work.round(SECOND, 10) == Round(1, 0, None)
    assert workshop.work.round(SECOND, 10) == Round(0, 0, None)
    workshop.person("binta")
    assert workshop.work.round(SECOND, 10) == Round(2, 0, None)
    assert code_of(workshop.work.round("nobody", 10)) is Code.ENR_UNKNOWN


def test_retired_engine_leaves_nothing_but_what_is_needed(workshop: Workshop) -> None:
    """Its templates go wherever the one that counts has its own, and the rows of the gallery point to that."""
    person_id = workshop.person("awa")
    workshop.tried()
    workshop.engines.activate(SECOND)
    assert not isinstance(workshop.engines.retire(ENGINE), Refusal)
    assert workshop.retiring.round(1) == 1
    assert workshop.verify(person_id, "awa", 1) == MATCH
    assert [workshop.retiring.round(10), workshop.retiring.round(10)] == [1, 0]
    assert set(engines_of(workshop)) == {SECOND}
    assert workshop.verify(person_id, "awa", 2) == MATCH
    assert workshop.verify(person_id, "nobody", 3) == NO_MATCH
    assert code_of(workshop.engines.back_out(Modality.FINGER)) is Code.ENR_STATE
    assert code_of(workshop.work.round(ENGINE, 10)) is Code.ENR_STATE


def test_nobody_is_stranded(workshop: Workshop) -> None:
    """Who is searched by fingers alone, which the new engine cannot use, keeps it from counting."""
    person_id = workshop.office.person()
    workshop.enroller.written(person_id, "awa", (Position.RIGHT_INDEX,))
    workshop.tried()
    workshop.engines.policy = workshop.engines.policy.__class__(coverage=0.0)
    lonely = workshop.office.person()
    workshop.enroller.written(lonely, "binta", (Position.LEFT_THUMB,))
    assert workshop.engines.activate(SECOND) == Refusal(Code.ENR_GUARD, "stranded")
    workshop.extract()
    assert not isinstance(workshop.engines.activate(SECOND), Refusal)


def test_searches_are_made_to_wait_by_nobody_unawares(workshop: Workshop) -> None:
    """Back to an engine that knows somebody by nothing: told before, and done where it is said that they may wait."""
    workshop.person("awa")
    workshop.tried()
    workshop.engines.activate(SECOND)
    lonely = workshop.office.person()
    held = workshop.cellar
    later = Enroller(workshop.session, workshop.vault, held.keys, held.clock, engine=SECOND)
    later.written(lonely, "binta", (Position.LEFT_THUMB,))
    assert workshop.engines.back_out(Modality.FINGER) == Refusal(Code.ENR_GUARD, "stranded")
    assert workshop.status() == {ENGINE: "shadow", SECOND: "active"}
    assert not isinstance(workshop.engines.back_out(Modality.FINGER, waiting=True), Refusal)
    assert workshop.status() == {ENGINE: "active", SECOND: "shadow"}


def test_index_counts_only_where_it_knows_everybody(workshop: Workshop) -> None:
    """AC-104: of engines that do not count, or have nothing of somebody, no search may say that there is nobody."""
    workshop.person("awa")
    assert workshop.engines.count({"whatever-is-the-program's"})
    workshop.tried()
    assert workshop.engines.count({ENGINE})
    assert not workshop.engines.count({SECOND})
    workshop.engines.activate(SECOND)
    assert (workshop.engines.count({ENGINE}), workshop.engines.count({SECOND, ENGINE})) == (False, True)
    lonely = workshop.office.person()
    workshop.second.blind = frozenset({shown("binta", -1)})
    workshop.enroller.written(lonely, "binta", (Position.LEFT_THUMB,))
    workshop.extract()
    assert workshop.engines.count({SECOND, ENGINE})
    assert not workshop.engines.count({SECOND})
    workshop.entries.withdraw(workshop.entries.subjects_of(lonely))
    assert workshop.engines.count({SECOND})


def test_engine_counts_once_its_indexes_are_ready(workshop: Workshop) -> None:
    """A worker whose index lacks much keeps it from counting; one that is gone, or of other engines, does not."""
    workshop.person("awa")
    workshop.tried()
    clock, newest = workshop.cellar.clock, workshop.entries.newest()
    ready = Readiness(workshop.session, clock)
    assert workshop.engines.behind(SECOND) is None
    ready.note("a", frozenset({SECOND, ENGINE}), newest)
    ready.note("b", frozenset({SECOND, ENGINE}), newest - 2)
    ready.note("c", frozenset({ENGINE}), 0)
    assert (workshop.engines.behind(SECOND), workshop.engines.behind(ENGINE)) == (2, newest)
    workshop.engines.policy = EnginePolicy(behind=1)
    assert workshop.engines.activate(SECOND) == Refusal(Code.ENR_GUARD, "index")
    clock.advance(minutes=4)
    ready.note("a", frozenset({SECOND, ENGINE}), newest)
    assert workshop.engines.behind(SECOND) == 0
    assert not isinstance(workshop.engines.activate(SECOND), Refusal)


def test_newcomers_are_known_by_both(workshop: Workshop) -> None:
    """Whoever is captured while an engine is tried has its templates before a search; its faults stop nobody."""
    desk = CaptureDesk(workshop.cellar, workshop.session)
    for position, name in ((Position.FACE, "awa"), (Position.RIGHT_INDEX, "awa index")):
        assert not isinstance(desk.captures.take(desk.subject, desk.shot(position, image(name))), Refusal)
    aid = desk.subject.aid
    assert workshop.work.newcomer(aid) == 0
    workshop.engines.add(SECOND, Modality.FINGER, present=ENGINE)
    workshop.second.lost = 1
    assert workshop.work.newcomer(aid) == 0
    assert workshop.session.scalars(select(EngineMissRow.code)).all() == ["BIO-ENGINE"]
    assert (workshop.work.newcomer(aid), workshop.work.newcomer(aid)) == (1, 0)
    assert engines_of(workshop) == {SECOND: 2}


def test_new_applications_are_captured_for_the_engine_that_counts(workshop: Workshop) -> None:
    """An application between two engines gets templates of the new one, and only those are searched."""
    desk = CaptureDesk(workshop.cellar, workshop.session)
    for position, name in ((Position.FACE, "awa"), (Position.RIGHT_INDEX, "awa index")):
        assert not isinstance(desk.captures.take(desk.subject, desk.shot(position, image(name))), Refusal)
    held, vault = workshop.cellar, workshop.vault
    maker = InUse(workshop.session, workshop.shelf)
    extraction = Extraction(workshop.session, vault, maker, held.clock, held.entropy)
    aid = desk.subject.aid
    assert (extraction.run(aid), {one.engine for one in extraction.of(aid)}) == (3, {ENGINE})
    workshop.tried()
    assert extraction.run(aid) == 0
    assert not isinstance(workshop.engines.activate(SECOND), Refusal)
    assert (extraction.run(aid), extraction.run(aid)) == (2, 0)
    listed = extraction.of(aid)
    assert {(one.position, one.engine) for one in listed} == {(Position.FACE, ENGINE), (Position.RIGHT_INDEX, SECOND)}
    assert len(listed) == 3
    workshop.entries.enter_case(aid, desk.subject.owner_id, listed)
    assert workshop.work.round(SECOND, 10) == Round(0, 0, None)
    assert workshop.work.round(ENGINE, 10) == Round(0, 0, None)


def test_large_registers_are_gone_through_page_by_page(workshop: Workshop) -> None:
    """The figures are those of one page, and every sample gets its template, with pages that hold none to do too."""
    for name in ("awa", "binta", "cumba"):
        workshop.person(name)
    workshop.engines.add(SECOND, Modality.FINGER, present=ENGINE)
    held, small = workshop.cellar, EnginePolicy(page=2)
    work = Reextraction(workshop.session, workshop.vault, workshop.shelf, held.clock, held.entropy, small)
    rounds, after = [], None
    for _ in range(20):
        done = work.round(SECOND, 10, after)
        assert isinstance(done, Round)
        rounds.append(done.made)
        after = done.last
        if after is None:
            break
    assert (after, sum(rounds), max(rounds)) == (None, 6, 2)
    whole = workshop.engines.coverage(SECOND)
    workshop.engines.policy = small
    assert workshop.engines.coverage(SECOND) == whole == Coverage(6, 6, 0, 0)
