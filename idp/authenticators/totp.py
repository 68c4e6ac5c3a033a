"""Time-based one-time codes (RFC 6238): the only door to pyotp, with the replay guard that it has not."""

from __future__ import annotations

import unicodedata
from base64 import b32encode
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import pyotp
from sqlalchemy import delete, exists, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from idp.audit import AuditEvent, Event, Trail
from idp.authenticators.assurance import CODE
from idp.authenticators.models import TotpRow
from idp.clock import Clock
from idp.database import Session
from idp.entropy import Entropy, same_digest
from idp.errors import Code, Refusal
from idp.keys import Purpose, Sealer
from idp.keys.person_keys import PersonKeys

__all__ = [
    "DIGITS",
    "ISSUER",
    "PERIOD",
    "Binding",
    "CurrentCode",
    "Generator",
    "Totp",
    "binding",
    "code_at",
    "current_code",
    "matching_steps",
    "typed_code",
]

ISSUER = "WanGov ID"
DIGITS = 6
PERIOD = 30
MAX_TYPED = 40
SECRET_BYTES = 20  # the length of a SHA-1 key (RFC 4226 section 4, R6)
DRIFT = (0, -1, 1)


@dataclass(frozen=True, slots=True)
class Binding:
    """A new authenticator: the secret in base32 and the `otpauth` address for a QR code.

    Shown once, never stored.
    """

    secret: str = field(repr=False)
    uri: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Generator:
    """A code generator of a person, as its owner is shown it."""

    id: UUID
    name: str = field(repr=False)
    created_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class CurrentCode:
    """What an authenticator shows now, and for how many seconds still."""

    code: str = field(repr=False)
    seconds: int


class Totp:
    """People's code generators, in the caller's transaction."""

    def __init__(self, session: Session, sealer: Sealer, clock: Clock, entropy: Entropy, trail: Trail) -> None:
        self._session = session
        self._keys = PersonKeys(session, sealer, clock)
        self._clock = clock
        self._entropy = entropy
        self._trail = trail

    def bind(self, subscriber_id: UUID, label: str) -> Binding:
        """Give this person an authenticator; `label` is the account name that its app will show."""
        secret = self._entropy.bytes(SECRET_BYTES)
        self.add(subscriber_id, secret, "", None)
        return binding(secret, label)

    def add(self, subscriber_id: UUID, secret: bytes, name: str, last_step: int | None) -> UUID:
        """Store a code generator that its owner has shown to work: no code up to `last_step` is taken again."""
        row_id = self._entropy.uuid()
        self._session.execute(
            insert(TotpRow).values(
                id=row_id,
                subscriber_id=subscriber_id,
                sealed_secret=self._keys.seal(subscriber_id, Purpose.AUTHENTICATOR, secret),
                sealed_name=self._keys.seal(subscriber_id, Purpose.AUTHENTICATOR, name.encode()) if name else None,
                last_step=last_step,
                created_at=self._clock.now(),
            )
        )
        self._trail.append(AuditEvent(Event.AUTHENTICATOR_BOUND, subscriber_id=subscriber_id, body={"factor": CODE}))
        return row_id

    def remove(self, subscriber_id: UUID, generator_id: UUID) -> Refusal | None:
        """Take a code generator away; `FACTOR_MISSING` when the person has none with this identifier."""
        gone = delete(TotpRow).where(TotpRow.id == generator_id, TotpRow.subscriber_id == subscriber_id)
        if self._session.execute(gone.returning(TotpRow.id)).one_or_none() is None:
            return Refusal(Code.FACTOR_MISSING, CODE)
        self._trail.append(AuditEvent(Event.AUTHENTICATOR_REMOVED, subscriber_id=subscriber_id, body={"factor": CODE}))
        return None

    def held_by(self, subscriber_id: UUID) -> list[Generator]:
        """The person's code generators, oldest first; a name that was never given is empty."""
        rows = self._session.execute(
            select(TotpRow.id, TotpRow.sealed_name, TotpRow.created_at, TotpRow.used_at)
            .where(TotpRow.subscriber_id == subscriber_id)
            .order_by(TotpRow.created_at, TotpRow.id)
        ).all()
        return [
            Generator(row.id, self._opened_name(subscriber_id, row.sealed_name), row.created_at, row.used_at)
            for row in rows
        ]

    def is_bound(self, subscriber_id: UUID) -> bool:
        """True when this person has at least one code generator."""
        return bool(self._session.scalar(select(exists().where(TotpRow.subscriber_id == subscriber_id))))

    def check(self, subscriber_id: UUID, code: str) -> Refusal | None:
        """Spend `code`, six digits; None when it was right.

        A code of the present, the previous or the next time step is taken (RFC 6238 section 5.2), each step
        once and never an older one after it: `TOTP_REPLAYED`. Otherwise `TOTP_WRONG`, or `FACTOR_MISSING` for
        a person without authenticator. The step is spent when the caller's transaction commits; until then a
        second request with the same code waits.
        """
        rows = self._session.execute(
            select(TotpRow.id, TotpRow.sealed_secret).where(TotpRow.subscriber_id == subscriber_id).order_by(TotpRow.id)
        ).all()
        if not rows:
            return Refusal(Code.FACTOR_MISSING, CODE)
        opened = [(row.id, self._keys.open(subscriber_id, Purpose.AUTHENTICATOR, row.sealed_secret)) for row in rows]
        matches = [
            (row_id, step)
            for row_id, secret in opened
            if secret is not None
            for step in matching_steps(secret, code, self._clock)
        ]
        if not matches:
            return Refusal(Code.TOTP_WRONG)
        spent = any(self._spend(row_id, matched) for row_id, matched in matches)
        return None if spent else Refusal(Code.TOTP_REPLAYED)

    def _spend(self, row_id: UUID, step: int) -> bool:
        spent = self._session.execute(
            update(TotpRow)
            .where(TotpRow.id == row_id, or_(TotpRow.last_step.is_(None), TotpRow.last_step < step))
            .values(last_step=step, used_at=self._clock.now())
            .returning(TotpRow.id)
        )
        return spent.one_or_none() is not None

    def _opened_name(self, subscriber_id: UUID, sealed: bytes | None) -> str:
        opened = None if sealed is None else self._keys.open(subscriber_id, Purpose.AUTHENTICATOR, sealed)
        return "" if opened is None else opened.decode()


