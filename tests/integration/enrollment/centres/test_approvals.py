import datetime as dt
import uuid

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from enrollment.centres import OPERATOR, Actor, Approval, Role
from enrollment.centres.approvals import LIFE, ApprovalState
from enrollment.centres.models import ApprovalRow
from enrollment.centres.permissions import clashes
from enrollment.errors import Code, Refusal
from tests.factories.centres import Country

pytestmark = pytest.mark.integration

DAY = dt.timedelta(days=1)


class Office:
    """Two admins, a security officer, and somebody who is to get a role."""

    def __init__(self, country: Country) -> None:
        self.country = country
        self.approvals = country.approvals
        self.admin, self.other = country.worker(Role.ADMIN), country.worker(Role.ADMIN)
        self.security = country.worker(Role.SECURITY)
        self.newcomer = country.person()

    def asked(self, role: Role = Role.OFFICER, person: uuid.UUID | None = None) -> Approval:
        """A request that waits."""
        made = self.approvals.ask(self.admin, person or self.newcomer, role)
        assert isinstance(made, Approval), made
        return made

    def roles(self, person: uuid.UUID) -> set[Role]:
        """What somebody holds now."""
        return {held.role for held in self.country.staff.roles(person)}


@pytest.fixture
def office(country: Country) -> Office:
    """People of one office."""
    return Office(country)


def code_of(outcome: object) -> Code | None:
    """Why it was refused, None where it was not."""
    return outcome.code if isinstance(outcome, Refusal) else None


def test_two_people_give_a_role(office: Office) -> None:
    """A request gives nothing; a second person's yes gives the role from that moment on."""
    asked = office.asked()
    assert office.roles(office.newcomer) == set()
    assert [one.id for one in office.approvals.waiting()] == [asked.id]
    done = office.approvals.approve(office.other, asked.id)
    assert isinstance(done, Approval)
    assert (done.state, done.decided_by) == (ApprovalState.APPROVED, office.other.subscriber_id)
    assert office.country.actor(office.newcomer).roles == frozenset({Role.OFFICER})
    assert office.approvals.waiting() == []


def test_nobody_approves_the_own_request(office: Office) -> None:
    """Whoever asked cannot say yes or no, and the try is written down."""
    asked = office.asked()
    assert code_of(office.approvals.approve(office.admin, asked.id)) is Code.ENR_FOUREYES
    assert code_of(office.approvals.decline(office.admin, asked.id)) is Code.ENR_FOUREYES
    assert office.roles(office.newcomer) == set()
    assert len(office.country.audited("staff.refused")) == 2


def test_nobody_gets_a_role_by_the_own_hand(office: Office) -> None:
    """AC-097: an admin cannot ask for a role for himself, nor say yes to one that another admin asked for him."""
    refused = office.approvals.ask(office.admin, office.admin.subscriber_id, Role.SECURITY)
    assert code_of(refused) is Code.ENR_FOUREYES
    asked = office.asked(Role.SECURITY, office.other.subscriber_id)
    assert code_of(office.approvals.approve(office.other, asked.id)) is Code.ENR_FOUREYES
    assert office.roles(office.other.subscriber_id) == {Role.ADMIN}
    assert isinstance(office.approvals.approve(office.security, asked.id), Approval)


def test_who_may_ask_and_who_may_decide(office: Office) -> None:
    """AC-097: of all roles only an admin asks, only an admin or a security officer decides; other tries are audited."""
    for role in Role:
        actor, person = office.country.worker(role), office.country.person()
        outcome = office.approvals.ask(actor, person, Role.REGISTRAR)
        assert code_of(outcome) is (None if role is Role.ADMIN else Code.ENR_ROLE), role
        decided = office.approvals.approve(actor, office.asked(Role.OFFICER, person).id)
        assert code_of(decided) is (None if role in {Role.ADMIN, Role.SECURITY} else Code.ENR_ROLE), role
    assert office.country.refused() == ["ask_role"] * (len(Role) - 1) + ["decide_role"] * (len(Role) - 2)


def test_command_line_grants_nothing(office: Office) -> None:
    """Whoever holds the machine's command line neither asks for a role nor gives one."""
    assert code_of(office.approvals.ask(OPERATOR, office.newcomer, Role.ADMIN)) is Code.ENR_ROLE
    assert code_of(office.approvals.approve(OPERATOR, office.asked().id)) is Code.ENR_ROLE


