"""A table of a dashboard, as values: what is drawn, printed and exported is the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from enrollment.statistics.hiding import FEWEST, shown_counts, shown_share

__all__ = ["Row", "Table", "apart", "counted", "means", "shares", "told", "told_shares"]


@dataclass(frozen=True, slots=True)
class Row:
    """One group. `count` is of how many applications or comparisons; `figure` what was measured of them.

    None is hidden where `hidden`, else there is nothing.
    """

    name: str
    count: int | None
    figure: float | None = None
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """`key` names it, `names` says of what its rows are, `unit` in what its figures are (empty: they are counts)."""

    key: str
    names: str
    unit: str
    rows: tuple[Row, ...]
    total: int | None = None

    @property
    def empty(self) -> bool:
        """True when there is nothing to draw."""
        return not any(row.count or row.hidden for row in self.rows)


def counted(key: str, names: str, counts: Mapping[str, int]) -> Table:
    """A table of counts with their sum."""
    shown, total = shown_counts(counts)
    rows = tuple(Row(name, shown[name], hidden=shown[name] is None) for name in counts)
    return Table(key, names, "", rows, total)


def apart(key: str, names: str, counts: Mapping[str, int]) -> Table:
    """Counts that do not add up to anything: each is hidden by itself."""
    rows = []
    for name, count in counts.items():
        shown, _ = shown_counts({name: count})
        rows.append(Row(name, shown[name], hidden=shown[name] is None))
    return Table(key, names, "", tuple(rows))


def told(key: str, names: str, counts: Mapping[str, int | None], total: int | None = None) -> Table:
    """A table of counts of which somebody else said what is hidden."""
    rows = tuple(Row(name, count, hidden=count is None) for name, count in counts.items())
    return Table(key, names, "", rows, total)


def told_shares(key: str, names: str, parts: Mapping[str, tuple[int | None, int | None]], whole: int | None) -> Table:
    """Shares of one whole, in percent; each part with the rest of the whole, None where it is hidden."""
    rows = []
    for name, (part, rest) in parts.items():
        none = whole is None or part is None or rest is None
        figure = 100 * part / whole if not none and whole and part is not None else None
        rows.append(Row(name, whole, figure, hidden=none))
    return Table(key, names, "%", tuple(rows))


def means(key: str, names: str, unit: str, sums: Mapping[str, tuple[int, float]], scale: float = 1.0) -> Table:
    """Means of what was measured, of each group by itself; a mean of few is hidden with its count.

    Counts are told in tens: beside exact counts of the same applications they would tell hidden ones.
    """
    rows = []
    for name, (count, total) in sums.items():
        shown, _ = shown_counts({name: count})
        kept = shown[name]
        figure = total / count * scale if kept else None
        rows.append(Row(name, None if kept is None else _in_tens(kept), figure, hidden=kept is None))
    return Table(key, names, unit, tuple(rows))


def shares(key: str, names: str, parts: Mapping[str, int], wholes: Mapping[str, int]) -> Table:
    """What share of each group, in percent. Parts and wholes are hidden as columns, and where shares tell them."""
    shown, _ = shown_counts(wholes)
    told, _ = shown_counts({name: parts.get(name, 0) for name in wholes})
    rows = []
    for name, whole in wholes.items():
        share = None if shown[name] is None or told[name] is None else shown_share(parts.get(name, 0), whole)
        hidden = shown[name] is None or (share is None and whole > 0)
        rows.append(Row(name, shown[name], None if share is None else 100 * share, hidden=hidden))
    return Table(key, names, "%", tuple(rows))


def _in_tens(count: int) -> int:
    return (count + FEWEST // 2) // FEWEST * FEWEST