def binding(secret: bytes, label: str) -> Binding:
    """What is shown of a new secret; `label` is the account name that the app will show."""
    text = b32encode(secret).decode()
    return Binding(text, pyotp.TOTP(text).provisioning_uri(name=label, issuer_name=ISSUER))


def matching_steps(secret: bytes, code: str, clock: Clock) -> list[int]:
    """The time steps, of the present one and its neighbours, whose code this is (RFC 6238 section 5.2)."""
    step = int(clock.epoch()) // PERIOD
    return [step + drift for drift in DRIFT if _matches(secret, step + drift, code)]


def typed_code(text: str) -> str | None:
    """A code as typed, with spaces or hyphens, in any digits, as six ASCII digits; None when it is none."""
    if len(text) > MAX_TYPED:
        return None
    kept = [letter for letter in text if not letter.isspace() and letter not in "-\u2010\u2011\u2013"]
    digits = [unicodedata.decimal(letter, None) for letter in kept]
    if len(digits) != DIGITS or None in digits:
        return None
    return "".join(map(str, digits))


def code_at(secret: str, step: int) -> str:
    """The code of a base32 secret at a time step (RFC 6238 section 4)."""
    return pyotp.TOTP(secret).generate_otp(step)


def current_code(secret: str, clock: Clock) -> CurrentCode:
    """What an authenticator with this base32 secret shows; for demo people, whose secrets are no secrets."""
    step, elapsed = divmod(int(clock.epoch()), PERIOD)
    return CurrentCode(code_at(secret, step), PERIOD - elapsed)


def _matches(secret: bytes, step: int, code: str) -> bool:
    expected = code_at(b32encode(secret).decode(), step)
    return same_digest(expected.encode(), code.encode("utf-8", "surrogatepass"))
