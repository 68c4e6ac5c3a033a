"""The life of signing and purpose keys in the database."""

import datetime as dt
import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from idp.entropy import Entropy
from idp.errors import Refusal
from idp.keys import FileRootKey, PurposeKeys, Sealer, TokenType
from idp.keys.jose import Algorithm
from idp.keys.models import PurposeKeyRow, SigningKeyRow
from idp.keys.rotation import (
    PUBLISH_AFTER,
    PUBLISH_AHEAD,
    KeyState,
    SigningKeys,
    ensure_purpose_keys,
    load_purpose_keys,
)
from idp.keys.sealing import SealBrokenError
from tests.factories.keys import purpose_keys
from tests.factories.moments import StillClock

pytestmark = pytest.mark.integration

SEALER = Sealer(purpose_keys(), os.urandom)
ES256 = Algorithm.ES256
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def clock() -> StillClock:
    """Stands still until moved."""
    return StillClock()


@pytest.fixture
def keys(session: Session, clock: StillClock) -> SigningKeys:
    """The stored keys, none yet."""
    session.execute(delete(SigningKeyRow))
    return SigningKeys(session, SEALER, clock)


def states(keys: SigningKeys, clock: StillClock) -> list[KeyState]:
    """The states of all keys, oldest first."""
    return [keys.state(row, clock.now()) for row in keys.rows()]


def signer(keys: SigningKeys, clock: StillClock, algorithm: Algorithm = ES256) -> str:
    """The kid of the key that signs now."""
    key = keys.keyring().signer(algorithm, clock.now())
    assert key is not None
    return key.kid


def test_a_new_installation_signs_at_once_with_both_default_algorithms(keys: SigningKeys, clock: StillClock) -> None:
    """RS256 and ES256; asking again makes nothing more."""
    assert {row.algorithm for row in keys.ensure()} == {"RS256", "ES256"}
    assert keys.ensure() == []
    assert keys.keyring().algorithms(clock.now()) == [Algorithm.RS256, Algorithm.ES256]


@pytest.mark.parametrize("algorithm", Algorithm)
def test_every_algorithm_signs_after_a_round_trip_through_the_database(
    keys: SigningKeys, clock: StillClock, session: Session, algorithm: Algorithm
) -> None:
    """What a stored key signs, the published ring reads; the private half is not in the row."""
    (row,) = keys.ensure([algorithm])
    session.expire_all()
    ring = keys.keyring()
    token = ring.signer_at(algorithm, int(clock.epoch())).sign(TokenType.ACCESS, {"a": 1})
    assert ring.read(TokenType.ACCESS, token) == {"a": 1}
    assert row.sealed_private is not None
    assert b"PRIVATE" not in row.sealed_private
    assert "d" not in row.public_jwk


def test_a_rotation_publishes_a_day_ahead_and_a_day_after(keys: SigningKeys, clock: StillClock) -> None:
    """Next, active, retired, withdrawn, destroyed: each at its moment, without anybody moving it."""
    keys.ensure([ES256])
    old = signer(keys, clock)
    clock.advance(minutes=1)
    new = keys.rotate(ES256).kid
    assert states(keys, clock) == [KeyState.ACTIVE, KeyState.NEXT]
    assert new.encode() in keys.keyring().jwks
    clock.advance(seconds=PUBLISH_AHEAD.total_seconds() - 1)
    assert signer(keys, clock) == old
    clock.advance(seconds=1)
    assert signer(keys, clock) == new
    assert states(keys, clock) == [KeyState.RETIRED, KeyState.ACTIVE]
    assert old.encode() in keys.keyring().jwks
    assert keys.destroy_withdrawn() == []
    clock.advance(seconds=PUBLISH_AFTER.total_seconds())
    assert states(keys, clock) == [KeyState.WITHDRAWN, KeyState.ACTIVE]
    assert old.encode() not in keys.keyring().jwks
    assert keys.destroy_withdrawn() == [old]
    assert states(keys, clock) == [KeyState.DESTROYED, KeyState.ACTIVE]
    assert keys.rows()[0].sealed_private is None
    assert keys.destroy_withdrawn() == []


def test_repeating_a_rotation_does_no_harm(keys: SigningKeys, clock: StillClock) -> None:
    """One that is under way is left to run."""
    keys.ensure([ES256])
    first = keys.rotate(ES256)
    clock.advance(hours=2)
    assert keys.rotate(ES256).kid == first.kid
    assert len(keys.rows()) == 2


def test_a_leaked_key_is_replaced_at_once_even_during_a_rotation(keys: SigningKeys, clock: StillClock) -> None:
    """The next key of the slow rotation never signs, and there is no moment without a signer."""
    keys.ensure([ES256])
    leaked = signer(keys, clock)
    slow = keys.rotate(ES256).kid
    urgent = keys.rotate(ES256, ahead=dt.timedelta()).kid
    seen = set()
    for _ in range(80):
        seen.add(signer(keys, clock))
        clock.advance(hours=1)
    assert seen == {urgent}
    assert leaked != slow != urgent


