from __future__ import annotations

import contextlib
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from biometrics.decoding import face_record, finger_record
from biometrics.decoding.cursor import Cursor, Unreadable
from biometrics.decoding.decode import read_header
from biometrics.decoding.header import ImageHeader
from biometrics.decoding.ifd import read_directory
from biometrics.errors import Reason
from tests.hostile.crafted import tiff
from tests.hostile.seeds import seeds

# The header of each kind of sample, which is where the fields stand.
HEADS = {name: data[:400] for name, data in seeds().items()}


def _header(data: bytes) -> ImageHeader:
    return read_header(data, 1 << 24)


@given(name=st.sampled_from(sorted(HEADS)), data=st.data())
@settings(max_examples=200, deadline=None)
def test_spoilt_headers(name: str, data: st.DataObject) -> None:
    """No bytes make a header reader raise anything but its refusal, nor tell an offset outside of them."""
    head = bytearray(HEADS[name])
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(2, len(head) - 4))
        head[at : at + 4] = data.draw(st.binary(min_size=0, max_size=6))
        if len(head) < 8:
            break
    problems: list[Unreadable] = []
    for read in (_header, finger_record.read, face_record.read):
        try:
            read(bytes(head))
        except Unreadable as problem:
            problems.append(problem)
    assert all(problem.detail for problem in problems)
    assert all(problem.offset is None or problem.offset >= 0 for problem in problems)


@given(magic=st.sampled_from(sorted({head[:4] for head in HEADS.values()})), rest=st.binary(max_size=200))
def test_magic_and_noise(magic: bytes, rest: bytes) -> None:
    """Right first bytes do not make noise readable by accident of an exception."""
    with contextlib.suppress(Unreadable):
        _header(magic + rest)


@given(data=st.binary(max_size=20), counts=st.lists(st.integers(-3, 30), max_size=8))
def test_cursor_stays_inside(data: bytes, counts: list[int]) -> None:
    """A cursor gives out bytes in order and never more than there are."""
    at = Cursor(data)
    for count in counts:
        before = at.offset
        if 0 <= count <= len(data) - before:
            assert at.take(count, "bytes") == data[before : before + count]
        else:
            with pytest.raises(Unreadable) as caught:
                at.take(count, "bytes")
            assert caught.value.offset == at.offset == before


@pytest.mark.parametrize("count", [1 << 18, 0x40000000, 0xFFFFFFFF])
def test_field_without_end(count: int) -> None:
    """A directory's field with more values than an honest file has is refused before they are read."""
    directory = read_directory(tiff({256: (1, count, 8)}, 0, bytes(1 << 19)))
    with pytest.raises(Unreadable) as caught:
        directory.numbers(256)
    assert caught.value.reason is Reason.SAMPLE_MALFORMED


def test_directory_of_itself() -> None:
    """A directory that points to itself is read once."""
    assert read_directory(tiff({256: (4, 1, 7)}, 8)).number(256, 0) == 7


def test_boxes_in_boxes() -> None:
    """Deeply nested JPEG 2000 boxes are refused without following them down."""
    body = b""
    for _ in range(5000):
        body = struct.pack(">I4s", 8 + len(body), b"jp2h") + body
    with pytest.raises(Unreadable):
        _header(seeds()["jp2-grey"][:32] + body)


def test_fill_bytes_alone() -> None:
    """A picture of fill bytes is refused at once, not followed to its end; a few of them are read over."""
    with pytest.raises(Unreadable) as caught:
        _header(b"\xff\xd8" + bytes([0xFF]) * 200_000)
    assert caught.value.offset is not None
    assert caught.value.offset < 2000
    sound = seeds()["jpeg-grey"]
    assert _header(sound[:2] + bytes([0xFF]) * 9 + sound[2:]) == _header(sound)
