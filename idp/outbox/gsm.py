"""How long a text message is: 160 letters of the GSM alphabet, or 70 of any other (3GPP TS 23.038).

Letters of Krio and its neighbours that the GSM alphabet lacks are written as people write them on a telephone without
those keys; everything else stays as it is.
"""

from __future__ import annotations

import unicodedata

__all__ = ["MAX_GSM", "MAX_OTHER", "fits", "in_gsm", "septets"]

MAX_GSM = 160
MAX_OTHER = 70
_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("^{}\\[~]|€")
_WRITTEN = str.maketrans(
    {
        "ɛ": "e", "Ɛ": "E", "ɔ": "o", "Ɔ": "O", "ŋ": "ng", "Ŋ": "Ng", "ə": "e", "Ə": "E",
        "\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u2013": "-", "\u2014": "-", "\u2026": "...",
        "\u00a0": " ", "\u202f": " ",
    }
)  # fmt: skip


def in_gsm(text: str) -> str:
    """The text with what the GSM alphabet has no letter for written differently, where that leaves it readable."""
    written = text.translate(_WRITTEN)
    return "".join(_plain(mark) for mark in unicodedata.normalize("NFC", written))


def septets(text: str) -> int | None:
    """Its length in the GSM alphabet, letters of the extension counting two; None where it cannot be written so."""
    if any(mark not in _BASIC and mark not in _EXTENDED for mark in text):
        return None
    return sum(2 if mark in _EXTENDED else 1 for mark in text)


def fits(text: str) -> bool:
    """True when it is one text message."""
    length = septets(text)
    return length <= MAX_GSM if length is not None else len(text.encode("utf-16-be")) // 2 <= MAX_OTHER


def _plain(mark: str) -> str:
    if mark in _BASIC or mark in _EXTENDED:
        return mark
    base = "".join(part for part in unicodedata.normalize("NFD", mark) if not unicodedata.combining(part))
    return base if base and all(part in _BASIC for part in base) else mark
