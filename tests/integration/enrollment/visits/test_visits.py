"""Visits over the database: what is single use is raced, and nobody does it for themself or their household."""

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from enrollment.centres.actors import Actor, Role
from enrollment.errors import Code, Refusal
from enrollment.issuance.models import ActivationSlipRow
from enrollment.issuance.slips import TRIES
from enrollment.visits import Proof, Seen, Way
from enrollment.visits.models import ProofRow
from idp.recovery import Case, State
from idp.recovery.models import RecoveryCaseRow
from idp.subscribers.models import SubscriberRow
from tests.factories.register import Office, a_case, code_of, raced
from tests.factories.subscribers import store_subscriber
from tests.factories.visiting import Lobby, officer, supervisor

pytestmark = pytest.mark.integration

WRONG = "AAAA-AAAA-AAAA"
CENTRE = "A made-up centre"


@pytest.fixture
def office(session: Session) -> Office:
    """Nobody in it yet."""
    return Office(session)


def account(office: Office, **changes: object) -> uuid.UUID:
    """Somebody's account."""
    return store_subscriber(office.session, office.keys, office.clock, **changes)  # type: ignore[arg-type]  # by column


def test_of_fifty_who_type_a_right_code_one_goes_on(own_database: Engine) -> None:
    """The code is spent once, and one browser has the case (AC-099)."""
    with Session(own_database) as session:
        office = Office(session)
        lobby = Lobby(office)
        case_id, reference = lobby.asked(account(office))
        code = lobby.proven(case_id, officer()).code
        session.commit()
    outcomes = raced(own_database, office, lambda own: Lobby(own).codes.admit(reference, code, uuid.uuid4().hex))
    assert [outcome.state for outcome in outcomes if isinstance(outcome, Case)] == [State.READY]
    assert {outcome for outcome in outcomes if isinstance(outcome, Refusal)} == {Refusal(Code.ENR_UNKNOWN, "code")}


def test_fifty_guesses_at_once_are_five(own_database: Engine) -> None:
    """Counted one by one: then the right code is worthless too. So it is with a slip that is only looked at."""
    with Session(own_database) as session:
        office = Office(session)
        lobby = Lobby(office)
        case_id, reference = lobby.asked(account(office))
        code = lobby.proven(case_id, officer()).code
        slip = office.issued(a_case()).slip
        assert slip is not None
        session.commit()

    def guess(own: Office) -> object:
        assert code_of(own.slips.check(slip.aid, WRONG)) is Code.ENR_UNKNOWN
        return Lobby(own).codes.admit(reference, WRONG, "browser")

    assert {code_of(outcome) for outcome in raced(own_database, office, guess)} == {Code.ENR_UNKNOWN}
    with Session(own_database) as session:
        own = Office(session, keys=office.keys, clock=office.clock)
        assert session.scalars(select(ProofRow.tries)).all() == [TRIES]
        assert session.scalars(select(ActivationSlipRow.tries)).all() == [TRIES]
        assert code_of(Lobby(own).codes.admit(reference, code, "browser")) is Code.ENR_UNKNOWN
        assert code_of(own.slips.check(slip.aid, slip.code)) is Code.ENR_UNKNOWN
        assert session.scalar(select(RecoveryCaseRow.state)) == "proving"


def test_of_fifty_decisions_one_counts_and_of_fifty_showings_one(own_database: Engine) -> None:
    """Two supervisors at once: one word; two officers at once: one showing."""
    with Session(own_database) as session:
        office = Office(session)
        lobby = Lobby(office)
        case_id, _ = lobby.asked(account(office))
        session.commit()
    shown = raced(own_database, office, lambda own: Lobby(own).desk.show(officer(), case_id, Way.PAPERS, ["passport"]))
    (proof,) = (outcome for outcome in shown if isinstance(outcome, Proof))
    assert {code_of(outcome) for outcome in shown} == {None, Code.ENR_EXISTS}
    decided = raced(
        own_database,
        office,
        lambda own: Lobby(own).desk.decide(supervisor(), proof.id, CENTRE, agreed=uuid.uuid4().int % 2 == 0),
    )
    assert sum(isinstance(outcome, Proof) for outcome in decided) == 1
    assert {code_of(outcome) for outcome in decided} == {None, Code.ENR_STATE}


def test_nobody_brings_on_their_own_or_their_households(office: Office) -> None:
    """Neither as officer nor as supervisor; each no is written down."""
    lobby = Lobby(office)
    person, theirs = uuid.uuid4(), account(office)
    lobby.kin.people[theirs] = person
    case_id, reference = lobby.asked(theirs)
    kin, own = officer(), Actor(theirs, frozenset({Role.OFFICER, Role.SUPERVISOR}), officer().centre_id)
    lobby.kin.families.add((kin.subscriber_id, person))
    for by in (kin, own):
        assert code_of(lobby.desk.find(by, reference)) is Code.ENR_OWN
        assert code_of(lobby.desk.show(by, case_id, Way.PAPERS, ["passport"])) is Code.ENR_OWN
    proof = lobby.desk.show(officer(), case_id, Way.PAPERS, ["passport"])
    assert isinstance(proof, Proof)
    assert code_of(lobby.desk.decide(own, proof.id, CENTRE, agreed=True)) is Code.ENR_OWN
    assert len(office.events("recovery.visit_refused")) == 5


