"""Biometric information records: a piece of biometric data with what is known about it, as XML.

Element names are those of the XML patron format of ISO/IEC 19785-3 (edition 2 namespace). Formats of ISO/IEC JTC 1
SC 37 (owner 257) are type 2 minutiae, 7 finger image, 8 face image, 9 iris image; our own, which no registry knows,
stand under owner 0, "no value available".
"""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from html import escape

from enrollment.storage.kinds import Kind

__all__ = ["FORMATS", "MAX_CONTENT", "NAMESPACE", "NOTHING_KNOWN", "Facts", "Reason", "Record", "write", "write_set"]

NAMESPACE = "http://standards.iso.org/iso-iec/19785/-3/ed-2/"
# The largest content of one record, in bytes: that of a sample, and room for a record around it.
MAX_CONTENT = 6 << 20
# Owner and type of each kind.
FORMATS = {
    Kind.MINUTIAE: (257, 2),
    Kind.FINGER_IMAGE: (257, 7),
    Kind.FACE_IMAGE: (257, 8),
    Kind.IRIS_IMAGE: (257, 9),
    Kind.FINGER_TEMPLATE: (0, 1),
    Kind.FACE_TEMPLATE: (0, 2),
    Kind.DOCUMENT: (0, 3),
}
_TYPES = {
    Kind.MINUTIAE: "Finger",
    Kind.FINGER_IMAGE: "Finger",
    Kind.FINGER_TEMPLATE: "Finger",
    Kind.FACE_IMAGE: "Face",
    Kind.FACE_TEMPLATE: "Face",
    Kind.IRIS_IMAGE: "Iris",
}
_WORD = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]{0,198}[\x21-\x7e])?|")


class Reason(StrEnum):
    """What the data was captured for (ISO/IEC 19785-1 CBEFF_BDB_purpose, in the words of the XML patron format)."""

    ENROLL = "Enroll"
    VERIFY = "Verify"
    IDENTIFY = "Identify"


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known about the content. Texts are closed words or references of ours, printable ASCII, at most 200 long.

    `subtype` names the position in CBEFF's words ("Right IndexFinger", empty for a face); `quality` is 0 to 100 by
    `algorithm`; `device` is the code of the capture device.
    """

    subtype: str = ""
    quality: int | None = None
    algorithm: str = ""
    device: str = ""
    purpose: Reason = Reason.ENROLL


NOTHING_KNOWN = Facts()


@dataclass(frozen=True, slots=True)
class Record:
    """One record: `content` of `kind`, made at `created` (UTC, whole seconds); `index` is the object's identifier."""

    kind: Kind
    content: bytes
    created: datetime
    facts: Facts = NOTHING_KNOWN
    index: str = ""


def write(record: Record) -> bytes:
    """The record as XML. ValueError for texts or a quality that `Facts` does not allow: a caller's mistake."""
    return _element(record, f' xmlns="{NAMESPACE}"').encode()


def write_set(records: tuple[Record, ...]) -> bytes:
    """Several records in one, as children of an outer record without data of its own. ValueError as `write`."""
    inner = "".join(_element(record, "") for record in records)
    head = f"{_VERSIONS}<BIRInfo><Integrity>false</Integrity></BIRInfo>"
    return f'<BIR xmlns="{NAMESPACE}">{head}{inner}</BIR>'.encode()


_VERSIONS = (
    "<Version><Major>1</Major><Minor>1</Minor></Version><CBEFFVersion><Major>1</Major><Minor>1</Minor></CBEFFVersion>"
)


def _element(record: Record, attributes: str) -> str:
    facts = record.facts
    owner, number = FORMATS[record.kind]
    level = "Raw" if record.kind.value.endswith("image") else "Processed"
    made = record.created.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    info = [
        f"<Format><Organization>{owner}</Organization><Type>{number}</Type></Format>",
        f"<CreationDate>{made}</CreationDate>",
        _optional("Type", _TYPES.get(record.kind, "")),
        _optional("Subtype", facts.subtype),
        f"<Level>{level}</Level>",
        _product("CaptureDevice", facts.device),
        f"<Purpose>{facts.purpose.value}</Purpose>",
        _quality(facts),
    ]
    head = f"<BIRInfo>{_optional('Index', record.index)}<Integrity>false</Integrity></BIRInfo>"
    data = b64encode(record.content).decode()
    return f"<BIR{attributes}>{_VERSIONS}{head}<BDBInfo>{''.join(info)}</BDBInfo><BDB>{data}</BDB></BIR>"


def _quality(facts: Facts) -> str:
    if facts.quality is None:
        return ""
    if not 0 <= facts.quality <= 100:
        raise ValueError("a quality is 0 to 100")
    return f"<Quality>{_product('Algorithm', facts.algorithm)}<Score>{facts.quality}</Score></Quality>"


def _product(name: str, text: str) -> str:
    return f"<{name}><Organization>0</Organization><Type>{_checked(text)}</Type></{name}>" if text else ""


def _optional(name: str, text: str) -> str:
    return f"<{name}>{_checked(text)}</{name}>" if text else ""


def _checked(text: str) -> str:
    if not _WORD.fullmatch(text):
        raise ValueError("a text of a record is printable ASCII of at most 200 characters")
    return escape(text)
