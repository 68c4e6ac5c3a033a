"""People who do not exist, to measure with and to practise on: names put together from syllables, random births."""

from __future__ import annotations

from collections.abc import Sequence

from enrollment.issuance.issue import AcceptedCase
from enrollment.register import Birth, Facts, Precision, Sex
from idp.entropy import Entropy

__all__ = ["made_up_case"]

_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_AID_LENGTH = 14
_STARTS = ("ba", "be", "da", "fo", "ga", "ha", "jo", "ka", "ko", "la", "ma", "mo", "na", "sa", "se", "ta")
_MIDDLES = ("b", "d", "f", "g", "k", "l", "m", "n", "nd", "ng", "r", "s", "t", "w", "y", "mb")
_ENDS = ("a", "e", "i", "o", "u", "ai", "ay", "ama", "eh", "oma", "ura", "ie", "oh", "anu", "ara", "iatu")
_FIRST_YEAR, _YEARS = 1940, 68


def made_up_case(entropy: Entropy) -> AcceptedCase:
    """An accepted case of somebody who does not exist; about 16 million different full names."""
    dice = entropy.bytes(16)
    month, day = 1 + dice[0] % 12, 1 + dice[1] % 28
    birth = Birth(_FIRST_YEAR + dice[2] % _YEARS, month, day, Precision.DAY)
    facts = Facts(
        family_name=_word(dice[3:6]),
        given_names=f"{_word(dice[6:9])} {_word(dice[9:12])}" if dice[12] % 2 else _word(dice[6:9]),
        birth=birth,
        sex=Sex.FEMALE if dice[13] % 2 else Sex.MALE,
    )
    aid = "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in entropy.bytes(_AID_LENGTH))
    return AcceptedCase(aid, entropy.uuid(), facts, ial=3)


def _word(dice: Sequence[int]) -> str:
    start, middle, end = (table[die % len(table)] for table, die in zip((_STARTS, _MIDDLES, _ENDS), dice, strict=True))
    return f"{start}{middle}{end}".capitalize()
