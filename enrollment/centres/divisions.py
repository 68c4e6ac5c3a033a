"""Divisions of the country: loading a set of them, and finding one by what people call it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import insert

from enrollment.centres.actors import Actor
from enrollment.centres.division_files import Division, Level, Problem, parse_divisions
from enrollment.centres.models import DivisionRow
from enrollment.centres.permissions import Action, Desk
from enrollment.errors import Refusal
from idp.audit import Event, Trail
from idp.database import Session
from idp.subscribers.folding import fold_name

__all__ = ["Divisions", "Loaded", "Unloadable", "ranked"]

MAX_FOUND = 20
_KNOWN = select(DivisionRow.code).where(DivisionRow.code == bindparam("code"))


@dataclass(frozen=True, slots=True)
class Loaded:
    """A set of divisions is stored: how many rows it had, and how many of them were new or not as before."""

    rows: int
    added: int
    changed: int


@dataclass(frozen=True, slots=True)
class Unloadable:
    """Nothing of the file is stored, because of these."""

    problems: tuple[Problem, ...]


class Divisions:
    """Keeps divisions, in the caller's transaction. None is ever removed: records say where people were born."""

    def __init__(self, session: Session, trail: Trail) -> None:
        self._session = session
        self._desk = Desk(trail)

    def load(self, by: Actor, content: bytes) -> Loaded | Unloadable | Refusal:
        """Take over a file (see `parse_divisions`): all of it or nothing. The same one twice changes nothing.

        Divisions that it does not name stay as they are. Refused: `ENR_ROLE`.
        """
        refusal = self._desk.permits(by, Action.LOAD_DIVISIONS)
        if refusal is not None:
            return refusal
        held = {one.code: one for one in self.all()}
        parsed = parse_divisions(content, held)
        divisions = [one for one in parsed if isinstance(one, Division)]
        if len(divisions) != len(parsed):
            return Unloadable(tuple(one for one in parsed if isinstance(one, Problem)))
        fresh = [one for one in divisions if one != held.get(one.code)]
        if fresh:
            self._store(fresh)
        added = sum(one.code not in held for one in fresh)
        loaded = Loaded(len(divisions), added, len(fresh) - added)
        self._desk.write(
            Event.CENTRE_DIVISIONS_LOADED, by, rows=loaded.rows, added=loaded.added, changed=loaded.changed
        )
        return loaded

    def all(self, level: Level | None = None, parent: str | None = None) -> list[Division]:
        """Every division by code, of one level or in one parent where that is given."""
        wanted = select(DivisionRow).order_by(DivisionRow.code).execution_options(populate_existing=True)
        if level is not None:
            wanted = wanted.where(DivisionRow.level == level.value)
        if parent is not None:
            wanted = wanted.where(DivisionRow.parent == parent)
        return [_division(row) for row in self._session.scalars(wanted)]

    def find(self, code: str) -> Division | None:
        """The one with this code; whatever was typed, also what the database cannot hold."""
        row = self._session.get(DivisionRow, code) if code.isprintable() else None
        return None if row is None else _division(row)

    def known(self, code: str) -> bool:
        """True when there is a division of this code. Fulfils `enrollment.cases.demographics.Divisions`."""
        return code.isprintable() and self._session.scalar(_KNOWN, {"code": code}) is not None

    def search(self, typed: str, level: Level | None = None) -> list[Division]:
        """At most twenty that what was typed may mean, likeliest first (see `ranked`)."""
        return ranked(self.all(level), typed)[:MAX_FOUND]

    def _store(self, divisions: list[Division]) -> None:
        """Parents come first in the list, as the foreign key wants."""
        statement = insert(DivisionRow)
        renewed = {name: statement.excluded[name] for name in ("name", "parent", "aliases")}
        values = [
            {
                "code": one.code,
                "level": one.level.value,
                "name": one.name,
                "parent": one.parent,
                "aliases": list(one.aliases),
            }
            for one in divisions
        ]
        self._session.execute(statement.on_conflict_do_update(index_elements=[DivisionRow.code], set_=renewed), values)


def ranked(divisions: Iterable[Division], typed: str) -> list[Division]:
    """Those whose name or an alias is, begins with or has a word that begins with `typed`, in that order.

    Case, accents, hyphens and letters that many keyboards lack make no difference. Nothing typed finds nothing.
    """
    wanted = _folded(typed)
    found = [(_rank(one, wanted), one.name, one.code, one) for one in divisions] if wanted else []
    return [
        entry[-1] for entry in sorted((entry for entry in found if entry[0] is not None), key=lambda entry: entry[:3])
    ]


def _rank(division: Division, wanted: str) -> int | None:
    names = [_folded(name) for name in (division.name, *division.aliases)]
    if wanted in names:
        return names.index(wanted) > 0
    if any(name.startswith(wanted) for name in names):
        return 2
    return 3 if any(f" {wanted}" in name for name in names) else None


def _folded(text: str) -> str:
    return " ".join(fold_name(text).replace("-", " ").split())


def _division(row: DivisionRow) -> Division:
    return Division(row.code, Level(row.level), row.name, row.parent, tuple(row.aliases))
