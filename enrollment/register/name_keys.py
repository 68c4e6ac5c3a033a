"""Names that can be found and not read: keyed digests of what is left of a word when one letter is left out.

Two words one edit apart leave one text in common when a letter is left out of each (or of one of them); so do two with
neighbours swapped. A digest also holds how another word of the name begins, the sex and the year of birth: it is found
only among people who may be meant, and says less about anybody. What it still says: ADR 0014.

Beside these stand digests that only a search by hand asks for: a place, or a whole day of birth, each with something of
a word of the name, so that of many who bear one name those come first who were born there, or on that day.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from enrollment.register.facts import Birth, Facts, Sex
from enrollment.register.names import first_letter, words_of
from idp.keys import Purpose, PurposeKeys
from idp.subscribers.folding import fold_name

__all__ = [
    "SCHEME",
    "STORED",
    "asked_digests",
    "asked_of_day",
    "asked_of_names",
    "asked_of_places",
    "known_by",
    "skeleton",
    "stored_digests",
]

SCHEME = 1
STORED = 2
"""What a row holds: 1 names alone, 2 places and days of birth as well."""

_VOWELS = frozenset("aeiou")
_DIGEST_BYTES = 8


def stored_digests(keys: PurposeKeys, facts: Facts) -> list[int]:
    """What a person is found by: signed 64-bit numbers in ascending order, about 30 for a name of three words.

    Somebody whose sex is not recorded is found under each.
    """
    sexes = tuple(Sex) if facts.sex is Sex.UNSPECIFIED else (facts.sex,)
    return _digests(keys, sexes, (facts.birth.year,), words_of(facts.given_names, facts.family_name))


def asked_digests(keys: PurposeKeys, facts: Facts, years: int) -> list[int]:
    """What to look for: the same for each year of birth up to `years` before and after."""
    sexes = tuple(Sex) if facts.sex is Sex.UNSPECIFIED else (facts.sex,)
    span = range(facts.birth.year - years, facts.birth.year + years + 1)
    return _digests(keys, sexes, span, words_of(facts.given_names, facts.family_name))


def known_by(keys: PurposeKeys, facts: Facts) -> list[int]:
    """Everything that a person is found by: `stored_digests`, and those of places and of the day of birth."""
    sexes = tuple(Sex) if facts.sex is Sex.UNSPECIFIED else (facts.sex,)
    words = words_of(facts.given_names, facts.family_name)
    places = [place for place in (facts.birthplace, facts.address) if place]
    day = asked_of_day(keys, words, facts.birth, sexes)
    years = (facts.birth.year,)
    return sorted({*stored_digests(keys, facts), *day, *asked_of_places(keys, words, places, years, sexes)})


def asked_of_names(keys: PurposeKeys, words: Sequence[str], years: Iterable[int], sexes: Sequence[Sex]) -> list[int]:
    """What people with a name of (some of) these words, born in one of these years, share with the register."""
    return _digests(keys, sexes, years, words)


def asked_of_day(keys: PurposeKeys, words: Sequence[str], birth: Birth, sexes: Sequence[Sex]) -> list[int]:
    """The same for those born that day who have a word that begins like one of these; none without a day."""
    if birth.day is None:
        return []
    letters = {first_letter(word) for word in words}
    return _macs(keys, (f"day|{sex}|{birth.text}|{letter}" for sex in sexes for letter in letters))


def asked_of_places(
    keys: PurposeKeys, words: Sequence[str], places: Iterable[str], years: Iterable[int], sexes: Sequence[Sex]
) -> list[int]:
    """The same for those recorded at one of these places (codes, or what was written) with a word that sounds so."""
    bones = {skeleton(word) for word in words}
    folded = {fold_name(place) for place in places}
    span = tuple(years)
    texts = (
        f"place|{sex}|{year}|{bone}|{place}" for sex in sexes for year in span for bone in bones for place in folded
    )
    return _macs(keys, texts)


def skeleton(word: str) -> str:
    """A folded word without the vowels behind its beginning, one sign for one sound: Sesay and Sisay are the same."""
    rest = "".join(first_letter(sign) for sign in word[1:] if sign not in _VOWELS)
    return first_letter(word) + rest


def _digests(keys: PurposeKeys, sexes: Sequence[Sex], years: Iterable[int], words: Sequence[str]) -> list[int]:
    pairs = sorted(set(_pairs(words)))
    return _macs(keys, (f"{sex}|{year}|{pair}" for year in years for sex in sexes for pair in pairs))


def _macs(keys: PurposeKeys, texts: Iterable[str]) -> list[int]:
    wholes = (keys.mac(Purpose.BLIND_INDEX, f"name-key|{SCHEME}|{text}") for text in texts)
    return sorted({int.from_bytes(whole[:_DIGEST_BYTES], "big", signed=True) for whole in wholes})


def _pairs(words: Sequence[str]) -> Iterator[str]:
    """A word with a letter left out, and how another word begins; nothing else where there is but one word."""
    for place, word in enumerate(words):
        if len(word) < 2:
            continue
        beginnings = {first_letter(other) for at, other in enumerate(words) if at != place} or {""}
        shorter = {word, *(word[:cut] + word[cut + 1 :] for cut in range(len(word)))}
        yield from (f"{text}|{letter}" for text in shorter for letter in beginnings)
