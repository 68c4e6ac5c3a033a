"""The same request twice, at once or later: one effect, one reply."""

import threading
import uuid
from collections import Counter as Tally
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import Engine, create_engine, func, select
from sqlalchemy.orm import Session

from enrollment.cases import Kind, Moved, Order, Reason, Relation, State, Task
from enrollment.cases.idempotency import purge_replies
from enrollment.cases.models import ApplicationRow, EventRow, ReplyRow, VouchRow
from enrollment.cases.policy import CasePolicy
from enrollment.centres.actors import Actor, Role
from enrollment.errors import Code, Refusal
from tests.factories.cases import CENTRE, WORKER, Counter, code_of
from tests.factories.keys import purpose_keys
from tests.factories.subscribers import store_subscriber

pytestmark = pytest.mark.integration

KEYS = purpose_keys()
MANY = 50


@pytest.fixture
def counter(session: Session) -> Counter:
    """Services over a transaction that is rolled back."""
    return Counter(session, KEYS)


def volley(engine: Engine, act: Callable[[Counter, int], object]) -> list[object]:
    """What `MANY` threads were answered, each in a transaction of its own, all begun before the first one acts."""
    together = create_engine(engine.url, pool_size=MANY, max_overflow=0)
    line = threading.Barrier(MANY)

    def run(number: int) -> object:
        with Session(together) as session:
            counter = Counter(session, KEYS)
            session.connection()
            line.wait(timeout=120)
            outcome = act(counter, number)
            session.commit()
            return outcome

    try:
        with ThreadPoolExecutor(MANY) as pool:
            return list(pool.map(run, range(MANY)))
    finally:
        together.dispose()


def counted(engine: Engine, *wanted: object) -> int:
    """How many rows there are."""
    with Session(engine) as session:
        return session.execute(select(func.count()).where(*wanted)).scalar_one()  # type: ignore[arg-type]  # conditions


def test_fifty_requests_under_one_key(own_database: Engine) -> None:
    """Sent fifty times at once under one key, an application is signed once, and all get the same reply (AC-099)."""
    with Session(own_database) as session:
        counter = Counter(session, KEYS)
        aid = counter.opened()
        counter.fill(aid)
        order = counter.order(counter.officer, aid)
        session.commit()
    replies = volley(own_database, lambda here, _: here.lifecycle.sign(order))
    assert {(reply.state, reply.version) for reply in replies if isinstance(reply, Moved)} == {("signed", 2)}
    assert Tally(reply.again for reply in replies if isinstance(reply, Moved)) == {False: 1, True: MANY - 1}
    assert counted(own_database, EventRow.aid == aid) == 2


def test_fifty_requests_under_keys_of_their_own(own_database: Engine) -> None:
    """Sent fifty times at once, each time anew, one is done and the others learn that it was (AC-099)."""
    with Session(own_database) as session:
        counter = Counter(session, KEYS)
        aid = counter.opened()
        counter.fill(aid)
        order = counter.order(counter.officer, aid)
        session.commit()
    replies = volley(own_database, lambda here, _: here.lifecycle.sign(replace(order, key=here.key())))
    assert Tally(code_of(reply) for reply in replies) == {None: 1, Code.ENR_STATE: MANY - 1}
    assert counted(own_database, EventRow.aid == aid) == 2


def test_fifty_workers_issue_one_identity(own_database: Engine) -> None:
    """Fifty workers that issue one application write one identity; the winner's retry gets its reply (AC-099)."""
    with Session(own_database) as session:
        counter = Counter(session, KEYS)
        aid = counter.opened()
        counter.fill(aid)
        counter.walk(aid, State.ACCEPTED)
        version = counter.case(aid).version
        session.commit()
    people = [uuid.uuid4() for _ in range(MANY)]

    def issue(here: Counter, number: int) -> Moved | Refusal:
        return here.lifecycle.issue(Order(Task("issue", number), aid, version), people[number])

    replies = volley(own_database, issue)
    winners = [number for number, reply in enumerate(replies) if isinstance(reply, Moved)]
    assert len(winners) == 1
    with Session(own_database) as session:
        counter = Counter(session, KEYS)
        assert counter.case(aid).person_id == people[winners[0]]
        again = issue(counter, winners[0])
        assert isinstance(again, Moved)
        assert again.again


def test_fifty_counters_open_under_one_key(own_database: Engine) -> None:
    """A form sent fifty times opens one application; fifty forms open fifty, whose numbers all differ."""
    officer = Actor(uuid.uuid4(), frozenset({Role.OFFICER}), CENTRE, uuid.uuid4())
    key = "0190a1b2-0000-7000-8000-000000000000"
    one = volley(own_database, lambda here, _: here.lifecycle.open(officer, Kind.NEW, key))
    assert len({reply.aid for reply in one if isinstance(reply, Moved)}) == 1
    fifty = volley(own_database, lambda here, _: here.lifecycle.open(officer, Kind.NEW, here.key()))
    assert len({reply.aid for reply in fifty if isinstance(reply, Moved)}) == MANY
    assert counted(own_database, ApplicationRow.aid.is_not(None)) == MANY + 1


