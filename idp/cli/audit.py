"""`./wangov audit`: reading the trail. It is written by actions alone, never by a command."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from idp.audit.reading import audited_of
from idp.cli.output import fail, json_option, say
from idp.errors import Refusal
from idp.web.extensions import db

__all__ = ["audit"]

audit = AppGroup("audit", help="Read the audit trail.")


@audit.command("show")
@click.argument("request_id")
@json_option
def show(request_id: str, *, as_json: bool) -> None:
    """Show what was audited of one request, by its X-Request-Id: which event, who, and why it was refused."""
    found = audited_of(db.session, request_id)
    if isinstance(found, Refusal):
        fail(found, as_json=as_json)
    entries = [
        {
            "at": row.at.isoformat(),
            "event": row.event,
            "subscriber": str(row.subscriber_id) if row.subscriber_id else None,
            "client": row.client_id,
            "session": str(row.session_id) if row.session_id else None,
            "actor": row.actor,
            "details": row.body,
        }
        for row in found
    ]
    lines = [
        f"{entry['at']}  {entry['event']}  "
        + "  ".join(f"{name}: {value}" for name, value in entry.items() if name not in {"at", "event"} and value)
        for entry in entries
    ]
    say(entries, as_json=as_json, lines=lines or ["Nothing was audited under this request id."])
