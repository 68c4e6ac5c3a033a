"""The check digit of J. Verhoeff (1969): catches every single wrong digit and every swap of two neighbours.

The digits are elements of the dihedral group of order ten, whose product does not commute; before they are multiplied,
each is moved by a permutation that depends on its place.
"""

from __future__ import annotations

__all__ = ["check_digit", "is_valid"]

_ORDER = 5


def _product(left: int, right: int) -> int:
    """The group of the turns (0 to 4) and reflections (5 to 9) of a pentagon."""
    turn = left % _ORDER + (right % _ORDER if left < _ORDER else -(right % _ORDER))
    return turn % _ORDER + (_ORDER if (left < _ORDER) is not (right < _ORDER) else 0)


def _moves() -> list[list[int]]:
    """How the digit at each place, from the right, is moved: powers of one permutation, of order eight."""
    once = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)
    rows = [list(range(10))]
    while len(rows) < 8:
        rows.append([once[digit] for digit in rows[-1]])
    return rows


_PRODUCTS = [[_product(left, right) for right in range(10)] for left in range(10)]
_MOVES = _moves()
_INVERSES = [row.index(0) for row in _PRODUCTS]


def _sum(digits: str, start: int) -> int:
    total = 0
    for place, digit in enumerate(reversed(digits), start):
        total = _PRODUCTS[total][_MOVES[place % 8][ord(digit) - 48]]
    return total


def check_digit(digits: str) -> str:
    """The digit to put behind `digits` (0 to 9 only, any length)."""
    return str(_INVERSES[_sum(digits, 1)])


def is_valid(digits: str) -> bool:
    """True when the last of `digits` (0 to 9 only) is the check digit of those before it."""
    return len(digits) > 1 and _sum(digits, 0) == 0
