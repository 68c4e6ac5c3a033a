"""Names that can be found and not read: keyed digests of what is left of a word when one letter is left out.

Two words one edit apart leave one text in common when a letter is left out of each (or of one of them); so do two with
neighbours swapped. A digest also holds how another word of the name begins, the sex and the year of birth: it is found
only among people who may be meant, and says less about anybody. What it still says: ADR 0014.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from enrollment.register.facts import Facts, Sex
from enrollment.register.names import first_letter, words_of
from idp.keys import Purpose, PurposeKeys

__all__ = ["SCHEME", "asked_digests", "stored_digests"]

SCHEME = 1
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


def _digests(keys: PurposeKeys, sexes: Sequence[Sex], years: Iterable[int], words: Sequence[str]) -> list[int]:
    pairs = sorted(set(_pairs(words)))
    found = set()
    for year in years:
        for sex in sexes:
            for pair in pairs:
                whole = keys.mac(Purpose.BLIND_INDEX, f"name-key|{SCHEME}|{sex}|{year}|{pair}")
                found.add(int.from_bytes(whole[:_DIGEST_BYTES], "big", signed=True))
    return sorted(found)


def _pairs(words: Sequence[str]) -> Iterator[str]:
    """A word with a letter left out, and how another word begins; nothing else where there is but one word."""
    for place, word in enumerate(words):
        if len(word) < 2:
            continue
        beginnings = {first_letter(other) for at, other in enumerate(words) if at != place} or {""}
        shorter = {word, *(word[:cut] + word[cut + 1 :] for cut in range(len(word)))}
        yield from (f"{text}|{letter}" for text in shorter for letter in beginnings)
