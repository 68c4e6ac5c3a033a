"""Older registers of people who do not exist, with what time does to registers, and the answers beside them.

Names are put together from syllables, some of them borne by many. Among the people are twins, sisters and brothers,
namesakes, and such as were born in one town on one day, none of whom is anybody else.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

HEADER = (
    "legacy_no", "surname", "given_names", "sex", "date_of_birth", "district", "chiefdom", "town", "phone",
    "mother_name",
)  # fmt: skip
DISTRICTS = ("Kailahun", "Kenema", "Kono", "Bombali", "Port Loko", "Bo", "Moyamba", "Western Area Urban", "Kambia")
_STARTS = ("ba", "be", "bo", "da", "fo", "ga", "ha", "ja", "jo", "ka", "ke", "ko", "la", "ma", "mo", "na", "sa", "se",
           "so", "ta", "te", "to", "tu", "wa", "ya")  # fmt: skip
_MIDDLES = ("b", "d", "f", "g", "k", "l", "m", "n", "nd", "ng", "nt", "r", "s", "t", "w", "mb", "rt", "lk")
_ENDS = ("a", "e", "i", "o", "u", "ama", "eh", "oma", "ura", "ie", "anu", "ara", "iata", "ita", "ula", "ebo", "ano")


@dataclass(frozen=True)
class Names:
    """Names to draw from, the common ones first."""

    surnames: Sequence[str]
    women: Sequence[str]
    men: Sequence[str]


@dataclass(frozen=True)
class Entry:
    """Somebody as an old register has them."""

    surname: str
    given: str
    sex: str
    born: dt.date
    district: str
    chiefdom: str
    town: str
    phone: str
    mother: str
    form: str = "%Y-%m-%d"


@dataclass
class Register:
    """Rows, and of each duplicate the row that it is of; the kind of slip for those who look why one was missed."""

    rows: list[list[str]] = field(default_factory=list)
    duplicates: dict[int, int] = field(default_factory=dict)
    kinds: dict[int, str] = field(default_factory=dict)
    problems: dict[int, str] = field(default_factory=dict)

    def text(self, delimiter: str = ",") -> str:
        """The file."""
        out = io.StringIO(newline="")
        csv.writer(out, delimiter=delimiter, lineterminator="\r\n").writerows([HEADER, *self.rows])
        return out.getvalue()


def invented_names(seed: int) -> Names:
    """Some hundred names that nobody bears."""
    dice = random.Random(seed)  # noqa: S311 - the same register from the same seed

    def words(count: int) -> list[str]:
        found: dict[str, None] = {}
        while len(found) < count:
            start, middle, end = dice.choice(_STARTS), dice.choice(_MIDDLES), dice.choice(_ENDS)
            found[(start + middle + end).capitalize()] = None
        return list(found)

    return Names(words(80), words(45), words(45))


def register(seed: int, people: int, names: Names | None = None, *, share: float = 0.06, towns: int = 400) -> Register:
    """A register of about so many people; `share` of them were written down again."""
    return _Maker(seed, names or invented_names(seed), towns).register(people, share)


class _Maker:
    def __init__(self, seed: int, names: Names, towns: int) -> None:
        self.dice = random.Random(seed * 7919 + 1)  # noqa: S311 - as above
        self.names = names
        place = invented_names(seed + 1_000_003)
        self.towns = [
            (self.dice.choice(DISTRICTS), f"{self.dice.choice(place.surnames)}", f"{town} {self.dice.randrange(9)}")
            for town in (self.dice.choice(place.women) for _ in range(towns))
        ]
        self.numbers = 0

    def register(self, people: int, share: float) -> Register:
        entries: list[tuple[Entry, Entry | None, str]] = []
        while len(entries) < people:
            one = self.person()
            entries.append((one, None, ""))
            drawn = self.dice.random()
            if drawn < share:
                for _ in range(1 if self.dice.random() < 0.85 else 2):
                    kind = self.dice.choice(list(SLIPS))
                    entries.append((SLIPS[kind](self, one), one, kind))
            elif drawn < share + 0.08:
                entries += [(other, None, "") for other in self.others_of(one)]
        return self.written(entries)

    def written(self, entries: list[tuple[Entry, Entry | None, str]]) -> Register:
        """In any order, an original before what was written down of it again."""
        places: dict[int, float] = {}
        for one, of, _ in entries:
            after = 0.0 if of is None else places[id(of)]
            places[id(one)] = after + (1 - after) * self.dice.random()
        order = sorted(entries, key=lambda entry: places[id(entry[0])])
        made = Register()
        rows = {}
        for number, (one, of, kind) in enumerate(order, 1):
            made.rows.append(self.cells(one))
            rows[id(one)] = number
            if of is not None:
                made.duplicates[number] = rows[id(of)]
                made.kinds[number] = kind
        return made

    def cells(self, one: Entry) -> list[str]:
        self.numbers += 1
        sex = self.dice.choice({"F": ("F", "f", "Female"), "M": ("M", "m", "Male")}[one.sex])
        return [
            f"OLD-{10_000_000 + self.numbers}", one.surname, one.given, sex, one.born.strftime(one.form), one.district,
            one.chiefdom, one.town, one.phone, one.mother,
        ]  # fmt: skip

    def drawn(self, names: Sequence[str]) -> str:
        """The first are borne by most, the very first by every tenth."""
        [one] = self.dice.choices(names, [1 / (rank + 3) for rank in range(len(names))])
        return one

    def person(self) -> Entry:
        sex = self.dice.choice("FM")
        given = self.drawn(self.names.women if sex == "F" else self.names.men)
        if self.dice.random() < 0.3:
            second = self.drawn(self.names.men)
            given += f" {second}" if self.dice.random() < 0.5 else f" {second[0]}."
        born = dt.date(1938, 1, 1) + dt.timedelta(days=self.dice.randrange(365 * 85))
        if self.dice.random() < 0.07:
            born = born.replace(month=1, day=1)
        return Entry(
            self.drawn(self.names.surnames), given, sex, born, *self.dice.choice(self.towns),
            f"+2327{self.dice.randrange(10**7):07d}" if self.dice.random() < 0.55 else "",
            f"{self.drawn(self.names.women)} {self.drawn(self.names.surnames)}",
            self.dice.choice(("%Y-%m-%d", "%Y-%m-%d", "%d/%m/%Y", "%d %B %Y")),
        )  # fmt: skip

    def others_of(self, one: Entry) -> list[Entry]:
        """People who have much in common with somebody, and are not."""
        pool = self.names.women if one.sex == "F" else self.names.men
        other = self.dice.choice([name for name in pool if name not in one.given and name[:2] != one.given[:2]])
        away = self.person()
        kind = self.dice.randrange(6)
        if kind == 0:
            return [replace(one, given=other)]  # a twin
        if kind == 1:
            sister = replace(one, given=other, born=one.born + dt.timedelta(days=self.dice.randint(400, 3000)))
            return [sister] if sister.born.year < 2024 else []
        if kind == 2:  # a namesake of the same day, elsewhere
            return [replace(away, surname=one.surname, given=one.given, sex=one.sex, born=one.born)]
        if kind == 3:  # born in the same town on the same day
            return [replace(away, district=one.district, chiefdom=one.chiefdom, town=one.town, born=one.born)]
        if kind == 4:  # a namesake of the same town
            here = replace(one, phone=away.phone, mother=away.mother, born=away.born)
            return [here] if here.born.year != one.born.year else []
        older = one.born.year - 25
        return (
            [replace(one, born=away.born.replace(year=older, day=min(away.born.day, 28)), mother=away.mother)]
            if older > 1938
            else []
        )

    def retold(self, one: Entry) -> Entry:
        return replace(one, form=self.dice.choice(("%Y-%m-%d", "%d/%m/%Y")))

    def mistyped(self, word: str) -> str:
        """Two letters exchanged, one left out, doubled or another one."""
        if len(word) < 4:
            return word
        at = self.dice.randrange(1, len(word) - 1)
        kind = self.dice.randrange(4)
        if kind == 0:
            return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        if kind == 1:
            return word[:at] + word[at + 1 :]
        if kind == 2:
            return word[:at] + word[at] + word[at:]
        return word[:at] + self.dice.choice("aeioulnrst") + word[at + 1 :]

    def respelt(self, word: str) -> str:
        """The same sound otherwise."""
        ways = [
            way for way in (
                word.replace("k", "c", 1), word.replace("ia", "ija", 1), word.replace("o", "u", 1), f"{word}h",
                word.replace("a", "aa", 1), word.replace("s", "ss", 1), word.replace("ie", "y", 1),
                word.replace("tm", "tim", 1), word.replace("e", "i", 1), word.replace("l", "ll", 1),
            ) if way.lower() != word.lower()
        ]  # fmt: skip
        return self.dice.choice(ways)

    def moved(self, one: Entry) -> Entry:
        district, chiefdom, town = self.dice.choice(self.towns)
        return replace(self.retold(one), district=district, chiefdom=chiefdom, town=town)

    def wrong_digit(self, born: dt.date) -> dt.date:
        for _ in range(50):
            text = list(born.isoformat())
            at = self.dice.choice((2, 3, 5, 6, 8, 9))
            text[at] = str(self.dice.randrange(10))
            try:
                wrong = dt.date.fromisoformat("".join(text))
            except ValueError:
                continue
            if wrong != born and 1930 < wrong.year < 2026:
                return wrong
        return born


def _first(one: Entry) -> str:
    return one.given.split()[0]


def _exchanged(born: dt.date) -> dt.date:
    return born.replace(month=born.day, day=born.month) if born.day <= 12 else born


SLIPS: dict[str, Callable[[_Maker, Entry], Entry]] = {
    "same": lambda maker, one: maker.retold(one),
    "typo": lambda maker, one: replace(maker.retold(one), surname=maker.mistyped(one.surname)),
    "typo given": lambda maker, one: replace(
        maker.retold(one), given=" ".join([maker.mistyped(_first(one)), *one.given.split()[1:]])
    ),
    "swap": lambda maker, one: replace(maker.retold(one), surname=_first(one), given=one.surname),
    "variant": lambda maker, one: replace(maker.retold(one), surname=maker.respelt(one.surname)),
    "variant given": lambda maker, one: replace(
        maker.retold(one), given=" ".join([maker.respelt(_first(one)), *one.given.split()[1:]])
    ),
    "dob01": lambda maker, one: replace(maker.retold(one), born=one.born.replace(month=1, day=1)),
    "exchanged": lambda maker, one: replace(maker.retold(one), born=_exchanged(one.born)),
    "digit": lambda maker, one: replace(maker.retold(one), born=maker.wrong_digit(one.born)),
    "second name": lambda maker, one: replace(maker.retold(one), given=_first(one)),
    "moved": lambda maker, one: maker.moved(one),
    "other phone": lambda maker, one: replace(maker.retold(one), phone=maker.person().phone),
    "no mother": lambda maker, one: replace(maker.retold(one), mother=""),
    "mother typo": lambda maker, one: replace(maker.retold(one), mother=maker.mistyped(one.mother)),
    "typo and dob01": lambda maker, one: replace(
        maker.retold(one), surname=maker.mistyped(one.surname), born=one.born.replace(month=1, day=1)
    ),
}  # fmt: skip
