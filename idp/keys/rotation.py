"""The life of signing and purpose keys in the database: making, rotating, loading, destroying.

A signing key's state is read off its moments, never kept by a cleaner:
next (published, before `activate_at`), active, retired (from `retire_at`, still published), destroyed (private half
gone).
A key is published `PUBLISH_AHEAD` before it signs, so that relying parties have it in their caches, and stays published
`PUBLISH_AFTER` once retired, longer than any token it signed can live.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import cast

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from sqlalchemy import select, text

from idp.clock import Clock
from idp.database import Session
from idp.entropy import Entropy
from idp.keys.jose import Algorithm, PrivateKey, SigningKey, public_jwk
from idp.keys.keyring import Keyring, RingKey
from idp.keys.models import PurposeKeyRow, SigningKeyRow
from idp.keys.sealing import KEY_BYTES, Purpose, RootKey, Sealer

__all__ = ["KeyState", "SigningKeys", "ensure_purpose_keys", "load_purpose_keys"]

PUBLISH_AHEAD = timedelta(hours=24)
PUBLISH_AFTER = timedelta(hours=24)
# A token may be signed after the moment that it says it was issued: while its row commits, or as the answer to a retry.
STILL_SIGNS = timedelta(minutes=5)
RSA_BITS = 2048
DEFAULT_ALGORITHMS = (Algorithm.RS256, Algorithm.ES256)
_LOCK = 7_205_759_403


class KeyState(StrEnum):
    """Where a signing key is in its life."""

    NEXT = "next"
    ACTIVE = "active"
    RETIRED = "retired"
    WITHDRAWN = "withdrawn"
    DESTROYED = "destroyed"


def ensure_purpose_keys(session: Session, root: RootKey, entropy: Entropy, clock: Clock) -> list[Purpose]:
    """Make the missing purpose keys and return them. Safe at any time and from several processes at once."""
    session.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    held = set(session.scalars(select(PurposeKeyRow.purpose)))
    missing = [purpose for purpose in Purpose if purpose.value not in held]
    for purpose in missing:
        wrapped = root.wrap(entropy.bytes(KEY_BYTES), _context(purpose.value, 1))
        session.add(PurposeKeyRow(purpose=purpose.value, version=1, wrapped=wrapped, created_at=clock.now()))
    session.flush()
    return missing


def load_purpose_keys(session: Session, root: RootKey) -> dict[tuple[Purpose, int], bytes]:
    """Open every purpose key; raises `SealBrokenError` when the root key is not the one that wrapped them.

    A purpose that only a newer version of this software knows is left alone: two versions may run side by side.
    """
    known = [purpose.value for purpose in Purpose]
    rows = session.scalars(select(PurposeKeyRow).where(PurposeKeyRow.purpose.in_(known))).all()
    return {
        (Purpose(row.purpose), row.version): root.unwrap(row.wrapped, _context(row.purpose, row.version))
        for row in rows
    }


def _context(purpose: str, version: int) -> bytes:
    return f"purpose|{purpose}|{version}".encode()


class SigningKeys:
    """The stored signing keys."""

    def __init__(self, session: Session, sealer: Sealer, clock: Clock) -> None:
        self._session = session
        self._sealer = sealer
        self._clock = clock

    def ensure(self, algorithms: Iterable[Algorithm] = DEFAULT_ALGORITHMS) -> list[SigningKeyRow]:
        """Make an active key for each of these algorithms that has none; returns what was made.

        Where a key of the algorithm is waiting for its turn, the new one retires when that begins.
        """
        self._session.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        now = self._clock.now()
        made = []
        for algorithm in dict.fromkeys(algorithms):
            rows = [row for row in self.rows() if row.algorithm == algorithm]
            if any(self.state(row, now) is KeyState.ACTIVE for row in rows):
                continue
            made.append(self._make(algorithm, activate_at=now))
            for waiting in rows:
                if self.state(waiting, now) is KeyState.NEXT and waiting.retire_at is None:
                    _retire(made[-1], waiting.activate_at)
        self._session.flush()
        return made

    def rotate(self, algorithm: Algorithm, *, ahead: timedelta = PUBLISH_AHEAD) -> SigningKeyRow:
        """Publish a new key that takes over after `ahead`; the present one retires at that moment.

        A rotation already under way (a next key exists) is left to run and returned, so that repeating the command
        does no harm. `ahead` below `PUBLISH_AHEAD` is for a key that may have leaked.
        """
        self._session.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        now = self._clock.now()
        mine = [row for row in self.rows() if row.algorithm == algorithm]
        waiting = [row for row in mine if self.state(row, now) is KeyState.NEXT and row.activate_at <= now + ahead]
        if waiting:
            return waiting[0]
        activate_at = now + ahead
        for row in mine:
            if self.state(row, now) in {KeyState.ACTIVE, KeyState.NEXT}:
                _retire(row, max(row.activate_at, activate_at))
        return self._make(algorithm, activate_at=activate_at)

    def destroy_withdrawn(self) -> list[str]:
        """Forget the private half of every key that is no longer published; returns their kids."""
        now = self._clock.now()
        gone = [row for row in self.rows() if self.state(row, now) is KeyState.WITHDRAWN]
        for row in gone:
            row.sealed_private = None
            row.destroyed_at = now
        self._session.flush()
        return [row.kid for row in gone]

    def rows(self) -> list[SigningKeyRow]:
        """Every signing key ever made, oldest first."""
        return list(self._session.scalars(select(SigningKeyRow).order_by(SigningKeyRow.created_at, SigningKeyRow.kid)))

    def state(self, row: SigningKeyRow, now: datetime) -> KeyState:
        """The state of a key at a moment."""
        if row.destroyed_at is not None:
            return KeyState.DESTROYED
        if row.withdraw_at is not None and row.withdraw_at <= now:
            return KeyState.WITHDRAWN
        if row.retire_at is not None and row.retire_at <= now:
            return KeyState.RETIRED
        return KeyState.ACTIVE if row.activate_at <= now else KeyState.NEXT

    def keyring(self) -> Keyring:
        """The published keys, private halves of those that sign now or next parsed and ready."""
        now = self._clock.now()
        published = {KeyState.NEXT, KeyState.ACTIVE, KeyState.RETIRED}
        return Keyring([self._ring_key(row, now) for row in self.rows() if self.state(row, now) in published])

    def _ring_key(self, row: SigningKeyRow, now: datetime) -> RingKey:
        algorithm = Algorithm(row.algorithm)
        signing = None
        if row.sealed_private is not None and (row.retire_at is None or now < row.retire_at + STILL_SIGNS):
            raw = self._sealer.open_system(Purpose.SIGNING, row.kid, row.sealed_private)
            # The seal already proves that the bytes are the ones we made; checking primes again costs 46 ms per key.
            loaded = serialization.load_der_private_key(raw, password=None, unsafe_skip_rsa_key_validation=True)
            private = cast("PrivateKey", loaded)
            signing = SigningKey.of(row.kid, algorithm, private)
        return RingKey(row.kid, algorithm, row.public_jwk, row.activate_at, row.retire_at, signing)

    def _make(self, algorithm: Algorithm, *, activate_at: datetime) -> SigningKeyRow:
        private = _generate(algorithm)
        jwk = public_jwk(private.public_key(), algorithm)
        raw = private.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        row = SigningKeyRow(
            kid=jwk["kid"],
            algorithm=algorithm.value,
            sealed_private=self._sealer.seal_system(Purpose.SIGNING, jwk["kid"], raw),
            public_jwk=jwk,
            created_at=self._clock.now(),
            activate_at=activate_at,
            retire_at=None,
            withdraw_at=None,
            destroyed_at=None,
        )
        self._session.add(row)
        self._session.flush()
        return row


def _retire(row: SigningKeyRow, moment: datetime) -> None:
    row.retire_at = moment
    row.withdraw_at = moment + PUBLISH_AFTER


def _generate(algorithm: Algorithm) -> PrivateKey:
    if algorithm in {Algorithm.RS256, Algorithm.PS256}:
        return rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS)
    if algorithm is Algorithm.ES256:
        return ec.generate_private_key(ec.SECP256R1())
    return ed25519.Ed25519PrivateKey.generate()