def test_decided_once(office: Office) -> None:
    """What was approved, declined or taken back is decided: nothing more comes of it."""
    approvals = office.approvals
    for role, decide, actor in (
        (Role.OFFICER, approvals.approve, office.other),
        (Role.SUPERVISOR, approvals.decline, office.other),
        (Role.SUPPORT, approvals.withdraw, office.admin),
    ):
        asked = office.asked(role)
        assert isinstance(decide(actor, asked.id), Approval)
        assert code_of(approvals.approve(office.security, asked.id)) is Code.ENR_STATE
        assert code_of(approvals.decline(office.security, asked.id)) is Code.ENR_STATE
        assert code_of(approvals.withdraw(office.admin, asked.id)) is Code.ENR_STATE
    assert office.roles(office.newcomer) == {Role.OFFICER}


def test_only_the_asker_takes_it_back(office: Office) -> None:
    """Another admin's request cannot be withdrawn, nor one that never was."""
    asked = office.asked()
    assert code_of(office.approvals.withdraw(office.other, asked.id)) is Code.ENR_UNKNOWN
    assert code_of(office.approvals.withdraw(office.admin, uuid.uuid4())) is Code.ENR_UNKNOWN
    assert code_of(office.approvals.approve(office.other, uuid.uuid4())) is Code.ENR_UNKNOWN


def test_request_is_over_after_a_week(office: Office) -> None:
    """AC-134: in the last second a request can be approved and in the next it cannot; then it can be asked anew."""
    late = office.asked()
    in_time = office.asked(Role.SUPERVISOR)
    office.country.clock.advance(seconds=(LIFE - dt.timedelta(seconds=1)).total_seconds())
    assert isinstance(office.approvals.approve(office.other, in_time.id), Approval)
    office.country.clock.advance(seconds=1)
    assert code_of(office.approvals.approve(office.other, late.id)) is Code.ENR_EXPIRED
    assert office.approvals.waiting() == []
    again = office.asked()
    assert isinstance(office.approvals.approve(office.other, again.id), Approval)


def test_asker_must_still_be_an_admin(office: Office) -> None:
    """A request of somebody who lost the role, or the account, is worth nothing."""
    asked = office.asked()
    office.country.staff.end_role(office.security, office.admin.subscriber_id, Role.ADMIN)
    assert code_of(office.approvals.approve(office.other, asked.id)) is Code.ENR_GUARD
    assert office.roles(office.newcomer) == set()


def test_who_can_get_a_role(office: Office) -> None:
    """An active account of staff; a citizen's only to vouch for others; nobody who is not there."""
    citizen = office.country.person(group="citizen")
    ask = office.approvals.ask
    assert code_of(ask(office.admin, citizen, Role.OFFICER)) is Code.ENR_UNKNOWN
    assert isinstance(ask(office.admin, citizen, Role.INTRODUCER), Approval)
    assert code_of(ask(office.admin, uuid.uuid4(), Role.OFFICER)) is Code.ENR_UNKNOWN


def test_what_is_asked_twice_or_held(office: Office) -> None:
    """One request at a time for a role and a person, and none for what is held."""
    asked = office.asked()
    assert code_of(office.approvals.ask(office.other, office.newcomer, Role.OFFICER)) is Code.ENR_EXISTS
    office.approvals.approve(office.other, asked.id)
    assert code_of(office.approvals.ask(office.other, office.newcomer, Role.OFFICER)) is Code.ENR_EXISTS


def test_clash_is_seen_when_it_is_approved(office: Office) -> None:
    """Two requests that do not go together: the one that is approved second is refused."""
    auditor, officer = office.asked(Role.AUDITOR), office.asked(Role.OFFICER)
    assert isinstance(office.approvals.approve(office.other, auditor.id), Approval)
    refused = office.approvals.approve(office.other, officer.id)
    assert isinstance(refused, Refusal)
    assert (refused.code, refused.about) == (Code.ENR_GUARD, "clash")
    assert office.roles(office.newcomer) == {Role.AUDITOR}


