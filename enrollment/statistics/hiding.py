"""Small counts are hidden, and what would give them away by subtraction with them (design section 14).

Below ten a count says something about single people. With the sum of a column shown beside it, one hidden cell is the
sum less the others; so a second one is hidden with it, the smallest that there is, and more until what is hidden
together is ten at least. Primary and complementary suppression: Willenborg and de Waal, Elements of Statistical
Disclosure Control (2001), chapter 6.
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["FEWEST", "shown_counts", "shown_share"]

FEWEST = 10


def shown_counts(counts: Mapping[str, int], fewest: int = FEWEST) -> tuple[dict[str, int | None], int | None]:
    """Each count of a column and its sum as they may be shown; None for what is hidden.

    Nobody is no group: 0 is shown, but where it has to cover another. A sum below `fewest` is hidden too.
    """
    total = sum(counts.values())
    if 0 < total < fewest:
        return dict.fromkeys(counts, None), None
    hidden = {name for name, count in counts.items() if 0 < count < fewest}
    rest = sorted((name for name in counts if name not in hidden), key=lambda name: (counts[name] == 0, counts[name]))
    while hidden and rest and (len(hidden) < 2 or sum(counts[name] for name in hidden) < fewest):
        hidden.add(rest.pop(0))
    alone = len(hidden) == 1
    return {name: None if name in hidden else count for name, count in counts.items()}, None if alone else total


def shown_share(part: int, whole: int, fewest: int = FEWEST) -> float | None:
    """A part of a whole as a share, 0 to 1; None where part or rest are few, since with the whole it tells them."""
    if not whole:
        return None
    shown, total = shown_counts({"part": part, "rest": whole - part}, fewest)
    return None if total is None or shown["part"] is None else part / whole
