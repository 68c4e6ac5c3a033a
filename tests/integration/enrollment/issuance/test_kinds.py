"""What each kind of application leads to in the register: somebody new, another version, a slip, a higher level."""

import uuid
from typing import Any

import pytest
from sqlalchemy import func, select, update

from enrollment.cases import Event, Kind, Order, Reason, Section, State, Task
from enrollment.cases.errands import RECORD, errands_after
from enrollment.cases.models import ApplicationRow
from enrollment.deduplication import Why
from enrollment.errors import Code, Refusal
from enrollment.issuance import Written
from enrollment.issuance.models import ActivationSlipRow
from enrollment.life_events.told import ToldFacts
from enrollment.register.models import PersonRow
from idp.audit import Trail
from idp.subscribers import State as AccountState
from idp.subscribers.models import SubscriberRow
from tests.factories.cases import PERSON, WORKER
from tests.factories.deduplication import details
from tests.factories.issuing import FEW, Chain
from tests.factories.subscribers import store_subscriber

pytestmark = pytest.mark.integration

GUARDIAN: dict[str, Any] = {"guardian_name": "Testa Mother", "guardian_relation": "mother"}


def born(chain: Chain, years: int) -> str:
    """The birth date of somebody of that age."""
    return f"{chain.cellar.clock.now().year - years}-01-01"


def activated(chain: Chain, subscriber_id: uuid.UUID) -> None:
    """The account is in use."""
    account = update(SubscriberRow).where(SubscriberRow.id == subscriber_id)
    chain.session.execute(account.values(state=AccountState.ACTIVE.value))


def good_slips(chain: Chain) -> list[str]:
    """The applications of slips that are neither spent nor replaced."""
    good = ActivationSlipRow.spent_at.is_(None), ActivationSlipRow.replaced_at.is_(None)
    return list(chain.session.scalars(select(ActivationSlipRow.aid).where(*good)))


def people(chain: Chain) -> int:
    """How many there are in the register."""
    return chain.session.scalar(select(func.count()).select_from(PersonRow)) or 0


def refused(chain: Chain, aid: str, code: Code, about: str) -> None:
    """It is not issued: held, to be looked at, and nothing is written."""
    before = people(chain), len(good_slips(chain))
    assert chain.issuing.run(aid) == Refusal(code, about)
    assert chain.state(aid) is State.HELD
    assert (people(chain), len(good_slips(chain))) == before


def test_a_small_child_has_a_number_and_a_guardian(chain: Chain) -> None:
    """Nothing of the body is compared, so the level is 2; the guardian stands in the record."""
    written = chain.bound(1, kind=Kind.CHILD, birth_date=born(chain, 3), **GUARDIAN)
    facts = chain.facts(written.person_id)
    assert (facts.guardian_name, facts.guardian_relation) == ("Testa Mother", "mother")
    assert chain.person(written.person_id).ial == 2
    assert chain.entries.people() == 0


def test_a_change_is_another_version(chain: Chain) -> None:
    """The number, the account and the level stay; earlier versions stay, too; services are told by the account."""
    first = chain.bound(1)
    number, slips = chain.rooms.identifiers.nin_of(first.person_id), good_slips(chain)
    names, aids = [details(1)["family_name"], "Newname", "Newnam"], [chain.version(first.person_id).aid]
    for kind, name in zip((Kind.UPDATE, Kind.CORRECTION), names[1:], strict=True):
        aid = chain.accepted(1, 1, kind=kind, person_id=first.person_id, family_name=name)
        assert chain.written(aid) == Written(first.person_id, None)
        assert chain.state(aid) is State.ISSUED
        aids.append(aid)
    versions = chain.rooms.register.history(first.person_id)
    told = [(one.n, one.facts.family_name, one.aid) for one in versions]
    assert told == list(zip((1, 2, 3), names, aids, strict=True))
    assert chain.rooms.identifiers.nin_of(first.person_id) == number
    assert (people(chain), good_slips(chain), chain.person(first.person_id).ial) == (1, slips, 3)
    assert first.subscriber_id is not None
    assert chain.rooms.directory.profile(first.subscriber_id)["family_name"] == "Newnam"


def test_a_change_takes_a_name_away_from_the_account(chain: Chain) -> None:
    """Who has a single name by now is not called by the former one by any service."""
    first = chain.bound(1)
    changes: dict[str, Any] = {"family_name": None, "single_name": True}
    chain.written(chain.accepted(1, 1, kind=Kind.UPDATE, person_id=first.person_id, **changes))
    assert first.subscriber_id is not None
    assert "family_name" not in chain.rooms.directory.profile(first.subscriber_id)


