"""Names that are typed for places and machines: one form, printable, and short enough for a sign on a door."""

from __future__ import annotations

import unicodedata

__all__ = ["plain_name"]

MAX_NAME = 120


def plain_name(text: str) -> str | None:
    """A name in Unicode NFC with single spaces; None when it is empty, longer than 120 signs or not printable."""
    plain = unicodedata.normalize("NFC", text)
    if not plain.isprintable():
        return None
    called = " ".join(plain.split())
    return called if 0 < len(called) <= MAX_NAME else None
