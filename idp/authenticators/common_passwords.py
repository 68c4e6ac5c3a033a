"""The passwords that most people use, as digests: the list weighs more and is no reading matter.

`common_passwords.bin` holds those of the 30 000 most frequent ones (the frequency list of zxcvbn 4.5, MIT) that are
long enough to be asked about; `pack` made it, and makes another one of any list.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

__all__ = ["is_most_common", "pack"]

BYTES = 5


def pack(folded: Iterable[str]) -> bytes:
    """The file for these passwords, which must be folded as `is_most_common` expects them."""
    return b"".join(sorted({_digest(password) for password in folded}))


def is_most_common(folded: str) -> bool:
    """True for a password of the list. `folded` is NFKC, then case folded; one in 10^8 others counts as listed too."""
    held, wanted = _held(), _digest(folded)
    low, high = 0, len(held) // BYTES
    while low < high:
        middle = (low + high) // 2
        if held[middle * BYTES : (middle + 1) * BYTES] < wanted:
            low = middle + 1
        else:
            high = middle
    return held[low * BYTES : (low + 1) * BYTES] == wanted


def _digest(folded: str) -> bytes:
    return hashlib.sha256(folded.encode("utf-8", "surrogatepass")).digest()[:BYTES]


@cache
def _held() -> bytes:
    return Path(__file__).with_suffix(".bin").read_bytes()
