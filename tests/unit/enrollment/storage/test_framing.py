"""A record as it lies in the store is the record again, or refused; never another."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrollment.errors import Code, Refusal
from enrollment.storage import Facts, Kind, Record, cbeff
from enrollment.storage.cbeff import MAX_CONTENT
from enrollment.storage.framing import pack, unpack

RECORD = Record(
    Kind.FINGER_IMAGE,
    b"\x89PNG of nobody",
    datetime(2026, 3, 1, 9, 30, tzinfo=UTC),
    Facts(subtype="Right Thumb", quality=73, algorithm="wangov-finger-1", device="station-7"),
    "01900000-0000-7000-8000-000000000001",
)


@given(content=st.binary(min_size=1, max_size=300), kind=st.sampled_from(Kind))
def test_what_is_packed_comes_back(content: bytes, kind: Kind) -> None:
    """Any content of any kind, also one that looks like a frame or like XML, with all that is known of it."""
    record = replace(RECORD, content=content, kind=kind)
    assert unpack(pack(record)) == record


def test_content_is_not_made_longer() -> None:
    """What is sealed is the content and a head, whatever its size."""
    small, large = (len(pack(replace(RECORD, content=bytes(size)))) for size in (1, 100_001))
    assert large - small == 100_000
    assert small < 1000


def test_a_record_stored_whole_as_xml_is_read() -> None:
    """What was stored before is still there."""
    assert unpack(cbeff.write(RECORD)) == RECORD


@pytest.mark.parametrize(
    "spoil",
    [
        lambda packed: packed[:4],
        lambda packed: packed[:8],
        lambda packed: packed[: -len(RECORD.content)],
        lambda packed: packed[:5] + (0).to_bytes(4, "big") + packed[9:],
        lambda packed: packed[:5] + (2**31).to_bytes(4, "big") + packed[9:],
        lambda packed: packed[:9] + packed[9:].replace(b"AA==", b"AQ==", 1),
        lambda packed: b"\x00BIR\x02" + packed[5:],
        lambda packed: packed[:0],
    ],
    ids=["magic cut", "length cut", "no content", "no head", "head beyond", "head with data", "version", "nothing"],
)
def test_anything_else_is_refused(spoil: object) -> None:
    """A frame that is cut off or changed is no record."""
    assert callable(spoil)
    outcome = unpack(spoil(pack(RECORD)))
    assert isinstance(outcome, Refusal)
    assert outcome.code is Code.ENR_SCHEMA


def test_content_over_the_limit_is_refused() -> None:
    """Whoever could seal more than a record may hold is refused before it is used."""
    assert unpack(pack(replace(RECORD, content=bytes(MAX_CONTENT + 1)))) == Refusal(Code.BIO_TOOLARGE, "record")
