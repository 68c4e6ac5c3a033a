"""Writing ISO/IEC 19794-2:2005: byte for byte what was read, refusals for what it cannot say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from biometrics.errors import Reason, Refused
from biometrics.fingerprint.template import MinutiaKind
from biometrics.records.extended import blocks
from biometrics.records.model import ExtendedBlock, Frame, MinutiaeRecord, RecordFormat, RecordMinutia, View
from biometrics.records.reading import read
from biometrics.records.writing import as_iso_2005, write
from biometrics.sample import FingerPosition
from tests.hostile_records import seeds
from tests.hostile_records.judge import judge
from tests.hostile_records.mutation import mutated

GOOD_VIEW = View(
    FingerPosition.LEFT_THUMB, 0, 0, 80, Frame(300, 400, 197, 197), (RecordMinutia(MinutiaKind.ENDING, 1, 2, 3, 4),)
)
GOOD = MinutiaeRecord(RecordFormat.ISO_2005, "20", (GOOD_VIEW,))
BYTE = st.integers(0, 255)
COORDINATE = st.integers(0, 0x3FFF)
MINUTIAE = st.builds(RecordMinutia, st.sampled_from(MinutiaKind), COORDINATE, COORDINATE, BYTE, BYTE)
RESOLUTION = st.integers(1, 0xFFFF)


@st.composite
def records(draw: st.DrawFn) -> MinutiaeRecord:
    """Any record that ISO 2005 can express."""
    frame = Frame(draw(st.integers(0, 0xFFFF)), draw(st.integers(0, 0xFFFF)), draw(RESOLUTION), draw(RESOLUTION))
    views = st.builds(
        View,
        st.sampled_from(FingerPosition),
        st.integers(0, 15),
        st.integers(0, 15),
        BYTE,
        st.just(frame),
        st.lists(MINUTIAE, max_size=20).map(tuple),
        st.binary(max_size=30),
    )
    return MinutiaeRecord(
        RecordFormat.ISO_2005,
        "20",
        tuple(draw(st.lists(views, min_size=1, max_size=4))),
        certification=draw(st.integers(0, 15)),
        device=draw(st.integers(0, 0xFFF)),
    )


@pytest.mark.parametrize(
    "record",
    [
        replace(GOOD, views=()),
        replace(GOOD, views=(GOOD_VIEW,) * 256),
        replace(GOOD, device=0x1000),
        replace(GOOD, certification=16),
        replace(GOOD, format=RecordFormat.ISO_2011),
        replace(GOOD, views=(GOOD_VIEW, replace(GOOD_VIEW, frame=Frame(301, 400, 197, 197)))),
        replace(GOOD, views=(replace(GOOD_VIEW, frame=Frame(300, 400, 0, 197)),)),
        replace(GOOD, views=(replace(GOOD_VIEW, number=16),)),
        replace(GOOD, views=(replace(GOOD_VIEW, impression=24),)),
        replace(GOOD, views=(replace(GOOD_VIEW, quality=256),)),
        replace(GOOD, views=(replace(GOOD_VIEW, minutiae=GOOD_VIEW.minutiae * 256),)),
        replace(GOOD, views=(replace(GOOD_VIEW, minutiae=(RecordMinutia(MinutiaKind.OTHER, 0x4000, 0, 0, 0),)),)),
        replace(GOOD, views=(replace(GOOD_VIEW, minutiae=(RecordMinutia(MinutiaKind.OTHER, 0, -1, 0, 0),)),)),
        replace(GOOD, views=(replace(GOOD_VIEW, minutiae=(RecordMinutia(MinutiaKind.OTHER, 0, 0, 256, 0),)),)),
        replace(GOOD, views=(replace(GOOD_VIEW, extended=bytes(0x10000)),)),
        replace(GOOD, views=(replace(GOOD_VIEW, extended=bytes(0xFFFF)),) * 20),
    ],
)
def test_what_does_not_fit_is_refused(record: MinutiaeRecord) -> None:
    """No number is cut to its field."""
    answer = write(record)
    assert isinstance(answer, Refused)
    assert answer.reason is Reason.RECORD_INEXPRESSIBLE
    assert answer.detail


@settings(max_examples=150, deadline=None)
@given(records())
def test_values_survive(record: MinutiaeRecord) -> None:
    """What is written reads as the same values, and writes as the same bytes."""
    data = write(record)
    assert isinstance(data, bytes)
    again = read(data)
    assert again == record
    assert isinstance(again, MinutiaeRecord)
    assert write(again) == data


def test_the_same_bytes_as_packed_by_hand() -> None:
    """The writer agrees with records that it did not write."""
    generator = np.random.default_rng(3)
    for count in (0, 1, 60, 255):
        rows = seeds.minutiae(generator, count, 256)
        data = seeds.iso_2005([rows, rows], seeds.area((1, b"abc"), (700, b"")))
        record = read(data)
        assert isinstance(record, MinutiaeRecord)
        assert write(record) == data


def test_ansi_angles_become_iso_angles() -> None:
    """90 steps of 2 degrees are half a turn, 128 steps; the turn closes."""
    rows: list[seeds.MINUTIA] = [(1, 5, 6, angle, 50) for angle in (0, 45, 90, 179)]
    record = read(seeds.ansi_2004([rows]))
    assert isinstance(record, MinutiaeRecord)
    converted = as_iso_2005(record)
    assert isinstance(converted, MinutiaeRecord)
    assert [minutia.angle for minutia in converted.views[0].minutiae] == [0, 64, 128, 255]
    assert isinstance(write(converted), bytes)


def test_iso_2011_loses_only_what_2005_cannot_say() -> None:
    """Unreported qualities become 0, a contactless impression a plain one; minutiae stay."""
    rows: list[seeds.MINUTIA] = [(2, 5, 6, 200, 50)]
    record = read(seeds.iso_2011([rows], quality=False))
    assert isinstance(record, MinutiaeRecord)
    converted = as_iso_2005(record)
    assert isinstance(converted, MinutiaeRecord)
    assert converted.views[0].impression == 0
    assert converted.views[0].minutiae == (RecordMinutia(MinutiaKind.BIFURCATION, 5, 6, 200, 0),)


def test_views_of_different_images_are_refused() -> None:
    """ISO 2005 has one image size for all views."""
    other = replace(GOOD_VIEW, frame=Frame(100, 100, 197, 197))
    answer = as_iso_2005(replace(GOOD, format=RecordFormat.ISO_2011, views=(GOOD_VIEW, other)))
    assert isinstance(answer, Refused)


def test_extended_data_divide_both_ways() -> None:
    """A block's length with or without its own header; neither, and it stays one piece."""
    assert blocks(b"\0\1\0\x06ab\0\2\0\4") == (ExtendedBlock(1, b"ab"), ExtendedBlock(2, b""))
    assert blocks(b"\2\x21\0\2ab") == (ExtendedBlock(0x221, b"ab"),)
    assert blocks(b"") == ()
    assert blocks(b"\0\1\0\x09ab") is None
    assert blocks(b"\0\1\0") is None


def test_broken_records_keep_the_promises() -> None:
    """The seeded beginning of `python -m tests.hostile_records`."""
    generator = np.random.default_rng(17)
    sound = seeds.all_seeds(generator)
    outcomes = {judge(mutated(sound, generator)).split(":")[0] for _ in range(1500)}
    assert outcomes == {"read", "refused"}
