"""`./wangov division`: the parts of the country."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click
from flask.cli import AppGroup

from enrollment.centres import OPERATOR, Division, Level
from enrollment.centres.division_files import MAX_BYTES, SHIPPED
from enrollment.centres.divisions import Unloadable
from enrollment.cli.answers import fail
from enrollment.errors import Refusal
from enrollment.web.rooms import divisions
from idp.cli.output import json_option, say
from idp.web.extensions import db

__all__ = ["division"]

division = AppGroup("division", help="Regions, districts and chiefdoms: load them, list those that a name may mean.")


@division.command("load")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), default=SHIPPED)
@json_option
def load(file: Path, *, as_json: bool) -> None:
    """Take over a CSV file (code, level, name, parent, aliases with | between); without one, the set that is shipped.

    All of it or nothing. Divisions that the file does not name stay.
    """
    with file.open("rb") as stream:
        content = stream.read(MAX_BYTES + 1)
    loaded = divisions().load(OPERATOR, content)
    if isinstance(loaded, Refusal):
        db.session.rollback()
        fail(loaded, as_json=as_json)
    if isinstance(loaded, Unloadable):
        db.session.rollback()
        problems = [{"row": one.row, "problem": one.what.value} for one in loaded.problems]
        if as_json:
            click.echo(json.dumps({"error": "ENR-SCHEMA", "problems": problems}))
        else:
            click.echo("\n".join(f"row {one['row']}: {one['problem']}" for one in problems), err=True)
        sys.exit(1)
    db.session.commit()
    say({"rows": loaded.rows, "added": loaded.added, "changed": loaded.changed}, as_json=as_json)


@division.command("list")
@click.option("--level", type=click.Choice([level.value for level in Level]), help="Of this level only.")
@click.option("--search", help="What people call it.")
@json_option
def list_divisions(level: str | None, search: str | None, *, as_json: bool) -> None:
    """Every division, or those that a name may mean."""
    wanted = None if level is None else Level(level)
    found = divisions().all(wanted) if search is None else divisions().search(search, wanted)
    lines = [f"{one.code}  {one.level}  {one.name}" for one in found]
    say([_document(one) for one in found], as_json=as_json, lines=lines)


def _document(one: Division) -> dict[str, object]:
    return {
        "code": one.code,
        "level": one.level.value,
        "name": one.name,
        "parent": one.parent,
        "aliases": list(one.aliases),
    }
