"""What the audit trail holds of a mandate: a row in both people's histories."""

from __future__ import annotations

from uuid import UUID

from idp.audit import AuditEvent, Event, Trail
from idp.audit.events import BodyValue
from idp.representation.mandate import Mandate, Side

__all__ = ["write_down"]


def write_down(trail: Trail, event: Event, mandate: Mandate, by: UUID) -> None:
    """Write down that `by`, one of the two, did this; in the caller's transaction."""
    side = mandate.side_of(by)
    assert side is not None, "only the two of them change a mandate"  # noqa: S101 - for the type checker
    powers: list[str] = sorted(power.value for power in mandate.powers)
    for person_id, theirs in ((mandate.represented_id, Side.REPRESENTED), (mandate.carer_id, Side.CARER)):
        body: dict[str, BodyValue] = {
            "mandate": str(mandate.id),
            "powers": powers,
            "by": side.value,
            "side": theirs.value,
        }
        trail.append(AuditEvent(event, subscriber_id=person_id, body=body))
