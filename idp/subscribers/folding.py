"""What is searched for, in the one form that its spellings share, and names as lists sort them.

Krio, Mende, Temne and their neighbours write letters that many keyboards do not have. A name is found by whoever types
it with them, without them, with accents or without, in capitals or not.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

__all__ = ["SEARCH_FORMS", "fold_name", "search_forms", "sort_key"]

# What stands for a letter where it cannot be typed. Accents are taken away by decomposition, these have none.
_STANDS_FOR = str.maketrans(
    {
        "\N{LATIN SMALL LETTER OPEN E}": "e",
        "\N{LATIN SMALL LETTER OPEN O}": "o",
        "\N{LATIN SMALL LETTER ENG}": "ng",
        "\N{LATIN SMALL LETTER SCHWA}": "e",
        "\N{LATIN SMALL LETTER TURNED E}": "e",
        "\N{LATIN SMALL LETTER B WITH HOOK}": "b",
        "\N{LATIN SMALL LETTER D WITH HOOK}": "d",
        "\N{LATIN SMALL LETTER Y WITH HOOK}": "y",
        "\N{LATIN SMALL LETTER N WITH LEFT HOOK}": "ny",
        "\N{RIGHT SINGLE QUOTATION MARK}": "'",
        "\N{MODIFIER LETTER APOSTROPHE}": "'",
    }
)


def fold_name(text: str) -> str:
    """The one form that all spellings of a name share: no case, accents, letters beyond a to z that have a stand-in."""
    folded = unicodedata.normalize("NFKC", text).casefold().translate(_STANDS_FOR)
    decomposed = unicodedata.normalize("NFKD", folded)
    return " ".join("".join(mark for mark in decomposed if unicodedata.category(mark) != "Mn").split())


def sort_key(text: str) -> tuple[str, str]:
    """Where a name stands in a list: beside its other spellings, and always in the same order among them."""
    return fold_name(text), unicodedata.normalize("NFC", text)


def search_forms(claims: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The claims of a person that can be searched for, each in its form."""
    for name, form in SEARCH_FORMS.items():
        if name in claims:
            yield name, form(claims[name])


def _email_form(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().strip()


def _phone_form(text: str) -> str:
    return re.sub(r"[^0-9+]", "", text.partition(";")[0])


SEARCH_FORMS: Mapping[str, Callable[[str], str]] = MappingProxyType(
    {"email": _email_form, "phone_number": _phone_form, "name": fold_name}
)
"""How the value of each claim that can be searched for is compared."""
