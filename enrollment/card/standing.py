"""Whether a card of ours is still good: by what became of it, and of its person. Nothing has to be told for it.

A card of somebody who is suspended, dead, merged or erased is not good from the moment on at which the register says
so, and is again where that is undone.
"""

from __future__ import annotations

from sqlalchemy import or_, select

from enrollment.card.checking import Checked, Reason
from enrollment.card.models import CredentialRow
from enrollment.register import Status
from enrollment.register.models import PersonRow
from idp.clock import Clock
from idp.database import Session

__all__ = ["Standings"]

_ACTIVE = "active"


class Standings:
    """Reads, in the caller's transaction."""

    def __init__(self, session: Session, clock: Clock) -> None:
        self._session = session
        self._clock = clock

    def settled(self, checked: Checked) -> Checked:
        """The same card, with what the register says of it now where it is one of ours and nothing else is wrong."""
        if checked.reason is not None or not checked.own:
            return checked
        reason = Reason.UNKNOWN_CARD if checked.serial is None else self.of(checked.serial)
        return Checked(reason, checked.claims, checked.meta, checked.serial, checked.own, checked.picture)

    def of(self, serial: bytes) -> Reason | None:
        """Why a card is not good; None where it is."""
        wanted = select(CredentialRow.status, PersonRow.status).join(PersonRow, PersonRow.id == CredentialRow.person_id)
        row = self._session.execute(wanted.where(CredentialRow.serial == serial)).one_or_none()
        return Reason.UNKNOWN_CARD if row is None else _reason(*row)

    def bad(self) -> list[tuple[bytes, Reason]]:
        """Every card that is not good although its time is not over, by serial."""
        wanted = (
            select(CredentialRow.serial, CredentialRow.status, PersonRow.status)
            .join(PersonRow, PersonRow.id == CredentialRow.person_id)
            .where(CredentialRow.expires_at > self._clock.now())
            .where(or_(CredentialRow.status != _ACTIVE, PersonRow.status != Status.ACTIVE.value))
        )
        found = ((serial, _reason(status, person)) for serial, status, person in self._session.execute(wanted))
        return [(serial, reason) for serial, reason in found if reason is not None]


def _reason(card: str, person: str) -> Reason | None:
    """What became of the card comes first: a replaced card stays one when its person comes back."""
    if card != _ACTIVE:
        return Reason.REVOKED
    return {
        Status.ACTIVE.value: None,
        Status.SUSPENDED.value: Reason.SUSPENDED,
        Status.DECEASED.value: Reason.DECEASED,
    }.get(person, Reason.REVOKED)
