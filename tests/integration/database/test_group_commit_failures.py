"""Group commit when the database is slow, away, full of locks, or gone in the middle."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress

import psycopg
import pytest

from embedded.ports import free_ports
from embedded.postgres import ADMIN
from idp.database import GroupCommitter, Operation, Statement
from idp.errors import OutcomeUnknownError, StoreUnavailableError
from tests.integration.database.ledger import (
    ADD,
    BLOCKED,
    NOTE,
    Connection,
    add,
    first,
    names,
    put,
    queued,
    stalled,
    until,
)
from tests.stack import Stack

pytestmark = pytest.mark.integration

_LATER_WAITS = (
    "select exists (select from pg_stat_activity where datname = current_database()"
    " and wait_event_type = 'Lock' and query like '/* later */%')"
)
Committers = Callable[..., GroupCommitter]


def backend(committer: GroupCommitter) -> int:
    """The server process behind the committer's connection."""
    assert committer._exchange.link is not None
    return committer._exchange.link.connection.info.backend_pid


def end(ledger: Connection, pid: int) -> None:
    """End a server process as a restart would."""
    ledger.execute("select pg_terminate_backend(%s, 5000)", (pid,))


def test_one_more_than_may_wait_is_refused_at_once(committers: Committers, ledger: Connection) -> None:
    """A stopped database costs no thread more than was allowed, and the place is free again afterwards."""
    committer = committers(max_waiting=1)
    with stalled(ledger, committer) as waiting, pytest.raises(StoreUnavailableError, match="too many"):
        committer.run(put("late"))
    wait([waiting])
    for number in range(20):
        assert committer.run(put(f"n{number}"))[0] is not None
    assert "late" not in names(ledger)


def test_a_caller_that_fails_meanwhile_keeps_no_place(committers: Committers, ledger: Connection) -> None:
    """A request that fails while its rows commit does not shrink the room for others, and passes on the lead."""
    committer = committers(max_waiting=2)
    for number in range(10):
        with pytest.raises(ZeroDivisionError):
            committer.run_while([put(f"abandoned{number}")], lambda: 1 // 0)
        committer.run(put(f"n{number}"))
    assert len(names(ledger)) == 20


def test_a_slow_statement_is_cancelled_and_did_nothing(committers: Committers, ledger: Connection) -> None:
    """A row that somebody else holds too long means 503, not a hanging thread; the next request is served."""
    committer = committers(wait_seconds=0.5)
    with stalled(ledger, committer) as waiting:
        assert isinstance(waiting.exception(), StoreUnavailableError)
        until(ledger, f"select not {BLOCKED}")
    assert first(committer.run(add("stall", 5))) == 5


def test_who_waited_too_long_in_the_queue_did_nothing(committers: Committers, ledger: Connection) -> None:
    """A request whose turn never came is withdrawn; it is not done later behind its caller's back."""
    committer = committers(wait_seconds=0.5, max_waiting=4)
    with ThreadPoolExecutor(3) as pool, stalled(ledger, committer):
        same = [pool.submit(committer.run, add("stall", 1, key="stall")) for _ in range(3)]
        errors = [request.exception() for request in same]
    assert all(isinstance(error, StoreUnavailableError) for error in errors)
    assert sum("take the request" in str(error) for error in errors) == 2
    unknown = sum(isinstance(error, OutcomeUnknownError) for error in errors)
    assert first(committer.run(add("stall", 0))) <= unknown <= 1
    with ThreadPoolExecutor(4) as pool:
        at_once = [pool.submit(committer.run, put(f"n{number}")) for number in range(4)]
    assert all(pending.result()[0] is not None for pending in at_once)


def test_a_connection_lost_in_the_middle_is_an_unknown_outcome(committers: Committers, ledger: Connection) -> None:
    """Everybody in that batch must count it as spent; who comes next gets a new connection."""
    committer = committers()
    committer.run(put("before"))
    with ThreadPoolExecutor(5) as pool, stalled(ledger, committer) as waiting:
        behind = [pool.submit(committer.run, put(f"n{number}")) for number in range(5)]
        queued(committer, 5)
        end(ledger, backend(committer))
        assert isinstance(waiting.exception(), OutcomeUnknownError)
        assert all(request.result()[0] is not None for request in behind)


def test_everybody_of_a_lost_batch_hears_that_it_is_unknown(
    committers: Committers, ledger: Connection, ledger_database: str
) -> None:
    """A batch of several statements is lost as one; nothing of it is tried again by itself."""
    committer = committers()
    ledger.execute("insert into ledger values ('held', 0)")
    with psycopg.connect(ledger_database) as holder, ThreadPoolExecutor(5) as pool:
        holder.execute("select 1 from ledger where name = 'held' for update")
        with stalled(ledger, committer):
            batch = [
                pool.submit(committer.run, add("held", 1, key=f"{n}"), Operation(NOTE, {"text": f"{n}"}))
                for n in range(5)
            ]
            queued(committer, 5)
        held_up = f"select {holder.info.backend_pid} = any (pg_blocking_pids({backend(committer)}))"
        until(ledger, held_up)
        end(ledger, backend(committer))
        assert {type(request.exception()) for request in batch} == {OutcomeUnknownError}
    assert ledger.execute("select count(*) from note").fetchone() == (0,)


def test_a_connection_lost_while_nobody_used_it_is_replaced(committers: Committers, ledger: Connection) -> None:
    """A restart of the database between two requests costs nobody an unknown outcome."""
    committer = committers()
    for number in range(3):
        assert committer.run(put(f"n{number}"))[0] is not None
        end(ledger, backend(committer))
    assert committer.run(put("last"))[0] is not None


@pytest.fixture
def frozen(ledger: Connection) -> Iterator[Callable[[int], None]]:
    """Stops a server process without ending it; it goes on after the test."""
    stopped: list[int] = []

    def freeze(pid: int) -> None:
        os.kill(pid, signal.SIGSTOP)
        stopped.append(pid)

    yield freeze
    for pid in stopped:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


def test_a_database_that_hangs_is_an_unknown_outcome(
    committers: Committers, ledger: Connection, frozen: Callable[[int], None]
) -> None:
    """The statement was sent and nobody answers: the caller is let go after its wait, the next has a new connection."""
    committer = committers(max_waiting=2, wait_seconds=0.3)
    committer.run(put("before"))
    pid = backend(committer)
    frozen(pid)
    with pytest.raises(OutcomeUnknownError):
        committer.run(put("unknown"))
    assert committer.run(put("after"))[0] is not None
    assert backend(committer) != pid
    os.kill(pid, signal.SIGCONT)
    until(ledger, "select exists (select from ledger where name = 'unknown')")


def test_a_database_that_is_away_is_unavailable_and_comes_back(
    committers: Committers, ledger: Connection, ledger_database: str
) -> None:
    """Refused connections are 503 with nothing done; nothing needs a restart when the database returns."""
    (port,) = free_ports(1)
    away = committers(f"host=127.0.0.1 port={port} user=nobody dbname=nothing password=x", wait_seconds=2.0)
    for _ in range(3):
        with pytest.raises(StoreUnavailableError) as caught:
            away.run(put("x"))
        assert not isinstance(caught.value, OutcomeUnknownError)
    away._exchange._conninfo = ledger_database
    assert away.run(put("x"))[0] is not None


def test_a_database_that_may_not_be_written_is_unavailable(
    committers: Committers, ledger: Connection, ledger_database: str
) -> None:
    """A standby that was not promoted yet refuses each write; that is an outage, not a bug of ours."""
    committer = committers(f"{ledger_database}?options=-c%20default_transaction_read_only%3Don")
    for operations in ((put("x"),), (put("x"), Operation(NOTE, {"text": "x"}))):
        with pytest.raises(StoreUnavailableError):
            committer.run(*operations)
    assert names(ledger) == set()


def test_two_committers_on_the_same_rows_lose_nothing(committers: Committers, ledger: Connection) -> None:
    """Two processes that change the same rows all the time: every change is there once."""
    both = [committers(), committers()]
    both[0].run(put("a"), put("b"))

    def work(number: int) -> None:
        one, two = ("a", "b") if number % 2 else ("b", "a")
        both[number % 2].run(add(one, 1, key=one), Operation(NOTE, {"text": "x"}))
        both[number % 2].run(add(two, 1, key=two), add(one, 1, key=one), Operation(NOTE, {"text": "x"}))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(200)))
    amounts: dict[str, int] = dict(ledger.execute("select name, amount from ledger").fetchall())
    assert amounts == {"a": 300, "b": 300}


