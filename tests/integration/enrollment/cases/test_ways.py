"""Ways for everybody: without fingers, documents or telephone, as a child; and who may not help whom."""

import uuid
from collections.abc import Iterable
from datetime import date, timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from enrollment.cases import (
    FACE,
    FINGERS,
    BodyException,
    Guard,
    Joints,
    Kind,
    Moved,
    Purpose,
    Reason,
    Relation,
    Section,
    State,
    Status,
    Why,
)
from enrollment.cases.models import SectionRow
from enrollment.centres.actors import Actor, Role
from enrollment.errors import Code, Refusal
from tests.factories.cases import ELSEWHERE, PERSON, WORKER, Counter, code_of, held, staff
from tests.factories.keys import purpose_keys
from tests.factories.subscribers import store_subscriber

pytestmark = pytest.mark.integration

KEYS = purpose_keys()
LATER = date(2030, 8, 1)


@pytest.fixture
def counter(session: Session) -> Counter:
    """Services over a transaction that is rolled back."""
    return Counter(session, KEYS)


def excepted(counter: Counter, aid: str, positions: Iterable[str], why: Why, *, photo: bool = False) -> None:
    """Exceptions as the officer notes them."""
    for position in positions:
        lasting = why in {Why.MISSING, Why.DEFORMED, Why.WORN}
        picture = uuid.uuid4() if photo else None
        given = BodyException(position, why, lasting, picture, LATER if why is Why.INJURED else None)
        noted = counter.cases.exceptions.note(counter.officer, aid, given)
        assert isinstance(noted, BodyException), noted


def about(outcome: object) -> tuple[Code | None, str]:
    """Why it was refused, and what about."""
    return (outcome.code, outcome.about) if isinstance(outcome, Refusal) else (None, "")


def introducer(counter: Counter) -> Actor:
    """Somebody who may vouch, with an account."""
    return Actor(store_subscriber(counter.session, KEYS, counter.clock), frozenset({Role.INTRODUCER}))


def test_two_missing_fingers_by_a_supervisors_word(counter: Counter) -> None:
    """A person with eight fingers is enrolled; without photograph or word the exception counts for nothing."""
    aid = counter.opened()
    counter.fill(aid, leaving=[Section.BIOMETRICS, Section.PREVIEW])
    counter.capture(aid, counter.officer, [FACE, *FINGERS[2:]])
    excepted(counter, aid, FINGERS[:2], Why.MISSING)
    assert about(counter.lifecycle.sign(counter.order(counter.officer, aid))) == (Code.ENR_GUARD, "exceptions")
    for position in FINGERS[:2]:
        assert isinstance(counter.cases.exceptions.grant(counter.supervisor, aid, position), BodyException)
    counter.sections.confirm(counter.officer, aid, "en")
    counter.walk(aid, State.BOUND)
    assert counter.case(aid).state is State.BOUND


def test_worn_fingers_with_a_photograph_are_looked_at(counter: Counter) -> None:
    """With a photograph the exception is complete, and the supervisor must say why it passes."""
    aid = counter.opened()
    counter.fill(aid, leaving=[Section.PREVIEW])
    worn = {position: {"sample": "kept", "accepted": False} for position in FINGERS[:3]}
    counter.record(aid, counter.officer, Section.BIOMETRICS, **worn)
    excepted(counter, aid, FINGERS[:3], Why.WORN, photo=True)
    counter.sections.confirm(counter.officer, aid, "en")
    counter.walk(aid, State.IN_REVIEW)
    assert about(counter.lifecycle.approve(counter.order(counter.supervisor, aid))) == (Code.ENR_GUARD, "exceptions")
    counter.walk(aid, State.ISSUED)


def test_a_small_child(counter: Counter) -> None:
    """Under five a face and a guardian are enough."""
    aid = counter.opened(Kind.CHILD)
    counter.fill(aid, leaving=[Section.BIOMETRICS, Section.PREVIEW, Section.PERSON])
    counter.type(aid, **{**PERSON, "birth_date": "2027-01-01"}, guardian_name="A Father", guardian_relation="father")
    counter.capture(aid, counter.officer, [FACE])
    counter.sections.confirm(counter.officer, aid, "en")
    counter.walk(aid, State.BOUND)


def test_somebody_without_a_telephone(counter: Counter) -> None:
    """Nobody to call, no mail, nobody to ask for: said so, that is enough."""
    aid = counter.opened()
    counter.fill(aid, phone="", no_contact=True)
    counter.walk(aid, State.BOUND)


