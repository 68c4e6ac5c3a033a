"""Finding an application for whoever is at a page, and the keys that its forms carry."""

from __future__ import annotations

from enrollment.cases import Case, Cases, State, aid_of
from enrollment.cases.access import Wish
from enrollment.centres import Actor, Role
from enrollment.errors import Refusal
from idp.web.extensions import services

__all__ = ["COMING", "new_key", "reached"]

# Begun at home: whatever centre the person comes to takes it over.
COMING = (State.PRE_SUBMITTED, State.BOOKED)


def reached(cases: Cases, by: Actor, typed: str, *roles: Role) -> Case | Refusal:
    """Where an application is, by its number in any grouping. Refused, and audited: as `Access.reach`."""
    wish = Wish("read", roles or (Role.OFFICER, Role.SUPERVISOR), anywhere=COMING)
    return cases.access.reach(by, aid_of(typed) or typed[:20], wish)


def new_key() -> str:
    """An idempotency key for a form: pressed twice it acts once."""
    return str(services().entropy.uuid())