def test_fifty_vouches_of_one_introducer(own_database: Engine) -> None:
    """Asked for fifty applications at once, an introducer vouches for twenty of them."""
    with Session(own_database) as session:
        counter = Counter(session, KEYS)
        person = store_subscriber(session, KEYS, counter.clock)
        aids = [counter.opened() for _ in range(MANY)]
        session.commit()
    introducer = Actor(person, frozenset({Role.INTRODUCER}))

    def vouch(here: Counter, number: int) -> object:
        return here.cases.introducers.vouch(introducer, aids[number], Relation.TEACHER, here.clock.now())

    answers = volley(own_database, vouch)
    assert Tally(code_of(answer) for answer in answers) == {None: 20, Code.ENR_GUARD: 30}
    assert counted(own_database, VouchRow.introducer_id == person) == 20


def test_another_body_under_the_same_key(counter: Counter) -> None:
    """A key that comes again with something else is refused, and nothing moves."""
    aid = counter.opened()
    order = counter.order(counter.officer, aid)
    assert isinstance(counter.lifecycle.cancel(order, Reason.MISTAKE), Moved)
    assert code_of(counter.lifecycle.cancel(order, Reason.WITHDRAWN)) is Code.ENR_IDEMP
    assert code_of(counter.lifecycle.sign(order)) is Code.ENR_IDEMP
    assert len(counter.events(aid)) == 2


def test_a_refused_request_may_try_again(counter: Counter) -> None:
    """What came to nothing leaves its key free: the same request is done once it can be."""
    aid = counter.opened()
    order = counter.order(counter.officer, aid)
    assert code_of(counter.lifecycle.sign(order)) is Code.ENR_GUARD
    counter.fill(aid)
    assert isinstance(counter.lifecycle.sign(order), Moved)


def test_keys_of_different_people_are_different(counter: Counter) -> None:
    """Somebody else's key tells nothing: the reply is not theirs."""
    aid = counter.opened()
    order = counter.order(counter.officer, aid)
    counter.lifecycle.cancel(order, Reason.MISTAKE)
    assert code_of(counter.lifecycle.cancel(replace(order, by=counter.supervisor), Reason.MISTAKE)) is Code.ENR_STATE


@pytest.mark.parametrize(
    "key", ["", "1", "f47ac10b-58cc-4372-a567-0e02b2c3d479", "0190A1B2-0000-7000-8000-000000000000"]
)
def test_keys_are_of_version_seven(counter: Counter, key: str) -> None:
    """People's requests carry a UUID of version 7, in small letters; anything else is refused."""
    assert code_of(counter.lifecycle.open(counter.officer, Kind.NEW, key)) is Code.ENR_SCHEMA


def test_replies_end_after_thirty_days(counter: Counter) -> None:
    """For thirty days the reply is the same; then the key is as new, whether or not a cleaner came (AC-134)."""
    key = counter.key()
    first = counter.lifecycle.open(counter.officer, Kind.NEW, key)
    counter.clock.advance(days=29, hours=23)  # type: ignore[attr-defined]  # a still clock
    again = counter.lifecycle.open(counter.officer, Kind.NEW, key)
    assert isinstance(first, Moved)
    assert isinstance(again, Moved)
    assert again.aid == first.aid
    counter.clock.advance(hours=1)  # type: ignore[attr-defined]  # a still clock
    later = counter.lifecycle.open(counter.officer, Kind.NEW, key)
    assert isinstance(later, Moved)
    assert (later.aid != first.aid, later.again) == (True, False)
    counter.clock.advance(days=31)  # type: ignore[attr-defined]  # a still clock
    assert purge_replies(counter.session, counter.clock, CasePolicy(), 10) == 1
    assert counter.session.execute(select(func.count()).select_from(ReplyRow)).scalar_one() == 0


def test_a_task_that_runs_twice(counter: Counter) -> None:
    """The same attempt of a stage gets the same reply; another attempt learns that it was done."""
    aid = counter.opened()
    counter.fill(aid)
    counter.walk(aid, State.APPROVED)
    version = counter.case(aid).version
    first = counter.lifecycle.receive(Order(WORKER, aid, version))
    again = counter.lifecycle.receive(Order(WORKER, aid, version))
    assert isinstance(first, Moved)
    assert again == replace(first, again=True)
    assert code_of(counter.lifecycle.receive(Order(Task("worker", 2), aid, version))) is Code.ENR_STATE
    assert code_of(counter.lifecycle.receive(Order(WORKER, aid))) is Code.ENR_STATE


def test_an_import_that_runs_twice(counter: Counter) -> None:
    """A row of a batch is taken in once, however often the batch runs."""
    first, again = (counter.lifecycle.take_in(WORKER, "batch-7/12") for _ in range(2))
    assert isinstance(first, Moved)
    assert isinstance(again, Moved)
    assert first.aid == again.aid
    assert code_of(counter.lifecycle.take_in(WORKER, "")) is Code.ENR_SCHEMA
