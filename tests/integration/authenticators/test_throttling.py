import datetime as dt
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from idp.authenticators.models import ThrottleRow
from idp.authenticators.throttling import AddressLimit, AddressPolicy, Factor, Reserved, Throttle
from idp.database import GroupCommitter
from idp.ephemeral import Ephemeral
from idp.errors import Code, Refusal, StoreUnavailableError
from idp.keys import PurposeKeys
from tests.factories.keys import purpose_keys
from tests.factories.moments import StillClock
from tests.factories.signin import committing

pytestmark = pytest.mark.integration

Reserve = Callable[..., Reserved | Refusal]


@pytest.fixture
def clock() -> StillClock:
    """Stands still."""
    return StillClock()


@pytest.fixture
def keys() -> PurposeKeys:
    """Keys of one test, so that its counters are its own."""
    return purpose_keys()


@pytest.fixture
def throttle(committer: GroupCommitter, keys: PurposeKeys, clock: StillClock) -> Throttle:
    """The counters under test."""
    return Throttle(committer, keys, clock)


def tries(
    throttle: Throttle, count: int, factor: Factor = Factor.PASSWORD, device: uuid.UUID | None = None
) -> list[bool]:
    """Which of so many tries in a row are let through."""
    return [isinstance(throttle.reserve(factor, "person|1", device), Reserved) for _ in range(count)]


def wait_of(throttle: Throttle, factor: Factor = Factor.PASSWORD) -> int:
    """The seconds that the next try is told to wait."""
    refusal = throttle.reserve(factor, "person|1", None)
    assert isinstance(refusal, Refusal)
    assert refusal.code is Code.THROTTLED
    assert refusal.detail == factor.value
    assert refusal.retry_after is not None
    return refusal.retry_after


def test_five_passwords_are_free_then_the_wait_doubles(throttle: Throttle, clock: StillClock) -> None:
    """30 s after the fifth, twice as long after each further one, an hour at most."""
    assert tries(throttle, 6) == [True] * 5 + [False]
    waits = []
    for _ in range(10):
        waits.append(wait_of(throttle))
        clock.advance(seconds=waits[-1] - 1)
        assert tries(throttle, 1) == [False]
        clock.advance(seconds=1)
        assert tries(throttle, 2) == [True, False]
    assert waits == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]


def test_ten_codes_in_ten_minutes(throttle: Throttle, clock: StillClock) -> None:
    """The eleventh waits out the ten minutes, and longer each time (AC-073)."""
    assert tries(throttle, 11, Factor.CODE) == [True] * 10 + [False]
    assert wait_of(throttle, Factor.CODE) == 600
    clock.advance(minutes=10)
    assert tries(throttle, 2, Factor.CODE) == [True, False]
    assert wait_of(throttle, Factor.CODE) == 1200


def test_slow_mistakes_are_forgotten(throttle: Throttle, clock: StillClock) -> None:
    """Nine wrong codes now and nine in a quarter of an hour are nobody's attack."""
    assert all(tries(throttle, 9, Factor.CODE))
    clock.advance(minutes=10, seconds=1)
    assert all(tries(throttle, 9, Factor.CODE))


def test_counters_are_forgotten_after_a_day(throttle: Throttle, clock: StillClock) -> None:
    """Nobody is locked for good (AC-061)."""
    tries(throttle, 6)
    clock.advance(hours=24, seconds=1)
    assert tries(throttle, 6) == [True] * 5 + [False]


def test_known_device_has_its_own_budget(throttle: Throttle) -> None:
    """Whoever guesses elsewhere does not lock the owner out (AC-060, AC-061)."""
    device = uuid.uuid4()
    assert not all(tries(throttle, 50))
    assert tries(throttle, 6, device=device) == [True] * 5 + [False]
    assert tries(throttle, 1, device=uuid.uuid4()) == [True]


def test_factors_and_people_are_counted_apart(throttle: Throttle) -> None:
    """Passwords do not use up codes, nor one person another."""
    tries(throttle, 6)
    assert tries(throttle, 1, Factor.CODE) == [True]
    assert isinstance(throttle.reserve(Factor.PASSWORD, "person|2", None), Reserved)


def test_success_clears_and_busy_gives_back(throttle: Throttle) -> None:
    """The right person starts afresh; a try that was never checked does not count."""
    for _ in range(20):
        reserved = throttle.reserve(Factor.PASSWORD, "person|1", None)
        assert isinstance(reserved, Reserved)
        throttle.give_back(reserved)
    assert all(tries(throttle, 4))
    last = throttle.reserve(Factor.PASSWORD, "person|1", None)
    assert isinstance(last, Reserved)
    throttle.clear(last)
    assert tries(throttle, 6) == [True] * 5 + [False]


