"""Base45 (RFC 9285): bytes as the signs that a QR code holds most densely."""

from __future__ import annotations

__all__ = ["decoded", "encoded"]

_SIGNS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_VALUES = {sign: value for value, sign in enumerate(_SIGNS)}
_BASE = len(_SIGNS)


def encoded(content: bytes) -> str:
    """Two bytes as three signs, a last one as two (RFC 9285 section 4)."""
    parts: list[str] = []
    for start in range(0, len(content), 2):
        pair = content[start : start + 2]
        number = int.from_bytes(pair, "big")
        for _ in range(len(pair) + 1):
            number, value = divmod(number, _BASE)
            parts.append(_SIGNS[value])
    return "".join(parts)


def decoded(text: str) -> bytes:
    """The reverse. ValueError for a sign or a length that nothing is written with, and for a group over its bytes."""
    content = bytearray()
    for start in range(0, len(text), 3):
        group = text[start : start + 3]
        if len(group) == 1:
            message = "a single sign at the end"
            raise ValueError(message)
        try:
            number = sum(_VALUES[sign] * _BASE**place for place, sign in enumerate(group))
        except KeyError as error:
            message = "not a sign of Base45"
            raise ValueError(message) from error
        try:
            content += number.to_bytes(len(group) - 1, "big")
        except OverflowError as error:
            message = "more than its bytes can hold"
            raise ValueError(message) from error
    return bytes(content)
