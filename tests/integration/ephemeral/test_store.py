"""The short-lived store against a real Valkey: single use, compare and set, counters, outages."""

import os
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from embedded.ports import free_ports
from idp.ephemeral import Ephemeral
from idp.ephemeral.cache import GenerationCache
from idp.errors import StoreUnavailableError

pytestmark = pytest.mark.integration


@pytest.fixture
def ephemeral(redis_url: str, redis_prefix: str) -> Ephemeral:
    """A store of the test's own."""
    return Ephemeral(redis_url, prefix=redis_prefix, timeout_seconds=2.0)


@pytest.fixture
def raw(redis_url: str) -> redis.Redis:
    """The same server without our door."""
    return redis.Redis.from_url(redis_url)


def left(raw: redis.Redis, redis_prefix: str, name: str) -> int:
    """Milliseconds until a key dies."""
    answer: Any = raw.pttl(f"{redis_prefix}:{name}")
    return int(answer)


_json = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.text(max_size=8), _json, max_size=4))
def test_a_value_reads_back_as_it_was(ephemeral: Ephemeral, value: dict[str, Any]) -> None:
    """Any JSON object, lone surrogates and NUL included."""
    ephemeral.park("request", "1", value, 60)
    assert ephemeral.read("request", "1") == value
    assert ephemeral.take("request", "1") == value
    assert ephemeral.read("request", "1") is None


def test_a_value_dies_after_its_time(ephemeral: Ephemeral, raw: redis.Redis, redis_prefix: str) -> None:
    """Every parked value has an end, and parking again starts its time anew."""
    ephemeral.park("request", "1", {"a": 1}, 30)
    assert 29_000 < left(raw, redis_prefix, "request:1") <= 30_000
    ephemeral.park("request", "1", {"a": 2}, 60)
    assert 59_000 < left(raw, redis_prefix, "request:1") <= 60_000
    raw.pexpire(f"{redis_prefix}:request:1", 1)
    while raw.exists(f"{redis_prefix}:request:1"):
        pass
    assert ephemeral.read("request", "1") is None
    assert ephemeral.take("request", "1") is None


def test_kinds_and_prefixes_are_apart(ephemeral: Ephemeral, redis_url: str, redis_prefix: str) -> None:
    """The same identifier under another kind or in another installation is another value."""
    other = Ephemeral(redis_url, prefix=f"{redis_prefix}_other", timeout_seconds=2.0)
    ephemeral.park("request", "1", {"a": 1}, 60)
    assert ephemeral.read("session", "1") is None
    assert other.read("request", "1") is None


def test_of_many_takers_one_gets_it(ephemeral: Ephemeral) -> None:
    """Single use holds under twenty threads."""
    for round_ in range(10):
        ephemeral.park("code", f"{round_}", {"round": round_}, 60)
        with ThreadPoolExecutor(20) as pool:
            taken = list(pool.map(lambda _, name=f"{round_}": ephemeral.take("code", name), range(20)))
        assert [value for value in taken if value is not None] == [{"round": round_}]


def test_of_many_writers_of_one_version_one_wins(ephemeral: Ephemeral, raw: redis.Redis, redis_prefix: str) -> None:
    """Compare and set: the others hear that it moved on, and the time to live is kept."""
    ephemeral.park("signin", "1", {"version": 3, "by": None}, 50)

    def write(number: int) -> bool:
        return ephemeral.replace("signin", "1", {"version": 4, "by": number}, version=3)

    with ThreadPoolExecutor(20) as pool:
        outcomes = list(pool.map(write, range(20)))
    assert outcomes.count(True) == 1
    assert ephemeral.read("signin", "1") == {"version": 4, "by": outcomes.index(True)}
    assert 0 < left(raw, redis_prefix, "signin:1") <= 50_000


def test_replacing_what_is_gone_says_so(ephemeral: Ephemeral) -> None:
    """An absent value is not made by replacing it."""
    assert not ephemeral.replace("signin", "1", {"version": 1}, version=0)
    assert ephemeral.read("signin", "1") is None


def test_dropping_forgets_several_and_does_not_mind_absent_ones(ephemeral: Ephemeral) -> None:
    """Ending sessions drops what is cached of them."""
    for name in ("1", "2", "3"):
        ephemeral.park("session", name, {"n": name}, 60)
    ephemeral.drop("session", "1", "2", "9")
    ephemeral.drop("session")
    assert [ephemeral.read("session", name) for name in ("1", "2", "3")] == [None, None, {"n": "3"}]


def test_a_counter_refuses_after_its_limit_until_its_window_ends(
    ephemeral: Ephemeral, raw: redis.Redis, redis_prefix: str
) -> None:
    """The window opens with the first count and is not prolonged by further ones."""
    counts = [ephemeral.count("address", limit=3, window_seconds=60) for _ in range(5)]
    assert [count.allowed for count in counts] == [True, True, True, False, False]
    assert [count.used for count in counts] == [1, 2, 3, 4, 5]
    assert all(1 <= count.retry_after <= 60 for count in counts)
    raw.pexpire(f"{redis_prefix}:count:address", 20)
    late = ephemeral.count("address", limit=3, window_seconds=60)
    assert (late.allowed, late.retry_after) == (False, 1)
    while raw.exists(f"{redis_prefix}:count:address"):
        pass
    assert ephemeral.count("address", limit=3, window_seconds=60).allowed


