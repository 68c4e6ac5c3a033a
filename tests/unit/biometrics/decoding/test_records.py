from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from biometrics.decoding.decode import decode
from biometrics.decoding.limits import Limits
from biometrics.errors import Reason, Refused
from biometrics.sample import FingerPosition, Sample
from tests.hostile.seeds import face_record, finger_record, finger_record_2011, ridges, seeds

LIMITS = Limits()
IMAGE = ridges(40, 32)
OLD = finger_record(IMAGE.tobytes(), 32, 40, 0)
NEW = finger_record_2011(IMAGE.tobytes(), 32, 40, 0)
FACE = seeds()["face-jpeg"]


def changed(data: bytes, at: int, new: bytes) -> bytes:
    """The record with other bytes in one place."""
    return data[:at] + new + data[at + len(new) :]


@pytest.mark.parametrize(
    ("data", "offset", "reason"),
    [
        (changed(OLD, 4, b"099\0"), 4, Reason.RECORD_FORMAT),
        (OLD + b"\0", 8, Reason.RECORD_MALFORMED),
        (OLD[:-1], 8, Reason.RECORD_MALFORMED),
        (OLD[:20], 8, Reason.RECORD_MALFORMED),
        (changed(OLD, 18, b"\0"), 18, Reason.RECORD_MALFORMED),
        (changed(OLD, 19, b"\3"), 19, Reason.RECORD_MALFORMED),
        (changed(OLD, 24, struct.pack(">HH", 500, 250)), 24, Reason.SAMPLE_RESOLUTION),
        (changed(OLD, 28, b"\x10"), 28, Reason.SAMPLE_FORMAT),
        (changed(OLD, 29, b"\6"), 29, Reason.RECORD_MALFORMED),
        (changed(OLD, 32, struct.pack(">I", 14)), 46, Reason.RECORD_MALFORMED),
        (changed(OLD, 32, struct.pack(">I", 1 << 31)), 46, Reason.RECORD_MALFORMED),
        (changed(OLD, 36, b"\x0d"), 36, Reason.RECORD_INEXPRESSIBLE),
        (changed(OLD, 41, b"\0\0"), 46, Reason.RECORD_MALFORMED),
        (changed(OLD, 41, b"\0\x21"), 46, Reason.RECORD_MALFORMED),
        (changed(NEW, 8, b"\0\0\0\1"), 8, Reason.RECORD_MALFORMED),
        (changed(NEW, 12, b"\0\0"), 12, Reason.RECORD_MALFORMED),
        (changed(NEW, 14, b"\7"), 14, Reason.RECORD_MALFORMED),
        (changed(NEW, 16, struct.pack(">I", 1 << 30)), 16, Reason.RECORD_MALFORMED),
        (changed(NEW, 16, struct.pack(">I", 60)), len(NEW) - IMAGE.size - 4, Reason.RECORD_MALFORMED),
        (changed(FACE, 4, b"020\0"), 4, Reason.RECORD_FORMAT),
        (FACE[:-1], 8, Reason.RECORD_MALFORMED),
        (changed(FACE, 12, b"\0\0"), 12, Reason.RECORD_MALFORMED),
        (changed(FACE, 18, b"\xff\xff"), 20, Reason.RECORD_MALFORMED),
        (changed(FACE, 51, b"\2"), 51, Reason.RECORD_MALFORMED),
        (changed(FACE, 52, b"\0\x01"), 62, Reason.RECORD_MALFORMED),
    ],
)
def test_malformed_field(data: bytes, offset: int, reason: Reason) -> None:
    """A field that cannot be is refused with its offset and what is wrong."""
    found = decode(data, None, LIMITS)
    assert isinstance(found, Refused)
    assert (found.offset, found.reason) == (offset, reason), found.detail
    assert found.detail


def test_another_image_than_claimed() -> None:
    """An image of another format or size than the record claims is refused at its first byte."""
    png = seeds()["png-grey"]
    for record in (
        finger_record(png, 160, 200, 3),
        finger_record(png, 161, 200, 5),
        finger_record_2011(png, 160, 200, 5),
        face_record(png, 160, 200, 0),
        finger_record(OLD, 32, 40, 2),
    ):
        found = decode(record, None, LIMITS)
        assert isinstance(found, Refused)
        assert found.offset is not None
        assert record[found.offset :][:4] in (png[:4], OLD[:4])


def test_damage_inside_the_image() -> None:
    """A fault in the image within a record is told with its offset in the whole record."""
    inner = seeds()["png-grey"]
    record = finger_record(changed(inner, 24, b"\3"), 160, 200, 5)
    found = decode(record, None, LIMITS)
    assert isinstance(found, Refused)
    assert found.offset == 46 + 24


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_every_prefix_and_flip(data: st.DataObject) -> None:
    """Any prefix of a record is refused at some byte of it; any changed byte ends in a sample or a coded refusal."""
    record = data.draw(st.sampled_from((OLD, NEW, FACE)))
    prefix = record[: data.draw(st.integers(4, len(record) - 1))]
    found = decode(prefix, None, LIMITS)
    assert isinstance(found, Refused)
    assert found.offset is not None
    assert 0 <= found.offset <= len(prefix)
    at = data.draw(st.integers(0, 90))
    spoilt = changed(record, at, bytes([data.draw(st.integers(0, 255))]))
    assert isinstance(decode(spoilt, None, LIMITS), Sample | Refused)


@pytest.mark.parametrize("position", FingerPosition)
@pytest.mark.parametrize("build", [finger_record, finger_record_2011])
def test_position(build: object, position: FingerPosition) -> None:
    """Each of the ten fingers, and the unknown one, is told by the record, with its pixels as they are."""
    assert callable(build)
    sample = decode(build(IMAGE.tobytes(), 32, 40, 0, position), None, LIMITS)
    assert isinstance(sample, Sample)
    assert sample.position is position
    assert sample.ppi == 500
    assert np.array_equal(sample.pixels, IMAGE)


def test_centimetres() -> None:
    """A resolution in pixels per centimetre is told per inch."""
    data = changed(changed(OLD, 19, b"\2"), 24, struct.pack(">HH", 197, 197))
    sample = decode(data, None, LIMITS)
    assert isinstance(sample, Sample)
    assert sample.ppi == pytest.approx(500.4, abs=0.1)
