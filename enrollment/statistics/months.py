"""Figures are of whole calendar months: months do not overlap, so nothing is learnt from the difference of two."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

__all__ = ["Month", "month_of", "months_until"]

_TEXT = re.compile(r"(\d{4})-(\d{2})", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A calendar month, in UTC."""

    year: int
    number: int

    @property
    def first(self) -> date:
        """Its first day."""
        return date(self.year, self.number, 1)

    @property
    def after(self) -> date:
        """The day after its last."""
        return date(self.year + self.number // 12, self.number % 12 + 1, 1)

    @property
    def text(self) -> str:
        """`YYYY-MM`."""
        return f"{self.year:04d}-{self.number:02d}"

    def over(self, today: date) -> bool:
        """True when no day of it is to come, and late entries had a day to arrive."""
        return today > self.after


def month_of(typed: str, today: date) -> Month:
    """The month that was asked for, where it is one of those offered; else that of `today`."""
    found = _TEXT.fullmatch(typed)
    asked = None if found is None else (int(found[1]), int(found[2]))
    offered = months_until(today)
    return next((month for month in offered if (month.year, month.number) == asked), offered[0])


def months_until(today: date, count: int = 13) -> list[Month]:
    """The month of `today` and those before it, newest first."""
    last = today.year * 12 + today.month - 1
    return [Month((last - back) // 12, (last - back) % 12 + 1) for back in range(count)]