def test_a_refused_try_is_not_counted(throttle: Throttle, clock: StillClock) -> None:
    """Knocking while the wait lasts does not make it longer."""
    tries(throttle, 500)
    clock.advance(seconds=30)
    assert tries(throttle, 1) == [True]
    assert wait_of(throttle) == 60


def test_parallel_guesses_share_nothing(
    engine: Engine, committer: GroupCommitter, keys: PurposeKeys, clock: StillClock
) -> None:
    """Of fifty guesses at once, through two processes' worth of committers, five are let through."""
    with committing(engine) as other, ThreadPoolExecutor(50) as pool:
        both = [Throttle(one, keys, clock) for one in (committer, other)]
        made = list(pool.map(lambda n: both[n % 2].reserve(Factor.PASSWORD, "person|1", None), range(50)))
    assert sum(isinstance(one, Reserved) for one in made) == 5
    assert all(one.retry_after and one.retry_after <= 30 for one in made if isinstance(one, Refusal))


def test_nobody_can_be_read_from_the_counters(engine: Engine, throttle: Throttle, keys: PurposeKeys) -> None:
    """The stored subject is an HMAC under the installation's key."""
    throttle.reserve(Factor.PASSWORD, "name|testa.person", None)
    with Session(engine) as session:
        subjects = session.scalars(select(ThrottleRow.subject)).all()
    pseudonym = bytes.fromhex(throttle.pseudonym("name|testa.person"))
    assert pseudonym in subjects
    assert len(pseudonym) == 32
    assert not any(b"testa" in subject for subject in subjects)


@given(st.text(max_size=300))
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_can_be_a_subject(throttle: Throttle, text: str) -> None:
    """Control characters, quotes and lone surrogates are as good a wrong name as any."""
    reserved = throttle.reserve(Factor.PASSWORD, f"name|{text}", None)
    assert isinstance(reserved, Reserved)
    throttle.clear(reserved)


def test_one_row_a_counter(engine: Engine, throttle: Throttle) -> None:
    """However many tries, the table grows by one row."""
    with Session(engine) as session:
        before = session.scalar(select(func.count()).select_from(ThrottleRow)) or 0
        tries(throttle, 20)
        session.rollback()
        assert session.scalar(select(func.count()).select_from(ThrottleRow)) == before + 1


def test_addresses_are_limited(ephemeral: Ephemeral, keys: PurposeKeys) -> None:
    """Thirty tries in five minutes from one line, whomever they aim at; the rest is told when to come back."""
    limit = AddressLimit(ephemeral, keys)
    answers = [limit.count("192.0.2.99") for _ in range(31)]
    assert answers[:30] == [None] * 30
    assert answers[30] is not None
    assert (answers[30].code, answers[30].detail) == (Code.THROTTLED, "place")
    assert 0 < (answers[30].retry_after or 0) <= 300
    assert limit.count("192.0.2.100") is None


def test_addresses_share_their_network(ephemeral: Ephemeral, keys: PurposeKeys) -> None:
    """Walking through the addresses of one IPv6 line does not help."""
    limit = AddressLimit(ephemeral, keys, AddressPolicy(tries=3, window=dt.timedelta(minutes=1)))
    answers = [limit.count(f"2001:db8::{suffix}") for suffix in range(1, 5)]
    assert [answer is None for answer in answers] == [True, True, True, False]


def test_a_try_can_be_given_back(ephemeral: Ephemeral, keys: PurposeKeys) -> None:
    """One at a time, never below nothing, and to no other address."""
    limit = AddressLimit(ephemeral, keys, AddressPolicy(tries=2))
    for _ in range(5):
        assert limit.count("192.0.2.7") is None
        limit.give_back("192.0.2.7")
    limit.give_back("192.0.2.7")
    limit.give_back("192.0.2.8")
    assert [limit.count("192.0.2.7") is None for _ in range(3)] == [True, True, False]
    limit.give_back("192.0.2.8")
    assert limit.count("192.0.2.7") is not None


def test_a_known_device_is_counted_by_itself(ephemeral: Ephemeral, keys: PurposeKeys) -> None:
    """Whatever its address does, and as strictly."""
    limit = AddressLimit(ephemeral, keys, AddressPolicy(tries=2))
    device = uuid.uuid4()
    assert [limit.count("192.0.2.9") is None for _ in range(3)] == [True, True, False]
    addresses = ("192.0.2.9", "192.0.2.10", "192.0.2.11")
    assert [limit.count(address, device) is None for address in addresses] == [True, True, False]
    assert limit.count("192.0.2.10") is None
    assert limit.count("192.0.2.9", uuid.uuid4()) is None


def test_nothing_is_let_through_uncounted(keys: PurposeKeys) -> None:
    """Without the store that counts nobody may guess (AC-123)."""
    away = Ephemeral("redis://127.0.0.1:1/0", prefix="none", timeout_seconds=0.2)
    with pytest.raises(StoreUnavailableError):
        AddressLimit(away, keys).count("192.0.2.1")
