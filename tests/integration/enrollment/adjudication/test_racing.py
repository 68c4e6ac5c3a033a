"""Fifty votes at once: two are counted, one person has one, and the application moves once (AC-099)."""

import threading
import uuid
from collections import Counter as Tally
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, create_engine, func, select
from sqlalchemy.orm import Session

from enrollment.adjudication import Voted
from enrollment.adjudication.models import AdjudicationRow, VoteRow
from enrollment.cases import State
from enrollment.cases.models import ApplicationRow, EventRow
from enrollment.centres.actors import Role
from enrollment.errors import Code
from tests.factories.adjudication import DIFFERENT, SAME, Chamber, person_hit
from tests.factories.cases import code_of, staff
from tests.factories.keys import purpose_keys

pytestmark = pytest.mark.integration

KEYS = purpose_keys()
MANY = 50
PEOPLE = [staff(Role.ADJUDICATOR, centre=None) for _ in range(MANY)]


def volley(engine: Engine, act: Callable[[Chamber, int], object]) -> list[object]:
    """What `MANY` threads were answered, each in a transaction of its own, all begun before the first one acts."""
    together = create_engine(engine.url, pool_size=MANY, max_overflow=0)
    line = threading.Barrier(MANY)

    def run(number: int) -> object:
        with Session(together) as session:
            chamber = Chamber(session, KEYS, people=PEOPLE)
            session.connection()
            line.wait(timeout=120)
            outcome = act(chamber, number)
            session.commit()
            return outcome

    try:
        with ThreadPoolExecutor(MANY) as pool:
            return list(pool.map(run, range(MANY)))
    finally:
        together.dispose()


def waiting(engine: Engine) -> tuple[str, uuid.UUID]:
    """A case that waits for votes."""
    with Session(engine) as session:
        chamber = Chamber(session, KEYS, people=PEOPLE)
        aid = chamber.referred([person_hit(uuid.uuid4())])
        case_id = chamber.case_of(aid)
        session.commit()
    return aid, case_id


def counted(engine: Engine, *wanted: object) -> int:
    """How many rows there are."""
    with Session(engine) as session:
        return session.execute(select(func.count()).where(*wanted)).scalar_one()  # type: ignore[arg-type]  # conditions


def test_fifty_people_vote_at_once(own_database: Engine) -> None:
    """Of fifty who say the same two are counted, the second decides; of fifty who differ three, the third decides."""
    aid, case_id = waiting(own_database)
    answers = volley(own_database, lambda here, n: here.desk.vote(here.ballot(PEOPLE[n], case_id, {1: DIFFERENT})))
    voted = [answer for answer in answers if isinstance(answer, Voted)]
    assert Tally(answer.outcome for answer in voted) == {None: 1, "accepted": 1}
    assert {code_of(answer) for answer in answers} <= {None, Code.ENR_STATE, Code.ENR_UNKNOWN}
    assert counted(own_database, VoteRow.case_id == case_id) == 2
    assert counted(own_database, EventRow.aid == aid, EventRow.event == "accept") == 1

    other, second_id = waiting(own_database)
    split = volley(
        own_database,
        lambda here, n: here.desk.vote(here.ballot(PEOPLE[n], second_id, {1: SAME if n % 2 else DIFFERENT})),
    )
    outcomes = Tally(answer.outcome for answer in split if isinstance(answer, Voted))
    assert sum(outcomes.values()) in {2, 3}
    assert sum(count for outcome, count in outcomes.items() if outcome) == 1
    assert counted(own_database, VoteRow.case_id == second_id) == sum(outcomes.values())
    assert counted(own_database, ApplicationRow.aid == other, ApplicationRow.state == State.ADJUDICATION.value) == 0


def test_one_person_votes_fifty_times_at_once(own_database: Engine) -> None:
    """One vote is counted, the others are told that it was; nobody's own vote is the second one."""
    aid, case_id = waiting(own_database)
    answers = volley(own_database, lambda here, _: here.desk.vote(here.ballot(PEOPLE[0], case_id, {1: SAME})))
    assert Tally(isinstance(answer, Voted) and answer.again for answer in answers) == {True: MANY - 1, False: 1}
    assert all(isinstance(answer, Voted) and answer.outcome is None for answer in answers)
    assert counted(own_database, VoteRow.case_id == case_id) == 1
    assert counted(own_database, ApplicationRow.aid == aid, ApplicationRow.state == State.ADJUDICATION.value) == 1


def test_fifty_lists_open_one_case(own_database: Engine) -> None:
    """Each application has one case for its round, however many look at the list at once."""
    with Session(own_database) as session:
        chamber = Chamber(session, KEYS, people=PEOPLE)
        aids = [chamber.referred([]) for _ in range(3)]
        session.commit()
    volley(own_database, lambda here, n: here.desk.queue(PEOPLE[n]))
    assert counted(own_database, AdjudicationRow.aid.in_(aids)) == len(aids)
