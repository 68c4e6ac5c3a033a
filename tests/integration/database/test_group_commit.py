"""Group commit against a real PostgreSQL: what shares a transaction, and whose answer is whose."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from idp.database import GroupCommitter, Operation
from idp.database.batch import MAX_BATCH
from tests.integration.database.ledger import (
    BROKEN,
    MISCOUNTED,
    NOTE,
    TAKE,
    Connection,
    add,
    first,
    names,
    put,
    queued,
    stalled,
)

pytestmark = pytest.mark.integration


def test_each_operation_gets_its_row_and_silence_is_none(committer: GroupCommitter, ledger: Connection) -> None:
    """Rows come in the order of the operations, whatever the statements return."""
    assert [row is not None for row in committer.run(put("b", 1), put("a", 2))] == [True, True]
    rows = committer.run(put("a"), put("c"), add("b", 5), add("nobody", 1), Operation(NOTE, {"text": "x"}))
    assert rows[0] is None
    assert rows[1] is not None
    assert rows[2] is not None
    assert rows[2][0] == 6
    assert rows[3] is None
    assert rows[4] is None
    assert names(ledger) == {"a", "b", "c"}


def test_a_request_without_operations_is_answered(committer: GroupCommitter) -> None:
    """Nothing asked, nothing answered."""
    assert committer.run() == []


def test_what_gathers_during_a_commit_goes_together(committer: GroupCommitter, ledger: Connection) -> None:
    """Thirty requests that wait for the one before share a transaction."""
    with ThreadPoolExecutor(30) as pool:
        with stalled(ledger, committer) as waiting:
            requests = [pool.submit(committer.run, put(f"n{number}")) for number in range(30)]
            queued(committer, 30)
        assert waiting.result() is not None
        transactions = {first(request.result()) for request in requests}
    assert len(transactions) == 1
    assert None not in transactions


def test_a_batch_has_a_bound(committers: Callable[..., GroupCommitter], ledger: Connection) -> None:
    """More than a batch waits for the next one; everybody is served."""
    committer = committers(max_waiting=400)
    count = MAX_BATCH + 20
    with ThreadPoolExecutor(count) as pool:
        with stalled(ledger, committer):
            requests = [pool.submit(committer.run, put(f"n{number}")) for number in range(count)]
            queued(committer, count)
        assert len({first(request.result()) for request in requests}) == 2


def test_operations_of_one_key_never_share_a_batch(committer: GroupCommitter, ledger: Connection) -> None:
    """Each sees what the one before did, though all waited at the same time."""
    committer.run(put("counter"))
    with ThreadPoolExecutor(20) as pool:
        with stalled(ledger, committer):
            same = [pool.submit(committer.run, add("counter", 1, key="counter")) for _ in range(10)]
            others = [pool.submit(committer.run, put(f"n{number}", key=f"n{number}")) for number in range(10)]
            queued(committer, 20)
        amounts = sorted(first(request.result()) for request in same)
        assert len({first(request.result()) for request in others}) == 1
    assert amounts == list(range(1, 11))


def test_a_single_use_value_is_spent_once(committers: Callable[..., GroupCommitter], ledger: Connection) -> None:
    """Forty requests in two processes' worth of committers: exactly one gets it."""
    both = [committers(), committers()]
    both[0].run(put("code"))
    take = [Operation(TAKE, {"name": "code"}, key="code") for _ in range(40)]
    with ThreadPoolExecutor(40) as pool:
        outcomes = list(pool.map(lambda pair: first(both[pair[0] % 2].run(pair[1])), enumerate(take)))
    assert outcomes.count(True) == 1
    assert outcomes.count(None) == 39
    assert names(ledger) == set()


def test_many_threads_each_get_their_own_answer(committer: GroupCommitter, ledger: Connection) -> None:
    """A thousand requests over sixteen threads: nobody's row is another's, nothing is lost or done twice."""

    def work(number: int) -> list[int]:
        name = f"n{number}"
        committer.run(put(name, number), Operation(NOTE, {"text": name}))
        return [first(committer.run(add(name, step, key=name))) - number for step in (1, 10)]

    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(work, range(1000))) == [[1, 11]] * 1000
    assert ledger.execute("select count(*), count(distinct text) from note").fetchone() == (1000, 1000)


def test_a_bad_row_fails_its_own_request_alone(committer: GroupCommitter, ledger: Connection) -> None:
    """The batch is tried again row by row; the others never notice, and nothing is done twice."""
    with ThreadPoolExecutor(12) as pool:
        with stalled(ledger, committer) as waiting:
            good = [pool.submit(committer.run, put(f"n{n}"), Operation(NOTE, {"text": f"{n}"})) for n in range(10)]
            bad = pool.submit(committer.run, put("bad", -1), Operation(NOTE, {"text": "bad"}))
            queued(committer, 11)
        assert waiting.result() is not None
        with pytest.raises(psycopg.errors.CheckViolation):
            bad.result()
        assert all(request.result()[0] is not None for request in good)
    assert names(ledger) == {f"n{number}" for number in range(10)} | {"stall"}
    assert ledger.execute("select count(*), count(distinct text) from note").fetchone() == (10, 10)


def test_operations_of_one_request_are_one_transaction(committer: GroupCommitter, ledger: Connection) -> None:
    """Where one fails, none is done, whichever comes first."""
    for operations in (
        (put("a"), Operation(BROKEN, {})),
        (Operation(NOTE, {"text": "a"}), put("a", -1)),
        (put("a"), Operation(NOTE, {"text": None})),
    ):
        with pytest.raises(psycopg.Error):
            committer.run(*operations)
    assert names(ledger) == set()
    assert ledger.execute("select count(*) from note").fetchone() == (0,)
    assert committer.run(put("a"))[0] is not None


def test_a_statement_that_miscounts_is_not_run_again(committer: GroupCommitter, ledger: Connection) -> None:
    """Once committed, a mistake in reading the rows must not repeat what was done."""
    with ThreadPoolExecutor(3) as pool:
        with stalled(ledger, committer):
            requests = [pool.submit(committer.run, Operation(MISCOUNTED, {"text": f"{n}"})) for n in range(3)]
            queued(committer, 3)
        for request in requests:
            with pytest.raises(IndexError):
                request.result()
    assert ledger.execute("select count(*) from note").fetchone() == (3,)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=50))
def test_every_text_is_stored_as_it_is(committer: GroupCommitter, ledger: Connection, text: str) -> None:
    """Quotes, backslashes, braces and the letters of an escape arrive unchanged."""
    ledger.execute("truncate note")
    committer.run(Operation(NOTE, {"text": text}))
    assert ledger.execute("select text from note").fetchone() == (text,)
