"""Two who decide are two people: whoever holds two accounts votes once, and is barred by what either of them did."""

import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import Engine, NullPool, create_engine, func, insert, select
from sqlalchemy.orm import Session

from enrollment.adjudication import Voted
from enrollment.adjudication.models import VoteRow
from enrollment.capture.models import SampleRow
from enrollment.cases import Applicant, Moved, Reason, State
from enrollment.cases.models import ConsentRow, EventRow, KinRow, SectionRow, VouchRow
from enrollment.centres.actors import Actor, Role
from enrollment.centres.models import PostingRow
from enrollment.errors import Code
from enrollment.issuance.models import IssuanceRow
from tests.factories.adjudication import DIFFERENT, SAME, Chamber, person_hit
from tests.factories.cases import ELSEWHERE, code_of, staff
from tests.factories.centres import Country
from tests.factories.keys import purpose_keys
from tests.factories.register import an_aid
from tests.factories.subscribers import store_subscriber

pytestmark = pytest.mark.integration

Doing = Callable[[Chamber, str, uuid.UUID], None]


def two_accounts(chamber: Chamber) -> tuple[Actor, Actor]:
    """One person who adjudicates by either of two accounts."""
    person_id = chamber.office.person()
    accounts = [store_subscriber(chamber.session, chamber.keys, chamber.clock) for _ in range(2)]
    for account in accounts:
        assert chamber.office.accounts.link(account, person_id) is None
    first, second = (replace(staff(Role.ADJUDICATOR, centre=None), subscriber_id=account) for account in accounts)
    return first, second


def case(chamber: Chamber) -> tuple[str, uuid.UUID]:
    """One that waits for votes."""
    aid = chamber.referred([person_hit(uuid.uuid4())])
    return aid, chamber.case_of(aid)


def test_the_other_account_is_no_second_vote(chamber: Chamber) -> None:
    """AC-096: it neither finds the case in its list nor opens it nor votes; another person does, and that decides."""
    first, second = two_accounts(chamber)
    aid, case_id = case(chamber)
    assert isinstance(chamber.vote(first, case_id, DIFFERENT), Voted)
    assert chamber.desk.queue(second) == []
    assert code_of(chamber.desk.open(second, case_id)) is Code.ENR_FOUREYES
    assert code_of(chamber.desk.vote(chamber.ballot(second, case_id, {1: DIFFERENT}))) is Code.ENR_FOUREYES
    assert chamber.state(aid) is State.ADJUDICATION
    outcome = chamber.vote(chamber.people[0], case_id, DIFFERENT)
    assert isinstance(outcome, Voted)
    assert outcome.outcome == State.ACCEPTED.value


def test_nor_does_it_lead_what_the_person_voted_on(chamber: Chamber) -> None:
    """Two could not agree: a third person leads, not one of the two again."""
    first, second = two_accounts(chamber)
    _, case_id = case(chamber)
    for by, vote in ((first, DIFFERENT), (chamber.people[0], SAME)):
        assert isinstance(chamber.vote(by, case_id, vote), Voted)
    assert code_of(chamber.desk.vote(chamber.ballot(second, case_id, {1: SAME}))) is Code.ENR_FOUREYES
    assert isinstance(chamber.vote(chamber.people[1], case_id, SAME), Voted)


def _opened(chamber: Chamber, aid: str, account: uuid.UUID) -> None:
    chamber.change(EventRow, EventRow.aid == aid, actor_id=account)


def _saved(chamber: Chamber, aid: str, account: uuid.UUID) -> None:
    chamber.change(SectionRow, (SectionRow.aid == aid) & (SectionRow.name == "person"), savers=[account])


def _captured(chamber: Chamber, aid: str, account: uuid.UUID) -> None:
    chamber.change(SampleRow, SampleRow.aid == aid, captured_by=account)


def _consented(chamber: Chamber, aid: str, account: uuid.UUID) -> None:
    row = {"id": account, "aid": aid, "text_version": "v1", "language": "en", "how": "signed"}
    chamber.session.execute(insert(ConsentRow).values(**row, taken_by=account, given_at=chamber.clock.now()))


def _vouched(chamber: Chamber, aid: str, account: uuid.UUID) -> None:
    row = {"aid": aid, "introducer_id": account, "relation": "teacher", "at": chamber.clock.now()}
    chamber.session.execute(insert(VouchRow).values(row))


def _related(chamber: Chamber, aid: str, account: uuid.UUID) -> None:
    chamber.session.execute(insert(KinRow).values(aid=aid, subscriber_id=account, relation="household"))


