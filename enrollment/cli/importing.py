"""`./wangov register`: people of an older register taken over."""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

import click
from flask.cli import AppGroup

from enrollment.cli.answers import fail
from enrollment.errors import Refusal
from enrollment.legacy import Checked, Stage, State, Trouble, Unreadable, Wishes, check, digest_of, wishes_of
from enrollment.legacy.sources import LIMITS
from enrollment.web.legacy_rooms import batches, filing, ground, pieces, reports, taking
from idp.cli.output import json_option, say
from idp.database.patience import patient
from idp.web.extensions import db

__all__ = ["people"]

MAX_MAPPING = 100_000
# Some hundred rows at once, on a machine that is busy.
PATIENCE = timedelta(minutes=2)
_WORDS = {
    Trouble.TOO_LARGE: f"the file is larger than {LIMITS.size // 2**20} MB or has more than {LIMITS.rows} rows",
    Trouble.EMPTY: "there is nothing in the file",
    Trouble.NOT_A_TABLE: "the file is no table that can be read",
    Trouble.COLUMNS: "columns that are needed were not found",
    Trouble.MAPPING: "the mapping cannot be used",
}
_STAGES = {Stage.READING: "read", Stage.COMPARING: "compared", Stage.TAKING: "taken over"}

people = AppGroup("register", help="The register of people: take an older register over.")


@people.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--map", "mapping", help="JSON, or a file with it: which column is what, and how the file is written.")
@click.option("--dry-run", is_flag=True, help="Check and compare, and store nothing.")
@json_option
def import_register(file: Path, mapping: str | None, *, dry_run: bool, as_json: bool) -> None:
    """Take over the people of FILE (CSV or ODS), 500 in each transaction; killed, it goes on when it is run again.

    Prints how many rows there are and were accepted, the codes of rows with problems, and which rows are of an earlier
    one, counted from 1. Progress on standard error.
    """
    wishes = _wishes(mapping, as_json=as_json)
    with file.open("rb") as stream:
        if dry_run:
            checked = check(stream, wishes, ground(), _told)
            if isinstance(checked, Unreadable):
                _end(checked, as_json=as_json)
            answer = _document(checked)
        else:
            with patient(db.engine, PATIENCE):
                answer = _taken(stream, file.stat().st_size, wishes, as_json=as_json)
    figures = {name: value for name, value in answer.items() if not isinstance(value, list)}
    lines = [f"{name}: {value}" for name, value in figures.items()]
    lines += [f"row {one['row']}: {', '.join(one['codes'])}" for one in answer["problems"]]
    lines += [f"row {one['row']}: W_DUPLICATE of row {one['of_row']}" for one in answer["duplicates"]]
    say(answer, as_json=as_json, lines=lines)


def _taken(stream: BinaryIO, size: int, wishes: Wishes, *, as_json: bool) -> dict[str, Any]:
    if size > LIMITS.size:
        _end(Unreadable(Trouble.TOO_LARGE), as_json=as_json)
    kept = batches()
    batch = kept.begin(digest_of(stream, wishes), wishes, size, None, State.ASKED)
    db.session.commit()
    if batch.state in {State.COLUMNS, State.ASKED, State.READING, State.FAILED}:
        read = filing(db.session.commit).file(batch, stream, wishes, ground(), _told)
        if isinstance(read, Unreadable):
            _end(read, as_json=as_json)
        pieces().forget(batch.id)
        db.session.commit()
    people_taken = taking()
    while people_taken.some(batch.id):
        db.session.commit()
        now = kept.find(batch.id)
        if not isinstance(now, Refusal):
            _told(Stage.TAKING, now.done, now.rows)
    db.session.commit()
    done = kept.find(batch.id)
    if isinstance(done, Refusal):
        fail(done, as_json=as_json)
    return reports().document(done)


def _wishes(mapping: str | None, *, as_json: bool) -> Wishes:
    """What `--map` says: what begins as JSON does is JSON, all else is the name of a file."""
    if mapping is None:
        return Wishes()
    content = mapping.encode() if mapping.lstrip().startswith("{") else _content_of(Path(mapping))
    wishes = wishes_of(content if len(content) <= MAX_MAPPING else b"")
    if isinstance(wishes, Refusal):
        _end(Unreadable(Trouble.MAPPING, (wishes.about,)), as_json=as_json)
    return wishes


def _content_of(file: Path) -> bytes:
    """Of a mapping; empty, which is none, where it cannot be read."""
    try:
        with file.open("rb") as stream:
            return stream.read(MAX_MAPPING + 1)
    except OSError:
        return b""


def _document(checked: Checked) -> dict[str, Any]:
    return {
        "rows": checked.rows,
        "accepted": checked.rows - checked.stopped,
        "problems": [{"row": row, "codes": codes} for row, codes in sorted(checked.problems.items())],
        "duplicates": [{"row": row, "of_row": of} for row, of in checked.duplicates.items()],
    }


def _told(stage: Stage, done: int, total: int) -> None:
    """A line on standard error for each step that is worth one."""
    of = f" of {total}" if total else ""
    click.echo(f"{_STAGES[stage]}: {done}{of} rows", err=True)


def _end(unreadable: Unreadable, *, as_json: bool) -> NoReturn:
    words = _WORDS[unreadable.trouble]
    description = f"{words}: {', '.join(unreadable.missing)}" if unreadable.missing else words
    if as_json:
        click.echo(json.dumps({"error": unreadable.trouble.value, "error_description": description}))
    else:
        click.echo(description, err=True)
    sys.exit(1)
