"""`./wangov outbox`: what became of messages, and sending them again. Never what they say or to whom."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import click
from flask.cli import AppGroup

from idp.audit import AuditEvent, Event, Trail
from idp.cli.output import fail, json_option, say
from idp.errors import Refusal
from idp.outbox.message import State
from idp.outbox.standing import Standing, Standings
from idp.web.extensions import db, services

__all__ = ["outbox"]

outbox = AppGroup("outbox", help="Messages to people: what became of them.")


@outbox.command("list")
@click.option("--state", "states", type=click.Choice([state.value for state in State]), multiple=True)
@click.option("--most", type=click.IntRange(1, 1000), default=100, show_default=True)
@json_option
def list_(states: tuple[str, ...], most: int, *, as_json: bool) -> None:
    """List messages, newest first; without --state those that were not sent."""
    wanted = tuple(State(state) for state in states) or (State.WAITING, State.HELD, State.FAILED)
    documents = [_document(standing) for standing in _standings().listed(wanted, most)]
    lines = [
        f"{entry['id']}  {entry['channel']}  {entry['notice']}  {entry['state']}  tries: {entry['tries']}"
        + (f"  {entry['failure']}" if entry["failure"] else "")
        for entry in documents
    ]
    say(documents, as_json=as_json, lines=lines or ["There are none."])


@outbox.command("retry")
@click.argument("message_ids", type=click.UUID, nargs=-1)
@click.option("--held", is_flag=True, help="All that wait for an operator.")
@json_option
def retry(message_ids: tuple[UUID, ...], *, held: bool, as_json: bool) -> None:
    """Have messages sent again at once. What a sent message or an old code said is forgotten and stays so."""
    standings, shared = _standings(), services()
    chosen = [*message_ids, *(standings.held() if held else [])]
    trail = Trail(db.session, shared.clock, shared.entropy)
    documents = []
    for message_id in chosen:
        outcome = standings.retry(message_id)
        if isinstance(outcome, Refusal):
            fail(outcome, as_json=as_json)
        body = {"message": str(message_id)}
        event = AuditEvent(Event.MESSAGE_RETRIED, subscriber_id=outcome.subscriber_id, actor="operator", body=body)
        trail.append(event)
        documents.append(_document(outcome))
    db.session.commit()
    say(documents, as_json=as_json, lines=[f"{len(documents)} messages will be sent again"])


def _standings() -> Standings:
    return Standings(db.session(), services().clock)


def _document(standing: Standing) -> dict[str, Any]:
    return {
        "id": str(standing.id),
        "subscriber": None if standing.subscriber_id is None else str(standing.subscriber_id),
        "notice": standing.notice,
        "channel": standing.channel.value,
        "network": standing.network,
        "state": standing.state.value,
        "tries": standing.tries,
        "failure": standing.failure,
        "created_at": standing.created_at.isoformat(),
        "next_try_at": standing.next_try_at.isoformat() if standing.state is State.WAITING else None,
        "sent_at": None if standing.sent_at is None else standing.sent_at.isoformat(),
    }
