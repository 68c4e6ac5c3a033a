"""Biometric information records: written and read back, and refused when they are anything else."""

import datetime as dt
import string
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrollment.errors import Code, Refusal
from enrollment.storage import Facts, Kind, Record
from enrollment.storage.cbeff import FORMATS, MAX_CONTENT, NAMESPACE, Reason, write, write_set
from enrollment.storage.cbeff_reading import MAX_RECORDS, parse

MADE = dt.datetime(2030, 5, 17, 9, 0, tzinfo=dt.UTC)
IMAGE = Record(Kind.FINGER_IMAGE, b"\x89PNG image", MADE, Facts("Right Thumb", 73, "engine-1", "S-7"), "an-index")

words = st.text(string.ascii_letters + string.digits + "&<>'\"+/-._", max_size=200)
records = st.builds(
    Record,
    st.sampled_from(Kind),
    st.binary(min_size=1, max_size=2000),
    st.datetimes(min_value=dt.datetime(2000, 1, 1), max_value=dt.datetime(2100, 1, 1)).map(  # noqa: DTZ001 - made aware below
        lambda moment: moment.replace(microsecond=0, tzinfo=dt.UTC)
    ),
    st.builds(Facts, words, st.none() | st.integers(0, 100), words, words, st.sampled_from(Reason)),
    words,
)


def known(record: Record) -> Record:
    """The record as it can be told: an algorithm is told with a quality only."""
    facts = record.facts
    if facts.quality is not None:
        return record
    return Record(
        record.kind, record.content, record.created, Facts(facts.subtype, None, "", facts.device, facts.purpose),
        record.index,
    )  # fmt: skip


@given(records)
def test_record_comes_back(record: Record) -> None:
    """Whatever is written is read as it was."""
    assert parse(write(record)) == (known(record),)


@given(st.lists(records, min_size=1, max_size=4))
def test_set_comes_back(several: list[Record]) -> None:
    """Several records in one come back in their order."""
    assert parse(write_set(tuple(several))) == tuple(map(known, several))


def test_element_names_are_those_of_the_standard() -> None:
    """A reader that knows the XML patron format finds owner, type, modality, position, level, purpose and quality."""
    tree = ET.fromstring(write(IMAGE))  # noqa: S314 - our own text
    names = {"c": NAMESPACE}
    told = {
        path: tree.findtext("/".join(f"c:{part}" for part in path.split("/")), namespaces=names)
        for path in (
            "BDBInfo/Format/Organization", "BDBInfo/Format/Type", "BDBInfo/Type", "BDBInfo/Subtype", "BDBInfo/Level",
            "BDBInfo/Purpose", "BDBInfo/Quality/Score", "BDBInfo/CreationDate", "BDB",
        )
    }  # fmt: skip
    assert list(told.values()) == [
        "257", "7", "Finger", "Right Thumb", "Raw", "Enroll", "73", "2030-05-17T09:00:00Z", "iVBORyBpbWFnZQ==",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "number"), [(Kind.MINUTIAE, 2), (Kind.FINGER_IMAGE, 7), (Kind.FACE_IMAGE, 8), (Kind.IRIS_IMAGE, 9)]
)
def test_registered_formats(kind: Kind, number: int) -> None:
    """The formats of the standards body bear its owner number and the design's types."""
    assert FORMATS[kind] == (257, number)


TEXT = write(IMAGE).decode()
BOMB = '<?xml version="1.0"?><!DOCTYPE BIR [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>' + TEXT
FETCHING = '<!DOCTYPE BIR [<!ENTITY x SYSTEM "file:///etc/hostname">]>' + TEXT.replace("S-7", "&x;")


@pytest.mark.parametrize(
    ("content", "about"),
    [
        ("", "xml"),
        ("not xml", "xml"),
        (TEXT[:-5], "xml"),
        ("\N{REPLACEMENT CHARACTER}" + TEXT, "xml"),
        (BOMB, "doctype"),
        (FETCHING, "doctype"),
        (TEXT.replace(NAMESPACE, "urn:other"), "namespace"),
        (f'<Version xmlns="{NAMESPACE}"/>', "xml"),
        (f'<BIR xmlns="{NAMESPACE}"/>', "count"),
        (f'<BIR xmlns="{NAMESPACE}">' * 9 + "</BIR>" * 9, "count"),
        (TEXT.replace("<Type>7</Type>", "<Type>5</Type>"), "format"),
        (TEXT.replace("<Type>7</Type>", "<Type>0x7</Type>"), "format"),
        (TEXT.replace("<Type>7</Type>", "<Type>\N{ARABIC-INDIC DIGIT SEVEN}</Type>"), "format"),
        (TEXT.replace("<Organization>257</Organization>", "<Organization>258</Organization>"), "format"),
        (TEXT.replace("<Score>73</Score>", "<Score>101</Score>"), "quality"),
        (TEXT.replace("<Score>73</Score>", "<Score>-1</Score>"), "quality"),
        (TEXT.replace("Enroll", "Torture"), "purpose"),
        (TEXT.replace("2030-05-17", "2030-02-30"), "date"),
        (TEXT.replace("2030-05-17T", "17 May "), "date"),
        (TEXT.replace("iVBO", "iV*O"), "data"),
        (TEXT.replace("iVBORyBpbWFnZQ==", ""), "data"),
        (TEXT.replace("Right Thumb", "Right Th\N{LATIN SMALL LETTER U WITH DIAERESIS}mb"), "text"),
        (TEXT.replace("Right Thumb", "x" * 201), "text"),
        (TEXT.replace("</BDBInfo>", "<Subtype>Left Thumb</Subtype></BDBInfo>"), "xml"),
    ],
)
def test_anything_else_is_refused(content: str, about: str) -> None:
    """What is no record, or says what none may say, is refused with what it is about; nothing is fetched."""
    assert parse(content.encode()) == Refusal(Code.ENR_SCHEMA, about)


def test_sizes_are_bounded_before_parsing() -> None:
    """AC-110: too many bytes, too much data and too many records are refused; the first without being parsed."""
    assert parse(b"<" * 100, most=99) == Refusal(Code.BIO_TOOLARGE, "record")
    large = write(Record(Kind.FACE_IMAGE, bytes(MAX_CONTENT + 3), MADE))
    assert parse(large, most=1 << 24) == Refusal(Code.BIO_TOOLARGE, "data")
    assert parse(write_set((IMAGE,) * (MAX_RECORDS + 1))) == Refusal(Code.ENR_SCHEMA, "count")


@given(st.binary(max_size=300))
def test_noise_is_refused(noise: bytes) -> None:
    """Bytes of no shape are refused, never raised about."""
    assert isinstance(parse(noise), Refusal)


@given(st.data())
def test_changed_record_is_a_record_or_refused(data: st.DataObject) -> None:
    """A record in which anything was changed is read as some record or refused, never raised about."""
    content = bytearray(write(IMAGE))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    assert isinstance(parse(bytes(content)), (Refusal, tuple))


@pytest.mark.parametrize("facts", [Facts(subtype="a\nb"), Facts(device="x" * 201), Facts(quality=101)])
def test_a_callers_mistake_is_told(facts: Facts) -> None:
    """Texts and qualities that no record may have are a mistake of the caller."""
    with pytest.raises(ValueError, match=r"record|quality"):
        write(Record(Kind.FACE_IMAGE, b"x", MADE, facts))
