"""User names: how a typed one is folded, and which ones may be taken.

Folding is NFKC and case folding, once. A new name is made of letters of the Latin script that carry at most
one accent mark, digits and `. _ - + @`: an alphabet without look-alikes of its own letters in other scripts.
What is left (accents, o and 0, l and 1, m and rn) falls together in the skeleton, and no two people share a
skeleton, after the idea of UTS #39 section 4.
"""

from __future__ import annotations

import re
import unicodedata

from idp.errors import Code, Refusal

__all__ = ["MAX_TYPED", "fold_username", "skeleton", "unacceptable_username"]

MAX_TYPED = 256
MAX_FOLDED = 128

_PLAIN = re.compile(r"[a-z0-9._@+-]")
# Letters of Latin orthographies that do not decompose and look like no other letter of the alphabet above.
_EXTRA_LETTERS = frozenset("æðøþœđħłŋŧɓɔɖɗəɛɣƙ")
_SAME_SIGN = str.maketrans(
    {
        "0": "o", "1": "l", "ø": "o", "đ": "d", "ɖ": "d", "ɗ": "d", "ħ": "h", "ł": "l", "ŧ": "t", "ɓ": "b",
        "ƙ": "k", "ŋ": "n", "þ": "p", "æ": "ae", "œ": "oe",
    }
)  # fmt: skip
_SAME_PAIR = (("rn", "m"), ("vv", "w"))


def fold_username(typed: str) -> str | None:
    """The form under which a name is looked up, counted and shown; None when nobody can be called that.

    Names typed with more than 256 characters are not even folded. Folding a folded name changes nothing.
    """
    if len(typed) > MAX_TYPED:
        return None
    folded = unicodedata.normalize("NFKC", typed).casefold()
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", folded).casefold()).strip()
    return folded if 0 < len(folded) <= MAX_FOLDED else None


def unacceptable_username(folded: str) -> Refusal | None:
    """Why nobody new may be called `folded`, or None when they may."""
    if all(_acceptable(letter) for letter in folded):
        return None
    return Refusal(Code.SUBSCRIBER_INVALID, "username: only Latin letters, digits and . _ - + @")


def skeleton(folded: str) -> str:
    """What is left of a folded name when everything that looks the same is the same; unique among people."""
    bare = "".join(
        letter for letter in unicodedata.normalize("NFD", folded) if unicodedata.category(letter) != "Mn"
    ).translate(_SAME_SIGN)
    for pair, letter in _SAME_PAIR:
        bare = bare.replace(pair, letter)
    return bare


def _acceptable(letter: str) -> bool:
    if _PLAIN.fullmatch(letter) or letter in _EXTRA_LETTERS:
        return True
    parts = unicodedata.normalize("NFD", letter)
    return len(parts) == 2 and "a" <= parts[0] <= "z" and unicodedata.category(parts[1]) == "Mn"
