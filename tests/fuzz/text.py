"""Mutations of one value: small damage to something good, or something hostile in its place."""

from __future__ import annotations

from random import Random

from tests.fuzz.shots import Value
from tests.fuzz.words import BYTES, NUMBERS, PERCENT, SIZES, SPECIALS, WORDS

__all__ = ["damaged", "hostile", "resized"]

# What a value may grow to. The largest are rare: they cost both sides most.
LARGE = 20_000


def hostile(dice: Random) -> Value:
    """Something in place of a value."""
    roll = dice.random()
    if roll < 0.6:
        return dice.choice(WORDS)
    if roll < 0.75:
        return dice.choice(NUMBERS)
    if roll < 0.87:
        return dice.choice(PERCENT)
    if roll < 0.93:
        return dice.choice(BYTES).replace(b"\r", b"").replace(b"\n", b"")
    return resized(dice, dice.choice(WORDS) or "a")


def resized(dice: Random, text: str) -> str:
    """The text repeated or cut to a length at which something may change."""
    size = LARGE if dice.random() < 0.02 else dice.choice(SIZES)
    return (text * (size // len(text) + 1))[:size]


def damaged(dice: Random, text: str) -> Value:
    """The text with one thing wrong; never the text itself."""
    for _ in range(4):
        made = _DAMAGES[dice.randrange(len(_DAMAGES))](dice, text)
        if made not in {text, text.encode("utf-8", "surrogatepass")}:
            return made
    return text + "x"


def _put_in(dice: Random, text: str) -> str:
    place = dice.randint(0, len(text))
    return text[:place] + dice.choice(SPECIALS) + text[place:]


def _left_out(dice: Random, text: str) -> str:
    place = dice.randint(0, len(text))
    return text[:place] + text[place + dice.choice((1, 1, 2, 8)) :]


def _cut(dice: Random, text: str) -> str:
    return text[: dice.randint(0, len(text))]


def _flipped(dice: Random, text: str) -> str:
    if not text:
        return "A"
    place = dice.randrange(len(text))
    return text[:place] + chr(ord(text[place]) ^ (1 << dice.randrange(7))) + text[place + 1 :]


def _other_case(dice: Random, text: str) -> str:
    return dice.choice((text.upper(), text.lower(), text.swapcase(), text.title()))


def _twice(dice: Random, text: str) -> str:
    return text + dice.choice(("", " ", ",", "&", ";", "\0")) + text


def _wide(_dice: Random, text: str) -> str:
    return "".join(chr(ord(one) + 0xFEE0) if "!" <= one <= "~" else one for one in text)


def _reversed(_dice: Random, text: str) -> str:
    return text[::-1]


def _surrounded(dice: Random, text: str) -> str:
    frame = dice.choice((" ", "\t", '"', "'", "\u200b", "%20", "\u00a0", "<!--"))
    return frame + text + frame


def _longer(dice: Random, text: str) -> str:
    return text + resized(dice, dice.choice(("A", "0", "é", "=", " ", "\0")))


def _badly_encoded(dice: Random, text: str) -> bytes:
    raw = text.encode("utf-8", "surrogatepass").translate(None, b"\r\n &")
    place = dice.randint(0, len(raw))
    return raw[:place] + dice.choice(PERCENT) + raw[place:]


_DAMAGES = (
    _put_in, _put_in, _left_out, _cut, _flipped, _flipped, _other_case, _twice, _wide, _reversed, _surrounded, _longer,
    _badly_encoded,
)  # fmt: skip
