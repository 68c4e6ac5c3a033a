"""Many registrars at one moment: what may happen once happens once."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import Engine, NullPool, create_engine, func, select
from sqlalchemy.orm import Session

from enrollment.centres.actors import Role
from enrollment.errors import Code, Refusal
from enrollment.life_events import Kind, LifeEvent
from enrollment.register.models import PersonRow
from idp.audit.models import AuditRow
from tests.factories.cases import staff
from tests.factories.life import Village

pytestmark = pytest.mark.integration

RACERS = 12


def raced(engine: Engine, village: Village, act: Callable[[Village, int], Any]) -> Counter[Any]:
    """What came of `act` in as many transactions at once, each committed: refusals by code, events by state."""
    gate, apart = Barrier(RACERS), create_engine(engine.url, poolclass=NullPool)

    def run(number: int) -> Any:
        with Session(apart) as session:
            own = Village(session, beside=village)
            session.connection()
            gate.wait(timeout=60)
            outcome = act(own, number)
            session.commit()
            return outcome.code if isinstance(outcome, Refusal) else outcome.state.value

    with ThreadPoolExecutor(RACERS) as pool:
        return Counter(pool.map(run, range(RACERS)))


def test_one_decides(own_database: Engine) -> None:
    """Of twelve registrars who agree at once one does; the merge is made once."""
    with Session(own_database) as session:
        village = Village(session)
        kept, closed = village.settled()[0], village.settled(given_names="Other")[0]
        asked = village.ask(Kind.MERGE, kept, closed)
        assert isinstance(asked, LifeEvent)
        session.commit()
        outcomes = raced(own_database, village, lambda own, _: own.decide(asked, by=staff(Role.REGISTRAR, centre=None)))
        assert outcomes == {"done": 1, Code.ENR_STATE: RACERS - 1}
        done = select(func.count()).where(AuditRow.event == "person.status_changed", AuditRow.subscriber_id.is_(None))
        assert session.scalar(done) == 1


def test_two_merges_in_both_directions(own_database: Engine) -> None:
    """A into B and B into A, agreed to at once: one is made, and nobody ends in a circle."""
    with Session(own_database) as session:
        village = Village(session)
        one, other = village.settled()[0], village.settled(given_names="Other")[0]
        asked = [village.ask(Kind.MERGE, one, other), village.ask(Kind.MERGE, other, one)]
        session.commit()
        outcomes = raced(
            own_database,
            village,
            lambda own, number: own.decide(asked[number % 2], by=staff(Role.REGISTRAR, centre=None)),
        )
        assert outcomes["done"] == 1
        merged = session.scalar(select(func.count()).where(PersonRow.status == "merged"))
        assert merged == 1