def test_a_linked_account_that_nobody_claimed_is_told_nothing(chain: Chain) -> None:
    """A mistyped link would tell a stranger's services what somebody else is called now."""
    account = store_subscriber(chain.session, chain.cellar.keys, chain.cellar.clock)
    opened = chain.counter.lifecycle.open(chain.counter.officer, Kind.NEW, chain.counter.key(), subscriber_id=account)
    assert not isinstance(opened, Refusal)
    chain.capture(opened.aid, 1, **details(1))
    chain.counter.walk(opened.aid, State.APPROVED)
    assert chain.intake.take(opened.aid) is None
    chain.searched(opened.aid)
    written = chain.written(opened.aid)
    assert (written.subscriber_id, chain.outcome(opened.aid).opened) == (account, False)
    before = chain.rooms.directory.profile(account)
    chain.written(chain.accepted(1, 1, kind=Kind.UPDATE, person_id=written.person_id, family_name="Newname"))
    assert chain.rooms.directory.profile(account) == before


def test_a_change_that_was_overtaken_is_held(chain: Chain) -> None:
    """What another application recorded since the applicant confirmed this one is not overwritten unseen."""
    first = chain.bound(1)
    early = chain.validated(1, 1, kind=Kind.UPDATE, person_id=first.person_id, address_division="SL0203")
    chain.cellar.clock.advance(minutes=1)
    chain.written(chain.accepted(1, 2, kind=Kind.UPDATE, person_id=first.person_id, family_name="Newname"))
    assert chain.searched(early).reason is None
    refused(chain, early, Code.ENR_STATE, "version")
    assert chain.facts(first.person_id).family_name == "Newname"


def test_a_lost_number_is_found_by_the_body(chain: Chain) -> None:
    """The same number, a new slip, and the earlier one is worthless; nothing is recorded anew."""
    first = chain.bound(1)
    number = chain.rooms.identifiers.nin_of(first.person_id)
    aid = chain.accepted(1, 1, kind=Kind.LOST, person_id=first.person_id)
    assert chain.written(aid) == first
    assert chain.state(aid) is State.BOUND
    assert (good_slips(chain), chain.outcome(aid).opened) == ([aid], True)
    assert chain.rooms.identifiers.nin_of(first.person_id) == number
    assert (people(chain), chain.version(first.person_id).n) == (1, 1)


def test_a_lost_number_of_an_account_in_use_needs_its_owner(chain: Chain) -> None:
    """Whoever holds the new slip signs in to claim: the slip alone opens no account that is in use."""
    first = chain.bound(1)
    assert first.subscriber_id is not None
    activated(chain, first.subscriber_id)
    aid = chain.accepted(1, 1, kind=Kind.LOST, person_id=first.person_id)
    assert chain.written(aid).subscriber_id == first.subscriber_id
    assert not chain.outcome(aid).opened


def test_a_lost_number_whose_account_is_gone_gets_another(chain: Chain) -> None:
    """An account that was closed is not opened again; the person has a new one that waits."""
    first = chain.bound(1)
    closed = update(SubscriberRow).where(SubscriberRow.id == first.subscriber_id)
    chain.session.execute(closed.values(state=AccountState.CLOSED.value))
    written = chain.written(chain.accepted(1, 1, kind=Kind.LOST, person_id=first.person_id))
    assert written.person_id == first.person_id
    assert written.subscriber_id != first.subscriber_id
    assert chain.rooms.accounts.person_of(written.subscriber_id or uuid.UUID(int=0)) == first.person_id


def test_nobody_takes_over_a_number_by_saying_that_they_lost_it(chain: Chain) -> None:
    """Another body, and a record of which no body is known, go to people; so does a change that brings a body along.

    AC-086.
    """
    first = chain.bound(1)
    strange = chain.validated(5, kind=Kind.LOST, person_id=first.person_id)
    assert [(hit.person_id, hit.why) for hit in chain.searched(strange).hits] == [(first.person_id, Why.UNLIKE)]
    child = chain.bound(2, kind=Kind.CHILD, birth_date=born(chain, 3), **GUARDIAN)
    blind = chain.validated(6, kind=Kind.LOST, person_id=child.person_id)
    assert [hit.why for hit in chain.searched(blind).hits] == [Why.UNLIKE]
    changed = chain.validated(7, kind=Kind.UPDATE, person_id=child.person_id)
    assert [hit.why for hit in chain.searched(changed).hits] == [Why.UNLIKE]
    for aid in (strange, blind, changed):
        assert chain.state(aid) is State.ADJUDICATION
        assert chain.issuing.run(aid) is None


def test_a_lost_number_without_a_name_is_found_by_adjudicators(chain: Chain) -> None:
    """Whom the search names, and people say is the same, gets the slip for the number that they have."""
    first = chain.bound(1)
    aid = chain.validated(1, 1, kind=Kind.LOST)
    assert [hit.person_id for hit in chain.searched(aid).hits] == [first.person_id]
    order = chain.counter.order(chain.counter.adjudicator, aid)
    accepted = chain.cases.lifecycle.accept(order, person_id=first.person_id)
    assert not isinstance(accepted, Refusal)
    assert chain.written(aid) == first


