"""Files of divisions: CSV with the columns code, level, name, parent and aliases, checked row by row."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from enrollment.centres.names import plain_name

__all__ = ["MAX_BYTES", "SHIPPED", "Division", "Level", "Problem", "Word", "parse_divisions"]

SHIPPED: Final = Path(__file__).with_name("divisions.csv")
MAX_BYTES = 2_000_000
MAX_ROWS = 20_000
MAX_ALIASES = 20
COLUMNS = ["code", "level", "name", "parent", "aliases"]
_CODE = re.compile(r"[A-Z0-9]+(?:-[A-Z0-9]+){0,5}")
MAX_CODE = 30


class Level(StrEnum):
    """How large a division is, largest first."""

    REGION = "region"
    DISTRICT = "district"
    CHIEFDOM = "chiefdom"

    @property
    def above(self) -> Level | None:
        """The level of what it lies in; None for a region."""
        return {Level.REGION: None, Level.DISTRICT: Level.REGION, Level.CHIEFDOM: Level.DISTRICT}[self]


LEVELS: Final = frozenset(level.value for level in Level)


@dataclass(frozen=True, slots=True)
class Division:
    """A part of the country; `parent` is the code of what it lies in, None for a region."""

    code: str
    level: Level
    name: str
    parent: str | None
    aliases: tuple[str, ...] = ()


class Word(StrEnum):
    """What can be wrong with a file or a row of it; closed."""

    SIZE = "size"
    ENCODING = "encoding"
    COLUMNS = "columns"
    CODE = "code"
    CODE_TWICE = "code_twice"
    LEVEL = "level"
    LEVEL_CHANGED = "level_changed"
    NAME = "name"
    NAME_TWICE = "name_twice"
    PARENT = "parent"
    ALIASES = "aliases"


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong in data row `row`, counted from 1; 0 for the file as a whole."""

    row: int
    what: Word


def parse_divisions(content: bytes, held: Mapping[str, Division]) -> list[Division] | list[Problem]:
    """The divisions of a file, parents first, or all that is wrong with it; `held` are those stored by now.

    UTF-8, with or without a mark; at most 2 MB and 20 000 rows. A division's parent is one level above it, in the file
    or among `held`; a code keeps its level for ever, and within a parent no name comes twice.
    """
    if len(content) > MAX_BYTES:
        return [Problem(0, Word.SIZE)]
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return [Problem(0, Word.ENCODING)]
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        rows = [row for row in reader if row]
    except csv.Error:
        return [Problem(0, Word.COLUMNS)]
    if not rows or rows[0] != COLUMNS:
        return [Problem(0, Word.COLUMNS)]
    if len(rows) - 1 > MAX_ROWS:
        return [Problem(0, Word.SIZE)]
    read = [_division(row) for row in rows[1:]]
    problems = [Problem(number, one) for number, one in enumerate(read, 1) if isinstance(one, Word)]
    divisions = {number: one for number, one in enumerate(read, 1) if isinstance(one, Division)}
    problems += _disagreements(divisions, held)
    order = list(Level)
    parents_first = sorted(divisions.values(), key=lambda one: (order.index(one.level), one.code))
    return sorted(problems, key=lambda one: one.row) or parents_first


def _division(row: list[str]) -> Division | Word:
    if len(row) != len(COLUMNS):
        return Word.COLUMNS
    code, level, name, parent, listed = (cell.strip() for cell in row)
    if len(code) > MAX_CODE or _CODE.fullmatch(code) is None:
        return Word.CODE
    if level not in LEVELS:
        return Word.LEVEL
    called = plain_name(name)
    if called is None:
        return Word.NAME
    aliases = [plain_name(alias) for alias in listed.split("|")] if listed else []
    kept = tuple(alias for alias in aliases if alias is not None)
    if len(kept) != len(aliases) or len(kept) > MAX_ALIASES:
        return Word.ALIASES
    return Division(code, Level(level), called, parent or None, kept)


def _disagreements(divisions: Mapping[int, Division], held: Mapping[str, Division]) -> Iterator[Problem]:
    known = {**held, **{one.code: one for one in divisions.values()}}
    stays = {
        (one.parent, one.name) for one in held.values() if one.code not in {new.code for new in divisions.values()}
    }
    codes: set[str] = set()
    for number, one in divisions.items():
        parent = known.get(one.parent or "")
        if one.code in codes:
            yield Problem(number, Word.CODE_TWICE)
        elif one.code in held and held[one.code].level is not one.level:
            yield Problem(number, Word.LEVEL_CHANGED)
        elif (None if parent is None else parent.level) is not one.level.above or (parent is None and one.parent):
            yield Problem(number, Word.PARENT)
        elif (one.parent, one.name) in stays:
            yield Problem(number, Word.NAME_TWICE)
        codes.add(one.code)
        stays.add((one.parent, one.name))
