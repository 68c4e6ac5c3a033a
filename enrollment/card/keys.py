"""The keys that sign cards: made, published before they sign and until the last of their cards is over, taken back.

They are kept apart from the keys of tokens: other life, other place, and a seal of their own purpose.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import cast

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from sqlalchemy import delete, func, select, text, update

from enrollment.card.models import CardKeyRow, CardListRow, CredentialRow
from enrollment.card.policy import CardPolicy
from enrollment.card.trust import Trusted, key_id_of, own
from enrollment.errors import Code, Refusal
from idp.audit import AuditEvent, Event, Trail
from idp.clock import Clock
from idp.database import Session
from idp.keys import Purpose, Sealer
from idp.keys.jose import Algorithm, PrivateKey, public_jwk, public_key

__all__ = ["CardKeys", "KeyState"]

_LOCK = 7_205_759_404
CardPrivateKey = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


class KeyState(StrEnum):
    """Where a key is in its life. Its signatures count in every state but `REVOKED`."""

    NEXT = "next"
    ACTIVE = "active"
    RETIRED = "retired"
    REVOKED = "revoked"


class CardKeys:
    """The stored keys, in the caller's transaction."""

    def __init__(
        self, session: Session, sealer: Sealer, clock: Clock, trail: Trail, policy: CardPolicy | None = None
    ) -> None:
        self._session = session
        self._sealer = sealer
        self._clock = clock
        self._trail = trail
        self._policy = policy or CardPolicy()

    def signer(self) -> tuple[str, Algorithm, PrivateKey]:
        """Id, algorithm and private half of the key that signs now; where there is none, one is made."""
        row = self._active() or self._first()
        raw = self._sealer.open_system(Purpose.CARD, _label(row.kid), row.sealed_private or b"")
        private = cast("PrivateKey", serialization.load_der_private_key(raw, password=None))
        return row.kid, Algorithm(row.algorithm), private

    def rotate(self, algorithm: Algorithm | None = None) -> CardKeyRow:
        """Publish a key that takes over when everybody had time to fetch it; one that is under way is left to run."""
        self._session.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        now = self._clock.now()
        rows = self.rows()
        waiting = [row for row in rows if self.state(row, now) is KeyState.NEXT]
        if waiting:
            return waiting[0]
        taking_over = now if self._active() is None else now + self._policy.ahead
        for row in rows:
            if self.state(row, now) is KeyState.ACTIVE:
                row.retire_at = taking_over
        return self._make(algorithm or self._policy.algorithm, taking_over)

    def revoke(self, kid: str) -> Refusal | None:
        """A key that leaked: no card of it counts any more, and it signs nothing. `ENR_UNKNOWN`, `ENR_STATE` (is)."""
        self._session.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        row = self._session.get(CardKeyRow, kid, populate_existing=True)
        if row is None:
            return Refusal(Code.ENR_UNKNOWN)
        if row.revoked_at is not None:
            return Refusal(Code.ENR_STATE, "key")
        now = self._clock.now()
        row.revoked_at, row.sealed_private = now, None
        row.retire_at = now if row.retire_at is None else min(row.retire_at, now)
        self._session.flush()
        # Nobody would believe the present list any more: the next who asks makes one with another key.
        self._session.execute(delete(CardListRow))
        self._trail.append(AuditEvent(Event.CARD_KEY_REVOKED, actor="operator", body={"key": kid}))
        return None

    def forget_retired(self) -> int:
        """Destroy the private halves of keys that sign no more; how many there were."""
        over = update(CardKeyRow).where(CardKeyRow.retire_at <= self._clock.now())
        gone = over.where(CardKeyRow.sealed_private.is_not(None)).values(sealed_private=None)
        return len(self._session.scalars(gone.returning(CardKeyRow.kid)).all())

    def rows(self) -> list[CardKeyRow]:
        """Every key ever made, oldest first."""
        wanted = select(CardKeyRow).order_by(CardKeyRow.activate_at, CardKeyRow.kid)
        return list(self._session.scalars(wanted.execution_options(populate_existing=True)))

    def cards_of(self) -> dict[str, int]:
        """How many cards each key signed."""
        counted = select(CredentialRow.key_id, func.count()).group_by(CredentialRow.key_id)
        return dict(row for row in self._session.execute(counted))

    def state(self, row: CardKeyRow, now: datetime) -> KeyState:
        """The state of a key at a moment."""
        if row.revoked_at is not None:
            return KeyState.REVOKED
        if row.retire_at is not None and row.retire_at <= now:
            return KeyState.RETIRED
        return KeyState.ACTIVE if row.activate_at <= now else KeyState.NEXT

    def trusted(self) -> list[Trusted]:
        """Whose signatures on cards count: every key but those that were taken back or are long over."""
        return [own(_public(row)) for row in self._published()]

    def published(self) -> list[dict[str, str]]:
        """The same as public JWKs with `kid` as it stands on cards, for whoever checks cards off the network."""
        return [{**row.public_jwk, "kid": row.kid} for row in self._published()]

    def _published(self) -> list[CardKeyRow]:
        """Once the last card that it can have signed is over, a key need not be known."""
        over = self._clock.now() - self._policy.lifetime
        return [
            row
            for row in self.rows()
            if row.revoked_at is None and (row.retire_at is None or row.retire_at + self._policy.ahead > over)
        ]

    def _active(self) -> CardKeyRow | None:
        now = self._clock.now()
        active = [row for row in self.rows() if self.state(row, now) is KeyState.ACTIVE and row.sealed_private]
        return active[-1] if active else None

    def _first(self) -> CardKeyRow:
        self._session.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        return self._active() or self._make(self._policy.algorithm, self._clock.now())

    def _make(self, algorithm: Algorithm, activate_at: datetime) -> CardKeyRow:
        private: CardPrivateKey
        if algorithm is Algorithm.EDDSA:
            private = ed25519.Ed25519PrivateKey.generate()
        else:
            private, algorithm = ec.generate_private_key(ec.SECP256R1()), Algorithm.ES256
        kid = key_id_of(private.public_key()).hex()
        raw = private.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        row = CardKeyRow(
            kid=kid,
            algorithm=algorithm.value,
            sealed_private=self._sealer.seal_system(Purpose.CARD, _label(kid), raw),
            public_jwk=public_jwk(private.public_key(), algorithm),
            created_at=self._clock.now(),
            activate_at=activate_at,
            retire_at=None,
            revoked_at=None,
        )
        self._session.add(row)
        self._session.flush()
        body = {"key": kid, "algorithm": algorithm.value}
        self._trail.append(AuditEvent(Event.CARD_KEY_MADE, actor="system", body=body))
        return row


def _public(row: CardKeyRow) -> ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey:
    return cast("ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey", public_key(row.public_jwk))


def _label(kid: str) -> str:
    return f"card|{kid}"