def test_a_lost_number_of_nobody_is_captured_again(chain: Chain) -> None:
    """Nobody was found, so there is no number to give, and no new one by this way: they may come again."""
    aid = chain.validated(1, kind=Kind.LOST)
    assert chain.searched(aid).hits == ()
    assert chain.state(aid) is State.RECAPTURE
    assert chain.issuing.run(aid) is None
    assert people(chain) == 0


@pytest.mark.parametrize(("told", "state"), [("1980-01-01", State.ADJUDICATION), (None, State.ADJUDICATION)])
def test_a_fact_that_is_not_so_goes_to_people(chain: Chain, told: str | None, state: State) -> None:
    """A wrong fact, and none: two people look, and nobody at the counter learns which it was."""
    chain.bound(1)
    aid = lost(chain, 1, told)
    assert chain.state(aid) is state


def test_a_lost_number_is_recognised_by_body_and_fact(chain: Chain) -> None:
    """Alone found, and the one fact is right: the slip for the number that there is, without further people."""
    first = chain.bound(1)
    chain.bound(2)
    aid = lost(chain, 1, details(1)["birth_date"])
    assert chain.states(aid)[-2:] == ["dedup", "accepted"]
    assert chain.written(aid) == first
    assert (chain.state(aid), good_slips(chain)[-1]) == (State.BOUND, aid)


def test_a_fact_does_not_open_another_record(chain: Chain) -> None:
    """Whose body is nobody's gets nothing for knowing somebody's birthday."""
    chain.bound(1)
    assert chain.state(lost(chain, 9, details(1)["birth_date"])) in {State.RECAPTURE, State.ADJUDICATION}


def lost(chain: Chain, body: int, birth_date: str | None) -> str:
    """Somebody lost their number, and tells their birthday; searched."""
    opened = chain.counter.lifecycle.open(chain.counter.officer, Kind.LOST, chain.counter.key())
    assert not isinstance(opened, Refusal)
    chain.capture(opened.aid, body, 1, positions=FEW, **details(body))
    held = chain.cellar
    trail = Trail(chain.session, held.clock, held.entropy)
    facts = ToldFacts(chain.session, chain.cases, held.keys, held.clock, trail)
    if birth_date is not None:
        assert facts.tell(chain.counter.officer, opened.aid, "birth_date", birth_date) is None
        assert facts.told(opened.aid) == "birth_date"
    chain.counter.walk(opened.aid, State.APPROVED)
    assert chain.intake.take(opened.aid) is None
    chain.searched(opened.aid)
    return opened.aid


def test_a_child_that_comes_again_is_proven_better(chain: Chain) -> None:
    """Captured anew with a document: the same number, another version, level 3, and a slip."""
    child = chain.bound(1, kind=Kind.CHILD, birth_date=born(chain, 4), **GUARDIAN)
    number = chain.rooms.identifiers.nin_of(child.person_id)
    chain.cellar.clock.advance(days=800)
    again: dict[str, Any] = GUARDIAN | {"kind": Kind.REENROL, "birth_date": born(chain, 6)}
    aid = chain.accepted(1, person_id=child.person_id, **again)
    assert chain.written(aid).person_id == child.person_id
    assert (chain.person(child.person_id).ial, chain.version(child.person_id).n) == (3, 2)
    assert chain.rooms.identifiers.nin_of(child.person_id) == number
    assert (good_slips(chain), chain.state(aid)) == ([aid], State.BOUND)
    assert chain.entries.subjects_of(child.person_id) == {chain.counter.case(aid).subject_key_id}


def imported(chain: Chain) -> str:
    """Somebody of an older register, taken in and accepted."""
    taken = chain.cases.lifecycle.take_in(Task("import"), "batch-1-row-7")
    assert not isinstance(taken, Refusal), taken
    for field, value in {**PERSON, **details(1)}.items():
        saved = chain.cases.sections.save_field(Task("import"), taken.aid, Section.PERSON, field, value)
        assert not isinstance(saved, Refusal), saved
    assert chain.intake.take(taken.aid) is None
    assert chain.searched(taken.aid).reason is None
    return taken.aid


def test_an_older_register_gives_level_one_until_they_are_seen(chain: Chain) -> None:
    """Taken over without a visit: a number and an account that waits, level 1; seen and captured, level 3."""
    aid = imported(chain)
    written = chain.written(aid)
    assert (chain.state(aid), chain.person(written.person_id).ial) == (State.BOUND, 1)
    account = chain.rooms.directory.get(written.subscriber_id or uuid.UUID(int=0))
    assert account is not None
    assert (account.state, account.ial) == (AccountState.PENDING, 1)
    seen = chain.accepted(1, kind=Kind.REENROL, person_id=written.person_id)
    assert chain.written(seen) == written
    assert chain.person(written.person_id).ial == 3