def test_somebody_without_documents(counter: Counter) -> None:
    """Without documents an introducer vouches, by their own factor; without one nothing is signed."""
    aid = counter.opened()
    counter.fill(aid, leaving=[Section.DOCUMENTS, Section.PREVIEW])
    counter.sections.save_field(counter.officer, aid, Section.DOCUMENTS, "none", value=True)
    assert about(counter.lifecycle.sign(counter.order(counter.officer, aid))) == (Code.ENR_GUARD, "introducer")
    helper = introducer(counter)
    vouch = counter.cases.introducers.vouch
    stale = counter.clock.now() - timedelta(minutes=6)
    assert about(vouch(helper, aid, Relation.CHIEF, stale)) == (Code.ENR_GUARD, "fresh_factor")
    assert about(vouch(helper, aid, Relation.CHIEF, None)) == (Code.ENR_GUARD, "fresh_factor")
    assert vouch(helper, aid, Relation.CHIEF, counter.clock.now()) is None
    assert code_of(vouch(helper, aid, Relation.CHIEF, counter.clock.now())) is Code.ENR_EXISTS
    assert counter.cases.introducers.used(helper) == 1
    counter.sections.confirm(counter.officer, aid, "en")
    counter.walk(aid, State.BOUND)


def test_nothing_can_be_captured(counter: Counter) -> None:
    """Nothing of the body: documents, an introducer and a second officer, and people decide, never the search."""
    aid = counter.opened()
    counter.fill(aid, leaving=[Section.BIOMETRICS, Section.PREVIEW])
    excepted(counter, aid, [FACE, *FINGERS], Why.MEDICAL, photo=True)
    for position in (FACE, *FINGERS):
        counter.cases.exceptions.grant(counter.supervisor, aid, position)
    counter.sections.confirm(counter.officer, aid, "en")
    sign = counter.lifecycle.sign
    assert about(sign(counter.order(counter.officer, aid))) == (Code.ENR_GUARD, "introducer")
    counter.cases.introducers.vouch(introducer(counter), aid, Relation.NEIGHBOUR, counter.clock.now())
    counter.sections.confirm(counter.officer, aid, "en")
    assert about(sign(counter.order(counter.officer, aid))) == (Code.ENR_FOUREYES, "second_officer")
    counter.sections.confirm(staff(Role.OFFICER), aid, "kri")
    assert isinstance(sign(counter.order(counter.officer, aid)), Moved)
    counter.walk(aid, State.DEDUP)
    assert about(counter.lifecycle.clear(counter.order(WORKER, aid))) == (Code.ENR_GUARD, "some_modality")
    assert isinstance(counter.lifecycle.refer(counter.order(WORKER, aid), Reason.NO_MODALITY), Moved)
    assert isinstance(counter.lifecycle.accept(counter.order(counter.adjudicator, aid)), Moved)


def test_a_death_is_seen_by_two_registrars(counter: Counter) -> None:
    """A registrar records it with its document, another one approves it, never the same."""
    first, second = staff(Role.REGISTRAR, centre=None), staff(Role.REGISTRAR, centre=None)
    aid = counter.opened(Kind.DEATH, first)
    paper = {"type": "death_certificate", "number": "CR 1"}
    counter.sections.save_field(first, aid, Section.DOCUMENTS, "document_1", paper)
    assert about(counter.lifecycle.sign(counter.order(first, aid))) == (Code.ENR_GUARD, "documents")
    counter.record(aid, first, Section.DOCUMENTS, document_1_object=str(uuid.uuid4()))
    assert isinstance(counter.lifecycle.sign(counter.order(first, aid)), Moved)
    assert code_of(counter.lifecycle.take_up(counter.order(first, aid))) is Code.ENR_FOUREYES
    counter.supervisor = second
    counter.walk(aid, State.ISSUED)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        (BodyException("tail", Why.MISSING, permanent=True), "position"),
        (BodyException("left_thumb", Why.MISSING, permanent=False), "permanent"),
        (BodyException("left_thumb", Why.INJURED, permanent=True), "permanent"),
        (BodyException("left_thumb", Why.INJURED, permanent=False), "recall_on"),
        (BodyException("left_thumb", Why.INJURED, permanent=False, recall_on=date(2030, 5, 17)), "recall_on"),
        (BodyException("left_thumb", Why.WORN, permanent=True, recall_on=LATER), "recall_on"),
    ],
)
def test_exceptions_that_cannot_be(counter: Counter, given: BodyException, field: str) -> None:
    """A missing finger does not come back, an injury heals and has a day to come again."""
    assert about(counter.cases.exceptions.note(counter.officer, counter.opened(), given)) == (Code.ENR_SCHEMA, field)


