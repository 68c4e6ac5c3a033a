"""`./wangov erasure keep|export|replay`: the list of what was erased, apart from the database, and erasing it again."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import IO

import click
from flask import current_app

from enrollment.cli.capturing import objects
from enrollment.cli.erasing import erasure
from enrollment.erasure.entries import MAX_BYTES, opened, sealed, stored_entries
from enrollment.web.rooms import OBJECTS
from enrollment.web.standing_rooms import keeping, replaying
from idp.cli.output import json_option, say
from idp.web.extensions import db, services

__all__ = ["ROUNDS", "TASKS", "keep_entries"]

_AT_ONCE = 100
_WRONG = ("refused", "failed", "unlike")


@erasure.command("keep")
@json_option
def keep(*, as_json: bool) -> None:
    """Write to the object store what is not there yet of the list; the worker does the same every ten minutes."""
    objects()
    count = keep_entries()
    say({"kept": count}, as_json=as_json, lines=[f"{count} entries were written"])


@erasure.command("export")
@click.argument("file", type=click.File("wb", atomic=True))
@json_option
def export(*, file: IO[bytes], as_json: bool) -> None:
    """Write the whole list of this database to a file, an entry a line."""
    count = 0
    for entry in stored_entries(db.session()):
        file.write(sealed(entry, services().purpose_keys))
        count += 1
    say({"entries": count}, as_json=as_json, lines=[f"{count} entries"])


@erasure.command("replay")
@click.argument("file", required=False, type=click.File("rb"))
@click.option("--from-store", is_flag=True, help="The list in the object store, instead of a file.")
@json_option
def replay(*, file: IO[bytes] | None, from_store: bool, as_json: bool) -> None:
    """Erase again what a restored copy of the database brought back, before anybody is let in. Safe to repeat.

    An entry that this installation did not write is refused, and one that fails stops no other: then the status is 1.
    So it is for one of a record that the copy has joined otherwise than it was when it was erased (`unlike`).
    """
    if (file is None) is not from_store:
        raise click.UsageError("name a file, or --from-store")
    store, room = objects(), replaying()
    assert room is not None, "there is an object store"  # noqa: S101 - for the type checker
    told = dict.fromkeys(("entries", "again", "keys", "refused", "failed", "unlike"), 0)
    for line in _lines(file) if file is not None else keeping(store).lines():
        told["entries"] += 1
        entry = opened(line, services().purpose_keys)
        if entry is None:
            told["refused"] += 1
            continue
        try:
            done = room.replay(entry)
            db.session.commit()
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one, the others must not come back
            db.session.rollback()
            told["failed"] += 1
            click.echo(f"{entry.id}: {type(error).__name__}", err=True)
        else:
            told["again"] += done.again
            told["keys"] += done.keys
            told["unlike"] += done.unlike
            if done.unlike:
                click.echo(f"{entry.id}: unlike", err=True)
    lines = [f"{told['entries']} entries: {told['again']} erased again, {told['keys']} listed keys destroyed"]
    lines += [f"{told[name]} {name}" for name in _WRONG if told[name]]
    say(told, as_json=as_json, lines=lines)
    if any(told[name] for name in _WRONG):
        sys.exit(1)


def keep_entries() -> int:
    """Write what is not kept yet; how many entries that were."""
    store = current_app.extensions.get(OBJECTS)
    if store is None:
        return 0
    total, room = 0, keeping(store)
    while count := room.keep(_AT_ONCE):
        db.session.commit()
        total += count
    return total


def _lines(file: IO[bytes]) -> Iterator[bytes]:
    while line := file.readline(MAX_BYTES + 1):
        yield line


# name of the job -> what does it
TASKS: Mapping[str, Callable[..., None]] = {}
# name -> how often, and what is done
ROUNDS: Mapping[str, tuple[timedelta, Callable[[], int]]] = {"erasure.keep": (timedelta(minutes=10), keep_entries)}