def test_the_supervisor_is_somebody_else_than_the_officer(office: Office) -> None:
    """By whichever account: one person with two agrees to nothing that they showed, nor is it in their list."""
    lobby, by, other = Lobby(office), officer(), supervisor()
    lobby.kin.pairs.add(frozenset({by.subscriber_id, other.subscriber_id}))
    case_id, _ = lobby.asked(account(office))
    proof = lobby.desk.show(by, case_id, Way.PAPERS, ["passport"])
    assert isinstance(proof, Proof)
    assert lobby.desk.waiting(other) == []
    no = Refusal(Code.ENR_FOUREYES, "captured")
    assert lobby.desk.review(other, proof.id) == no
    assert [lobby.desk.decide(other, proof.id, CENTRE, agreed=agreed) for agreed in (True, False)] == [no, no]
    assert len(office.events("recovery.visit_refused")) == 3
    third = supervisor()
    assert [one.id for one in lobby.desk.waiting(third)] == [proof.id]
    assert isinstance(lobby.desk.decide(third, proof.id, CENTRE, agreed=True), Proof)


def test_a_comparison_counts_for_ten_minutes_and_for_its_officer(office: Office) -> None:
    """Too old, of somebody else, of another officer: no; then yes, and a second word is one too many."""
    lobby = Lobby(office)
    person, theirs, by = uuid.uuid4(), account(office), officer()
    lobby.kin.people[theirs] = person
    case_id, reference = lobby.asked(theirs)
    now = office.clock.now()

    def shown() -> object:
        return lobby.desk.show(by, case_id, Way.COMPARED, [])

    lobby.counters.found = {
        (person, by.subscriber_id): now - timedelta(minutes=11),
        (uuid.uuid4(), by.subscriber_id): now,
        (person, uuid.uuid4()): now,
    }
    assert shown() == Refusal(Code.BIO_NOMATCH, "counter")
    lobby.counters.found[person, by.subscriber_id] = now - timedelta(minutes=9)
    assert isinstance(shown(), Proof)
    assert code_of(shown()) is Code.ENR_EXISTS
    seen = lobby.desk.find(by, reference)
    assert isinstance(seen, Seen)
    assert seen.proof is not None
    assert seen.proof.way is Way.COMPARED


def test_a_level_is_never_raised_by_a_visit(office: Office) -> None:
    """Whatever was shown, an account of level 1 keeps 1."""
    lobby, by = Lobby(office), officer()
    theirs = account(office, ial=1)
    lobby.kin.people[theirs] = person = uuid.uuid4()
    lobby.counters.found[person, by.subscriber_id] = office.clock.now()
    case_id, reference = lobby.asked(theirs)
    proof = lobby.desk.show(by, case_id, Way.COMPARED, [])
    assert isinstance(proof, Proof)
    assert isinstance(lobby.codes.print(by, case_id), Refusal)
    assert isinstance(lobby.desk.decide(supervisor(), proof.id, CENTRE, agreed=True), Proof)
    printed = lobby.codes.print(by, case_id)
    assert not isinstance(printed, Refusal)
    admitted = lobby.codes.admit(reference, printed.code, "browser")
    assert isinstance(admitted, Case)
    assert admitted.level == 1


def test_an_account_that_was_suspended_meanwhile_stays_shut(office: Office) -> None:
    """The right code leads nowhere, and the visit is where it was."""
    lobby, theirs = Lobby(office), account(office)
    case_id, reference = lobby.asked(theirs)
    code = lobby.proven(case_id, officer()).code
    office.session.execute(update(SubscriberRow).where(SubscriberRow.id == theirs).values(state="suspended"))
    assert code_of(lobby.codes.admit(reference, code, "browser")) is Code.ENR_UNKNOWN
    assert office.session.scalar(select(RecoveryCaseRow.state)) == "proving"


@pytest.mark.parametrize("papers", [[], ["exception"], ["passport", "magic"], ["death_certificate"]])
def test_papers_are_of_a_closed_list(office: Office, papers: list[str]) -> None:
    """None, or what says nothing of a living person: refused."""
    lobby = Lobby(office)
    case_id, _ = lobby.asked(account(office))
    assert lobby.desk.show(officer(), case_id, Way.PAPERS, papers) == Refusal(Code.ENR_SCHEMA, "papers")


def test_what_is_shown_goes_with_the_account(office: Office) -> None:
    """The visit removed, nothing of it is left."""
    lobby = Lobby(office)
    case_id, _ = lobby.asked(account(office))
    lobby.proven(case_id, officer())
    office.session.delete(office.session.get(RecoveryCaseRow, case_id))
    office.session.flush()
    assert office.session.scalars(select(ProofRow.id)).all() == []