def test_a_first_key_gives_way_to_one_that_waits(keys: SigningKeys, clock: StillClock) -> None:
    """An algorithm that was rotated before it had any key ends with one active key, not two."""
    waiting = keys.rotate(ES256).kid
    (made,) = keys.ensure([ES256])
    assert signer(keys, clock) == made.kid
    clock.advance(hours=24)
    assert signer(keys, clock) == waiting
    assert sorted(states(keys, clock)) == [KeyState.ACTIVE, KeyState.RETIRED]


def test_algorithms_rotate_by_themselves(keys: SigningKeys, clock: StillClock) -> None:
    """Rotating one leaves the others alone."""
    keys.ensure([ES256, Algorithm.EDDSA])
    before = signer(keys, clock, Algorithm.EDDSA)
    keys.rotate(ES256, ahead=dt.timedelta())
    assert signer(keys, clock, Algorithm.EDDSA) == before


_step = st.one_of(
    st.tuples(st.just("wait"), st.integers(1, 40)),
    st.tuples(st.just("rotate"), st.sampled_from([0, 1, 12, 24, 48])),
    st.tuples(st.just("ensure"), st.just(0)),
    st.tuples(st.just("destroy"), st.just(0)),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(_step, max_size=12))
def test_there_is_always_one_signer_and_its_tokens_always_verify(
    session: Session, steps: list[tuple[str, int]]
) -> None:
    """Whatever operators do and however long they wait, no relying party ever meets a key it cannot know.

    At each moment exactly one key signs, and what it signed verifies with every ring of the next 23 hours.
    """
    clock = StillClock()
    with session.begin_nested() as savepoint:
        session.execute(delete(SigningKeyRow))
        keys = SigningKeys(session, SEALER, clock)
        keys.ensure([ES256])
        tokens: list[tuple[dt.datetime, str]] = []
        for name, value in steps:
            if name == "wait":
                clock.advance(hours=value)
            elif name == "rotate":
                made = keys.rotate(ES256, ahead=value * HOUR)
                assert made.activate_at <= clock.now() + value * HOUR
            elif name == "ensure":
                assert keys.ensure([ES256]) == []
            else:
                keys.destroy_withdrawn()
            ring = keys.keyring()
            active = [row for row in keys.rows() if keys.state(row, clock.now()) is KeyState.ACTIVE]
            assert len(active) == 1
            assert signer(keys, clock) == active[0].kid
            tokens.append((clock.now(), ring.signer_at(ES256, int(clock.epoch())).sign(TokenType.ACCESS, {})))
            for moment, token in tokens:
                if clock.now() - moment < dt.timedelta(hours=23):
                    assert not isinstance(ring.read(TokenType.ACCESS, token), Refusal)
        savepoint.rollback()
        session.expunge_all()


@pytest.fixture
def no_purpose_keys(session: Session) -> Session:
    """A database before `keys init`."""
    session.execute(delete(PurposeKeyRow))
    return session


def test_purpose_keys_are_made_once_and_open_under_their_root_alone(
    no_purpose_keys: Session, clock: StillClock
) -> None:
    """Making them again changes nothing; another root key or a swapped row is an alarm."""
    session = no_purpose_keys
    root, entropy = FileRootKey(os.urandom(32), os.urandom), Entropy(clock)
    assert load_purpose_keys(session, root) == {}
    ensure_purpose_keys(session, root, entropy, clock)
    opened = load_purpose_keys(session, root)
    ensure_purpose_keys(session, root, entropy, clock)
    assert load_purpose_keys(session, root) == opened
    assert len(set(opened.values())) == len(opened)
    sealer = Sealer(PurposeKeys(opened), os.urandom)
    assert SigningKeys(session, sealer, clock).ensure([ES256])
    with pytest.raises(SealBrokenError):
        load_purpose_keys(session, FileRootKey(os.urandom(32), os.urandom))
    one, two = session.scalars(select(PurposeKeyRow).limit(2))
    one.wrapped, two.wrapped = two.wrapped, one.wrapped
    session.flush()
    with pytest.raises(SealBrokenError):
        load_purpose_keys(session, root)


def test_a_signing_key_put_in_anothers_row_does_not_open(keys: SigningKeys, session: Session) -> None:
    """The private half is bound to its kid."""
    one, two = keys.ensure([ES256, Algorithm.EDDSA])
    one.sealed_private, two.sealed_private = two.sealed_private, one.sealed_private
    session.flush()
    with pytest.raises(SealBrokenError):
        keys.keyring()
