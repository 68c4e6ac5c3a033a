"""Operations that are handed over: nobody waits, and whoever has the outcome calls back, once."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as concluded
from typing import Any

import pytest

from embedded.ports import free_ports
from idp.database import GroupCommitter
from idp.database.batch import Errand
from idp.errors import OutcomeUnknownError, StoreUnavailableError
from tests.integration.database.ledger import Connection, add, names, put, stalled
from tests.integration.database.test_group_commit_failures import backend, end

pytestmark = pytest.mark.integration

Committers = Callable[..., GroupCommitter]
SECONDS = 10


def hand_over(
    committer: GroupCommitter, *operations: Any, meanwhile: Callable[[], Any] = lambda: "early"
) -> Future[Any]:
    """The result of an errand, as soon as it is told. Telling it twice fails the test."""
    told: Future[Any] = Future()

    def done(errand: Errand) -> None:
        try:
            told.set_result(errand.result())
        except Exception as error:  # noqa: BLE001 - for the test to look at
            told.set_exception(error)

    committer.hand_over(operations, meanwhile, done)
    return told


def test_an_errand_is_told_once_with_its_rows_and_what_was_made_meanwhile(
    committer: GroupCommitter, ledger: Connection
) -> None:
    """A lone errand leads nobody and waits for nobody."""
    rows, early = hand_over(committer, put("one"), put("two")).result(SECONDS)
    assert len(rows) == 2
    assert None not in rows
    assert early == "early"
    assert names(ledger) == {"one", "two"}


def test_errands_and_waiting_requests_share_batches(committers: Committers, ledger: Connection) -> None:
    """Two hundred of each at once, each done once, whoever leads; what is left behind is nobody."""
    committer = committers(max_waiting=400)
    errands: list[Future[Any]] = []

    def one(number: int) -> Any:
        if number % 2:
            return committer.run(put(f"n{number}"))[0]
        errands.append(hand_over(committer, put(f"n{number}")))
        return ()

    with ThreadPoolExecutor(20) as pool:
        assert None not in list(pool.map(one, range(400)))
    assert all(errand.result(SECONDS)[0][0] is not None for errand in errands)
    assert len(names(ledger)) == 400
    assert committer.run(put("after"))[0] is not None


def test_errands_with_one_key_see_each_other(committer: GroupCommitter, ledger: Connection) -> None:
    """A later change of the same row is never in the batch of an earlier one."""
    committer.run(put("row"))
    told = [hand_over(committer, add("row", 1, key="row")) for _ in range(50)]
    amounts = sorted(errand.result(SECONDS)[0][0][0] for errand in told)
    assert amounts == list(range(1, 51))
    assert ledger.execute("select amount from ledger where name = 'row'").fetchone() == (50,)


def test_an_errand_that_fails_alone_costs_the_others_nothing(committer: GroupCommitter, ledger: Connection) -> None:
    """A bad row fails its own errand; those of the same batch are committed."""
    committer.run(put("debt"))
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(hand_over, committer, add("debt", -1) if n == 3 else put(f"n{n}")) for n in range(8)]
        told = [request.result() for request in asked]
    concluded(told, SECONDS)
    assert [n for n, errand in enumerate(told) if errand.exception()] == [3]
    assert len(names(ledger)) == 8


def test_work_that_fails_meanwhile_is_told_after_the_commit(committer: GroupCommitter, ledger: Connection) -> None:
    """What was committed is committed; the failure reaches whoever answers, and a lost store is told before it."""
    told = hand_over(committer, put("kept"), meanwhile=lambda: 1 // 0)
    assert isinstance(told.exception(SECONDS), ZeroDivisionError)
    assert names(ledger) == {"kept"}


def test_work_that_takes_longer_than_the_commit_is_waited_for(committer: GroupCommitter, ledger: Connection) -> None:
    """The second to arrive tells, be it the database or the work; here it is the work, in its own thread."""
    tellers: list[int] = []
    told = threading.Event()

    def slow() -> str:
        deadline = time.monotonic() + SECONDS
        while "slow" not in names(ledger) and time.monotonic() < deadline:
            time.sleep(0.01)
        return "signed"

    def done(errand: Errand) -> None:
        tellers.append(threading.get_ident())
        assert errand.result()[1] == "signed"
        told.set()

    committer.hand_over([put("slow")], slow, done)
    assert told.wait(SECONDS)
    assert tellers == [threading.get_ident()]


def test_an_answer_that_fails_costs_the_others_theirs_not(committer: GroupCommitter, ledger: Connection) -> None:
    """A bug in one callback does not end the thread that tells the others."""

    def broken(_errand: Errand) -> None:
        raise ValueError("a bug")

    committer.hand_over([put("one")], time.monotonic, broken)
    assert hand_over(committer, put("two")).result(SECONDS)[0][0] is not None
    assert names(ledger) == {"one", "two"}


def test_one_errand_too_many_is_refused_at_once(ledger_database: str, ledger: Connection) -> None:
    """Errands hold memory, so they are bounded too, apart from those who wait; places are free again afterwards."""
    committer = GroupCommitter(ledger_database, max_waiting=4, max_errands=2, wait_seconds=5)
    with stalled(ledger, committer):
        told = [hand_over(committer, put(f"n{n}")) for n in range(2)]
        with pytest.raises(StoreUnavailableError, match="too many"):
            hand_over(committer, put("late"))
    concluded(told, SECONDS)
    assert all(hand_over(committer, put(f"m{n}")).result(SECONDS) for n in range(10))
    assert "late" not in names(ledger)
    committer.close()


def test_a_database_that_is_away_is_told_at_once_and_comes_back(
    committers: Committers, ledger: Connection, ledger_database: str
) -> None:
    """Nothing was done; nobody is left waiting; nothing needs a restart."""
    (port,) = free_ports(1)
    away = committers(f"host=127.0.0.1 port={port} user=nobody dbname=nothing password=x", wait_seconds=2.0)
    told = [hand_over(away, put(f"n{n}")) for n in range(20)]
    for errand in told:
        error = errand.exception(SECONDS)
        assert isinstance(error, StoreUnavailableError)
        assert not isinstance(error, OutcomeUnknownError)
    away._exchange._conninfo = ledger_database
    assert hand_over(away, put("back")).result(SECONDS)[0][0] is not None


def test_a_connection_lost_in_the_middle_is_an_unknown_outcome(committers: Committers, ledger: Connection) -> None:
    """An errand under way when the server process ends counts as spent; the next goes over a new connection."""
    committer = committers()
    committer.run(put("before"))
    with ledger.transaction():
        ledger.execute("lock table ledger in exclusive mode")
        told = hand_over(committer, put("middle"))
        deadline = time.monotonic() + SECONDS
        while committer.gathered and time.monotonic() < deadline:
            time.sleep(0.01)
        end(ledger, backend(committer))
    assert isinstance(told.exception(SECONDS), OutcomeUnknownError)
    assert hand_over(committer, put("after")).result(SECONDS)[0][0] is not None


def test_an_errand_whose_turn_does_not_come_is_withdrawn(committers: Committers, ledger: Connection) -> None:
    """It is told that nothing was done, and nothing is done later behind its back."""
    committer = committers(wait_seconds=0.5)
    with stalled(ledger, committer):
        told = [hand_over(committer, add("stall", 1, key="stall")) for _ in range(3)]
        errors = [errand.exception(SECONDS) for errand in told]
    assert all(isinstance(error, StoreUnavailableError) for error in errors)
    unknown = sum(isinstance(error, OutcomeUnknownError) for error in errors)
    amount = committer.run(add("stall", 0))[0]
    assert amount is not None
    assert amount[0] <= unknown


def test_closing_does_what_was_handed_over(ledger_database: str, ledger: Connection) -> None:
    """Errands on their way are committed and told; one that comes later is refused; no thread is left."""
    committer = GroupCommitter(ledger_database, max_waiting=4, wait_seconds=5)
    told = [hand_over(committer, put(f"n{n}")) for n in range(30)]
    committer.close()
    assert all(errand.result(SECONDS)[0][0] is not None for errand in told)
    with pytest.raises(StoreUnavailableError):
        hand_over(committer, put("late"))
    assert committer._relay is not None
    assert not committer._relay.is_alive()
