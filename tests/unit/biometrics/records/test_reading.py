"""Reading minutiae records of all formats: values, refusals with their byte, remarks."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from biometrics.errors import Reason, Refused
from biometrics.fingerprint.template import MinutiaKind
from biometrics.records.model import MAX_BYTES, Frame, MinutiaeRecord, RecordFormat
from biometrics.records.reading import read
from biometrics.sample import FingerPosition
from tests.hostile_records import seeds

ROWS: list[seeds.MINUTIA] = [(1, 10, 20, 30, 40), (2, 299, 399, 179, 100), (0, 0, 0, 0, 0)]
ISO = seeds.iso_2005([ROWS])
ANSI = seeds.ansi_2004([ROWS])
ISO_2011 = seeds.iso_2011([ROWS])
ANSI_2009 = seeds.ansi_2009([ROWS])
# A representation that says, truly, that two more bytes follow its extended data.
LONGER = ISO_2011[:8] + struct.pack(">I", len(ISO_2011) + 2) + ISO_2011[12:15]
LONGER += struct.pack(">I", len(ISO_2011) - 13) + ISO_2011[19:] + b"\1\1"


def accepted(data: bytes) -> MinutiaeRecord:
    """The record in `data`, which must be readable."""
    answer = read(data)
    assert isinstance(answer, MinutiaeRecord), answer
    return answer


def changed(data: bytes, at: int, value: bytes) -> bytes:
    """`data` with `value` written at a byte."""
    return data[:at] + value + data[at + len(value) :]


def refusal(data: bytes) -> tuple[Reason, int | None]:
    """Why `data` is refused, and at which byte."""
    answer = read(data)
    assert isinstance(answer, Refused), answer
    assert answer.detail
    return answer.reason, answer.offset


@pytest.mark.parametrize(
    ("data", "reason", "offset"),
    [
        (b"", Reason.RECORD_FORMAT, 0),
        (b"FMR", Reason.RECORD_FORMAT, 0),
        (b"FIR\x00020\0" + bytes(50), Reason.RECORD_FORMAT, 0),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), Reason.RECORD_FORMAT, 0),
        (b"FMR\0 10\0" + bytes(50), Reason.RECORD_FORMAT, 4),
        (b"FMR\0 20\0", Reason.RECORD_MALFORMED, 8),
        (ISO[:-1], Reason.RECORD_MALFORMED, 8),
        (ISO + b"\1", Reason.RECORD_MALFORMED, len(ISO)),
        (changed(ISO, 8, struct.pack(">I", 23)), Reason.RECORD_MALFORMED, 8),
        (changed(ISO, 18, b"\0\0"), Reason.RECORD_MALFORMED, 18),
        (changed(ISO, 20, b"\0\0"), Reason.RECORD_MALFORMED, 20),
        (changed(ISO, 22, b"\0"), Reason.RECORD_MALFORMED, 22),
        (changed(ISO, 22, b"\2"), Reason.RECORD_MALFORMED, len(ISO)),
        (changed(ISO, 24, b"\x0b"), Reason.RECORD_MALFORMED, 24),
        (changed(ISO, 27, b"\xff"), Reason.RECORD_MALFORMED, 28),
        (changed(ISO, 28, b"\xc0"), Reason.RECORD_MALFORMED, 28),
        (changed(ISO, 30, b"\x40"), Reason.RECORD_MALFORMED, 30),
        (changed(ISO, len(ISO) - 2, b"\0\1"), Reason.RECORD_MALFORMED, len(ISO)),
        (changed(ANSI, 8, b"\xff\xff"), Reason.RECORD_MALFORMED, 8),
        (changed(ANSI, 34, bytes([180])), Reason.RECORD_MALFORMED, 34),
        (changed(ISO_2011, 8, struct.pack(">I", 10)), Reason.RECORD_MALFORMED, 8),
        (LONGER, Reason.RECORD_MALFORMED, len(ISO_2011)),
        (changed(ISO_2011, 50, b"\x70"), Reason.RECORD_MALFORMED, 50),
        (changed(ISO_2011, 52, b"\xff"), Reason.RECORD_MALFORMED, 52),
        (changed(ANSI_2009, 21, b"\x0b"), Reason.RECORD_MALFORMED, 21),
    ],
)
def test_a_broken_record_is_refused_at_its_byte(data: bytes, reason: Reason, offset: int) -> None:
    """The refusal names the first byte that cannot be right."""
    assert refusal(data) == (reason, offset)


def test_every_cut_is_refused() -> None:
    """No beginning of a record of any format reads as a record."""
    for data in (ISO, ANSI, ISO_2011, ANSI_2009):
        for length in range(len(data)):
            assert isinstance(read(data[:length]), Refused), length


def test_a_giant_is_refused_unread() -> None:
    """Size is judged before anything else."""
    assert refusal(ISO + bytes(MAX_BYTES)) == (Reason.RECORD_MALFORMED, MAX_BYTES)


def test_iso_2005_is_read_whole() -> None:
    """Each field of the header, the view and the minutiae arrives as it was written."""
    record = accepted(seeds.iso_2005([ROWS, ROWS[:1]], seeds.area((1, b"abcd"))))
    assert (record.format, record.version) == (RecordFormat.ISO_2005, "20")
    assert (record.certification, record.device, record.remarks) == (0x8, 0x0B5, ())
    view, second = record.views
    assert (view.position, view.number, view.impression, view.quality) == (FingerPosition.LEFT_INDEX, 0, 0, 80)
    assert (second.number, len(second.minutiae)) == (1, 1)
    assert view.frame == Frame(300, 400, 197, 197)
    assert [tuple(minutia) for minutia in view.minutiae] == ROWS
    assert view.minutiae[0].kind is MinutiaKind.ENDING
    assert view.extended == b"\0\1\0\x08abcd"


@pytest.mark.parametrize("long", [False, True])
def test_ansi_2004_is_read_whole(long: bool) -> None:
    """Also with the six-byte length, product identifiers included."""
    record = accepted(seeds.ansi_2004([ROWS], long=long))
    assert (record.format, record.owner, record.product, record.device) == (RecordFormat.ANSI_2004, 0x35, 0x0B, 1)
    assert record.views[0].position is FingerPosition.RIGHT_INDEX
    assert [tuple(minutia) for minutia in record.views[0].minutiae] == ROWS


@pytest.mark.parametrize("version", [b"030\0", b"035\0"])
def test_ansi_2009_is_read_whole(version: bytes) -> None:
    """The edition and its amendment, told from ISO 2011 of the same name by their structure."""
    record = accepted(seeds.ansi_2009([ROWS, ROWS], version, seeds.area((2, b"xy"))))
    assert record.format is RecordFormat.ANSI_2009
    assert (record.owner, record.product, record.certification, record.device) == (0x1234, 0x5678, 0x80, 0x9ABC)
    view = record.views[1]
    assert (view.position, view.number, view.impression, view.quality) == (FingerPosition.RIGHT_MIDDLE, 1, 2, 60)
    assert [tuple(minutia) for minutia in view.minutiae] == ROWS


@pytest.mark.parametrize("certified", [False, True])
@pytest.mark.parametrize("quality", [False, True])
def test_iso_2011_is_read_whole(quality: bool, certified: bool) -> None:
    """With and without certification blocks and minutia qualities; a missing quality is 254."""
    record = accepted(seeds.iso_2011([ROWS], quality=quality, certified=certified))
    view = record.views[0]
    assert (record.format, record.device) == (RecordFormat.ISO_2011, 0x0102)
    assert (view.position, view.impression, view.quality) == (FingerPosition.RIGHT_RING, 24, 50)
    assert [minutia[:4] for minutia in view.minutiae] == [row[:4] for row in ROWS]
    assert [minutia.quality for minutia in view.minutiae] == ([40, 100, 0] if quality else [254] * 3)


@pytest.mark.parametrize(
    ("data", "offset"),
    [
        (ISO + bytes(9), len(ISO)),
        (changed(ISO, 23, b"\1"), 23),
        (changed(ISO, 25, b"\x0f"), 25),
        (changed(ISO, 26, b"\x80"), 26),
        (changed(ISO, 18, b"\0\x50"), 18),
        (changed(ISO, 14, b"\0\0"), 14),
        (changed(ISO, 29, b"\xff"), None),
        (changed(ISO, 33, b"\x80"), 33),
        (seeds.iso_2005([ROWS], b"\0\3abc"), len(ISO)),
    ],
)
def test_what_the_field_does_is_read_with_a_remark(data: bytes, offset: int | None) -> None:
    """Zero fill behind the record, reserved values, minutiae outside the image, odd extended data: read, and said."""
    record = accepted(data)
    if offset is None:
        assert record.remarks == ()  # still inside the image: nothing to say
        return
    assert offset in [remark.offset for remark in record.remarks]
    assert len(record.views[0].minutiae) == len(ROWS)


def test_a_minutia_outside_the_image_is_remarked() -> None:
    """Its coordinates stay as they are."""
    record = accepted(seeds.iso_2005([[(1, 300, 20, 0, 50)]]))
    assert [remark.offset for remark in record.remarks] == [28]
    assert record.views[0].minutiae[0].x == 300


def test_counts_do_not_make_memory() -> None:
    """Promises of 65,535 or of no representations are refused; nothing is made for them."""
    for promised in (b"\xff\xff", b"\0\0"):
        assert refusal(changed(ISO_2011, 12, promised))[0] is Reason.RECORD_MALFORMED


def test_remarks_are_bounded() -> None:
    """255 minutiae outside the image do not earn 255 remarks."""
    outside: list[seeds.MINUTIA] = [(1, 5000, 5000, 0, 200)] * 255
    assert 1 <= len(accepted(seeds.iso_2005([outside])).remarks) <= 16


def test_the_seeds_are_sound() -> None:
    """Every seed of the hostile suite is a valid record; otherwise it would test nothing."""
    for data in seeds.all_seeds(np.random.default_rng(5)):
        assert accepted(data).remarks == ()
