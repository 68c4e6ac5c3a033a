"""User names to suggest: made from a person's names, in plain letters that every keyboard has."""

from __future__ import annotations

import unicodedata

__all__ = ["plain_username"]

MAX_LENGTH = 40
# Letters of our orthographies that do not decompose, as they are written where they are missing.
_PLAIN = str.maketrans(
    {
        "ɛ": "e", "ə": "e", "ɔ": "o", "ŋ": "ng", "ɓ": "b", "ɗ": "d", "ɖ": "d", "\u0263": "g", "ƙ": "k", "æ": "ae",
        "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ħ": "h", "ł": "l", "ŧ": "t", "ß": "ss",
    }
)  # fmt: skip


def plain_username(given_name: str, family_name: str, number: int | None = None) -> str:
    """`aminata.koroma`, with a number after it where one is given; empty where the names have no Latin letter."""
    words = [_plain(name.split()[0]) for name in (given_name, family_name) if name.split()]
    joined = ".".join(word for word in words if word)[:MAX_LENGTH].strip(".")
    return f"{joined}{number}" if joined and number is not None else joined


def _plain(name: str) -> str:
    spelt = unicodedata.normalize("NFKD", name.casefold().translate(_PLAIN))
    return "".join(letter for letter in spelt if "a" <= letter <= "z")
