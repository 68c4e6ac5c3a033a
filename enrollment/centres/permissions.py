"""What each role may do with centres and staff, as one table, and how a no is written down."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final
from uuid import UUID

from enrollment.centres.actors import Actor, Role
from enrollment.errors import Code, Refusal
from idp.audit import AuditEvent, Event, Trail
from idp.audit.events import BodyValue

__all__ = ["INCOMPATIBLE", "PERMITTED", "Action", "Desk", "clashes", "said"]


class Action(StrEnum):
    """Everything that this room does for somebody, as audit rows name it."""

    LOAD_DIVISIONS = "load_divisions"
    KEEP_CENTRES = "keep_centres"
    ADD_STATION = "add_station"
    REVOKE_STATION = "revoke_station"
    POST_STAFF = "post_staff"
    HAND_OVER = "hand_over"
    ASK_ROLE = "ask_role"
    DECIDE_ROLE = "decide_role"
    END_ROLE = "end_role"


# Design section 1. What gives power takes two people; what takes it away takes one, and is quick.
PERMITTED: Final[Mapping[Action, frozenset[Role]]] = MappingProxyType(
    {
        Action.LOAD_DIVISIONS: frozenset({Role.ADMIN}),
        Action.KEEP_CENTRES: frozenset({Role.ADMIN}),
        Action.ADD_STATION: frozenset({Role.ADMIN}),
        Action.REVOKE_STATION: frozenset({Role.ADMIN, Role.SECURITY, Role.SUPERVISOR}),
        Action.POST_STAFF: frozenset({Role.ADMIN, Role.SUPERVISOR}),
        Action.HAND_OVER: frozenset({Role.OFFICER, Role.SUPERVISOR}),
        Action.ASK_ROLE: frozenset({Role.ADMIN}),
        Action.DECIDE_ROLE: frozenset({Role.ADMIN, Role.SECURITY}),
        Action.END_ROLE: frozenset({Role.ADMIN, Role.SECURITY}),
    }
)

# These may do their work at their own centre only, unless they hold another role that is permitted as well.
_OF_A_CENTRE = frozenset({Role.OFFICER, Role.SUPERVISOR})

_SEES_PEOPLE = frozenset({Role.OFFICER, Role.SUPERVISOR, Role.ADJUDICATOR, Role.REGISTRAR, Role.SUPPORT})

# Roles that nobody holds together: whoever makes centres, stations and roles or runs the machines sees no personal
# data, and whoever looks through the audit log changes nothing that it reports.
INCOMPATIBLE: Final[Mapping[Role, frozenset[Role]]] = MappingProxyType(
    {
        Role.ADMIN: _SEES_PEOPLE | {Role.AUDITOR},
        Role.OPERATOR: _SEES_PEOPLE | {Role.AUDITOR},
        Role.AUDITOR: frozenset(Role) - {Role.AUDITOR, Role.INTRODUCER},
    }
)


def clashes(role: Role, held: frozenset[Role]) -> bool:
    """True when nobody who holds these roles may hold this one as well. Symmetric."""
    return bool(INCOMPATIBLE.get(role, frozenset()) & held) or any(role in INCOMPATIBLE.get(one, ()) for one in held)


class Desk:
    """Asks whether an actor may, and writes every no to the audit trail, in the caller's transaction.

    The edge commits after a refusal, too: an attempt that leaves no trace invites the next.
    """

    def __init__(self, trail: Trail) -> None:
        self._trail = trail

    def permits(self, by: Actor, action: Action, centre_id: UUID | None = None) -> Refusal | None:
        """None when one of the actor's roles is permitted this; `centre_id` is the centre it is about, if any.

        Refused: `ENR_ROLE` (no such role), `ENR_UNKNOWN` (another centre's: it does not say that there is one).
        """
        held = by.roles & PERMITTED[action]
        if not held:
            return self.refuse(by, action, Code.ENR_ROLE)
        if held <= _OF_A_CENTRE and (centre_id is None or by.centre_id != centre_id):
            return self.refuse(by, action, Code.ENR_UNKNOWN)
        return None

    def refuse(self, by: Actor, action: Action, code: Code, about: str = "", subject_id: UUID | None = None) -> Refusal:
        """The refusal, with its audit row."""
        self.write(
            Event.STAFF_REFUSED, by, action=action.value, reason=code.value, about=about, person=said(subject_id)
        )
        return Refusal(code, about)

    def write(self, event: Event, by: Actor, **body: BodyValue) -> None:
        """An audit row of something that this actor did."""
        self._trail.append(AuditEvent(event, actor=by.reference, body=body))


def said(reference: UUID | None) -> str | None:
    """An identifier as audit rows hold it."""
    return None if reference is None else str(reference)
