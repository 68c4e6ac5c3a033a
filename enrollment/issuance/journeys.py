"""Somebody who showed a slip and has not chosen yet how to sign in: parked, sealed, bound to the browser, for an hour.

The slip stays good until the factor is set up: whoever leaves before that comes again with the same slip.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from idp.clock import Clock
from idp.entropy import Entropy, SecretKind, digest, has_kind, same_digest
from idp.ephemeral import Ephemeral
from idp.errors import Code, Refusal
from idp.keys import Purpose, Sealer

__all__ = ["LIFE", "Journey", "Journeys"]

KIND = "claim"
LIFE = timedelta(hours=1)
SKEW = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Journey:
    """One claim that is under way. `secret` is in its address; `code` is what stood on the slip."""

    secret: str = field(repr=False)
    name: str
    aid: str
    code: str = field(repr=False)
    subscriber_id: UUID
    started_at: datetime


class Journeys:
    """Parked claims. Raises `StoreUnavailableError` rather than forgetting one."""

    def __init__(self, ephemeral: Ephemeral, sealer: Sealer, clock: Clock, entropy: Entropy) -> None:
        self._ephemeral = ephemeral
        self._sealer = sealer
        self._clock = clock
        self._entropy = entropy

    def open(self, browser_secret: str, aid: str, code: str, subscriber_id: UUID) -> Journey:
        """Park a claim whose slip was right."""
        secret = self._entropy.secret(SecretKind.CLAIM)
        name = digest(SecretKind.CLAIM, secret).hex()
        journey = Journey(secret, name, aid, code, subscriber_id, self._clock.now())
        shown = json.dumps({"aid": aid, "code": code, "subscriber_id": str(subscriber_id)}).encode()
        held = {
            "browser": digest(SecretKind.BROWSER, browser_secret).hex(),
            "sealed": self._sealer.seal_system(Purpose.MESSAGE, _owner(name), shown).hex(),
            "started_at": journey.started_at.isoformat(),
        }
        self._ephemeral.park(KIND, name, held, int(LIFE.total_seconds()))
        return journey

    def load(self, secret: str, browser_secret: str | None) -> Journey | Refusal:
        """The claim, for the browser that began it and in its time; else `LINK_UNKNOWN`, whatever is wrong."""
        if not secret.isascii() or not has_kind(SecretKind.CLAIM, secret):
            return Refusal(Code.LINK_UNKNOWN, "shape")
        name = digest(SecretKind.CLAIM, secret).hex()
        held = self._ephemeral.read(KIND, name)
        offered = digest(SecretKind.BROWSER, browser_secret or "")
        if held is None or not same_digest(offered, bytes.fromhex(held["browser"])):
            return Refusal(Code.LINK_UNKNOWN, "gone" if held is None else "browser")
        started, now = datetime.fromisoformat(held["started_at"]), self._clock.now()
        if now >= started + LIFE or now < started - SKEW:
            return Refusal(Code.LINK_UNKNOWN, "gone")
        shown = json.loads(self._sealer.open_system(Purpose.MESSAGE, _owner(name), bytes.fromhex(held["sealed"])))
        return Journey(secret, name, shown["aid"], shown["code"], UUID(shown["subscriber_id"]), started)

    def close(self, journey: Journey) -> bool:
        """Use it up: of any number of requests one gets True."""
        return self._ephemeral.take(KIND, journey.name) is not None


def _owner(name: str) -> str:
    return f"claim|{name}"
