"""What somebody typed who wants back in, before anything is proven: parked, sealed, bound to the browser, 15 minutes.

A parked attempt looks the same whether there is such a person or not.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from idp.clock import Clock
from idp.entropy import Entropy, SecretKind, digest, has_kind, same_digest
from idp.ephemeral import Ephemeral
from idp.errors import Code, Refusal
from idp.keys import Purpose, Sealer
from idp.recovery.ladder import LIFE, Proof

__all__ = ["Attempt", "Attempts"]

KIND = "recovery"
SKEW = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt. `secret` is in its address; `name` (a digest of it) names it everywhere else.

    `typed` is the user name, or the address of somebody who forgot it; whom it names is looked up when that matters.
    `device_id` is a device that this person is known on.
    """

    secret: str = field(repr=False)
    name: str
    browser: str = field(repr=False)
    typed: str = field(repr=False)
    device_id: UUID | None
    started_at: datetime
    locale: str

    def bound_to(self, proof: Proof) -> str:
        """What a code by message is bound to."""
        return f"{self.name}:{proof}"


class Attempts:
    """Parked attempts. Raises `StoreUnavailableError` rather than forgetting one."""

    def __init__(self, ephemeral: Ephemeral, sealer: Sealer, clock: Clock, entropy: Entropy) -> None:
        self._ephemeral = ephemeral
        self._sealer = sealer
        self._clock = clock
        self._entropy = entropy

    def open(self, browser_secret: str, typed: str, locale: str, device_id: UUID | None = None) -> Attempt:
        """Park what was typed."""
        secret = self._entropy.secret(SecretKind.RECOVERY)
        name = digest(SecretKind.RECOVERY, secret).hex()
        browser = digest(SecretKind.BROWSER, browser_secret).hex()
        attempt = Attempt(secret, name, browser, typed, device_id, self._clock.now(), locale)
        held = {
            "browser": browser,
            "typed": self._sealer.seal_system(Purpose.MESSAGE, _owner(name), typed.encode("utf-8", "replace")).hex(),
            "device_id": None if device_id is None else str(device_id),
            "started_at": attempt.started_at.isoformat(),
            "locale": locale,
        }
        self._ephemeral.park(KIND, name, held, int(LIFE.total_seconds()))
        return attempt

    def load(self, secret: str, browser_secret: str | None) -> Attempt | Refusal:
        """The attempt, for the browser that began it and in its time; else `RECOVERY_UNKNOWN`, whatever is wrong."""
        if not secret.isascii() or not has_kind(SecretKind.RECOVERY, secret):
            return Refusal(Code.RECOVERY_UNKNOWN, "shape")
        attempt = self.named(digest(SecretKind.RECOVERY, secret).hex(), secret)
        offered = digest(SecretKind.BROWSER, browser_secret or "")
        if attempt is None or not same_digest(offered, bytes.fromhex(attempt.browser)):
            return Refusal(Code.RECOVERY_UNKNOWN, "gone" if attempt is None else "browser")
        return attempt

    def named(self, name: str, secret: str = "") -> Attempt | None:
        """The attempt of this name, for the worker; None once it is too old or was used up."""
        held = self._ephemeral.read(KIND, name)
        return None if held is None else self._opened(name, secret, held)

    def close(self, attempt: Attempt) -> bool:
        """Use the attempt up: of any number of requests one gets True."""
        return self._ephemeral.take(KIND, attempt.name) is not None

    def _opened(self, name: str, secret: str, held: dict[str, Any]) -> Attempt | None:
        started, now = datetime.fromisoformat(held["started_at"]), self._clock.now()
        if now >= started + LIFE or now < started - SKEW:
            return None
        typed = self._sealer.open_system(Purpose.MESSAGE, _owner(name), bytes.fromhex(held["typed"])).decode()
        return Attempt(
            secret,
            name,
            held["browser"],
            typed,
            None if held["device_id"] is None else UUID(held["device_id"]),
            started,
            held["locale"],
        )


def _owner(name: str) -> str:
    return f"recovery|{name}"
