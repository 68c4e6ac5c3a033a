"""The cache behind a generation: how far behind it may be, and what it serves while nobody knows the generation."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from idp.ephemeral.cache import GenerationCache
from idp.errors import StoreUnavailableError


class World:
    """A stored value, the generation of its cache and the seconds, all moved by the test."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.number = 7
        self.away = False
        self.value: str | None = "old"
        self.loads = 0
        self.asked = 0

    def seconds(self) -> float:
        """Monotonic seconds."""
        return self.now

    def generation(self, name: str) -> int:
        """The present number."""
        self.asked += 1
        if self.away:
            raise StoreUnavailableError(name)
        return self.number

    def load(self, key: str) -> str | None:
        """The stored value, whatever the key."""
        self.loads += 1
        return None if self.value is None else f"{key}={self.value}"

    def change(self, value: str | None) -> None:
        """Store and announce."""
        self.value = value
        self.number += 1


@pytest.fixture
def world() -> World:
    """Standing still."""
    return World()


@pytest.fixture
def cache(world: World) -> GenerationCache[str, str | None]:
    """A cache over it."""
    return GenerationCache("things", world.load, world, monotonic=world.seconds, capacity=10)


def test_a_value_is_loaded_once_while_nothing_changes(world: World, cache: GenerationCache[str, str | None]) -> None:
    """Memory answers, and the generation is asked at most twice a second."""
    for _ in range(40):
        assert cache.get("a") == "a=old"
        world.now += 0.1
    assert world.loads == 1
    assert world.asked <= 9


def test_a_negative_answer_is_kept_too(world: World, cache: GenerationCache[str, str | None]) -> None:
    """Asking for what does not exist costs one look-up."""
    world.value = None
    assert cache.get("a") is None
    assert cache.get("a") is None
    assert world.loads == 1


def test_a_change_is_seen_after_half_a_second(world: World, cache: GenerationCache[str, str | None]) -> None:
    """Every key of the generation is loaded anew."""
    cache.get("a")
    cache.get("b")
    world.change("new")
    world.now += 0.51
    assert (cache.get("a"), cache.get("b")) == ("a=new", "b=new")


def test_a_generation_that_fell_back_is_a_change(world: World, cache: GenerationCache[str, str | None]) -> None:
    """A store that lost its data starts again at nothing; what was cached before is dropped."""
    cache.get("a")
    world.value = "new"
    world.number = 0
    world.now += 0.51
    assert cache.get("a") == "a=new"


def test_a_change_nobody_announced_is_seen_within_a_minute(
    world: World, cache: GenerationCache[str, str | None]
) -> None:
    """The announcement may be lost between the commit and the store."""
    cache.get("a")
    world.value = "new"
    for _ in range(61):
        world.now += 1.0
        cache.get("a")
    assert cache.get("a") == "a=new"


def test_nothing_older_than_a_second_is_served_while_the_store_is_away(
    world: World, cache: GenerationCache[str, str | None]
) -> None:
    """An outage must not keep a disabled client alive, and must not send every request to the database either."""
    cache.get("a")
    world.away = True
    world.value = "new"
    world.now += 1.01
    assert cache.get("a") == "a=new"
    loads, asked = world.loads, world.asked
    for _ in range(100):
        cache.get("a")
        world.now += 0.1
    assert world.loads - loads <= 11
    assert world.asked - asked <= 101


def test_nothing_older_than_a_second_is_served_while_another_thread_asks(
    world: World, cache: GenerationCache[str, str | None]
) -> None:
    """A store that answers slowly holds one thread, and the others do not live on stale values meanwhile."""
    cache.get("a")
    asking, answer = threading.Event(), threading.Event()

    def slow(name: str) -> int:
        asking.set()
        answer.wait(2)
        raise StoreUnavailableError(name)

    world.generation = slow  # type: ignore[method-assign]  # the store becomes slow
    world.value = "new"
    world.now += 0.6
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(cache.get, "a")
        asking.wait(10)
        assert cache.get("a") == "a=old"
        world.now += 0.5
        assert cache.get("a") == "a=new"
        answer.set()
        assert first.result() in {"a=old", "a=new"}


def test_a_load_that_was_under_way_during_a_change_is_forgotten(world: World) -> None:
    """What was read before the change never reaches anybody after it."""
    loading, finish = threading.Event(), threading.Event()

    def slow_load(key: str) -> str | None:
        value = world.load(key)
        if world.loads == 1:
            loading.set()
            finish.wait(10)
        return value

    cache = GenerationCache("things", slow_load, world, monotonic=world.seconds)
    with ThreadPoolExecutor(1) as pool:
        early = pool.submit(cache.get, "a")
        loading.wait(10)
        world.change("new")
        world.now += 0.51
        cache.get("b")
        finish.set()
        assert early.result() == "a=old"
    assert cache.get("a") == "a=new"


def test_a_load_that_fails_is_not_kept(world: World) -> None:
    """The next request asks again."""

    def load(key: str) -> str | None:
        if world.loads == 0:
            world.loads += 1
            raise StoreUnavailableError
        return world.load(key)

    cache = GenerationCache("things", load, world, monotonic=world.seconds)
    with pytest.raises(StoreUnavailableError):
        cache.get("a")
    assert cache.get("a") == "a=old"


def test_who_waited_for_a_load_that_failed_does_not_wait_as_long_again(world: World) -> None:
    """AC-124: ten requests behind one silent store are all told after one wait, and the next request asks again."""
    loading, entered, finish = threading.Event(), threading.Semaphore(0), threading.Event()

    def load(key: str) -> str | None:
        world.loads += 1
        if world.loads == 1:
            loading.set()
            finish.wait(10)
            raise StoreUnavailableError
        return f"{key}={world.value}"

    def seconds() -> float:
        if loading.is_set():
            entered.release()
        return world.now

    cache = GenerationCache("things", load, world, monotonic=seconds)
    with ThreadPoolExecutor(11) as pool:
        asked = [pool.submit(cache.get, "a")]
        loading.wait(10)
        asked += [pool.submit(cache.get, "a") for _ in range(10)]
        assert all(entered.acquire(timeout=10) for _ in range(10))
        world.now += 2
        finish.set()
        assert all(isinstance(request.exception(), StoreUnavailableError) for request in asked)
    assert world.loads == 1
    assert cache.get("a") == "a=old"


def test_the_cache_has_a_bound(world: World, cache: GenerationCache[str, str | None]) -> None:
    """However many names are asked for, memory holds no more than its capacity."""
    for number in range(1000):
        cache.get(f"{number}")
        assert len(cache._values) <= 10