def test_role_for_a_time(office: Office) -> None:
    """A role can be asked for until a day; a day that is past is refused, also when it passes while it waits."""
    now = office.country.clock.now()
    assert code_of(office.approvals.ask(office.admin, office.newcomer, Role.OFFICER, now)) is Code.ENR_SCHEMA
    asked = office.approvals.ask(office.admin, office.newcomer, Role.OFFICER, now + DAY)
    assert isinstance(asked, Approval)
    office.country.clock.advance(days=1)
    assert code_of(office.approvals.approve(office.other, asked.id)) is Code.ENR_EXPIRED


@pytest.mark.parametrize("who", ["asked_by", "subject_id"])
def test_database_holds_four_eyes_too(office: Office, who: str) -> None:
    """AC-097: an approval by whoever asked, or by whoever gets the role, cannot even be stored."""
    row = office.country.session.get_one(ApprovalRow, office.asked().id)
    row.state, row.decided_by = "approved", getattr(row, who)
    with pytest.raises(IntegrityError, match="ck_approval_four_eyes"):
        office.country.session.flush()


class Grants(RuleBasedStateMachine):
    """Any sequence of requests and decisions, of people with any roles."""

    engine: Engine

    @initialize()
    def open(self) -> None:
        """Five people: two admins, one security officer, two with nothing."""
        self.connection = self.engine.connect()
        self.outer = self.connection.begin()
        self.session = Session(self.connection, join_transaction_mode="create_savepoint")
        self.country = Country(self.session)
        roles = ((Role.ADMIN,), (Role.ADMIN,), (Role.SECURITY,), (), ())
        self.people = [self.country.person(*held) for held in roles]
        self.asked: list[tuple[uuid.UUID, int, int]] = []
        self.decided: dict[uuid.UUID, int] = {}

    def _actor(self, number: int) -> Actor:
        found = self.country.staff.actor(self.people[number], self.country.clock.now())
        return found if isinstance(found, Actor) else Actor(self.people[number], frozenset())

    @rule(by=st.integers(0, 4), whom=st.integers(0, 4), role=st.sampled_from(list(Role)))
    def ask(self, by: int, whom: int, role: Role) -> None:
        """Somebody asks for a role for somebody."""
        made = self.country.approvals.ask(self._actor(by), self.people[whom], role)
        if isinstance(made, Approval):
            self.asked.append((made.id, by, whom))

    @rule(by=st.integers(0, 4), which=st.integers(0, 50), yes=st.booleans())
    def decide(self, by: int, which: int, yes: bool) -> None:
        """Somebody says yes or no to one of the requests."""
        if not self.asked:
            return
        approval_id = self.asked[which % len(self.asked)][0]
        approvals = self.country.approvals
        outcome = (approvals.approve if yes else approvals.decline)(self._actor(by), approval_id)
        if isinstance(outcome, Approval):
            assert approval_id not in self.decided, "decided twice"
            self.decided[approval_id] = by

    @rule(by=st.integers(0, 4), whom=st.integers(0, 4), role=st.sampled_from(list(Role)))
    def end(self, by: int, whom: int, role: Role) -> None:
        """Somebody takes a role away."""
        self.country.staff.end_role(self._actor(by), self.people[whom], role)

    @rule(days=st.integers(1, 8))
    def wait(self, days: int) -> None:
        """Time passes."""
        self.country.clock.advance(days=days)

    @invariant()
    def four_eyes(self) -> None:
        """Whoever decided neither asked nor gets the role, and nobody holds roles that clash."""
        for approval_id, asker, subject in getattr(self, "asked", []):
            assert self.decided.get(approval_id) not in {asker, subject}
            assert asker != subject
        for person in getattr(self, "people", []):
            held = frozenset(one.role for one in self.country.staff.roles(person))
            assert not any(clashes(role, held - {role}) for role in held)

    def teardown(self) -> None:
        """Undo all of it."""
        if hasattr(self, "session"):
            self.session.close()
            self.outer.rollback()
            self.connection.close()


def test_no_sequence_grants_with_two_eyes(engine: Engine) -> None:
    """AC-097: whatever is asked and decided in whatever order, two people stand behind every role, and none clashes."""
    machine = type("OnThisDatabase", (Grants,), {"engine": engine})
    run_state_machine_as_test(machine, settings=settings(max_examples=5, stateful_step_count=16))
