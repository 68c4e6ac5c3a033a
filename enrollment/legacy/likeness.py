"""How surely two rows of one register are of one person: weights of evidence, after Fellegi and Sunter (1969).

Every agreement counts by how rare it is in this very file, every difference by how seldom it happens to one person, in
binary logarithms. Mothers, telephones and towns are shared by sisters and twins: they weigh only where given name and
birth agree, since two children of one house differ in one of these.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from enrollment.legacy.rows import Record
from enrollment.legacy.spelling import Relation, relation_of
from enrollment.register import Birth, Sex
from enrollment.register.names import joined, words_of

__all__ = ["Features", "Likeness", "features_of"]

# Parts of one person's records that differ so: rounded from what old registers of the region show of typing and
# spelling, and not fitted to any one file.
_CLOSE, _FAR, _CONFLICT = 3.0, 6.0, 8.0
_SECOND_CONFLICT, _SECOND_MISSING = 3.0, 0.5
_SWAPPED_FIELDS, _OTHER_SURNAME = 2.0, 7.0
_OTHER_MOTHER, _OTHER_TOWN, _OTHER_PHONE, _OTHER_SEX = 15.0, 4.0, 2.0, 6.0
_MOST_NAME, _MOST_MOTHER, _MOST_TOWN, _SAME_PHONE = 10.0, 12.0, 7.0, 7.0
_SAME = 0.85
_EXCHANGED, _ONE_DIGIT, _JANUARY, _YEAR_KNOWN = 0.03, 0.03, 0.05, 0.3
_DAYS, _YEARS = 25_000, 70
_PRIOR, _MARGIN = 10.0, 2.0
_NO = -100.0
# A year that was counted wrong, or a decade.
_YEARS_OFF = frozenset({1, 10})


Day = tuple[int, int | None, int | None]


@dataclass(frozen=True, slots=True, repr=False)
class Features:
    """What of a row is compared. No `repr`: no log or failure shows it."""

    row: int
    given: tuple[str, ...]
    family: tuple[str, ...]
    sex: Sex | None
    birth: Birth | None
    mother: tuple[str, ...]
    town: str
    phone: str

    @property
    def whole(self) -> bool:
        """True where neither a name nor the birth is missing."""
        return bool(self.given and self.family) and self.birth is not None

    @property
    def plain(self) -> bool:
        """True where it is whole, and both names are more than initials."""
        return self.whole and all(any(len(word) > 1 for word in name) for name in (self.given, self.family))

    @property
    def day(self) -> Day | None:
        """The birth as numbers."""
        return None if self.birth is None else (self.birth.year, self.birth.month, self.birth.day)


def features_of(record: Record) -> Features | None:
    """What can be compared; None for a row in which two of given name, surname and birth are missing."""
    given, family = words_of(record.given_names), words_of(record.surname)
    if bool(given) + bool(family) + (record.birth is not None) < 2:
        return None
    town = "|".join((record.district, *words_of(record.chiefdom), "", *words_of(record.town)))
    known = bool(record.town or record.chiefdom)
    return Features(
        record.row, given, family, record.sex, record.birth, words_of(record.mother_name), town if known else "",
        record.phone,
    )  # fmt: skip


class Likeness:
    """Compares rows of one file. How common each name, town and day is, is counted once."""

    def __init__(self, people: Iterable[Features]) -> None:
        self._words: Counter[str] = Counter()
        self._towns: Counter[str] = Counter()
        self._days: Counter[Day] = Counter()
        self._phones: Counter[str] = Counter()
        self._count = self._januaries = 0
        for one in people:
            self._count += 1
            self._words.update({*one.given, *one.family})
            self._words.update(set(one.mother) - {*one.given, *one.family})
            self._towns[one.town] += 1
            if one.day is not None:
                self._days[one.day] += 1
                self._januaries += one.day[1:] == (1, 1)
            self._phones[one.phone] += 1
        self._relations: dict[tuple[str, str], Relation] = {}
        self.review = math.log2(max(self._count, 10) * _PRIOR) + _MARGIN

    def same_person(self, left: Features, right: Features) -> bool:
        """True where the evidence says one person: as likely as not four times over, among so many pairs."""
        return self.weight(left, right) >= self.review

    def weight(self, left: Features, right: Features) -> float:
        """The sum of the evidence; symmetric."""
        births = self._births(left, right)
        if births <= _NO:
            return _NO
        if not (left.given and left.family and right.given and right.family):
            names = self._one_name((*left.given, *left.family), (*right.given, *right.family))
        else:
            names = self._names(left.given, left.family, right.given, right.family)
        if self._crossed(left, right):
            crossed = self._names(left.given, left.family, right.family, right.given) - _SWAPPED_FIELDS
            names = max(names, crossed)
        if names <= _NO:
            return _NO
        sexes = 0.0 if left.sex is None or right.sex is None else 1.0 if left.sex is right.sex else -_OTHER_SEX
        return births + names + sexes + self._house(left, right)

    def relation(self, left: str, right: str) -> Relation:
        """How two words stand to each other in this file: two names that are both common here are two names."""
        if left == right:
            return Relation.SAME
        pair = (left, right) if left < right else (right, left)
        held = self._relations.get(pair)
        if held is None:
            held = self._relations[pair] = relation_of(*pair, self._words)
        return held

    def _crossed(self, left: Features, right: Features) -> bool:
        """True where given name and surname of the one are surname and given name of the other."""
        alike = {Relation.SAME, Relation.CLOSE}
        return (
            bool(left.given and left.family and right.given and right.family)
            and self.relation(left.given[0], right.family[0]) in alike
            and self.relation(left.family[0], right.given[0]) in alike
        )

    def _names(
        self, given: Sequence[str], family: Sequence[str], other_given: Sequence[str], other_family: Sequence[str]
    ) -> float:
        """Given names must agree. A surname may change, which costs much."""
        first = self._given(given, other_given)
        if first <= _NO:
            return _NO
        last = max(self._weighed(one, other) for one in family for other in other_family)
        return first + max(last, -_OTHER_SURNAME)

    def _one_name(self, left: Sequence[str], right: Sequence[str]) -> float:
        """Where a name is missing the other one must be found, whichever it is."""
        best = max(self._weighed(one, other) for one in left for other in right)
        return best if best > -_CONFLICT else _NO

    def _given(self, left: Sequence[str], right: Sequence[str]) -> float:
        """The first of each must be found in the other; what else differs costs a little."""
        if self.relation(left[0], right[0]) is Relation.OTHER:
            left, right = joined(left, right), joined(right, left)
            crossed = {self.relation(left[0], word) for word in right} | {
                self.relation(right[0], word) for word in left
            }
            if not crossed & {Relation.SAME, Relation.CLOSE}:
                return _NO
        left_over, total, found = list(right), 0.0, 0
        rest = 0
        for word in left:
            best = max(left_over, key=lambda other: self._weighed(word, other), default=None)
            if best is None or self._weighed(word, best) <= -_CONFLICT:
                rest += 1
                continue
            left_over.remove(best)
            found += 1
            total += self._weighed(word, best)
        if not found:
            return _NO
        both, alone = min(rest, len(left_over)), abs(rest - len(left_over))
        return total - _SECOND_CONFLICT * both - _SECOND_MISSING * alone

    def _weighed(self, left: str, right: str) -> float:
        relation = self.relation(left, right)
        if relation is Relation.OTHER:
            return -_CONFLICT
        if relation is Relation.INITIAL or (relation is Relation.SAME and len(left) == 1):
            return 1.0
        common = max(self._words[left], self._words[right]) / max(self._count, 1)
        weight = min(math.log2(_SAME / max(common, 1e-6)), _MOST_NAME)
        return weight - {Relation.SAME: 0.0, Relation.CLOSE: _CLOSE, Relation.FAR: _FAR}[relation]

    def _births(self, left: Features, right: Features) -> float:
        one, other = left.day, right.day
        if one is None or other is None:
            return 0.0
        if one == other and one[2] is not None:
            return math.log2(_SAME / self._common_day(one))
        januaries = (1, 1)
        if one[0] == other[0]:
            if None in {one[2], other[2]}:
                months = {one[1], other[1]} - {None}
                return math.log2(_YEAR_KNOWN * _YEARS) if len(months) < 2 else _NO
            if one[1:] == other[1:][::-1]:
                return math.log2(_EXCHANGED * _DAYS)
            if januaries in {one[1:], other[1:]}:
                share = max(self._januaries / max(self._count, 1), 0.02)
                return math.log2(_JANUARY / (2 * share / _YEARS))
        if None in {one[2], other[2]}:
            return _NO
        wrong = sum(sign != mark for sign, mark in zip(_text(one), _text(other), strict=True))
        return math.log2(_ONE_DIGIT * _DAYS / 25) if wrong == 1 or _beside(one, other) else _NO

    def _common_day(self, day: Day) -> float:
        """How many are born on such a day: by the calendar, or more where the file says so of this very day."""
        share = self._januaries / max(self._count, 1)
        chance = share / _YEARS if day[1:] == (1, 1) else 1 / _DAYS
        return max(chance, 1 / _DAYS, (self._days[day] - 4) / max(self._count, 1))

    def _house(self, left: Features, right: Features) -> float:
        return self._mothers(left.mother, right.mother) + self._places(left, right)

    def _mothers(self, left: Sequence[str], right: Sequence[str]) -> float:
        if not left or not right:
            return 0.0
        shorter, longer = sorted((left, right), key=len)
        total = 0.0
        for word in shorter:
            best = max(self._weighed(word, other) for other in longer)
            if best <= -_CONFLICT:
                return -_OTHER_MOTHER
            total += best
        return max(min(total, _MOST_MOTHER), 0.0)

    def _places(self, left: Features, right: Features) -> float:
        total = 0.0
        if left.town and right.town:
            if left.town == right.town:
                total += min(math.log2(_SAME * self._count / max(self._towns[left.town], 1)), _MOST_TOWN)
            else:
                total -= _OTHER_TOWN
        if left.phone and right.phone:
            shared = self._phones[left.phone] < 20
            total += (_SAME_PHONE if shared else 0.0) if left.phone == right.phone else -_OTHER_PHONE
        return total


def _text(day: Day) -> str:
    return f"{day[0]:04d}{day[1] or 0:02d}{day[2] or 0:02d}"


def _beside(one: Day, other: Day) -> bool:
    """True for dates that differ by one day of a month, by one year, or by ten."""
    years, months = abs(one[0] - other[0]), one[1] == other[1]
    if years == 0 and months and one[2] is not None and other[2] is not None:
        return abs(one[2] - other[2]) == 1
    return years in _YEARS_OFF and months and one[2] == other[2]
