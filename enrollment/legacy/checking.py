"""A whole file checked: every row's problems, and which rows are of one person. Nothing is stored.

Two passes over the file: the first finds out in which order its dates are written, the second reads it.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import BinaryIO

from enrollment.centres import Division
from enrollment.legacy.columns import places_of
from enrollment.legacy.dates import Way, is_serial, slashed
from enrollment.legacy.districts import Districts
from enrollment.legacy.likeness import Features, features_of
from enrollment.legacy.pairing import duplicates_of
from enrollment.legacy.rows import Checker, Code, Record
from enrollment.legacy.sources import LIMITS, Limits, Source, Trouble, Unreadable, source_of
from enrollment.legacy.spreadsheets import NotASheetError
from enrollment.legacy.wishes import Column, DateOrder, Wishes

__all__ = ["Checked", "Ground", "Stage", "check", "opened"]

_EVERY = 1000
_MONTHS = 12
# A number alone may be anything; a column with some of them was a column of dates in a sheet.
_SOME = 3
_MEN = MappingProxyType({"h": 1, "m": -1})
_MONTH_FIRST = re.compile(r"\bm{1,2}\W?d{1,2}\b", re.IGNORECASE)


class Stage(StrEnum):
    """What is being done, for whoever looks on."""

    READING = "reading"
    COMPARING = "comparing"
    TAKING = "taking"


Told = Callable[[Stage, int, int], None]
"""Is told of progress: the stage, how many rows are done, and of how many (0: nobody knows yet)."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What rows are checked against: the country's districts, the day, and how large a file may be."""

    districts: Sequence[Division]
    today: dt.date
    limits: Limits = LIMITS


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found in a file of `rows` rows. `problems`: row -> codes; `duplicates`: row -> the earlier row.

    `clashes`: row -> an earlier row of somebody else with its old number; they are among the problems.
    """

    rows: int
    problems: dict[int, list[str]]
    duplicates: dict[int, int]
    clashes: dict[int, int]

    @property
    def stopped(self) -> int:
        """How many rows cannot be taken over."""
        return sum(any(Code(code).stops for code in codes) for codes in self.problems.values())


@dataclass(frozen=True, slots=True)
class Opened:
    """A file that can be read: its source, and what checks its rows."""

    source: Source
    checker: Checker


def opened(stream: BinaryIO, wishes: Wishes, ground: Ground) -> Opened | Unreadable:
    """The file, ready to be read row by row. Refused: as `source_of`, and where a needed column is not found.

    A file without a header is known by its first row; its columns are as wished for, or ours in our order.
    """
    source = source_of(stream, wishes, ground.limits)
    if isinstance(source, Unreadable):
        return source
    places = places_of(source.header, wishes)
    if isinstance(places, tuple):
        ours = dict(zip(Column, range(len(Column)), strict=True))
        if wishes.columns or len(source.header) != len(ours) or not _is_somebody(source.header, ours, wishes, ground):
            return Unreadable(Trouble.COLUMNS, places)
        places = ours
    if source.headed and _is_somebody(source.header, places, wishes, ground):
        source = replace(source, headed=False)
    try:
        # It reads the whole file, and so tells a file that is too long, whatever order is wished for.
        found = _habits(source, places)
    except NotASheetError as error:
        return Unreadable(Trouble.TOO_LARGE if error.too_large else Trouble.NOT_A_TABLE)
    if found is None:
        return Unreadable(Trouble.TOO_LARGE)
    way = replace(found.way, order=wishes.date_order or found.way.order)
    sexes = {**({"h": "M"} if found.french else {}), **wishes.sex}
    width = len(source.header)
    checker = Checker(places, width, Districts(ground.districts), ground.today, way, sexes)
    return Opened(source, checker)


def check(
    stream: BinaryIO,
    wishes: Wishes,
    ground: Ground,
    told: Told | None = None,
    kept: Callable[[Record], None] | None = None,
) -> Checked | Unreadable:
    """Read and compare the whole file; each record is handed to `kept` as it comes. Refused: as `opened`."""
    ready = opened(stream, wishes, ground)
    if isinstance(ready, Unreadable):
        return ready
    say = told or _silent
    problems: dict[int, list[str]] = {}
    people: list[Features] = []
    numbers = _Numbers()
    count = 0
    for count, cells in enumerate(ready.source.rows(), 1):
        record = ready.checker.check(count, cells)
        if record.problems:
            problems[count] = record.codes
        features = features_of(record)
        if features is not None:
            people.append(features)
        if not record.stopped:
            numbers.note(record)
        if kept is not None:
            kept(record)
        if count % _EVERY == 0:
            say(Stage.READING, count, 0)
    say(Stage.READING, count, count)
    say(Stage.COMPARING, 0, count)
    duplicates = duplicates_of(people)
    say(Stage.COMPARING, count, count)
    clashes = {row: of for row, of in numbers.again.items() if row not in duplicates}
    for row in clashes:
        problems.setdefault(row, []).append(Code.DUPLICATE.value)
    return Checked(count, problems, duplicates, clashes)


class _Numbers:
    """Old numbers of rows that are taken; `again`: row -> the earlier row with its number."""

    def __init__(self) -> None:
        self._first: dict[int, int] = {}
        self.again: dict[int, int] = {}

    def note(self, record: Record) -> None:
        """One more row. What has no digit but nought (`none`, `000`) is no number."""
        number = record.number
        if not any(sign.isdigit() and sign != "0" for sign in number):
            return
        first = self._first.setdefault(hash(number), record.row)
        if first != record.row:
            self.again[record.row] = first


def _is_somebody(row: Sequence[str], places: Mapping[Column, int], wishes: Wishes, ground: Ground) -> bool:
    """True for a first row with a sex and a date of birth where others have theirs: the file has no header."""
    checker = Checker(
        places, len(row), Districts(()), ground.today, Way(wishes.date_order or DateOrder.DMY), wishes.sex
    )
    record = checker.check(1, row)
    return record.sex is not None and record.birth is not None


@dataclass(frozen=True, slots=True)
class _Habits:
    """How the columns of a file are written. `french`: H stands for men, and M for nobody more often."""

    way: Way
    french: bool


def _habits(source: Source, places: Mapping[Column, int]) -> _Habits | None:
    """The order that makes days of more of what is written, the day first where both do; None for too many rows.

    The rows are counted here, as no row may be taken of a file that turns out to be too large.
    """
    first_over = second_over = serials = men = 0
    for count, cells in enumerate(source.rows(), 1):
        if count > source.limits.rows:
            return None
        cell, sex = (_cell(cells, places[column]) for column in (Column.DATE_OF_BIRTH, Column.SEX))
        men += _MEN.get(sex.strip().lower(), 0)
        serials += is_serial(cell)
        found = slashed(cell)
        if found is not None:
            first_over += found[0] > _MONTHS
            second_over += found[1] > _MONTHS
    hinted = bool(_MONTH_FIRST.search(source.header[places[Column.DATE_OF_BIRTH]])) and not first_over
    order = DateOrder.MDY if second_over > first_over or hinted else DateOrder.DMY
    return _Habits(Way(order, serials >= _SOME), men > 0)


def _cell(cells: Sequence[str], place: int) -> str:
    return cells[place] if place < len(cells) else ""


def _silent(_: Stage, __: int, ___: int) -> None:
    """Nobody looks on."""
