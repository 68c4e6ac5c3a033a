"""Invitations: a code that one person hands to the other, so that nobody has to be looked up by name.

Whoever has the code learns who invites, and what for; it opens nothing. It is short-lived: lost, one makes another.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from idp.authenticators.spoken_codes import grouped, new_code, typed_code_of
from idp.clock import Clock
from idp.entropy import Entropy
from idp.ephemeral import Ephemeral
from idp.errors import Code, Refusal
from idp.keys import Purpose, PurposeKeys
from idp.representation.mandate import DAYS, Power, Side

__all__ = ["Invitation", "Invitations", "Invited"]

KIND = "mandate_invitation"
LIFE = timedelta(days=7)
LENGTH = 12
A_DAY = 10
GUESSES = 10
WINDOW_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Invitation:
    """A new invitation. `code` is shown once, to be handed over."""

    code: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Invited:
    """What an invitation says: `by` is on `side`, and a mandate would hold for `days` with these powers."""

    by: UUID
    side: Side
    powers: frozenset[Power]
    days: int


class Invitations:
    """Parks and takes invitations. Raises `StoreUnavailableError` rather than forgetting one."""

    def __init__(self, ephemeral: Ephemeral, keys: PurposeKeys, clock: Clock, entropy: Entropy) -> None:
        self._ephemeral = ephemeral
        self._keys = keys
        self._clock = clock
        self._entropy = entropy

    def make(self, by: UUID, side: Side, powers: Collection[Power], days: int) -> Invitation | Refusal:
        """An invitation by somebody who would be on `side`.

        Refused: `MANDATE_POWERS` (none chosen, or a time that is not offered), `MANDATE_LIMIT` (ten a day).
        """
        if not powers or days not in DAYS:
            return Refusal(Code.MANDATE_POWERS)
        counted = self._ephemeral.count(f"{KIND}:{by}", limit=A_DAY, window_seconds=86_400)
        if not counted.allowed:
            return Refusal(Code.MANDATE_LIMIT, retry_after=counted.retry_after)
        code = new_code(self._entropy, LENGTH)
        value = {"by": str(by), "side": side.value, "powers": sorted(powers), "days": days}
        self._ephemeral.park(KIND, self._name(code), value, int(LIFE.total_seconds()))
        return Invitation(grouped(code), self._clock.now() + LIFE)

    def look(self, person_id: UUID, typed: str) -> Invited | Refusal:
        """What the invitation behind a code says. Refused: `INVITATION_UNKNOWN`, `THROTTLED` (ten tries an hour)."""
        counted = self._ephemeral.count(f"{KIND}_typed:{person_id}", limit=GUESSES, window_seconds=WINDOW_SECONDS)
        if not counted.allowed:
            return Refusal(Code.THROTTLED, "invitation", retry_after=counted.retry_after)
        code = typed_code_of(typed, LENGTH)
        held = None if code is None else self._ephemeral.read(KIND, self._name(code))
        return Refusal(Code.INVITATION_UNKNOWN) if held is None else _invited(held)

    def take(self, typed: str) -> Invited | Refusal:
        """The same, used up: of any number of parallel takers one gets it. `INVITATION_UNKNOWN` for the others."""
        code = typed_code_of(typed, LENGTH)
        held = None if code is None else self._ephemeral.take(KIND, self._name(code))
        return Refusal(Code.INVITATION_UNKNOWN) if held is None else _invited(held)

    def _name(self, code: str) -> str:
        """The store never holds the code itself."""
        return self._keys.mac(Purpose.THROTTLE, f"{KIND}|{code}").hex()


def _invited(held: dict[str, object]) -> Invited:
    powers = held["powers"]
    assert isinstance(powers, list)  # noqa: S101 - for the type checker: `make` wrote it
    return Invited(
        UUID(str(held["by"])), Side(str(held["side"])), frozenset(map(Power, powers)), int(str(held["days"]))
    )
