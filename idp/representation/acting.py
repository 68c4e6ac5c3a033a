"""Acting on a mandate: asked before every single thing that a carer does, and written down for the person."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import aliased

from idp.audit import AuditEvent, Event, Trail
from idp.clock import Clock
from idp.database import Session
from idp.errors import Code, Refusal
from idp.representation.disputed import doubted
from idp.representation.mandate import Mandate, Power, State, mandate_of
from idp.representation.models import MandateRow
from idp.subscribers.models import SubscriberRow

__all__ = ["CARER", "Acting"]

# Who did it, in the audit rows of what a carer does.
CARER = "carer"


class Acting:
    """Decides whether a carer may, at this moment; in the caller's transaction."""

    def __init__(self, session: Session, clock: Clock, trail: Trail) -> None:
        self._session = session
        self._clock = clock
        self._trail = trail

    def act(self, carer_id: UUID, mandate_id: UUID, power: Power) -> Mandate | Refusal:
        """As `may`, and the person's history says that it was used."""
        mandate = self.may(carer_id, mandate_id, power)
        if isinstance(mandate, Mandate):
            body = {"mandate": str(mandate.id), "power": power.value}
            self._trail.append(
                AuditEvent(Event.MANDATE_USED, subscriber_id=mandate.represented_id, actor=CARER, body=body)
            )
        return mandate

    def may(self, carer_id: UUID, mandate_id: UUID, power: Power) -> Mandate | Refusal:
        """The mandate, when it lets this carer do this now. For pages that show nothing of the person yet.

        Its row is held until the caller commits, so that nothing is done on a mandate that ends meanwhile. Whether both
        accounts are active is asked here and not remembered. Refused: `MANDATE_UNKNOWN` (not this carer's),
        `MANDATE_STATE` (not in force, in doubt while the account is held, or one is not active),
        `MANDATE_POWERS` (not this).
        """
        represented, carer = aliased(SubscriberRow), aliased(SubscriberRow)
        found = self._session.execute(
            select(MandateRow, doubted(self._clock.now()), represented.state, carer.state)
            .join(represented, represented.id == MandateRow.represented_id)
            .join(carer, carer.id == MandateRow.carer_id)
            .where(MandateRow.id == mandate_id, MandateRow.carer_id == carer_id)
            .with_for_update(of=MandateRow, read=True)
            .execution_options(populate_existing=True)
        ).one_or_none()
        if found is None:
            return Refusal(Code.MANDATE_UNKNOWN)
        row, in_doubt, *states = found
        mandate = mandate_of(row)
        if not mandate.in_force(self._clock.now()) or states != ["active", "active"]:
            return Refusal(Code.MANDATE_STATE, mandate.state.value)
        if in_doubt:
            return Refusal(Code.MANDATE_STATE, "held")
        return mandate if power in mandate.powers else Refusal(Code.MANDATE_POWERS, power.value)

    def state_of(self, mandate: Mandate) -> str:
        """What pages call it: as stored, but `over` once its time is."""
        over = mandate.state in {State.ACTIVE, State.PROPOSED} and mandate.over(self._clock.now())
        return "over" if over else mandate.state.value
