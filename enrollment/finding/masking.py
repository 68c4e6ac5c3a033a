"""What a search shows of somebody: what was typed and fits, and of the rest just enough to tell two people apart."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from enrollment.finding.asking import Wanted
from enrollment.register import Facts, Status, masked
from enrollment.register.names import words_of

__all__ = ["DOTS", "Hit", "Opened", "hit_of", "masked_name", "opened_of"]

DOTS = "\N{BULLET}" * 3


@dataclass(frozen=True, slots=True)
class Hit:
    """Somebody on the page of a search. `number` counts from 1; `place` is empty where it was not asked for or differs.

    `name` has the words that were typed, of others the first letter; `born` the year, and the day where it was typed.
    """

    number: int
    name: str = field(repr=False)
    born: str = field(repr=False)
    sex: str
    place: str
    status: Status


@dataclass(frozen=True, slots=True)
class Opened:
    """One hit, opened. `whole`: the name is shown as recorded; whoever does not work with records gets it masked.

    `nin` is masked for everybody: the number is on the person's own papers.
    """

    hit: Hit
    whole: bool
    nin: str
    level: int
    accounts: int


def hit_of(number: int, wanted: Wanted, status: Status, facts: Facts, places: Mapping[str, str]) -> Hit:
    """A person of the register as that search may see them. `places`: what was meant by the place, with its names."""
    same_day = wanted.birth.day is not None and facts.birth.text == wanted.birth.text
    place = next((places[code] for code in (facts.birthplace, facts.address) if code and code in places), "")
    born = facts.birth.text if same_day else str(facts.birth.year)
    return Hit(number, masked_name(facts.name, wanted.words), born, facts.sex.value, place, status)


def opened_of(hit: Hit, facts: Facts, nin: str, *, whole: bool, level: int, accounts: int) -> Opened:
    """The same person on a page of their own: with the whole name for those who work with the record."""
    name = facts.name if whole else hit.name
    plain = Hit(hit.number, name, hit.born, hit.sex, hit.place, hit.status)
    return Opened(plain, whole, masked(nin) if nin else "", level, accounts)


def masked_name(name: str, words: Collection[str]) -> str:
    """The words of a name that were typed, in whatever spelling of case and accents; of each other its first sign."""
    typed = set(words)
    return " ".join(
        word if 0 < len(set(words_of(word)) | typed) <= len(typed) else word[:1] + DOTS for word in name.split()
    )
