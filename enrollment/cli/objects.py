"""`./wangov objects`: the sealed objects in the S3 store."""

from __future__ import annotations

import sys
from datetime import timedelta
from uuid import UUID

import click
from flask.cli import AppGroup

from enrollment.cli.capturing import objects as store
from enrollment.cli.capturing import vault
from enrollment.storage.sweeping import LEAST_AGE
from idp.cli.output import json_option, say
from idp.web.extensions import db

__all__ = ["objects"]

_LEAST_MINUTES = int(LEAST_AGE.total_seconds()) // 60

objects = AppGroup("objects", help="Samples, templates and documents in the object store: make room, sweep, check.")


@objects.command("prepare")
@json_option
def prepare(*, as_json: bool) -> None:
    """Make the buckets that are missing, with object lock where the server has it. Safe to repeat."""
    store().prepare()
    say({"prepared": True}, as_json=as_json, lines=["The buckets are there."])


@objects.command("sweep")
@click.option(
    "--older-than", "minutes", type=click.IntRange(_LEAST_MINUTES), default=30, show_default=True, metavar="MINUTES",
    help="Leave what is younger: its transaction may still be open.",
)  # fmt: skip
@click.option("--everything", is_flag=True, help="Look at the whole store, not at the last days.")
@json_option
def sweep(*, minutes: int, everything: bool, as_json: bool) -> None:
    """Remove objects that nobody refers to, and hold what stays."""
    swept = vault().sweep(timedelta(minutes=minutes), everything=everything)
    db.session.commit()
    say({"orphans": swept.orphans, "discarded": swept.discarded, "held": swept.held}, as_json=as_json)


@objects.command("check")
@click.option("--after", type=click.UUID, help="Begin after this object.")
@click.option("--most", type=click.IntRange(1, 100_000), default=1000, show_default=True, help="So many objects.")
@json_option
def check(*, after: UUID | None, most: int, as_json: bool) -> None:
    """Read stored objects and tell which are missing or not as they were stored; then the status is 1.

    `last` is where the next check goes on.
    """
    checked = vault().check(after, most)
    db.session.commit()
    damaged = [{"object": str(object_id), "fault": fault.value} for object_id, fault in checked.damaged.items()]
    last = None if checked.last is None else str(checked.last)
    lines = [
        f"{checked.count} objects read, {len(damaged)} damaged",
        *(f"{one['object']}: {one['fault']}" for one in damaged),
    ]
    say({"read": checked.count, "damaged": damaged, "last": last}, as_json=as_json, lines=lines)
    if damaged:
        sys.exit(1)
