"""Adding a code generator: a secret for one attempt, shown once, and worth nothing before a code proves it.

The attempt waits in the short-lived store, sealed with the person's key, for ten minutes and five tries.
"""

from __future__ import annotations

import unicodedata
from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from idp.authenticators.totp import SECRET_BYTES, Binding, Totp, binding, matching_steps
from idp.clock import Clock
from idp.database import Session
from idp.entropy import Entropy, SecretKind, has_kind
from idp.ephemeral import Ephemeral
from idp.errors import Code, Refusal
from idp.keys import Purpose, Sealer
from idp.keys.person_keys import PersonKeys

__all__ = ["MAX_GENERATORS", "MAX_NAME", "Attempt", "TotpEnrolment", "typed_name"]

KIND = "totp-attempt"
UNSEEN = "totp-unseen"
LIFE = timedelta(minutes=10)
TRIES = 5
MAX_GENERATORS = 5
MAX_NAME = 40


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt under way. `binding` is there the first time it is asked for, and never again."""

    id: str
    name: str = field(repr=False)
    expires_at: datetime
    binding: Binding | None = field(repr=False)


class TotpEnrolment:
    """Attempts of a person, bound to the session that began them; raises `StoreUnavailableError` as the store does."""

    def __init__(
        self, session: Session, sealer: Sealer, ephemeral: Ephemeral, clock: Clock, entropy: Entropy, totp: Totp
    ) -> None:
        self._keys = PersonKeys(session, sealer, clock)
        self._ephemeral = ephemeral
        self._clock = clock
        self._entropy = entropy
        self._totp = totp

    def begin(self, subscriber_id: UUID, session_id: UUID, name: str) -> str | Refusal:
        """Make a new secret and park it; the attempt's identifier. `FACTOR_LIMIT` for a person with five already."""
        if self._full(subscriber_id):
            return Refusal(Code.FACTOR_LIMIT, KIND)
        attempt_id = self._entropy.secret(SecretKind.TOTP_ATTEMPT)
        sealed = self._keys.seal(subscriber_id, Purpose.AUTHENTICATOR, self._entropy.bytes(SECRET_BYTES))
        parked = {
            "subscriber": str(subscriber_id),
            "session": str(session_id),
            "secret": b64encode(sealed).decode(),
            "name": name,
            "expires_at": (self._clock.now() + LIFE).isoformat(),
        }
        self._ephemeral.park(KIND, attempt_id, parked, int(LIFE.total_seconds()))
        self._ephemeral.park(UNSEEN, attempt_id, {}, int(LIFE.total_seconds()))
        return attempt_id

    def show(self, attempt_id: str, subscriber_id: UUID, session_id: UUID, label: str) -> Attempt | Refusal:
        """The attempt, with its secret the first time alone. `FACTOR_ATTEMPT` when it is over, or somebody else's."""
        held = self._held(attempt_id, subscriber_id, session_id)
        if isinstance(held, Refusal):
            return held
        secret, name, expires_at = held
        unseen = self._ephemeral.take(UNSEEN, attempt_id) is not None
        return Attempt(attempt_id, name, expires_at, binding(secret, label) if unseen else None)

    def confirm(self, attempt_id: str, subscriber_id: UUID, session_id: UUID, code: str) -> UUID | Refusal:
        """Bind the code generator that shows `code`, six digits, now.

        `TOTP_WRONG` leaves the attempt as it is, five times; `FACTOR_LIMIT` as for `begin`, `FACTOR_ATTEMPT` as for
        `show`. Of parallel confirmations one binds. The code counts as used: it does not sign in as well.
        """
        held = self._held(attempt_id, subscriber_id, session_id)
        if isinstance(held, Refusal):
            return held
        secret, name, _ = held
        if self._full(subscriber_id):  # attempts that were begun side by side
            return Refusal(Code.FACTOR_LIMIT, KIND)
        tried = self._ephemeral.count(f"totp:{attempt_id}", limit=TRIES, window_seconds=int(LIFE.total_seconds()))
        steps = matching_steps(secret, code, self._clock) if tried.allowed else []
        if not steps and tried.used < TRIES:
            return Refusal(Code.TOTP_WRONG)
        if self._ephemeral.take(KIND, attempt_id) is None or not steps:
            return Refusal(Code.FACTOR_ATTEMPT)
        return self._totp.add(subscriber_id, secret, name, max(steps))

    def _full(self, subscriber_id: UUID) -> bool:
        return len(self._totp.held_by(subscriber_id)) >= MAX_GENERATORS

    def _held(self, attempt_id: str, subscriber_id: UUID, session_id: UUID) -> tuple[bytes, str, datetime] | Refusal:
        known = attempt_id.isascii() and has_kind(SecretKind.TOTP_ATTEMPT, attempt_id)
        held = self._ephemeral.read(KIND, attempt_id) if known else None
        if held is None or (held["subscriber"], held["session"]) != (str(subscriber_id), str(session_id)):
            return Refusal(Code.FACTOR_ATTEMPT)
        expires_at = datetime.fromisoformat(held["expires_at"])
        secret = self._keys.open(subscriber_id, Purpose.AUTHENTICATOR, b64decode(held["secret"]))
        if secret is None or self._clock.now() >= expires_at:
            return Refusal(Code.FACTOR_ATTEMPT)
        return secret, held["name"], expires_at


def typed_name(text: str) -> str | None:
    """A name for an authenticator as typed, tidied (NFC, single spaces); None when it is too long to be shown."""
    if len(text) > 4 * MAX_NAME:
        return None
    visible = "".join(sign if sign.isprintable() else " " for sign in unicodedata.normalize("NFC", text))
    tidy = " ".join(visible.split())
    return tidy if len(tidy) <= MAX_NAME else None
