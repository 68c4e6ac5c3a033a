"""Bars of a chart, measured: the page draws what stands here, and the table under it says the same in figures."""

from __future__ import annotations

from dataclasses import dataclass

from enrollment.statistics import Row, Table

__all__ = ["Bar", "Chart", "chart_of"]

WIDTH, LEFT, RIGHT, TOP, STEP, FOOT = 500, 185, 60, 8, 30, 44
# Times ten, a hundred and so on: each can be had in four whole parts.
_NICE = (0.4, 0.8, 1.2, 2, 4, 6, 8, 10)
_TICKS = 4


@dataclass(frozen=True, slots=True)
class Bar:
    """One row: from the axis `width` to the right; `words` is the figure behind it, empty where it is hidden."""

    name: str
    y: int
    width: float
    words: str
    hidden: bool


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart in units of its own drawing. `ticks` are places on the axis with their figures."""

    width: int
    height: int
    left: int
    top: int
    bottom: int
    bars: tuple[Bar, ...]
    ticks: tuple[tuple[float, str], ...]


def chart_of(table: Table) -> Chart:
    """Horizontal bars from zero, one under the other, on an axis that ends at a round number."""
    most = max((_figure(table, row) or 0 for row in table.rows), default=0)
    top = 100.0 if table.unit in {"%", "0-100"} else _round(most)
    room = WIDTH - LEFT - RIGHT
    bars = []
    for place, row in enumerate(table.rows):
        figure = _figure(table, row)
        width = 0.0 if figure is None else round(room * figure / top, 1)
        bars.append(Bar(row.name, TOP + place * STEP, width, "" if figure is None else _words(figure), row.hidden))
    bottom = TOP + len(bars) * STEP
    ticks = tuple((round(LEFT + room * part / _TICKS, 1), _words(top * part / _TICKS)) for part in range(_TICKS + 1))
    return Chart(WIDTH, bottom + FOOT, LEFT, TOP, bottom, tuple(bars), ticks)


def _figure(table: Table, row: Row) -> float | None:
    return row.figure if table.unit else row.count


def _round(most: float) -> float:
    """The next number that people count in, at least 4: an axis of whole numbers."""
    size = 10.0
    while size * 10 < most:
        size *= 10
    return next(nice * size for nice in _NICE if nice * size >= most)


def _words(figure: float) -> str:
    return (
        f"{figure:,.0f}".replace(",", "\N{NO-BREAK SPACE}")
        if figure >= 10 or figure == int(figure)
        else f"{figure:.1f}"
    )