def test_who_grants_exceptions(counter: Counter) -> None:
    """A supervisor of the centre with no hand in the capture, while it goes on; a changed one is granted anew."""
    aid = counter.opened()
    excepted(counter, aid, ["left_thumb"], Why.MISSING)
    exceptions = counter.cases.exceptions
    both = Actor(counter.officer.subscriber_id, frozenset({Role.OFFICER, Role.SUPERVISOR}), counter.officer.centre_id)
    assert code_of(exceptions.grant(both, aid, "left_thumb")) is Code.ENR_FOUREYES
    assert code_of(exceptions.grant(counter.officer, aid, "left_thumb")) is Code.ENR_ROLE
    assert code_of(exceptions.grant(staff(Role.SUPERVISOR, centre=ELSEWHERE), aid, "left_thumb")) is Code.ENR_UNKNOWN
    assert code_of(exceptions.grant(counter.supervisor, aid, "right_thumb")) is Code.ENR_STATE
    granted = exceptions.grant(counter.supervisor, aid, "left_thumb")
    assert isinstance(granted, BodyException)
    assert granted.granted_by == counter.supervisor.subscriber_id
    excepted(counter, aid, ["left_thumb"], Why.DEFORMED)
    assert [held.granted_by for held in exceptions.listed(aid)] == [None]
    assert exceptions.remove(counter.officer, aid, "left_thumb") is None
    assert code_of(exceptions.remove(counter.officer, aid, "left_thumb")) is Code.ENR_STATE
    rows = counter.audited("enrolment.exception_noted")
    assert [row["position"] for row in rows] == ["left_thumb", "left_thumb"]
    assert not {"missing", "deformed"} & {value for row in rows for value in row.values()}


def test_introducers_stand_apart(counter: Counter) -> None:
    """Whoever captured does not vouch, whoever vouched neither signs nor approves; one relative is enough."""
    aid = counter.opened()
    now = counter.clock.now()
    vouch = counter.cases.introducers.vouch
    captor = Actor(counter.officer.subscriber_id, frozenset({Role.INTRODUCER}))
    assert code_of(vouch(captor, aid, Relation.CHIEF, now)) is Code.ENR_FOUREYES
    person = introducer(counter)
    assert vouch(person, aid, Relation.RELATIVE, now) is None
    assert about(vouch(introducer(counter), aid, Relation.RELATIVE, now)) == (Code.ENR_FOUREYES, "relative")
    assert vouch(introducer(counter), aid, Relation.TEACHER, now) is None
    assert code_of(vouch(staff(Role.OFFICER), aid, Relation.CHIEF, now)) is Code.ENR_ROLE
    assert about(vouch(staff(Role.INTRODUCER), aid, Relation.CHIEF, now)) == (Code.ENR_STATE, "introducer")
    counter.fill(aid)
    signer = Actor(person.subscriber_id, frozenset({Role.OFFICER}), counter.officer.centre_id)
    assert about(counter.lifecycle.sign(counter.order(signer, aid))) == (Code.ENR_FOUREYES, "vouched")
    counter.walk(aid, State.SIGNED)
    reviewer = Actor(person.subscriber_id, frozenset({Role.SUPERVISOR}), counter.officer.centre_id)
    assert code_of(counter.lifecycle.take_up(counter.order(reviewer, aid))) is Code.ENR_FOUREYES


def test_twenty_vouches_in_thirty_days(counter: Counter) -> None:
    """The twenty-first within thirty days is refused; when the first is thirty days old, one more is allowed."""
    person = introducer(counter)
    for _ in range(20):
        assert counter.cases.introducers.vouch(person, counter.opened(), Relation.CHIEF, counter.clock.now()) is None
    aid = counter.opened()
    refused = counter.cases.introducers.vouch(person, aid, Relation.CHIEF, counter.clock.now())
    assert about(refused) == (Code.ENR_GUARD, "vouches")
    counter.clock.advance(days=30)  # type: ignore[attr-defined]  # a still clock
    assert counter.cases.introducers.vouch(person, aid, Relation.CHIEF, counter.clock.now()) is None


