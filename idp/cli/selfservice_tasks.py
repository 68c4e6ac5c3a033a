"""What a worker does of people's own record: makes copies, removes old ones, closes accounts whose day is over."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import flask_babel
from flask import current_app

from idp.selfservice.exports import Maker
from idp.selfservice.history import Entry
from idp.subscribers.lifecycle import State
from idp.web import language
from idp.web.account.details import shown_value
from idp.web.account.history import entry_words
from idp.web.extensions import db
from idp.web.formats import locale_of
from idp.web.recovery.rooms import cases
from idp.web.rooms import directory
from idp.web.selfservice_rooms import closings, exports, gathering

__all__ = ["clear_away_exports", "close_due", "make_export"]

_TITLE = "WanGov ID"
# The fields of the document that are moments, which the print writes out in words.
_MOMENTS = frozenset(
    {
        "made_at", "opened", "since", "added", "used", "first", "last", "agreed", "until", "ended", "sent", "asked",
        "written", "created_at", "expires_at", "ended_at",
    }
)  # fmt: skip


def make_export(export_id: str) -> None:
    """Make one copy, in the person's language; whoever looks sees how far it is."""
    spoken = language.DEFAULT

    def document(subscriber_id: UUID) -> bytes:
        nonlocal spoken
        person = directory().get(subscriber_id)
        if person is None or person.state is State.ERASED:
            raise LookupError
        spoken = language.nearest(person.locale)
        return gathering().document(subscriber_id)

    for _ in exports().make(UUID(export_id), Maker(document, lambda held: _print_out(held, spoken))):
        db.session.commit()


def clear_away_exports() -> int:
    """Forget copies whose day is over; how many there were."""
    gone = exports().clear_away()
    db.session.commit()
    return gone


def close_due() -> int:
    """Close the accounts whose day is over, each in a transaction of its own; how many were looked at."""
    due = closings().due()
    for closing_id in due:
        closings().carry_out(closing_id, cases().under_way)
        db.session.commit()
    return len(due)


def _print_out(document: bytes, spoken: str) -> bytes:
    from idp.selfservice.printing import pdf_of  # noqa: PLC0415 - loads the font library, which only this needs

    with flask_babel.force_locale(locale_of(spoken)):
        copy = _with_words(_with_moments(json.loads(document)))
        page = current_app.jinja_env.get_template("account/copy.txt")
        entries = [entry_words(_entry(told), told["service"]) for told in copy["history"]]
        lines = page.render(copy=copy, entries=entries).splitlines()
    return pdf_of(lines, title=_TITLE, language=spoken, made_at=copy["made_at"])


def _entry(told: dict[str, Any]) -> Entry:
    actor = None if told["by"] == "person" else told["by"]
    at = datetime.fromisoformat(told["at"]).astimezone(UTC)
    return Entry(UUID(told["id"]), at, told["event"], None, actor, told["about"], tuple(told["details"]))


def _with_words(copy: dict[str, Any]) -> dict[str, Any]:
    """Recorded values as the pages of the account show them."""
    for one in copy["details"]:
        one["value"] = shown_value(one["detail"], one["value"])
    for one in copy["corrections"]:
        for side in ("recorded", "proposed"):
            one[side] = None if one[side] is None else shown_value(one["detail"], one[side])
    return copy


def _with_moments(value: Any) -> Any:
    if isinstance(value, dict):
        return dict(_members(value))
    if isinstance(value, list):
        return [_with_moments(one) for one in value]
    return value


def _members(value: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, held in value.items():
        is_moment = name in _MOMENTS and isinstance(held, str)
        yield name, datetime.fromisoformat(held) if is_moment else _with_moments(held)
