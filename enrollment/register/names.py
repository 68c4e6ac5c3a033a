"""Names compared as people write them here: without order, with variants, with initials (design section 7).

A name is a set of folded words. Two words are alike when one edit apart or when Jaro-Winkler says 0.90: each of the two
finds variants that the other misses.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from idp.subscribers.folding import fold_name

__all__ = [
    "MAX_WORDS",
    "alike",
    "first_letter",
    "jaro_winkler",
    "joined",
    "name_score",
    "neighbours_swapped",
    "one_edit",
    "words_of",
]

MAX_WORDS = 6
MAX_LETTERS = 30
ALIKE = 0.90
SHORTEST = 3
_BREAK = re.compile(r"[\s\-./,\u2010-\u2015]+")
_REPEATED = re.compile(r"(.)\1+")
_SAME_SOUND = str.maketrans({"c": "k", "q": "k", "y": "j", "z": "s", "v": "w"})
_EXACT, _VARIANT, _INITIAL = 1.0, 0.95, 0.85
_EXTRA_WORD = 0.03
_ONE_WORD = 0.75


def words_of(*names: str | None) -> tuple[str, ...]:
    """The folded words of these names, each once, at most six.

    Beyond case, accents and the letters of our languages: doubled letters once, no `h` at the end, no apostrophes. A
    word of one letter is an initial.
    """
    found: dict[str, None] = {}
    for name in names:
        for part in _BREAK.split(fold_name(name or "")):
            word = _REPEATED.sub(r"\1", "".join(sign for sign in part if sign.isalnum()))[:MAX_LETTERS]
            word = word[:-1] if len(word) > 2 and word.endswith("h") else word
            if word:
                found[word] = None
    return tuple(found)[:MAX_WORDS]


def first_letter(word: str) -> str:
    """How the word begins, the same for letters that are written for one sound (Camara, Kamara)."""
    return word[0].translate(_SAME_SOUND)


def alike(left: str, right: str) -> bool:
    """True for two words that may be spellings of one name.

    An edit or two in a very short word makes another name (Abi, Abu), so those must be the same.
    """
    if left == right:
        return True
    shorter, longer = sorted((len(left), len(right)))
    if shorter < SHORTEST or longer == SHORTEST:
        return False
    return one_edit(left, right) or jaro_winkler(left, right) >= ALIKE


def one_edit(left: str, right: str) -> bool:
    """True when at most one letter was put in, left out or replaced."""
    if len(left) > len(right):
        left, right = right, left
    if len(right) - len(left) > 1:
        return False
    start = 0
    while start < len(left) and left[start] == right[start]:
        start += 1
    skip = start + 1 if len(left) == len(right) else start
    return left[skip:] == right[start + 1 :]


def neighbours_swapped(left: str, right: str) -> bool:
    """True where two letters beside each other changed places, and nothing else."""
    if len(left) != len(right):
        return False
    wrong = [place for place, (one, other) in enumerate(zip(left, right, strict=True)) if one != other]
    return (
        len(wrong) == 2
        and wrong[1] == wrong[0] + 1
        and left[wrong[0]] == right[wrong[1]]
        and left[wrong[1]] == right[wrong[0]]
    )


def jaro_winkler(left: str, right: str) -> float:
    """Between 0 and 1 (Winkler 1990: prefix of at most four letters, weight 0.1)."""
    jaro = _jaro(left, right)
    prefix = 0
    for one, other in zip(left[:4], right[:4], strict=False):
        if one != other:
            break
        prefix += 1
    return jaro + prefix * 0.1 * (1 - jaro)


def name_score(left: Sequence[str], right: Sequence[str]) -> float:
    """How surely two sets of words are one name, 0 to 1; each word is used once, the surest pairs first.

    The words of the shorter name count; words that only the longer one has cost little, as second names are often left
    out. One word alone says little about a name of several.
    """
    left, right = joined(left, right), joined(right, left)
    if not left or not right:
        return 0.0
    pairs = sorted(
        ((_quality(one, other), i, j) for i, one in enumerate(left) for j, other in enumerate(right)), reverse=True
    )
    used_left: set[int] = set()
    used_right: set[int] = set()
    total, whole = 0.0, 0
    for quality, i, j in pairs:
        if quality and i not in used_left and j not in used_right:
            used_left.add(i)
            used_right.add(j)
            total += quality
            whole += quality > _INITIAL
    if not whole:
        return 0.0
    shorter, longer = sorted((len(left), len(right)))
    score = total / shorter - _EXTRA_WORD * (longer - shorter)
    return score if len(used_left) > 1 or longer == 1 else score * _ONE_WORD


def _quality(left: str, right: str) -> float:
    if left == right and len(left) > 1:
        return _EXACT
    if min(len(left), len(right)) == 1:
        return _INITIAL if first_letter(left) == first_letter(right) else 0.0
    return _VARIANT if alike(left, right) else 0.0


def joined(words: Sequence[str], others: Sequence[str]) -> list[str]:
    """The words, two neighbours as one where the other name writes them so (Abu Bakarr, Abubakarr)."""
    kept = list(words)
    for place in range(len(kept) - 1, 0, -1):
        both = kept[place - 1] + kept[place]
        long_enough = min(len(kept[place - 1]), len(kept[place])) > 1
        if long_enough and any(_spelt_as_one(both, other) for other in others):
            kept[place - 1 : place + 1] = [both]
    return kept


def _spelt_as_one(both: str, other: str) -> bool:
    """Stricter than `alike`: two words run together are like many a longer name."""
    return both == other or one_edit(both, other)


def _jaro(left: str, right: str) -> float:
    reach = max(max(len(left), len(right)) // 2 - 1, 0)
    taken = [False] * len(right)
    found: list[str] = []
    for place, letter in enumerate(left):
        for other in range(max(0, place - reach), min(len(right), place + reach + 1)):
            if not taken[other] and right[other] == letter:
                taken[other] = True
                found.append(letter)
                break
    if not found:
        return 0.0
    there = [letter for letter, was in zip(right, taken, strict=True) if was]
    moved = sum(one != other for one, other in zip(found, there, strict=True)) / 2
    same = len(found)
    return (same / len(left) + same / len(right) + (same - moved) / same) / 3
