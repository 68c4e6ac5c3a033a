"""Codes that people write down, say and type: one alphabet, one grouping, and one way to read them."""

from __future__ import annotations

import unicodedata

from idp.entropy import Entropy

__all__ = ["ALPHABET", "grouped", "new_code", "typed_code_of"]

# Without I, L, O and U: of signs that look alike on paper one is used, and the others are read as it.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
GROUP = 4
MAX_TYPED = 60
_MEANT = str.maketrans({"O": "0", "I": "1", "L": "1"})


def new_code(entropy: Entropy, length: int) -> str:
    """A random code of `length` signs, five bits each."""
    return "".join(ALPHABET[byte % len(ALPHABET)] for byte in entropy.bytes(length))


def grouped(code: str) -> str:
    """A code as it is shown, `XXXX-XXXX`: in groups of four."""
    return "-".join(code[start : start + GROUP] for start in range(0, len(code), GROUP))


def typed_code_of(text: str, length: int) -> str | None:
    """A code as typed, in any case and grouping, as its `length` signs; None when it cannot be one.

    Signs that are not used stand for the ones that they look like; whatever is neither letter nor digit is passed over.
    """
    if len(text) > MAX_TYPED:
        return None
    plain = unicodedata.normalize("NFKC", text).upper()
    kept = "".join(sign for sign in plain if sign.isalnum()).translate(_MEANT)
    return kept if len(kept) == length and set(kept) <= set(ALPHABET) else None
