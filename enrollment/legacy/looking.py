"""The beginning of a file, for whoever says which column is what."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO

from enrollment.legacy.columns import guessed
from enrollment.legacy.sources import Trouble, Unreadable, source_of
from enrollment.legacy.spreadsheets import NotASheetError
from enrollment.legacy.wishes import Column, Wishes

__all__ = ["Beginning", "beginning_of"]

SHOWN = 3
LONGEST = 40


@dataclass(frozen=True, slots=True)
class Part:
    """A column of the file: its place counted from 1, its name, what it seems to be, and how its first cells read.

    Names and cells are cut: they are for a page.
    """

    place: int
    name: str
    column: Column | None
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True, repr=False)
class Beginning:
    """The columns of a file, how it is written (`encoding`, `delimiter`; None for a sheet). No `repr`: it has names."""

    parts: tuple[Part, ...]
    encoding: str | None
    delimiter: str | None


def beginning_of(stream: BinaryIO, wishes: Wishes) -> Beginning | Unreadable:
    """Look at the first rows. Refused: as `source_of`."""
    source = source_of(stream, wishes)
    if isinstance(source, Unreadable):
        return source
    try:
        rows = list(islice(source.rows(), SHOWN))
    except NotASheetError as error:
        return Unreadable(Trouble.TOO_LARGE if error.too_large else Trouble.NOT_A_TABLE)
    meant = {place: column for column, place in guessed(source.header).items()}
    parts = tuple(
        Part(place + 1, _short(name), meant.get(place), tuple(_short(row[place]) for row in rows if place < len(row)))
        for place, name in enumerate(source.header)
    )
    form = source.form
    if form is None:
        return Beginning(parts, None, None)
    return Beginning(parts, form.single or form.encoding, form.delimiter)


def _short(cell: str) -> str:
    return cell if len(cell) <= LONGEST else f"{cell[:LONGEST]}\N{HORIZONTAL ELLIPSIS}"
