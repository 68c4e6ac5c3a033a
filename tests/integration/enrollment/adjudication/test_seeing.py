"""What is seen of a case: pictures at once, figures after one's own vote, names after the decision; all audited."""

import uuid

import pytest
from sqlalchemy import insert, select

from enrollment.adjudication import WHOLE, Result, Sheet
from enrollment.capture import Position
from enrollment.cases import Reason
from enrollment.errors import Code
from enrollment.issuance.models import IssuanceRow
from idp.audit.models import AuditRow
from tests.factories.adjudication import DIFFERENT, SAME, Chamber, person_hit
from tests.factories.cases import code_of
from tests.factories.subscribers import store_subscriber

pytestmark = pytest.mark.integration


def test_a_sheet_says_nothing_that_sways(chamber: Chamber) -> None:
    """Before a vote: neither names nor numbers nor figures nor other people's votes, in list, sheet and work list."""
    _, person_id = chamber.registered(Position.FACE, Position.RIGHT_THUMB, Position.RIGHT_LITTLE)
    aid = chamber.referred([person_hit(person_id)])
    chamber.write(aid, family_name="Person")
    case_id = chamber.case_of(aid)
    chamber.vote(chamber.people[0], case_id, SAME)
    by = chamber.people[1]
    [waiting] = chamber.desk.queue(by)
    sheet = chamber.desk.open(by, case_id)
    assert isinstance(sheet, Sheet)
    assert not sheet.voted
    assert [one.positions for one in sheet.candidates] == [(Position.FACE, Position.RIGHT_THUMB)]
    assert sheet.applicant == (Position.FACE, Position.RIGHT_THUMB, Position.LEFT_INDEX)
    for shown in (repr(waiting), repr(sheet)):
        for told in (aid, str(person_id), "Person", "Sampleton", "31.5", "11.25", "0.125", "same"):
            assert told not in shown
    assert code_of(chamber.desk.result(by, case_id)) is Code.ENR_STATE


def test_figures_after_the_own_vote_and_names_after_the_decision(chamber: Chamber) -> None:
    """Whoever voted sees what the search had said; who they are only once nobody has to decide any more."""
    _, person_id = chamber.registered()
    aid = chamber.referred([person_hit(person_id)])
    chamber.write(aid, given_names="Testa", family_name="Person", birth_date="1990-02-28")
    case_id = chamber.case_of(aid)
    first, second = chamber.people[:2]
    chamber.vote(first, case_id, SAME)
    early = chamber.desk.result(first, case_id)
    assert isinstance(early, Result)
    assert (early.votes, early.outcome, early.names) == ({1: SAME}, None, None)
    [figure] = early.figures
    assert (figure.ratio, figure.parts[Position.FACE], figure.demographic) == (31.5, 11.25, 0.125)
    chamber.vote(second, case_id, SAME)
    for by in (first, second):
        late = chamber.desk.result(by, case_id)
        assert isinstance(late, Result)
        assert late.outcome == "rejected_duplicate"
        assert late.names is not None
        assert (late.names[WHOLE].family_name, late.names[WHOLE].aid) == ("Person", aid)
        assert (late.names[1].family_name, late.names[1].birth) == ("Sampleton", "1990-02-28")
        assert "Person" not in repr(late)
    assert code_of(chamber.desk.result(chamber.people[2], case_id)) is Code.ENR_UNKNOWN
    chamber.clock.advance(days=1, seconds=1)
    assert code_of(chamber.desk.result(first, case_id)) is Code.ENR_UNKNOWN
    assert code_of(chamber.desk.sample(first, case_id, 1, Position.FACE)) is Code.ENR_UNKNOWN