def _posted(chamber: Chamber, aid: str, account: uuid.UUID) -> None:
    country = Country(chamber.session, chamber.clock, chamber.keys)
    centre = country.centre()
    country.post(country.person(), centre)
    chamber.change(PostingRow, PostingRow.centre_id == centre.id, subscriber_id=account)
    chamber.put(aid, centre_id=centre.id)


@pytest.mark.parametrize("did", [_opened, _saved, _captured, _consented, _vouched, _posted])
def test_what_one_account_did_bars_the_other(chamber: Chamber, did: Doing) -> None:
    """Whoever had a hand in it by one account does not decide about it by the other."""
    first, second = two_accounts(chamber)
    aid, case_id = case(chamber)
    assert [waiting.case_id for waiting in chamber.desk.queue(second)] == [case_id]
    did(chamber, aid, first.subscriber_id)
    assert chamber.desk.queue(second) == []
    assert code_of(chamber.desk.vote(chamber.ballot(second, case_id, {1: SAME}))) is Code.ENR_FOUREYES


@pytest.mark.parametrize("did", [_saved, _related])
def test_so_it_is_with_whoever_was_found(chamber: Chamber, did: Doing) -> None:
    """The candidate was captured by the other account, or is of its household."""
    first, second = two_accounts(chamber)
    found, person_id = chamber.registered()
    case_id = chamber.case_of(chamber.referred([person_hit(person_id)]))
    did(chamber, found, first.subscriber_id)
    assert chamber.desk.queue(second) == []
    assert code_of(chamber.desk.open(second, case_id)) is Code.ENR_FOUREYES


def test_an_appeal_goes_to_other_people_and_counts_people(chamber: Chamber) -> None:
    """The other account of who voted is nobody new, and two accounts of one person are one of two."""
    first, second = two_accounts(chamber)
    applicant = store_subscriber(chamber.session, chamber.keys, chamber.clock)
    aid = chamber.referred([person_hit(chamber.office.person())], owner=applicant)
    chamber.decided(aid, SAME, people=(first, chamber.people[0]))
    appeal = chamber.counter.lifecycle.appeal(chamber.counter.order(Applicant(applicant), aid), Reason.DISAGREES)
    assert isinstance(appeal, Moved)
    third, fourth = two_accounts(chamber)
    chamber.people[:] = [first, second, third, fourth]
    assert chamber.opening.reopen_appeals() == 0
    chamber.people.append(staff(Role.ADJUDICATOR, centre=ELSEWHERE))
    assert chamber.opening.reopen_appeals() == 1
    case_id = chamber.case_of(aid)
    assert code_of(chamber.desk.open(second, case_id)) is Code.ENR_FOUREYES
    assert chamber.desk.queue(second) == []


def test_an_account_that_an_application_merely_names_bars_nobody(chamber: Chamber) -> None:
    """It is not proven: a stranger keeps nobody from voting by naming their account."""
    first, second = two_accounts(chamber)
    person_id = chamber.office.accounts.person_of(second.subscriber_id)
    issued = {"aid": an_aid(), "person_id": person_id, "subscriber_id": second.subscriber_id, "account": "linked"}
    chamber.session.execute(insert(IssuanceRow).values(**issued, issued_at=chamber.clock.now()))
    aid, case_id = case(chamber)
    for by in (first, second):
        assert isinstance(chamber.vote(by, case_id, DIFFERENT), Voted)
    assert chamber.state(aid) is State.ACCEPTED


def test_votes_of_both_accounts_at_once_are_one(own_database: Engine) -> None:
    """Raced, one of the two is counted and the application stays where it is (AC-099)."""
    keys, rounds = purpose_keys(), 20
    with Session(own_database) as session:
        chamber = Chamber(session, keys)
        pair = two_accounts(chamber)
        _, case_id = case(chamber)
        session.commit()
    apart, line = create_engine(own_database.url, poolclass=NullPool), threading.Barrier(rounds)

    def cast(number: int) -> object:
        with Session(apart) as session:
            own = Chamber(session, keys)
            session.connection()
            line.wait(timeout=120)
            outcome = own.desk.vote(own.ballot(pair[number % 2], case_id, {1: DIFFERENT}))
            session.commit()
            return outcome

    with ThreadPoolExecutor(rounds) as pool:
        outcomes = list(pool.map(cast, range(rounds)))
    assert {code_of(outcome) for outcome in outcomes} == {None, Code.ENR_FOUREYES}
    assert sum(isinstance(outcome, Voted) and not outcome.again for outcome in outcomes) == 1
    with Session(own_database) as session:
        assert session.scalar(select(func.count()).where(VoteRow.case_id == case_id)) == 1