@pytest.fixture
def holder(ledger_database: str, stack: Stack) -> Iterator[Connection]:
    """A connection that PostgreSQL never chooses to end when it finds a deadlock."""
    password = stack.state.secrets.postgres_admin
    with psycopg.connect(ledger_database, user=ADMIN, password=password, autocommit=True) as connection:
        connection.execute("set deadlock_timeout = '60s'")
        yield connection


@pytest.mark.parametrize("others", [0, 1])
def test_a_deadlock_is_tried_again(committers: Committers, ledger: Connection, holder: Connection, others: int) -> None:
    """What PostgreSQL ended to let another finish goes through afterwards, in a batch or alone."""
    committer = committers()
    committer.run(put("a"), put("b"))
    later = Statement("zz.add", f"/* later */ {ADD.sql}")
    with ThreadPoolExecutor(2) as pool, holder.transaction():
        holder.execute("select 1 from ledger where name = 'b' for update")
        with stalled(ledger, committer):
            crosswise = add("a", 1), Operation(later, {"name": "b", "amount": 1})
            batch = [pool.submit(committer.run, *crosswise)]
            batch += [pool.submit(committer.run, put("other")) for _ in range(others)]
            queued(committer, 1 + others)
        until(ledger, _LATER_WAITS)
        holder.execute("update ledger set amount = 10 where name = 'a'")
    assert all(None not in request.result() for request in batch)
    amounts: dict[str, int] = dict(ledger.execute("select name, amount from ledger").fetchall())
    assert amounts == {"a": 11, "b": 1, "stall": 1, **dict.fromkeys(["other"] * others, 0)}


def test_a_closed_committer_finishes_its_work_and_takes_no_more(committers: Committers, ledger: Connection) -> None:
    """Whoever waits at the end of a server is served; who comes later hears that nothing was done."""
    committer = committers()
    with ThreadPoolExecutor(6) as pool:
        with stalled(ledger, committer) as waiting:
            behind = [pool.submit(committer.run, add("stall", 1, key="stall")) for _ in range(5)]
            queued(committer, 5)
            closing = threading.Thread(target=committer.close)
            closing.start()
        closing.join()
        assert waiting.exception() is None
        assert sorted(first(request.result()) for request in behind) == [2, 3, 4, 5, 6]
    with pytest.raises(StoreUnavailableError):
        committer.run(put("late"))
    committer.close()


def test_nothing_connects_before_the_first_use(ledger_database: str) -> None:
    """A committer made before a server forks has neither thread nor connection to share."""
    threads = threading.active_count()
    committer = GroupCommitter(ledger_database, max_waiting=1, wait_seconds=1.0)
    assert committer._exchange.link is None
    assert threading.active_count() == threads
    committer.close()
