"""Which rows of one file are of one person: rows that may be are brought together by several keys, and compared.

Each key forgives one kind of slip; a pair that meets under none was spoilt in three ways at once. Rows of one person
form a group, whose first row is the one that the others are of.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence

from enrollment.legacy.likeness import Features, Likeness
from enrollment.legacy.spelling import skeleton

__all__ = ["duplicates_of"]

# Rows that share a key and are more than this say nothing by it: other keys part them.
CROWD = 400

Key = Callable[[Features], Iterable[Hashable]]


def duplicates_of(people: Sequence[Features]) -> dict[int, int]:
    """Row -> the earlier row of the same person, for each row that has one; rows in rising order.

    A row in which a name or the birth is missing, or of a name only the initial is there, joins one group of others, or
    none: it may be of either of two twins, and does not make one person of them. Rows with initials that joined nobody
    are compared with each other.
    """
    likeness = Likeness(people)
    groups = _Groups()
    plain = [one for one in people if one.plain]
    _join(plain, likeness, groups)
    _take_in([one for one in people if not one.plain], plain, likeness, groups)
    joined = set(groups.rows())
    _join([one for one in people if one.whole and not one.plain and one.row not in joined], likeness, groups)
    first = {row: groups.first(row) for row in groups.rows()}
    return {row: of for row, of in sorted(first.items()) if of != row}


def _join(people: Sequence[Features], likeness: Likeness, groups: _Groups) -> None:
    for key in _KEYS:
        for together in _sharing(key, people):
            if len(together) <= CROWD:
                _compare(together, likeness, groups)


def _sharing(key: Key, people: Sequence[Features]) -> Iterable[list[Features]]:
    held: dict[int, list[Features]] = defaultdict(list)
    for one in people:
        for value in set(key(one)):
            held[hash(value)].append(one)
    return held.values()


def _take_in(parts: Sequence[Features], plain: Sequence[Features], likeness: Likeness, groups: _Groups) -> None:
    if not parts:
        return
    found: dict[int, set[int]] = {one.row: set() for one in parts}
    for key in _KEYS:
        for together in _sharing(key, [*parts, *plain]):
            if together[0].plain or len(together) > CROWD:
                continue
            for one in together:
                if not one.plain:
                    like = (other for other in together if other.plain and likeness.same_person(one, other))
                    found[one.row].update(groups.first(other.row) for other in like)
    for row, firsts in found.items():
        if len(firsts) == 1:
            groups.join(row, *firsts)


def _compare(together: Sequence[Features], likeness: Likeness, groups: _Groups) -> None:
    for place, one in enumerate(together):
        for other in together[place + 1 :]:
            if groups.first(one.row) != groups.first(other.row) and likeness.same_person(one, other):
                groups.join(one.row, other.row)


class _Groups:
    """Rows that belong together; the first row stands for its group."""

    def __init__(self) -> None:
        self._above: dict[int, int] = {}

    def rows(self) -> Iterable[int]:
        return list(self._above)

    def first(self, row: int) -> int:
        while (above := self._above.get(row, row)) != row:
            self._above[row] = self._above.get(above, above)
            row = above
        return row

    def join(self, one: int, other: int) -> None:
        first, second = sorted((self.first(one), self.first(other)))
        self._above[second] = first
        self._above.setdefault(first, first)


def _by_day(one: Features) -> Iterator[Hashable]:
    """One day of birth, day and month in either order, and how one of the names begins."""
    if one.birth is None:
        return
    month, day = one.birth.month or 0, one.birth.day or 0
    for word in {*one.given, *one.family}:
        yield one.birth.year, min(month, day), max(month, day), skeleton(word)[0]


def _by_names(one: Features) -> Iterator[Hashable]:
    """One year of birth, and two names however they are spelt."""
    if one.birth is None:
        return
    bones = sorted({skeleton(word) for word in (*one.given, *one.family) if len(word) > 1})
    for place, left in enumerate(bones):
        for right in bones[place + 1 :]:
            yield one.birth.year, left, right


def _by_mother(one: Features) -> Iterator[Hashable]:
    """One mother, and one of the names."""
    if one.mother:
        mother = tuple(sorted(skeleton(word) for word in one.mother))
        for word in one.given:
            if len(word) > 1:
                yield mother, skeleton(word)


def _by_mothers_house(one: Features) -> Iterator[Hashable]:
    """One mother in one town: children of a house."""
    if one.mother and one.town:
        yield tuple(sorted(skeleton(word) for word in one.mother)), one.town


def _by_phone(one: Features) -> Iterator[Hashable]:
    """One telephone."""
    if one.phone:
        yield one.phone


def _by_town(one: Features) -> Iterator[Hashable]:
    """One town, one year of birth."""
    if one.town and one.birth is not None:
        yield one.town, one.birth.year


def _by_full_name(one: Features) -> Iterator[Hashable]:
    """The whole name, and the town: whatever the year."""
    if one.town and one.given and one.family:
        yield one.town, frozenset(skeleton(word) for word in (one.given[0], one.family[0]))


_KEYS: tuple[Key, ...] = (
    _by_day, _by_names, _by_mother, _by_mothers_house, _by_phone, _by_town, _by_full_name
)  # fmt: skip
