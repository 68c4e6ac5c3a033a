import os
import threading

import pytest

from idp.authenticators.password import Cost, PasswordHasher
from idp.errors import Code, Refusal

CHEAP = Cost(memory_kib=64, passes=1, lanes=1)


def hasher(*, at_once: int = 2, waiting: int = 2, wait_seconds: float = 5.0, cost: Cost = CHEAP) -> PasswordHasher:
    """A hasher that costs next to nothing."""
    return PasswordHasher(os.urandom, at_once=at_once, waiting=waiting, wait_seconds=wait_seconds, cost=cost)


def hashed(pool: PasswordHasher, password: str) -> str:
    """The hash; the pool is not busy."""
    made = pool.hash(password)
    assert isinstance(made, str)
    return made


def test_hash_is_argon2id_with_its_parameters() -> None:
    """What is stored says how it was made; at the default cost 19 MiB, two passes, one lane."""
    made = hashed(hasher(cost=Cost()), "kettle on the hill")
    assert made.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_the_same_password_hashes_differently() -> None:
    """Every hash has a salt of its own."""
    pool = hasher()
    assert hashed(pool, "kettle on the hill") != hashed(pool, "kettle on the hill")


@pytest.mark.parametrize(
    ("typed", "right"),
    [
        ("caf\u00e9 am See", True),
        ("cafe\u0301 am See", True),
        ("\uff43af\u00e9 am See", True),
        ("caf\u00e9 am see", False),
        (" caf\u00e9 am See", False),
        ("", False),
        ("\ud800", False),
        ("\0", False),
    ],
)
def test_comparison_is_after_nfkc_and_exact_otherwise(typed: str, right: bool) -> None:
    """Composed or decomposed, full width or not, it is one password; case and spaces count."""
    pool = hasher()
    assert pool.verify(hashed(pool, "caf\u00e9 am See"), typed) is right


def test_nobody_has_no_password() -> None:
    """Where there is no hash no password is right, and the same work is done."""
    pool = hasher()
    assert pool.verify(None, "kettle on the hill") is False
    assert pool.verify(None, "") is False


def test_beyond_the_longest_nothing_is_right() -> None:
    """A text longer than any password is wrong, even when it begins like the right one."""
    pool = hasher()
    assert pool.verify(hashed(pool, "k" * 256), "k" * 256) is True
    assert pool.verify(hashed(pool, "k" * 256), "k" * 257) is False


def test_older_cost_is_seen() -> None:
    """A hash made cheaper than today's is told apart."""
    old = hashed(hasher(), "kettle on the hill")
    assert hasher(cost=Cost(memory_kib=128, passes=1)).is_outdated(old)
    assert not hasher().is_outdated(old)


class Gate:
    """Randomness that waits: a hash under way stays under way until the test says so."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.open.set()
        self.entered = threading.Semaphore(0)

    def __call__(self, count: int) -> bytes:
        """Random bytes, once the gate is open."""
        self.entered.release()
        assert self.open.wait(10)
        return os.urandom(count)


def test_pool_is_bounded_and_refuses_early() -> None:
    """One works, one waits, the third is told at once to come back; afterwards all is as before."""
    gate = Gate()
    pool = PasswordHasher(gate, at_once=1, waiting=1, wait_seconds=10, cost=CHEAP)
    while gate.entered.acquire(blocking=False):
        pass
    gate.open.clear()
    answers: list[str | Refusal] = []
    callers = [threading.Thread(target=lambda: answers.append(pool.hash("kettle on the hill"))) for _ in range(2)]
    callers[0].start()
    assert gate.entered.acquire(timeout=10)
    callers[1].start()
    while pool._admitted._value:
        threading.Event().wait(0.001)
    refused = pool.hash("kettle on the hill")
    assert isinstance(refused, Refusal)
    assert refused.code is Code.PASSWORD_BUSY
    assert refused.retry_after
    gate.open.set()
    for caller in callers:
        caller.join(10)
    assert [type(answer) for answer in answers] == [str, str]
    assert isinstance(pool.hash("kettle on the hill"), str)


def test_waiting_ends() -> None:
    """Who waited too long for a free place is told to come back, and leaves the queue."""
    gate = Gate()
    pool = PasswordHasher(gate, at_once=1, waiting=1, wait_seconds=0.01, cost=CHEAP)
    while gate.entered.acquire(blocking=False):
        pass
    gate.open.clear()
    caller = threading.Thread(target=lambda: pool.hash("kettle on the hill"))
    caller.start()
    assert gate.entered.acquire(timeout=10)
    for _ in range(3):
        refused = pool.verify(None, "kettle on the hill")
        assert isinstance(refused, Refusal)
        assert refused.code is Code.PASSWORD_BUSY
    gate.open.set()
    caller.join(10)
    assert pool.verify(None, "kettle on the hill") is False
