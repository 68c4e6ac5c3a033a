"""Recovery in person: a reference number that staff at a centre can look up. What they do with it is theirs.

The number is the beginning of the case's random identifier, so that it is handed out before anybody knows whether
there is such a person, and looks the same for nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from idp.authenticators.spoken_codes import ALPHABET, grouped, typed_code_of
from idp.recovery.cases import Cases

__all__ = ["VISIT_LIFE", "Visit", "Visits", "WaitingVisits", "reference_of"]

VISIT_LIFE = timedelta(days=30)
SIGNS = 8
BITS = 5 * SIGNS
_REST = 128 - BITS


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody who wants to recover an account in person. It proves nothing: the visit has to."""

    case_id: UUID
    subscriber_id: UUID
    asked_at: datetime
    expires_at: datetime


class WaitingVisits(Protocol):
    """What the screens of a centre ask; fulfilled by `Visits`."""

    def find(self, reference: str) -> Visit | None:
        """The visit of this reference, as typed; None when there is none, or it is too old."""
        ...


class Visits:
    """Finds visits by their reference."""

    def __init__(self, cases: Cases) -> None:
        self._cases = cases

    def find(self, reference: str) -> Visit | None:
        """The visit of this reference in any case and grouping; None when there is none, or it is too old."""
        number = _number(reference)
        if number is None:
            return None
        first = number << _REST
        found = self._cases.visits(UUID(int=first), UUID(int=first | (1 << _REST) - 1))
        if len(found) != 1:
            return None
        return Visit(found[0].id, found[0].subscriber_id, found[0].opened_at, found[0].expires_at)


def reference_of(case_id: UUID) -> str:
    """What the person writes down, `XXXX-XXXX`."""
    number = case_id.int >> _REST
    signs = "".join(ALPHABET[number >> 5 * place & 31] for place in reversed(range(SIGNS)))
    return grouped(signs)


def _number(reference: str) -> int | None:
    signs = typed_code_of(reference, SIGNS)
    if signs is None:
        return None
    number = 0
    for sign in signs:
        number = number << 5 | ALPHABET.index(sign)
    return number
