"""A register's file as rows of cells, whatever program wrote it: found out, limited, and never held as a whole.

Sizes are asked before anything is read; what is too large, or is no table at all, is refused before the first row.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import repeat
from typing import BinaryIO

from enrollment.legacy.archives import is_archive
from enrollment.legacy.delimited import Form, form_of, records
from enrollment.legacy.spreadsheets import NotASheetError, sheet_rows
from enrollment.legacy.wishes import Wishes

__all__ = ["LIMITS", "Limits", "Source", "Trouble", "Unreadable", "source_of"]


class Trouble(StrEnum):
    """Why a file cannot be taken at all; closed."""

    TOO_LARGE = "too_large"
    EMPTY = "empty"
    NOT_A_TABLE = "not_a_table"
    COLUMNS = "columns"
    MAPPING = "mapping"


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file that is not taken. `missing` names the columns that could not be found."""

    trouble: Trouble
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes of a file, rows of a table, cells of a row; `inflated` is what a packed sheet may unpack to, in bytes."""

    size: int = 256 * 1024 * 1024
    rows: int = 1_000_000
    cells: int = 200
    inflated: int = 512 * 1024 * 1024


LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Source:
    """A file that was looked at: its first row, and how the others are read. It is read anew at every `rows()`."""

    stream: BinaryIO
    form: Form | None
    header: tuple[str, ...]
    limits: Limits
    headed: bool = True

    def rows(self) -> Iterator[tuple[str, ...]]:
        """The data rows: a row of empty cells is one where others come after it, so that it shifts no numbers.

        A line with nothing at all in it is none.

        Raises `NotASheetError` for a sheet that turns out to be broken or larger than it said.
        """
        everything = _everything(self.stream, self.form, self.limits)
        if self.headed:
            next(everything, None)
        yield from everything


def source_of(stream: BinaryIO, wishes: Wishes, limits: Limits = LIMITS) -> Source | Unreadable:
    """The file as a table. Refused: too large, empty, no table. `stream` must be seekable."""
    size = stream.seek(0, os.SEEK_END)
    if size > limits.size:
        return Unreadable(Trouble.TOO_LARGE)
    if size == 0:
        return Unreadable(Trouble.EMPTY)
    try:
        form = None if is_archive(stream) else form_of(stream, wishes)
        header = next(_everything(stream, form, limits), None)
    except NotASheetError as error:
        return Unreadable(Trouble.TOO_LARGE if error.too_large else Trouble.NOT_A_TABLE)
    if header is None:
        return Unreadable(Trouble.EMPTY)
    if not wishes.header:
        names = tuple(str(number) for number in range(1, len(header) + 1))
        return Source(stream, form, names, limits, headed=False)
    return Source(stream, form, _trimmed(header), limits)


def _everything(stream: BinaryIO, form: Form | None, limits: Limits) -> Iterator[tuple[str, ...]]:
    """From the first row in which something is written to the last one."""
    stream.seek(0)
    rows: Iterator[tuple[Sequence[str], int]]
    if form is None:
        rows = sheet_rows(stream, limits.inflated, limits.cells)
    else:
        rows = ((row, 1) for row in records(stream, form))
    blank: int | None = None
    for row, times in rows:
        if any(cell.strip() for cell in row):
            yield from repeat(("",), blank or 0)
            blank = 0
            yield from repeat(tuple(row[: limits.cells]), times)
        elif blank is not None:
            blank += times


def _trimmed(header: tuple[str, ...]) -> tuple[str, ...]:
    """Names of columns without what stands around them; columns without a name at the end are none."""
    names = [name.replace("\ufeff", "").strip() for name in header]
    while names and not names[-1]:
        names.pop()
    return tuple(names)
