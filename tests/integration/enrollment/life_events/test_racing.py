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
from enrollment.life_events import Kind, LifeEvent, State
from enrollment.register import Status
from enrollment.register.models import PersonRow
from idp.audit.models import AuditRow
from tests.factories.cases import staff
from tests.factories.life import Village
from tests.factories.standing import Standing

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
            return outcome.code if isinstance(outcome, Refusal) else getattr(outcome, "state", type(outcome).__name__)

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
        assert outcomes == {State.DONE: 1, Code.ENR_STATE: RACERS - 1}
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
        assert outcomes[State.DONE] == 1
        merged = session.scalar(select(func.count()).where(PersonRow.status == "merged"))
        assert merged == 1


def test_one_answer_counts(own_database: Engine) -> None:
    """Agreed to, refused and taken back at one moment: one of them holds, and the record is as that one says."""
    with Session(own_database) as session:
        village = Village(session)
        person = village.settled()[0]
        died = village.died(person)
        asked = village.ask(Kind.DEATH_UNDONE, person)
        assert isinstance(asked, LifeEvent)
        session.commit()

        def answer(own: Village, number: int) -> Any:
            registrar = staff(Role.REGISTRAR, centre=None)
            if number % 3 == 2:
                return own.life.events.withdraw(own.first, asked.id)
            return own.decide(asked, agreed=number % 3 == 0, by=registrar)

        outcomes = raced(own_database, village, answer)
        [settled] = [word for word in outcomes if word not in set(Code)]
        # Whoever asked may say so again.
        assert outcomes[settled] == (RACERS // 3 if settled == State.WITHDRAWN else 1)
        session.expire_all()
        held = village.register.get(person)
        assert held is not None
        assert held.status is (Status.ACTIVE if settled == State.DONE else Status.DECEASED)
        [before] = [one for one in village.life.events.of_person(person) if one.id == died.id]
        assert before.state is (State.UNDONE if settled == State.DONE else State.DONE)


def test_what_shuts_one_another_out(own_database: Engine) -> None:
    """A record that is merged, suspended and to be erased at one moment: it is merged, or one of the others is so."""
    with Session(own_database) as session:
        village = Village(session)
        kept, closed = village.settled()[0], village.settled(given_names="Other")[0]
        number = village.identifiers.nin_of(closed) or ""
        asked = village.ask(Kind.MERGE, kept, closed)
        assert isinstance(asked, LifeEvent)
        session.commit()

        def act(own: Village, turn: int) -> Any:
            standing = Standing(own)
            ways: list[Callable[[], Any]] = [
                lambda: own.decide(asked),
                lambda: standing.suspend(number),
                lambda: standing.ask_to_erase(closed),
            ]
            return ways[turn % 3]()

        outcomes = raced(own_database, village, act)
        session.expire_all()
        held = village.register.get(closed)
        assert held is not None
        others = outcomes["Letter"] + outcomes["Erasure"]
        assert outcomes[State.DONE] in {0, RACERS // 3}
        assert (held.status is Status.MERGED) is bool(outcomes[State.DONE]) is not bool(others)
        assert outcomes["Letter"] <= 1
        assert (held.status is Status.SUSPENDED) is bool(outcomes["Letter"])
