import uuid
from typing import Any

import pytest
from sqlalchemy import select, update

from enrollment.errors import Code, Refusal
from enrollment.issuance import AcceptedCase, Claimed, Claiming
from enrollment.issuance.models import ActivationSlipRow
from idp.subscribers import Lifecycle, State, Subjects
from idp.subscribers.levels import Levels
from idp.subscribers.models import SubscriberRow
from tests.factories.register import Office, a_case, an_aid, code_of
from tests.factories.subscribers import store_subscriber
from tests.integration.enrollment.issuance.test_issuing import Sector

pytestmark = pytest.mark.integration


class Sessions:
    """Remembers whose sessions were ended, and why."""

    def __init__(self) -> None:
        self.ended: list[tuple[uuid.UUID, str]] = []

    def end_all(self, subscriber_id: uuid.UUID, reason: str) -> object:
        """Fulfils `SessionEnder`."""
        self.ended.append((subscriber_id, reason))
        return None


@pytest.fixture
def claiming(office: Office) -> Claiming:
    """The room over the office's session."""
    lifecycle = Lifecycle(office.session, office.clock, office.trail, Sessions())
    levels = Levels(office.session, office.trail)
    return Claiming(office.issuance, office.slips, office.register, office.directory, levels, lifecycle)


def issued(office: Office, case: AcceptedCase) -> tuple[str, uuid.UUID, uuid.UUID]:
    """Code, account and person of a case."""
    outcome = office.issued(case)
    assert outcome.slip is not None
    return outcome.slip.code, outcome.subscriber_id, outcome.person_id


def account_of(office: Office, subscriber_id: uuid.UUID) -> Any:
    """The account as it stands."""
    return office.directory.get(subscriber_id)


def test_a_new_account_becomes_its_owners(office: Office, claiming: Claiming) -> None:
    """The slip makes it active, at the level of the enrolment; its holder sets up a factor next."""
    case = a_case()
    code, account, person = issued(office, case)
    assert not claiming.needs_sign_in(case.aid)
    assert claiming.claim(case.aid, code) == Claimed(account, person, opened=True)
    held = account_of(office, account)
    assert (held.state, held.ial) == (State.ACTIVE, 3)
    assert code_of(claiming.claim(case.aid, code)) is Code.ENR_UNKNOWN


def test_a_linked_account_is_raised_and_keeps_its_sub(office: Office, claiming: Claiming) -> None:
    """Signed in and with the slip, the level rises and the proven details come in; every `sub` and contact stays."""
    account = store_subscriber(office.session, office.keys, office.clock)
    subjects = Subjects(office.keys)
    before = [subjects.for_client(account, Sector(kind)) for kind in ("pairwise", "public")]
    case = a_case(account)
    code, _, person = issued(office, case)
    assert claiming.needs_sign_in(case.aid)
    assert claiming.claim(case.aid, code, signed_in=account) == Claimed(account, person, opened=False)
    held = account_of(office, account)
    assert (held.id, held.state, held.ial) == (account, State.ACTIVE, 3)
    assert [subjects.for_client(held.id, Sector(kind)) for kind in ("pairwise", "public")] == before
    claims = office.directory.profile(account)
    assert (claims["name"], claims["email_verified"]) == ("Testa Binta Sampleton", True)
    assert office.events("subscriber.level") == ["subscriber.level_changed"]


@pytest.mark.parametrize("stranger", [True, False])
def test_a_linked_account_is_claimed_by_its_owner_only(office: Office, claiming: Claiming, *, stranger: bool) -> None:
    """A slip in the hands of anybody who is not signed in to the account is worth nothing, and loses no try."""
    account = store_subscriber(office.session, office.keys, office.clock)
    case = a_case(account)
    code, _, _ = issued(office, case)
    signed_in = store_subscriber(office.session, office.keys, office.clock) if stranger else None
    assert claiming.claim(case.aid, code, signed_in=signed_in) == Refusal(Code.ENR_GUARD, "account")
    assert office.session.scalar(select(ActivationSlipRow.tries)) == 0
    assert account_of(office, account).ial == 1


def test_a_wrong_code_changes_nothing(office: Office, claiming: Claiming) -> None:
    """The account stays pending; an unknown case is answered the same."""
    case = a_case()
    _, account, _ = issued(office, case)
    wrong = claiming.claim(case.aid, "AAAA-AAAA-AAAA")
    for aid in (an_aid(), "", "\x00", "'", "x" * 1000, "\ud800"):
        assert claiming.claim(aid, "AAAA-AAAA-AAAA") == wrong == Refusal(Code.ENR_UNKNOWN, "slip")
        assert not claiming.needs_sign_in(aid)
    assert account_of(office, account).state is State.PENDING


@pytest.mark.parametrize("linked", [True, False])
def test_an_account_that_was_closed_is_not_claimed(office: Office, claiming: Claiming, *, linked: bool) -> None:
    """Closed between issuance and claim: the slip does not open it again."""
    own = store_subscriber(office.session, office.keys, office.clock) if linked else None
    case = a_case(own)
    code, account, _ = issued(office, case)
    office.session.execute(update(SubscriberRow).where(SubscriberRow.id == account).values(state="closed"))
    assert claiming.claim(case.aid, code, signed_in=own) == Refusal(Code.ENR_STATE, "account")
    assert account_of(office, account).state is State.CLOSED
