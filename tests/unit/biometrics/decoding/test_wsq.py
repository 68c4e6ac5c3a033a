from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from biometrics.decoding import wsq
from biometrics.decoding.cursor import Cursor, Unreadable
from biometrics.decoding.wsq_codes import code_tables, coefficients
from biometrics.errors import Reason
from tests.hostile.seeds import seeds

SOUND = seeds()["wsq"]
PIXELS = 1 << 24
FRAME, FIRST_CODES, FIRST_BLOCK = (SOUND.find(mark) for mark in (b"\xff\xa2", b"\xff\xa6", b"\xff\xa3"))
# Codes 0 (one coefficient of nothing), 10 (a run of five zeros), 110 (a long run, its length in a byte).
TABLE = b"\x00" + bytes((1, 1, 1, *[0] * 13)) + bytes((180, 5, 105))


def refused(data: bytes) -> Unreadable:
    """The refusal."""
    with pytest.raises(Unreadable) as caught:
        wsq.read(data, PIXELS)
    return caught.value


@pytest.mark.parametrize(
    ("at", "new"),
    [
        (FRAME + 6, struct.pack(">HH", 64, 64)),
        (FRAME + 6, struct.pack(">HH", 4000, 4000)),
        (FRAME + 6, struct.pack(">HH", 200, 32)),
        (FRAME, b"\xff\xa8"),
        (FIRST_CODES, b"\xff\xa8"),
        (FIRST_CODES + 4, b"\x08"),
        (FIRST_CODES + 5, b"\xff"),
        (FIRST_BLOCK + 4, b"\x07"),
        (SOUND.find(b"\xff\xa4"), b"\xff\xa8"),
        (SOUND.find(b"\xff\xa5"), b"\xff\xa8"),
        (2, b"\xff\xff"),
        (len(SOUND) - 2, b"\0\0"),
    ],
    ids=[
        "fewer pixels than codes", "more pixels than codes", "too flat", "no frame", "no table", "table out of range",
        "no prefix code", "unknown table", "no transform", "no quantisation", "no marker", "no end",
    ],
)  # fmt: skip
def test_not_for_the_decoder(at: int, new: bytes) -> None:
    """What would lead the decoder astray is refused before it is called."""
    assert at >= 0
    assert refused(SOUND[:at] + new + SOUND[at + len(new) :]).reason is Reason.SAMPLE_MALFORMED


def test_other_filters() -> None:
    """A transform of other filter lengths is a kind that is not read."""
    at = SOUND.find(b"\xff\xa4") + 4
    assert refused(SOUND[:at] + b"\x08" + SOUND[at + 1 :]).reason is Reason.SAMPLE_FORMAT


def test_sides_beyond_the_decoder() -> None:
    """A side that the decoder cannot count to is refused, though the pixels are few enough."""
    at = FRAME + 6
    assert refused(SOUND[:at] + struct.pack(">HH", 65_535, 100) + SOUND[at + 4 :]).reason is Reason.SAMPLE_PIXELS


def test_sound() -> None:
    """A sound picture tells its size and resolution."""
    header = wsq.read(SOUND, PIXELS)
    assert (header.width, header.height, header.told) == (160, 200, (500.0, 500.0))


@given(symbols=st.lists(st.sampled_from(((1, "0"), (5, "10"), (None, "110"))), max_size=60))
def test_codes_are_counted(symbols: list[tuple[int | None, str]]) -> None:
    """Coefficients, runs and long runs are counted for what they are, whatever byte they begin in."""
    table = code_tables(Cursor(TABLE))[0]
    bits, total = "", 0
    for number, (count, code) in enumerate(symbols):
        run = (number * 37) % 256
        bits += code + (f"{run:08b}" if count is None else "")
        total += run if count is None else count
    bits += "1" * (-len(bits) % 8)
    block = bytes(int(bits[place : place + 8], 2) for place in range(0, len(bits), 8)).replace(b"\xff", b"\xff\x00")
    assert coefficients(block, table, total) == total
    if total:
        assert coefficients(block, table, total - 1) is None


@given(block=st.binary(max_size=300))
def test_noise_as_codes(block: bytes) -> None:
    """Noise is counted or refused, never beyond what there is room for."""
    count = coefficients(block, code_tables(Cursor(TABLE))[0], 100)
    assert count is None or 0 <= count <= 100


def test_code_that_is_none() -> None:
    """Bits that no code begins with are refused, not skipped."""
    table = code_tables(Cursor(TABLE))[0]
    assert coefficients(bytes(np.full(4, 0xFE, np.uint8)), table, 1000) is None
