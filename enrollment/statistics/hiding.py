"""Small counts are hidden, and what would give them away by subtraction with them (design section 14).

Below ten a count says something about single people. With the sum of a column shown beside it, one hidden cell is the
sum less the others; so a second one is hidden with it, the smallest that there is, and more until what is hidden
together is ten at least. Primary and complementary suppression: Willenborg and de Waal, Elements of Statistical
Disclosure Control (2001), chapter 6.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

__all__ = ["FEWEST", "Grid", "shown_counts", "shown_grid", "shown_share"]

FEWEST = 10
Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class Grid:
    """Counts of places by name as they may be shown, with the sum of each name over all places, and of each place."""

    cells: Mapping[str, Mapping[str, int | None]]
    names: Mapping[str, int | None]
    places: Mapping[str, int | None]

    def of(self, place: str | None) -> Mapping[str, int | None]:
        """The counts of a place, or of all of them together where none is named."""
        return self.names if place is None else self.cells[place]


def shown_counts(counts: Mapping[str, int], fewest: int = FEWEST) -> tuple[dict[str, int | None], int | None]:
    """Each count of a column and its sum as they may be shown; None for what is hidden.

    Nobody is no group: 0 is shown, but where it has to cover another. A sum below `fewest` is hidden too.
    """
    total = sum(counts.values())
    if 0 < total < fewest:
        return dict.fromkeys(counts, None), None
    hidden = {name for name, count in counts.items() if 0 < count < fewest}
    hidden |= set(_covering(counts, hidden, fewest))
    alone = len(hidden) == 1
    return {name: None if name in hidden else count for name, count in counts.items()}, None if alone else total


def shown_grid(counts: Mapping[str, Mapping[str, int]], fewest: int = FEWEST, *, summed_places: bool = True) -> Grid:
    """Counts that are shown by place, and for all places together: what one page hides no other tells by subtraction.

    Every place has the same names. Where counts of a place add up to nothing that is shown, `summed_places` is False.
    A line of the grid is covered as a column is by `shown_counts`, again until no cell that covers one line bares
    another; a line whose sum is hidden needs no cover.
    """
    names = list(next(iter(counts.values()), {}))
    lines = [{(place, name): row[name] for place, row in counts.items()} for name in names]
    if summed_places:
        lines += [{(place, name): row[name] for name in names} for place, row in counts.items()]
    hidden = {(place, name) for place, row in counts.items() for name in names if 0 < row[name] < fewest}
    before = -1
    while before != len(hidden):
        before = len(hidden)
        for line in lines:
            if sum(line.values()) >= fewest:
                hidden |= set(_covering(line, hidden & line.keys(), fewest))
    sums = [_sum(line, hidden, fewest) for line in lines]
    return Grid(
        {
            place: {name: None if (place, name) in hidden else row[name] for name in names}
            for place, row in counts.items()
        },
        dict(zip(names, sums, strict=False)),
        dict(zip(counts, sums[len(names) :], strict=False)),
    )


def _covering(counts: Mapping[Key, int], hidden: set[Key], fewest: int) -> Iterable[Key]:
    """What has to be hidden with what is: the smallest, nobody last, until it is two and `fewest` together."""
    rest = sorted((key for key in counts if key not in hidden), key=lambda key: (counts[key] == 0, counts[key]))
    many, together = len(hidden), sum(counts[key] for key in hidden)
    for key in rest:
        if not many or (many > 1 and together >= fewest):
            return
        many, together = many + 1, together + counts[key]
        yield key


def _sum(line: Mapping[Key, int], hidden: set[Key], fewest: int) -> int | None:
    total = sum(line.values())
    return None if 0 < total < fewest or len(hidden & line.keys()) == 1 else total


def shown_share(part: int, whole: int, fewest: int = FEWEST) -> float | None:
    """A part of a whole as a share, 0 to 1; None where part or rest are few, since with the whole it tells them."""
    if not whole:
        return None
    shown, total = shown_counts({"part": part, "rest": whole - part}, fewest)
    return None if total is None or shown["part"] is None else part / whole