def test_nobody_gets_a_second_number(chain: Chain) -> None:
    """An application for a first number that names somebody who has one is held, whatever was searched (AC-099)."""
    first = chain.bound(1)
    aid = chain.accepted(1, 1, kind=Kind.NEW, person_id=first.person_id)
    refused(chain, aid, Code.ENR_EXISTS, "person")


def test_what_is_over_is_not_renewed(chain: Chain) -> None:
    """Of the dead nothing is recorded, and no slip is printed."""
    first = chain.bound(1)
    aid = chain.accepted(1, 1, kind=Kind.LOST, person_id=first.person_id)
    chain.session.execute(update(PersonRow).where(PersonRow.id == first.person_id).values(status="deceased"))
    refused(chain, aid, Code.ENR_STATE, "status")


def test_what_is_held_goes_on_by_itself(chain: Chain) -> None:
    """Held for a status that was put right, the application is issued at a later try."""
    first = chain.bound(1)
    aid = chain.accepted(1, 1, kind=Kind.LOST, person_id=first.person_id)
    status = update(PersonRow).where(PersonRow.id == first.person_id)
    chain.session.execute(status.values(status="suspended"))
    refused(chain, aid, Code.ENR_STATE, "status")
    chain.session.execute(status.values(status="active"))
    chain.cellar.clock.advance(minutes=2)
    assert chain.intake.release_due() == 1
    assert chain.state(aid) is State.ACCEPTED
    assert chain.written(aid) == first


def test_somebody_elses_account_stops_nobody(chain: Chain) -> None:
    """A mother applied for her child by her own account: the child gets an account of its own."""
    mother = chain.bound(1)
    assert mother.subscriber_id is not None
    activated(chain, mother.subscriber_id)
    opened = chain.counter.lifecycle.open(
        chain.counter.officer, Kind.NEW, chain.counter.key(), subscriber_id=mother.subscriber_id
    )
    assert not isinstance(opened, Refusal)
    chain.capture(opened.aid, 2, **details(2))
    chain.counter.walk(opened.aid, State.APPROVED)
    assert chain.intake.take(opened.aid) is None
    chain.searched(opened.aid)
    child = chain.written(opened.aid)
    assert child.subscriber_id not in {None, mother.subscriber_id}
    assert chain.counter.case(opened.aid).subscriber_id == child.subscriber_id
    assert chain.rooms.accounts.of_person(mother.person_id) == [mother.subscriber_id]


def test_a_death_is_left_to_the_room_of_life_events(chain: Chain) -> None:
    """Nothing is issued for it, and nobody is told."""
    opened = chain.counter.lifecycle.open(chain.counter.registrar, Kind.DEATH, chain.counter.key())
    assert not isinstance(opened, Refusal)
    accepted = update(ApplicationRow).where(ApplicationRow.aid == opened.aid)
    chain.session.execute(accepted.values(state=State.ACCEPTED.value))
    assert chain.issuing.run(opened.aid) is None
    assert chain.state(opened.aid) is State.ACCEPTED
    assert errands_after(Kind.DEATH, Event.ACCEPT, State.ACCEPTED) == (RECORD,)


def test_cancelled_before_it_was_issued(chain: Chain) -> None:
    """A registrar's word counts until the number is there: the worker that comes later does nothing."""
    aid = chain.accepted(1)
    order = chain.counter.order(chain.counter.registrar, aid)
    assert not isinstance(chain.cases.lifecycle.cancel(order, Reason.MISTAKE), Refusal)
    assert chain.issuing.run(aid) is None
    assert people(chain) == 0


def test_no_way_to_issue_without_the_register(chain: Chain) -> None:
    """Issued and bound are what issuance wrote down, not what somebody says (AC-098)."""
    aid, known = chain.accepted(1), chain.bound(2)
    assert known.subscriber_id is not None
    order = Order(WORKER, aid)
    assert chain.cases.lifecycle.issue(order, known.person_id) == Refusal(Code.ENR_GUARD, "recorded")
    assert chain.cases.lifecycle.issue(order, uuid.uuid4()) == Refusal(Code.ENR_GUARD, "recorded")
    issued = update(ApplicationRow).where(ApplicationRow.aid == aid)
    chain.session.execute(issued.values(state=State.ISSUED.value, person_id=known.person_id))
    assert chain.cases.lifecycle.bind(order, known.subscriber_id) == Refusal(Code.ENR_GUARD, "linked")