def test_pictures_of_both_sides(chamber: Chamber) -> None:
    """The image of a position and the minutiae of that very image, of either side; each look has an audit row."""
    _, person_id = chamber.registered()
    aid = chamber.referred([person_hit(person_id)])
    case_id, by = chamber.case_of(aid), chamber.people[0]
    seen = {
        chamber.desk.sample(by, case_id, rank, position)
        for rank in (WHOLE, 1)
        for position in (Position.FACE, Position.RIGHT_THUMB)
    }
    assert len(seen) == 4
    assert all(isinstance(one, uuid.UUID) for one in seen)
    assert isinstance(chamber.desk.minutiae(by, case_id, 1, Position.RIGHT_THUMB), uuid.UUID)
    assert chamber.desk.minutiae(by, case_id, 1, Position.FACE) is None
    for rank, position in ((1, Position.LEFT_LITTLE), (2, Position.FACE), (-1, Position.FACE)):
        assert code_of(chamber.desk.sample(by, case_id, rank, position)) is Code.ENR_UNKNOWN
    looked = chamber.counter.audited("adjudication.looked")
    assert len(looked) == 6
    assert {body["what"] for body in looked} == {"face", "right_thumb"}
    assert {body["case"] for body in looked} == {str(case_id)}


def test_of_several_captures_the_newest_is_shown(chamber: Chamber) -> None:
    """A person who was captured twice is compared by what was captured last."""
    first, person_id = chamber.registered()
    chamber.clock.advance(days=1)
    second, _ = chamber.registered(Position.FACE)
    chamber.put(second, person_id=person_id)
    aid = chamber.referred([person_hit(person_id)])
    found = chamber.desk.sample(chamber.people[0], chamber.case_of(aid), 1, Position.FACE)
    thumb = chamber.desk.sample(chamber.people[0], chamber.case_of(aid), 1, Position.RIGHT_THUMB)
    assert (chamber.owner_of(found), chamber.owner_of(thumb)) == (
        chamber.counter.case(second).subject_key_id,
        chamber.counter.case(first).subject_key_id,
    )


def test_everybody_who_is_compared_can_see_it(chamber: Chamber) -> None:
    """The applicant reads that the application was opened; who was found reads that they were, not with whom.

    Whose account an application merely named reads nothing (AC-090).
    """
    _, person_id = chamber.registered()
    account = store_subscriber(chamber.session, chamber.keys, chamber.clock)
    applicant = store_subscriber(chamber.session, chamber.keys, chamber.clock)
    named = store_subscriber(chamber.session, chamber.keys, chamber.clock)
    assert chamber.office.accounts.link(account, person_id) is None
    assert chamber.office.accounts.link(named, person_id) is None
    issued = {"aid": "named", "person_id": person_id, "subscriber_id": named, "account": "linked"}
    chamber.session.execute(insert(IssuanceRow).values(**issued, issued_at=chamber.clock.now()))
    aid = chamber.referred([person_hit(person_id)], owner=applicant)
    case_id = chamber.case_of(aid)
    by = chamber.people[0]
    chamber.desk.open(by, case_id)
    rows = chamber.session.execute(
        select(AuditRow.event, AuditRow.subscriber_id, AuditRow.actor, AuditRow.body).where(
            AuditRow.event.in_(["enrolment.read", "adjudication.compared"])
        )
    ).all()
    assert {(row.event, row.subscriber_id, row.actor) for row in rows} == {
        ("enrolment.read", applicant, by.reference),
        ("adjudication.compared", account, by.reference),
    }
    assert all(aid not in row.body.values() for row in rows if row.event == "adjudication.compared")


def test_papers_only_where_nothing_is_compared(chamber: Chamber) -> None:
    """Who compares faces does not read names first."""
    aid = chamber.referred([person_hit(chamber.office.person())])
    assert code_of(chamber.desk.papers(chamber.people[0], chamber.case_of(aid))) is Code.ENR_UNKNOWN
    both = chamber.referred([person_hit(chamber.office.person())], reason=Reason.NO_MODALITY)
    case_id = chamber.case_of(both)
    sheet = chamber.desk.open(chamber.people[0], case_id)
    assert isinstance(sheet, Sheet)
    assert set(sheet.questions()) == {WHOLE, 1}
    assert code_of(chamber.desk.papers(chamber.people[0], case_id)) is None


def test_whom_nobody_knows_any_more(chamber: Chamber) -> None:
    """A candidate of whom nothing is kept is named without anything to compare; the case can still be decided."""
    aid = chamber.referred([person_hit(uuid.uuid4())])
    sheet = chamber.desk.open(chamber.people[0], chamber.case_of(aid))
    assert isinstance(sheet, Sheet)
    assert sheet.candidates[0].positions == ()
    assert chamber.decided(aid, DIFFERENT).outcome == "accepted"
