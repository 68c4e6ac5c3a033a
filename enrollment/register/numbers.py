"""National numbers and aliases as texts: drawn, shown, and read from what people type (design section 4).

A number is random and means nothing. It does not begin with 0 or 1, so that no program drops its first digit, and has
no run of digits that people take for a joke or mistype.
"""

from __future__ import annotations

import unicodedata
from enum import StrEnum
from itertools import pairwise

from enrollment.errors import Code, Refusal
from enrollment.register.verhoeff import check_digit, is_valid
from idp.entropy import Entropy

__all__ = [
    "ALIAS_DIGITS",
    "NIN_DIGITS",
    "IdentifierType",
    "has_refused_run",
    "masked",
    "new_alias",
    "new_nin",
    "shown",
    "typed_identifier",
]

NIN_DIGITS = 11
ALIAS_DIGITS = 16
LEGACY_LENGTHS = range(8, 16)
RUN = 4
MAX_TYPED = 60
_DRAW_BYTES = 8
# From the first sign to the last, the places before which a gap is shown.
_GAPS = {NIN_DIGITS: (3, 7), ALIAS_DIGITS: (4, 8, 12)}
_SEPARATORS = frozenset(" -.\u00a0\u2010\u2011\u2012\u2013\u202f")


class IdentifierType(StrEnum):
    """What a number is."""

    NIN = "nin"
    LEGACY = "legacy"
    ALIAS = "alias"


def new_nin(entropy: Entropy) -> str:
    """A national number: 11 digits, the last a check digit; nobody else's only once it is stored."""
    return _drawn(entropy, NIN_DIGITS)


def new_alias(entropy: Entropy) -> str:
    """An alias: 16 digits, the last a check digit."""
    return _drawn(entropy, ALIAS_DIGITS)


def has_refused_run(digits: str) -> bool:
    """True for a number with four equal digits in a row, or four that count up or down by one."""
    steps = [ord(right) - ord(left) for left, right in pairwise(digits)]
    runs = zip(steps, steps[1:], steps[2:], strict=False)
    return any(first == second == third and abs(first) <= 1 for first, second, third in runs)


def shown(number: str) -> str:
    """A number as people read it: `NNN NNNN NNNN`, an alias in fours, a legacy number as it is."""
    text = number
    for place in reversed(_GAPS.get(len(number), ()) if number.isdecimal() else ()):
        text = f"{text[:place]} {text[place:]}"
    return text


def masked(number: str) -> str:
    """A number as it stands on a page of somebody else: the last three signs only."""
    return "\N{BULLET}" * (len(number) - 3) + number[-3:]


def typed_identifier(text: str) -> tuple[IdentifierType, str] | Refusal:
    """What somebody typed: which kind of number, and its digits, whatever the spaces and dashes in between.

    Refused: `NIN_CHECK` for what can be no number of ours: a wrong length or sign, or a check digit that tells of a
    slip. Eleven and sixteen digits are never taken for a legacy number.
    """
    if len(text) > MAX_TYPED:
        return Refusal(Code.NIN_CHECK)
    plain = "".join(sign for sign in unicodedata.normalize("NFKC", text).upper() if sign not in _SEPARATORS)
    if not plain.isascii() or not plain.isalnum():
        return Refusal(Code.NIN_CHECK)
    if plain.isdecimal() and len(plain) in _GAPS:
        kind = IdentifierType.NIN if len(plain) == NIN_DIGITS else IdentifierType.ALIAS
        return (kind, plain) if is_valid(plain) else Refusal(Code.NIN_CHECK)
    return (IdentifierType.LEGACY, plain) if len(plain) in LEGACY_LENGTHS else Refusal(Code.NIN_CHECK)


def _drawn(entropy: Entropy, length: int) -> str:
    """Every number that is not refused is drawn as often as any other: what does not fit is drawn anew."""
    lowest = 2 * 10 ** (length - 2)
    count = 8 * 10 ** (length - 2)
    even = 256**_DRAW_BYTES // count * count
    while True:
        drawn = int.from_bytes(entropy.bytes(_DRAW_BYTES), "big")
        if drawn >= even:
            continue
        body = str(lowest + drawn % count)
        number = body + check_digit(body)
        if not has_refused_run(number):
            return number
