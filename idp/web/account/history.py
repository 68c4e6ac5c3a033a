"""What happened to the account, in plain words: sign-ins, changes, services, and every reading of the record."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any
from uuid import UUID

from flask import make_response, render_template, request, url_for
from flask_babel import get_timezone, to_user_timezone
from werkzeug.wrappers import Response

from idp.consent.offer import lines_of
from idp.errors import Refusal
from idp.selfservice.history import Entry, History, Kind
from idp.web import language
from idp.web.account.blueprint import account
from idp.web.account.guard import signed_in
from idp.web.account.helping import name_of
from idp.web.extensions import db, services
from idp.web.representation_rooms import mandates

__all__ = ["entry_words", "listed_history", "shown_entry"]

MONTHS = 24
_MONTH = re.compile(r"(20\d{2})-(0[1-9]|1[0-2])")


@account.get("/account/history")
def listed_history() -> Response:
    """Entries by kind and month, a page at a time."""
    session = signed_in()
    if isinstance(session, Response):
        return session
    kind, month, behind = _kind(), _month(), _behind()
    page = History(db.session()).page(session.subscriber_id, kind, None if month is None else _bounds(month), behind)
    shown = {"kind": None if kind is None else kind.value, "month": None if month is None else month.strftime("%Y-%m")}
    older = None if page.older is None else _address(shown, page.older)
    answer = render_template(
        "account/history.html",
        entries=[shown_entry(entry, session.subscriber_id) for entry in page.entries],
        kinds=[kind.value for kind in Kind],
        months=_months(History(db.session()).began(session.subscriber_id)),
        chosen=shown,
        older_url=older,
        newest_url=_address(shown) if behind is not None else None,
        action=url_for("account.listed_history"),
    )
    return make_response(answer)


def shown_entry(entry: Entry, reader_id: UUID) -> dict[str, Any]:
    """An entry as the page shows it to the person whom it concerns."""
    client = None if entry.client_id is None else services().registry.get(entry.client_id)
    tag = language.current().tag
    service = entry.client_id if client is None else client.name_in(tag)
    purpose = None if client is None else client.purpose_in(tag)
    return {
        **entry_words(entry, service, purpose),
        "id": entry.id,
        "other": _other(entry, reader_id),
        "concern_url": url_for("account.ask_concern", event_id=entry.id),
    }


def entry_words(entry: Entry, service: str | None, purpose: str | None = None) -> dict[str, Any]:
    """What `account/events.html` needs to tell of an entry in words, on a page or on paper."""
    return {
        "at": entry.at,
        "event": entry.event,
        "kind": entry.kind.value,
        "service": service,
        "purpose": purpose,
        "actor": entry.actor,
        "body": entry.body,
        "fields": lines_of(entry.fields or entry.body.get("fields") or entry.body.get("claims") or ()),
    }


def _other(entry: Entry, reader_id: UUID) -> str | None:
    """The name of the other side, where the entry is about help with an account."""
    try:
        found = mandates().find(reader_id, UUID(str(entry.body.get("mandate", ""))))
    except ValueError:
        return None
    return None if isinstance(found, Refusal) else name_of(found.other_than(reader_id))


def _address(chosen: dict[str, str | None], behind: UUID | None = None) -> str:
    return url_for("account.listed_history", kind=chosen["kind"], month=chosen["month"], behind=behind)


def _kind() -> Kind | None:
    asked = request.args.get("kind", "")
    return Kind(asked) if asked in {kind.value for kind in Kind} else None


def _month() -> dt.date | None:
    asked = _MONTH.fullmatch(request.args.get("month", ""))
    return None if asked is None else dt.date(int(asked[1]), int(asked[2]), 1)


def _behind() -> UUID | None:
    try:
        return UUID(request.args.get("behind", ""))
    except ValueError:
        return None


def _bounds(month: dt.date) -> tuple[dt.datetime, dt.datetime]:
    """The month's first moment and the next one's, in the zone in which pages show times."""
    following = (month + dt.timedelta(days=31)).replace(day=1)
    zone = get_timezone()
    first, last = (dt.datetime(day.year, day.month, 1, tzinfo=zone) for day in (month, following))
    return first, last


def _months(began: dt.datetime | None) -> list[dt.date]:
    """This month and those before it, back to the one of the first entry."""
    month = to_user_timezone(services().clock.now()).date().replace(day=1)
    first = month if began is None else to_user_timezone(began).date().replace(day=1)
    found = [month]
    while found[-1] > first and len(found) < MONTHS:
        month = (month - dt.timedelta(days=1)).replace(day=1)
        found.append(month)
    return found
