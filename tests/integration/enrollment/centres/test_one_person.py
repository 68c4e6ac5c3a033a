"""What gives power takes two people: whoever holds two accounts is one of them."""

import uuid

import pytest
from sqlalchemy.orm import Session

from enrollment.centres import Approval, Days, HandOver, Posting, Role
from enrollment.centres.approvals import ApprovalState
from enrollment.errors import Code, Refusal
from tests.factories.centres import Country
from tests.factories.register import Office

pytestmark = pytest.mark.integration


def one_person(country: Country, *accounts: uuid.UUID) -> None:
    """These accounts turn out to be of one person of the register."""
    assert isinstance(country.session, Session)
    office = Office(country.session, keys=country.keys, clock=country.clock)
    person_id = office.person()
    for account in accounts:
        assert office.accounts.link(account, person_id) is None


def why(outcome: object) -> tuple[Code, str]:
    """Why it was refused."""
    assert isinstance(outcome, Refusal), outcome
    return outcome.code, outcome.about


def test_nobody_grants_by_one_account_what_they_asked_for_by_the_other(country: Country) -> None:
    """AC-097: neither yes nor no; each try is written down, and a second person decides."""
    first, second, third = (country.worker(Role.ADMIN) for _ in range(3))
    one_person(country, first.subscriber_id, second.subscriber_id)
    asked = country.approvals.ask(first, country.person(), Role.OFFICER)
    assert isinstance(asked, Approval)
    for decide in (country.approvals.approve, country.approvals.decline):
        assert why(decide(second, asked.id)) == (Code.ENR_FOUREYES, "own_request")
    assert country.refused() == ["decide_role"] * 2
    assert isinstance(country.approvals.approve(third, asked.id), Approval)


def test_nobody_gets_a_role_for_the_other_account(country: Country) -> None:
    """AC-097: neither by asking for it, nor by saying yes to what a colleague asked for."""
    admin, colleague = country.worker(Role.ADMIN), country.worker(Role.ADMIN)
    other = country.person()
    one_person(country, admin.subscriber_id, other)
    assert why(country.approvals.ask(admin, other, Role.SECURITY)) == (Code.ENR_FOUREYES, "oneself")
    asked = country.approvals.ask(colleague, other, Role.SECURITY)
    assert isinstance(asked, Approval)
    assert why(country.approvals.approve(admin, asked.id)) == (Code.ENR_FOUREYES, "oneself")
    assert isinstance(country.approvals.approve(country.worker(Role.SECURITY), asked.id), Approval)


def test_a_request_is_taken_back_by_either_account(country: Country) -> None:
    """It is the same person who asked; nobody else does."""
    first, second, third = (country.worker(Role.ADMIN) for _ in range(3))
    one_person(country, first.subscriber_id, second.subscriber_id)
    asked = country.approvals.ask(first, country.person(), Role.OFFICER)
    assert isinstance(asked, Approval)
    assert why(country.approvals.withdraw(third, asked.id)) == (Code.ENR_UNKNOWN, "")
    withdrawn = country.approvals.withdraw(second, asked.id)
    assert getattr(withdrawn, "state", None) is ApprovalState.WITHDRAWN


def test_nobody_posts_the_other_account(country: Country) -> None:
    """A supervisor sends somebody else to work."""
    centre, other = country.centre(), country.person(Role.OFFICER)
    by = country.worker(Role.SUPERVISOR, centre=centre)
    one_person(country, by.subscriber_id, other)
    days = Days(country.today, country.today)
    assert why(country.postings.post(by, other, centre.id, days)) == (Code.ENR_FOUREYES, "oneself")
    assert isinstance(country.postings.post(by, country.person(Role.OFFICER), centre.id, days), Posting)


def test_a_supervisor_hands_nothing_to_the_other_account(country: Country) -> None:
    """Of an officer who had to leave: somebody else takes the work."""
    centre = country.centre()
    by = country.worker(Role.SUPERVISOR, centre=centre)
    giver, other, third = (country.worker(Role.OFFICER, centre=centre).subscriber_id for _ in range(3))
    one_person(country, by.subscriber_id, other)
    assert why(country.hand_overs.offer(by, giver, other)) == (Code.ENR_FOUREYES, "taker")
    assert isinstance(country.hand_overs.offer(by, giver, third), HandOver)


def test_two_accounts_of_one_person_found_nothing(country: Country) -> None:
    """Neither when the ceremony begins, nor when it turns out before the second code is used."""
    first, second = country.person(ial=1), country.person(ial=1)
    begun = country.founding.start(first, second)
    assert not isinstance(begun, Refusal)
    for account in (first, second):
        country.passkey(account)
    assert not isinstance(country.founding.redeem(first, begun[0].code), Refusal)
    one_person(country, first, second)
    assert why(country.founding.redeem(second, begun[1].code)) == (Code.ENR_FOUREYES, "founders")
    assert [country.staff.roles(account) for account in (first, second)] == [[], []]
    country.founding.stop()
    assert why(country.founding.start(first, second)) == (Code.ENR_FOUREYES, "")
    assert not isinstance(country.founding.start(first, country.person(ial=1)), Refusal)