def test_nobody_touches_their_own_or_their_households(counter: Counter) -> None:
    """An officer neither opens, reads, writes nor signs the application of themself or of their household."""
    own = counter.lifecycle.open(
        counter.officer, Kind.UPDATE, counter.key(), subscriber_id=counter.officer.subscriber_id
    )
    assert code_of(own) is Code.ENR_OWN
    aid, colleague = counter.opened(), staff(Role.OFFICER)
    assert counter.cases.files.relate(counter.officer, aid, colleague.subscriber_id, "household") is None
    for refused in (
        counter.cases.files.open(colleague, aid, Purpose.CAPTURE),
        counter.sections.save_field(colleague, aid, Section.PERSON, "family_name", "X"),
        counter.lifecycle.sign(counter.order(colleague, aid)),
        counter.lifecycle.cancel(counter.order(colleague, aid), Reason.MISTAKE),
    ):
        assert code_of(refused) is Code.ENR_OWN
    assert counter.cases.files.queue(colleague, [State.CAPTURING]) == []
    assert [row["code"] for row in counter.audited("enrolment.refused")] == [Code.ENR_OWN.value] * 5


def test_kinship_in_the_register_counts(session: Session) -> None:
    """Whom the register calls related to the person of an application is kept from it, too."""

    class Family:
        def related(self, staff_id: uuid.UUID, person_id: uuid.UUID) -> bool:
            return (staff_id, person_id) == (cousin.subscriber_id, person)

    cousin, person = staff(Role.OFFICER), uuid.uuid4()
    counter = Counter(session, KEYS, joints=Joints(kin=Family()))
    made = counter.lifecycle.open(counter.officer, Kind.UPDATE, counter.key(), person_id=person)
    assert isinstance(made, Moved)
    assert code_of(counter.cases.files.find(cousin, made.aid)) is Code.ENR_OWN
    assert code_of(counter.cases.files.find(counter.officer, made.aid)) is None


def test_another_centres_application_is_not_there(counter: Counter) -> None:
    """An officer of another centre reads, writes, moves and lists nothing of it; each try is audited (AC-095)."""
    aid = counter.opened()
    counter.fill(aid)
    foreign = staff(Role.OFFICER, Role.SUPERVISOR, centre=ELSEWHERE)
    tries = (
        counter.cases.files.open(foreign, aid, Purpose.CAPTURE),
        counter.cases.files.statuses(foreign, aid),
        counter.cases.files.history(foreign, aid),
        counter.sections.save_field(foreign, aid, Section.PERSON, "family_name", "X"),
        counter.lifecycle.sign(counter.order(foreign, aid)),
        counter.lifecycle.start(counter.order(foreign, aid)),
        counter.cases.files.open(foreign, "22222222222222", Purpose.CAPTURE),
    )
    assert [code_of(outcome) for outcome in tries] == [Code.ENR_UNKNOWN] * len(tries)
    assert counter.cases.files.queue(foreign, list(State)) == []
    rows = counter.audited("enrolment.refused")
    assert [row["code"] for row in rows] == [Code.ENR_UNKNOWN.value] * len(tries)
    assert sorted(row["aid"] for row in rows) == sorted([aid] * 6 + ["22222222222222"])


def test_adjudicators_see_what_is_theirs_to_decide(counter: Counter) -> None:
    """They read cases under adjudication, none before, none of their own centre."""
    aid = counter.opened()
    assert code_of(counter.cases.files.find(counter.adjudicator, aid)) is Code.ENR_UNKNOWN
    aid = counter.adjudicated()
    assert code_of(counter.cases.files.find(counter.adjudicator, aid)) is None
    assert code_of(counter.cases.files.find(staff(Role.ADJUDICATOR), aid)) is Code.ENR_FOUREYES


def test_what_is_due_comes_up(counter: Counter) -> None:
    """A held application comes up for its worker after a minute, then two; the third time somebody is called."""
    aid = counter.opened()
    counter.fill(aid)
    counter.walk(aid, State.RECEIVED)
    waits = []
    for _ in range(3):
        counter.lifecycle.hold(counter.order(WORKER, aid), Reason.STORE)
        due = counter.case(aid).due_at
        assert due is not None
        waits.append((due - counter.clock.now()).total_seconds())
        assert counter.cases.files.due([State.HELD]) == []
        counter.clock.advance(seconds=waits[-1])  # type: ignore[attr-defined]  # a still clock
        assert [case.aid for case in counter.cases.files.due([State.HELD])] == [aid]
        counter.lifecycle.release(counter.order(WORKER, aid))
        assert counter.case(aid).state is State.RECEIVED
    assert waits == [60, 120, 240]
    assert counter.audited("enrolment.stuck") == [{"aid": aid, "from": "received", "tries": 3}]


