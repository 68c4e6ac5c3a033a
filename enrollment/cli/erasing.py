"""`./wangov erasure`: carry out what is due, list what was erased, and check that a proof is true."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import IO
from uuid import UUID

import click
import structlog
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy import select

from enrollment.erasure.models import ErasureRow
from enrollment.web.rooms import OBJECTS
from enrollment.web.standing_rooms import carrying_out, checking
from idp.audit import AuditEvent, Event
from idp.cli.output import json_option, say
from idp.telemetry import ERASURES
from idp.web.extensions import db
from idp.web.rooms import trail

__all__ = ["ROUNDS", "TASKS", "erase_due", "erasure"]

MAX_BYTES = 8192
_log = structlog.get_logger(__name__)

erasure = AppGroup("erasure", help="What was erased by destroying keys, and the proof of it.")


@erasure.command("run")
@json_option
def run(*, as_json: bool) -> None:
    """Carry out every erasure whose day has come; the worker does the same every ten minutes."""
    count, failed = _carried_out()
    told = [f"{count} erasures were due, {failed} of them failed"]
    say({"looked_at": count, "failed": failed}, as_json=as_json, lines=told)
    if failed:
        sys.exit(1)


@erasure.command("list")
@json_option
def list_(*, as_json: bool) -> None:
    """List erasures, newest first: when, what, and what came of it."""
    rows = db.session.scalars(select(ErasureRow).order_by(ErasureRow.asked_at.desc()).limit(1000))
    entries = [
        {
            "id": str(row.id),
            "scope": row.scope,
            "ground": row.ground,
            "asked_at": row.asked_at.isoformat(),
            "ended_at": None if row.ended_at is None else row.ended_at.isoformat(),
            "outcome": row.outcome,
        }
        for row in rows
    ]
    lines = (f"{one['id']}  {one['scope']}  {one['outcome'] or 'waiting'}" for one in entries)
    say({"erasures": entries}, as_json=as_json, lines=lines)


@erasure.command("verify")
@click.argument("statement", required=False, type=click.File("rb"))
@click.option("--id", "erasure_id", type=click.UUID, help="The proof that is stored of this erasure.")
@json_option
def verify(*, statement: IO[bytes] | None, erasure_id: UUID | None, as_json: bool) -> None:
    """Check a signed statement (a file, - for the input, or --id): the status is 1 where it is not true.

    The signature is ours, the list is what was signed, no listed key is stored, and no listed object opens. What an
    object store still holds under a destroyed key is counted as sealed; the sweep removes it.
    """
    if (statement is None) is (erasure_id is None):
        raise click.UsageError("name a file, or --id")
    text = _stored(erasure_id) if statement is None else statement.read(MAX_BYTES).decode("ascii", "replace").strip()
    verdict = checking(current_app.extensions.get(OBJECTS)).check(text)
    told = {
        "valid": verdict.valid,
        "reason": verdict.reason,
        "claims": dict(verdict.claims),
        "keys": {"destroyed": verdict.keys - verdict.keys_left, "there": verdict.keys_left},
        "objects": {"gone": verdict.gone, "sealed": verdict.sealed, "readable": verdict.readable},
    }
    words = "It is true." if verdict.valid else f"It is not true: {verdict.reason}"
    say(told, as_json=as_json, lines=[words])
    if not verdict.valid:
        sys.exit(1)


def erase_due() -> int:
    """Carry out what is due, each in a transaction of its own; how many. One that fails stops no other."""
    return _carried_out()[0]


def _carried_out() -> tuple[int, int]:
    """How many were looked at, and how many of those failed: they are tried again in the next round, and told of."""
    room, failed = carrying_out(), 0
    due = [] if room is None else room.due()
    for erasure_id in due:
        try:
            assert room is not None, "asked for its list above"  # noqa: S101 - for the type checker
            room.carry_out(erasure_id)
            db.session.commit()
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one, the next day of another has come
            db.session.rollback()
            _alarm(erasure_id, type(error).__name__)
            failed += 1
        else:
            ERASURES.labels("tried").inc()
    return len(due), failed


def _alarm(erasure_id: UUID, error: str) -> None:
    """The text of an error may repeat what is to be erased: its kind alone is told."""
    _log.error("erasure_failed", erasure=str(erasure_id), error=error)
    ERASURES.labels("failed").inc()
    body = {"erasure": str(erasure_id), "error": error}
    trail().append(AuditEvent(Event.ERASURE_FAILED, actor="system", body=body))
    db.session.commit()


def _stored(erasure_id: UUID | None) -> str:
    row = db.session.get(ErasureRow, erasure_id)
    if row is None or row.proof is None:
        raise click.ClickException("there is no such proof")
    return row.proof


# name of the job -> what does it
TASKS: Mapping[str, Callable[..., None]] = {}
# name -> how often, and what is done
ROUNDS: Mapping[str, tuple[timedelta, Callable[[], int]]] = {"erasure.due": (timedelta(minutes=10), erase_due)}
