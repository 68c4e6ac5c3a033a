"""Why a password is easily guessed, and what would be better, as codes that pages have words for.

The only door to zxcvbn: 14 MB and a tenth of a second, so it is loaded when somebody sets a password, and slow on
long texts, so it is given the beginning only.
"""

from __future__ import annotations

from collections.abc import Iterable
from types import MappingProxyType
from typing import Any

from idp.authenticators.local_words import LOCAL

__all__ = ["ADVICE", "advice", "guesses"]

LONGEST_READ = 40
MAX_WORDS = 20
# What stands in `advice`, by what the library found the longest part of the password to be.
ADVICE = MappingProxyType(
    {
        "passwords": "known",
        "english_wikipedia": "word",
        "us_tv_and_film": "word",
        "female_names": "name",
        "male_names": "name",
        "surnames": "name",
        "user_inputs": "yours",
        "spatial": "keys",
        "repeat": "repeated",
        "sequence": "sequence",
        "regex": "year",
        "date": "date",
        "local": "local",
    }
)


def advice(password: str, about: Iterable[str] = ()) -> str | None:
    """What makes this password weak, most of all: a value of `ADVICE`, or None where nothing stands out."""
    parts = _estimated(password, about)["sequence"]
    known = [part for part in parts if part["pattern"] != "bruteforce"]
    if not known:
        return None
    longest = max(known, key=lambda part: len(part["token"]))
    if longest.get("dictionary_name") == "user_inputs" and longest["matched_word"] in LOCAL - _words(about):
        return ADVICE["local"]
    return ADVICE.get(longest["dictionary_name"] if longest["pattern"] == "dictionary" else longest["pattern"])


def guesses(password: str, about: Iterable[str] = ()) -> float:
    """How many guesses find this password, by estimate: as typed, or with its words written together.

    A space costs a guesser nothing, but hides the words around it from the library.
    """
    together = "".join(sign for sign in password if not sign.isspace() and sign not in "-_.")
    return min(float(_estimated(text, about)["guesses"]) for text in {password, together or password})


def _words(about: Iterable[str]) -> set[str]:
    words = [word[:LONGEST_READ] for text in about for word in (text, *text.split())]
    return {word.casefold() for word in words[:MAX_WORDS]}


def _estimated(password: str, about: Iterable[str]) -> dict[str, Any]:
    from zxcvbn import zxcvbn  # noqa: PLC0415 - see above: no web worker loads it at its start

    words = sorted(_words(about))
    estimated: dict[str, Any] = zxcvbn(password[:LONGEST_READ], user_inputs=[*words, *sorted(LOCAL)])
    return estimated