def test_a_count_is_given_back_while_its_window_is_open(
    ephemeral: Ephemeral, raw: redis.Redis, redis_prefix: str
) -> None:
    """One less, never below nothing; the window's end stays, and a closed one is not opened by it."""
    ephemeral.give_back("given")
    assert not raw.exists(f"{redis_prefix}:count:given")
    ephemeral.count("given", limit=1, window_seconds=60)
    ephemeral.give_back("given")
    ephemeral.give_back("given")
    assert 0 < left(raw, redis_prefix, "count:given") <= 60_000
    assert [ephemeral.count("given", limit=1, window_seconds=60).allowed for _ in range(2)] == [True, False]


def test_a_counter_is_exact_under_many_threads(ephemeral: Ephemeral) -> None:
    """Of a hundred at once exactly as many as the limit are allowed."""
    with ThreadPoolExecutor(20) as pool:
        counts = list(pool.map(lambda _: ephemeral.count("x", limit=30, window_seconds=60), range(100)))
    assert sum(count.allowed for count in counts) == 30
    assert sorted(count.used for count in counts) == list(range(1, 101))


def test_a_generation_only_ever_rises_and_never_comes_back(
    ephemeral: Ephemeral, raw: redis.Redis, redis_prefix: str
) -> None:
    """Not even after the store lost its data does a process meet a number that it already holds."""
    assert ephemeral.generation("clients") == 0
    seen = []
    for round_ in range(50):
        ephemeral.advance("clients")
        seen.append(ephemeral.generation("clients"))
        if round_ % 10 == 9:
            raw.delete(f"{redis_prefix}:generation:clients")
    assert seen == sorted(set(seen))
    ahead = seen[-1] + 10**12
    raw.set(f"{redis_prefix}:generation:clients", ahead)
    ephemeral.advance("clients")
    assert ephemeral.generation("clients") > ahead
    assert ephemeral.generation("keys") == 0


def test_generations_advanced_at_once_are_all_different_from_before(ephemeral: Ephemeral) -> None:
    """Two operators at the same moment: both changes are seen."""
    ephemeral.advance("clients")
    before = ephemeral.generation("clients")
    with ThreadPoolExecutor(10) as pool:
        list(pool.map(lambda _: ephemeral.advance("clients"), range(50)))
    assert ephemeral.generation("clients") >= before + 50


def test_two_processes_see_each_others_changes(redis_url: str, redis_prefix: str) -> None:
    """A change that one process announces empties the other's cache."""
    seconds = [0.0]
    stored = {"permits": "enabled"}

    def process() -> tuple[Ephemeral, GenerationCache[str, str]]:
        door = Ephemeral(redis_url, prefix=redis_prefix, timeout_seconds=2.0)
        return door, GenerationCache("clients", stored.__getitem__, door, monotonic=lambda: seconds[0])

    (writer, _), (_, reader) = process(), process()
    assert reader.get("permits") == "enabled"
    stored["permits"] = "disabled"
    assert reader.get("permits") == "enabled"
    writer.advance("clients")
    seconds[0] += 0.6
    assert reader.get("permits") == "disabled"


_CALLS: list[Callable[[Ephemeral], object]] = [
    lambda store: store.park("k", "1", {}, 60),
    lambda store: store.read("k", "1"),
    lambda store: store.take("k", "1"),
    lambda store: store.replace("k", "1", {"version": 1}, version=0),
    lambda store: store.drop("k", "1"),
    lambda store: store.count("k", limit=1, window_seconds=1),
    lambda store: store.generation("k"),
    lambda store: store.advance("k"),
    lambda store: store.ping(),
]


@pytest.mark.parametrize("call", _CALLS)
def test_a_store_that_is_away_is_never_not_found(call: Callable[[Ephemeral], object]) -> None:
    """Every call raises, with neither address nor password in the text."""
    (port,) = free_ports(1)
    word = os.urandom(8).hex()
    away = Ephemeral(f"redis://:{word}@127.0.0.1:{port}/0", prefix="x", timeout_seconds=0.5)
    with pytest.raises(StoreUnavailableError) as caught:
        call(away)
    assert word not in str(caught.value)
    assert str(port) not in str(caught.value)


def test_a_store_that_hangs_is_away_after_its_timeout() -> None:
    """It accepts the connection and never answers: the caller is let go."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        hanging = Ephemeral(f"redis://127.0.0.1:{silent.getsockname()[1]}/0", prefix="x", timeout_seconds=0.1)
        before = time.monotonic()
        with pytest.raises(StoreUnavailableError):
            hanging.read("k", "1")
        assert time.monotonic() - before < 1.0


def test_a_wrong_password_is_an_outage(redis_url: str, redis_prefix: str) -> None:
    """A store that refuses us is not an empty store."""
    wrong = redis_url.replace("redis://:", "redis://:wrong", 1)
    assert wrong != redis_url
    with pytest.raises(StoreUnavailableError):
        Ephemeral(wrong, prefix=redis_prefix, timeout_seconds=2.0).read("k", "1")


def test_the_store_answers_a_ping(ephemeral: Ephemeral) -> None:
    """What readiness asks."""
    ephemeral.ping()