def test_a_packet_that_changed_is_not_received(counter: Counter) -> None:
    """Numbers run without a gap at a station, and bytes that changed after the signature are seen."""
    aids = [counter.opened(), counter.opened()]
    for aid in aids:
        counter.fill(aid)
        counter.walk(aid, State.APPROVED)
    signed = [event.facts["packet"] for aid in aids for event in counter.events(aid) if event.event == "sign"]
    assert signed == [1, 2]
    other = counter.session.get_one(SectionRow, (aids[1], "person")).sealed
    swap = update(SectionRow).where(SectionRow.aid == aids[0], SectionRow.name == "person").values(sealed=other)
    counter.session.execute(swap)
    assert code_of(counter.lifecycle.receive(counter.order(WORKER, aids[0]))) is Code.ENR_CHECKSUM
    assert isinstance(counter.lifecycle.receive(counter.order(WORKER, aids[1])), Moved)


def test_a_condition_that_nobody_answers_refuses(session: Session) -> None:
    """A process that has no search of duplicates cannot say that there are none (AC-098)."""
    counter = Counter(session, KEYS, checks={Guard.FINGERS_APART: held})
    aid = counter.opened()
    counter.fill(aid)
    counter.walk(aid, State.DEDUP)
    assert about(counter.lifecycle.clear(counter.order(WORKER, aid))) == (Code.ENR_GUARD, "no_candidate")


def test_captured_anew_it_is_searched_anew(counter: Counter) -> None:
    """After a recapture the old search counts for nothing, on no way (AC-098)."""
    aid = counter.adjudicated()
    counter.lifecycle.recapture(counter.order(counter.adjudicator, aid), Reason.POOR)
    assert counter.case(aid).due_at == counter.clock.now() + timedelta(days=60)
    counter.lifecycle.start(counter.order(counter.officer, aid))
    counter.walk(aid, State.IN_REVIEW)
    counter.lifecycle.reject(counter.order(counter.supervisor, aid), Reason.EVIDENCE)
    counter.lifecycle.appeal(counter.order(counter.officer, aid), Reason.DISAGREES)
    counter.lifecycle.reopen(counter.order(counter.registrar, aid))
    assert about(counter.lifecycle.accept(counter.order(counter.adjudicator, aid))) == (Code.ENR_GUARD, "searched")
    assert isinstance(counter.lifecycle.uphold(counter.order(counter.adjudicator, aid)), Moved)
    assert counter.sections.judge(counter.case(aid)).statuses[Section.PREVIEW] is Status.OK


def test_an_old_page_moves_nothing(counter: Counter) -> None:
    """A page of before the return, in the same state as now, is refused: somebody saw something else (AC-098)."""
    aid = counter.opened()
    counter.fill(aid)
    old = counter.case(aid).version
    counter.walk(aid, State.IN_REVIEW)
    counter.lifecycle.send_back(counter.order(counter.supervisor, aid), Reason.PHOTO)
    counter.lifecycle.resume(counter.order(counter.officer, aid))
    for version in (old, counter.case(aid).version + 1):
        refused = counter.lifecycle.sign(counter.order(counter.officer, aid, version))
        assert about(refused) == (Code.ENR_STATE, "version")
    assert counter.case(aid).state is State.CAPTURING


def test_mixed_up_fingers_are_not_signed(session: Session) -> None:
    """What the comparison of the fingers says stands in the way of the signature (AC-098)."""
    checks = {Guard.FINGERS_APART: lambda _case, _attempt: Refusal(Code.BIO_REPEAT, "left_thumb")}
    counter = Counter(session, KEYS, checks=checks)
    aid = counter.opened()
    counter.fill(aid)
    assert about(counter.lifecycle.sign(counter.order(counter.officer, aid))) == (Code.BIO_REPEAT, "left_thumb")


def test_captures_are_handed_over(counter: Counter) -> None:
    """At the end of a shift what is being captured goes to another officer: not what is signed, nor the taker's own."""
    aids = [counter.opened() for _ in range(4)]
    taker = staff(Role.OFFICER)
    counter.cases.files.relate(counter.officer, aids[1], taker.subscriber_id, "household")
    counter.fill(aids[2])
    counter.walk(aids[2], State.SIGNED)
    centre = counter.officer.centre_id
    assert centre is not None
    passed = counter.cases.in_hand.pass_on(centre, counter.officer.subscriber_id, taker.subscriber_id)
    assert passed == 2
    theirs = [aid for aid in aids if counter.case(aid).officer_id == taker.subscriber_id]
    assert theirs == [aids[0], aids[3]]
    assert [event.event for event in counter.events(aids[0])] == ["open", "hand_over"]
    assert counter.cases.in_hand.pass_on(ELSEWHERE, taker.subscriber_id, uuid.uuid4()) == 0
