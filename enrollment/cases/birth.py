"""Birth dates as people know them: to the day, to the month, to the year, or as they declare it."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

__all__ = ["BirthDate", "Precision", "birth_date_of"]

_WRITTEN = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")


class Precision(StrEnum):
    """How exactly it is known. `declared` is without evidence, however exact it sounds."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"
    DECLARED = "declared"


_PARTS = {Precision.DAY: 3, Precision.MONTH: 2, Precision.YEAR: 1}


@dataclass(frozen=True, slots=True, repr=False)
class BirthDate:
    """A birth date with the parts that are known."""

    year: int
    month: int | None
    day: int | None
    precision: Precision

    def earliest(self) -> date:
        """The first day that it can mean."""
        return date(self.year, self.month or 1, self.day or 1)

    def latest(self) -> date:
        """The last day that it can mean."""
        month = self.month or 12
        return date(self.year, month, self.day or calendar.monthrange(self.year, month)[1])

    def age(self, today: date) -> int:
        """The most whole years that the person may have: what a child may leave out asks for certainty."""
        born = self.earliest()
        return today.year - born.year - ((today.month, today.day) < (born.month, born.day))

    def written(self) -> str:
        """`YYYY`, `YYYY-MM` or `YYYY-MM-DD` (ISO 8601-1, 5.2.2)."""
        parts = [f"{self.year:04}", *(f"{part:02}" for part in (self.month, self.day) if part is not None)]
        return "-".join(parts)


def birth_date_of(text: str, precision: Precision) -> BirthDate | None:
    """Read `YYYY[-MM[-DD]]` with as many parts as the precision says; None for anything else, and for no day at all."""
    found = _WRITTEN.fullmatch(text)
    if found is None:
        return None
    year, month, day = (None if part is None else int(part) for part in found.groups())
    parts = sum(part is not None for part in (year, month, day))
    if year is None or parts != _PARTS.get(precision, parts):
        return None
    try:
        date(year, month or 1, day or 1)
    except ValueError:
        return None
    return BirthDate(year, month, day, precision)
