"""What these pages have in common: who somebody is called, which refusals a form shows, and the page of the others."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from uuid import UUID

from flask import url_for
from werkzeug.wrappers import Response

from enrollment.centres import Actor, Centre, Station
from enrollment.centres.permissions import Action
from enrollment.errors import Code, Refusal
from enrollment.web.centre_rooms import desk
from enrollment.web.rooms import centres
from enrollment.web.staff.guard import refusal_page
from idp.subscribers import Subscriber
from idp.web.extensions import services
from idp.web.rooms import directory

__all__ = [
    "MAX_TYPED",
    "account_called",
    "centre_of",
    "colleague",
    "day_of",
    "machine",
    "refused_here",
    "sign_in_name",
    "today",
]

MAX_TYPED = 200
# Statuses where they differ from those of applications: wrong content of a form is no conflict.
_STATUS: Mapping[Code, int] = MappingProxyType({Code.ENR_EXPIRED: 409, Code.ENR_DEVICE: 409})


def refused_here(refusal: Refusal, endpoint: str, **arguments: object) -> Response:
    """A no about a centre, a machine, a posting or a role, with the way back."""
    back = url_for(endpoint, **arguments)  # type: ignore[arg-type]  # whatever the address takes
    return refusal_page(refusal, back, "managing/refused.html", _STATUS.get(refusal.code))


def centre_of(by: Actor, centre_id: UUID) -> Centre | Refusal:
    """The centre, for whoever may see its machines and people; a supervisor sees their own. A no is audited."""
    return desk().permits(by, Action.REVOKE_STATION, centre_id) or centres().find(centre_id)


def sign_in_name(subscriber_id: UUID) -> str:
    """What an account is called where no more may be seen of its holder: its sign-in name; empty once it is erased."""
    person = directory().get(subscriber_id)
    identity = None if person is None else directory().identity(person)
    return "" if identity is None else identity.username


def colleague(subscriber_id: UUID) -> str:
    """What colleagues of a centre call a member of staff: the name, or the sign-in name where none is recorded."""
    person = directory().get(subscriber_id)
    identity = None if person is None else directory().identity(person)
    if person is None or identity is None or person.group != "staff":
        return ""
    return str(identity.claims.get("name") or identity.username)


def account_called(typed: str) -> Subscriber | None:
    """The active account with this sign-in name."""
    found = directory().by_username(typed.strip()[:MAX_TYPED])
    return found if found is not None and found.active else None


def day_of(text: str) -> date | None:
    """A day as it is written in forms, `YYYY-MM-DD`."""
    try:
        return date.fromisoformat(text.strip()) if len(text) <= MAX_TYPED else None
    except ValueError:
        return None


def today() -> date:
    """The day by which postings count."""
    return services().clock.now().date()


def machine(one: Station) -> dict[str, object]:
    """A station as a row of a list."""
    return {
        "id": one.id,
        "code": one.code,
        "name": one.name,
        "key": one.key.key_id,
        "packets": one.last_seq,
        "active": one.active,
        "revoked_for": None if one.revoked_for is None else one.revoked_for.value,
        "revoked_at": one.revoked_at,
    }
