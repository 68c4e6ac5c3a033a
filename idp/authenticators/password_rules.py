"""Which passwords are refused: too short, too long, easily guessed, or made of what is known of the person.

Length first, and no composition rules (NIST SP 800-63B-4 section 3.1.1.2): 15 characters for a password that opens an
account alone, 8 beside a second factor. "Easily guessed" are those that most people use or that the operator lists,
and what is made as such passwords are: a common word with decoration, two of them, a saying, words of this country
alone, a repetition, a run along the keyboard or the alphabet, a date or number. What is left is estimated
(`password_advice.guesses`), and refused when it takes fewer than `GUESSES_ALONE` guesses, or `GUESSES_BESIDE`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from itertools import pairwise

from idp.authenticators.common_passwords import is_most_common
from idp.authenticators.common_words import WORDS
from idp.authenticators.local_words import LOCAL, SAYINGS

__all__ = ["ALONE", "GUESSES_ALONE", "GUESSES_BESIDE", "LONGEST", "SHORTEST", "stands_alone", "weakness"]

SHORTEST = 8
ALONE = 15
LONGEST = 256
DECORATION = 4
DATE = 8
NUMBER = 12
GUESSES_ALONE = 2 * 10**8
GUESSES_BESIDE = 10**6
SERVICE = ("wangov",)

_ROWS = (
    "1234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "azertyuiop",
    "qsdfghjklm",
    "wxcvbn",
    "qwertzuiop",
    "yxcvbnm",
    "!@#$%^&*()",
)
_COLUMNS = (
    "1qaz",
    "2wsx",
    "3edc",
    "4rfv",
    "5tgb",
    "6yhn",
    "7ujm",
    "8ik,",
    "9ol.",
    "0p;/",
    "zaq1",
    "xsw2",
    "cde3",
)
_NEIGHBOURS = frozenset(
    pair for run in (*_ROWS, *_COLUMNS) for first, second in pairwise(run) for pair in (first + second, second + first)
)
_LOOKALIKES = tuple(
    str.maketrans({"0": "o", "1": one, "3": "e", "4": "a", "5": "s", "7": "t", "8": "b", "@": "a", "$": "s", "!": one})
    for one in "il"
)


def stands_alone(password: str) -> bool:
    """True for a password long enough to open an account without a second factor."""
    return len(_folded(password)) >= ALONE


def weakness(
    password: str,
    about: Iterable[str] = (),
    shortest: int = SHORTEST,
    listed: Callable[[str], bool] = is_most_common,
) -> str | None:
    """`short`, `long`, `common` or `personal`, or None for a password that may be used.

    `about` are texts that stand for the person: user name, names, e-mail address, numbers. `shortest` is in
    characters after NFKC; `listed` tells of a folded password whether it is on the list of refused ones.
    """
    folded = _folded(password)
    if len(folded) < shortest:
        return "short"
    if len(password) > LONGEST or len(folded) > LONGEST:
        return "long"
    spellings = _spellings(folded)
    if any(_is_said(spelling) for spelling in spellings):
        return "common"
    if _is_personal(spellings, about):
        return "personal"
    if (
        listed(folded)
        or _is_monotonous(folded)
        or _is_number(folded)
        or any(_is_worded(spelling) for spelling in spellings)
    ):
        return "common"
    return None


def _folded(password: str) -> str:
    return unicodedata.normalize("NFKC", password).casefold()


def _spellings(folded: str) -> set[str]:
    """The text, and what it reads as when digits and signs stand for letters, at its ends or only within."""
    core = folded.strip("0123456789!@#$%^&*()-_=+.,;:?/ ")
    start = folded.index(core)
    end = start + len(core)
    return {
        folded,
        *(folded.translate(table) for table in _LOOKALIKES),
        *(folded[:start] + core.translate(table) + folded[end:] for table in _LOOKALIKES),
    }


def _is_personal(spellings: set[str], about: Iterable[str]) -> bool:
    parts = {part for text in (*about, *SERVICE) for part in _parts(text)}
    return any(part in spelling for part in parts for spelling in spellings)


def _parts(text: str) -> set[str]:
    """The text itself and its words, as far as they are long enough to mean somebody."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    words = "".join(letter if letter.isalnum() else " " for letter in folded).split()
    return {part for part in (folded, "".join(words), *words) if len(part) >= 4}


def _is_monotonous(text: str) -> bool:
    """Few different characters, a piece repeated, a run along the keyboard or in order, or two mixed."""
    if len(set(text)) < 4:
        return True
    if any(text == (text[:size] * len(text))[: len(text)] for size in range(1, len(text) // 2 + 1)):
        return True
    return _leaps(text) <= len(text) // 4 or _leaps(text[::2]) == _leaps(text[1::2]) == 0


def _leaps(text: str) -> int:
    return sum(not _is_step(first, second) for first, second in pairwise(text))


def _is_step(first: str, second: str) -> bool:
    if first + second in _NEIGHBOURS or first == second:
        return True
    return first.isalnum() and second.isalnum() and abs(ord(first) - ord(second)) == 1


def _is_number(text: str) -> bool:
    """A date, a telephone or another number with its separators."""
    digits = sum(letter.isdigit() for letter in text)
    return digits < NUMBER and all(letter.isdigit() or letter in "+-/. ()" for letter in text)


def _is_worded(text: str) -> bool:
    """One common word or two, with up to four other characters, or a date's digits, around or between."""
    pieces = "".join(letter if letter.isalpha() else " " for letter in text).split()
    bare = "".join(pieces)
    others = [letter for letter in text if not letter.isalpha()]
    if not bare or len(others) > (DATE if all(letter.isdigit() for letter in others) else DECORATION):
        return False
    words = [piece for piece in pieces if len(piece) > 1]
    if 0 < len(words) <= 2 and all(word in WORDS for word in words):
        return True
    return any(_is_word(spelling) for spelling in (bare, bare[::-1]))


def _is_said(text: str) -> bool:
    """A saying, or words that everybody here knows and nothing else, with digits and signs around or between."""
    pieces = "".join(letter if letter.isalpha() else " " for letter in text).split()
    others = sum(not letter.isalpha() and not letter.isspace() for letter in text)
    if others > DATE:
        return False
    return "".join(pieces) in SAYINGS or (bool(pieces) and all(piece in LOCAL for piece in pieces))


def _is_word(bare: str) -> bool:
    """One word of the list, the first eight letters of one, or two of them."""
    if bare in WORDS or (len(bare) == SHORTEST and any(word.startswith(bare) for word in WORDS)):
        return True
    return any(bare[:cut] in WORDS and bare[cut:] in WORDS for cut in range(1, len(bare)))
