"""Reading biometric information records that anybody may have written.

Sizes are bounded before anything is parsed, and a document type is refused, so nothing is fetched or expanded.
"""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from datetime import UTC, datetime
from xml.parsers import expat

from enrollment.errors import Code, Refusal
from enrollment.storage.cbeff import FORMATS, MAX_CONTENT, NAMESPACE, Facts, Reason, Record
from enrollment.storage.kinds import Kind

__all__ = ["MAX_RECORDS", "parse"]

# Ten fingers in two impressions, a face, and room.
MAX_RECORDS = 32
_MAX_DEPTH = 8
_MAX_ELEMENTS = 64 * MAX_RECORDS
_MAX_TEXT = 200
_BASE64_MOST = MAX_CONTENT * 4 // 3 + 4
_KINDS = {place: kind for kind, place in FORMATS.items()}
_KNOWN = {(str(owner), str(number)) for owner, number in FORMATS.values()}
# Owners that write their name instead of the number of ISO/IEC JTC 1/SC 37, whose formats they mean.
_OWNERS = {"mosip": "257"}
_SEPARATOR = "}"
_DATE = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d{1,9})?(Z|[+-]\d\d:\d\d)?")
_FIELDS = {
    ("BIRInfo", "Index"): "index",
    ("BDBInfo", "Format", "Organization"): "owner",
    ("BDBInfo", "Format", "Type"): "number",
    ("BDBInfo", "CreationDate"): "created",
    ("BDBInfo", "Subtype"): "subtype",
    ("BDBInfo", "CaptureDevice", "Type"): "device",
    ("BDBInfo", "Purpose"): "purpose",
    ("BDBInfo", "Quality", "Score"): "score",
    ("BDBInfo", "Quality", "Algorithm", "Type"): "algorithm",
    ("BDB",): "data",
}


def parse(content: bytes, most: int = _BASE64_MOST + 8192, *, foreign: bool = False) -> tuple[Record, ...] | Refusal:
    """The records in `content` of at most `most` bytes: one, or the children of an outer one, in their order.

    `foreign` takes what another system writes: an owner by name, and leaves out records without data (a finger that
    is missing) and of formats that we do not know; there may be none then.

    Refused: `BIO_TOOLARGE` before a byte is parsed, or where one record's data is over `MAX_CONTENT`; `ENR_SCHEMA` with
    what it is about (`xml`, `doctype`, `namespace`, `count`, `format`, `data`, `date`, `quality`, `purpose`, `text`).
    """
    if len(content) > most:
        return Refusal(Code.BIO_TOOLARGE, "record")
    reader = _Reader(foreign=foreign)
    parser = expat.ParserCreate(namespace_separator=_SEPARATOR)
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = reader.doctype
    try:
        parser.Parse(content, True)  # noqa: FBT003 - expat's own signature: this is the last part
    except _Unfit as unfit:
        return unfit.refusal
    except (expat.ExpatError, ValueError):
        return Refusal(Code.ENR_SCHEMA, "xml")
    return tuple(reader.records) or (() if foreign else Refusal(Code.ENR_SCHEMA, "count"))


class _Unfit(Exception):  # noqa: N818 - no error of ours: it carries the refusal out of the parser
    def __init__(self, about: str, code: Code = Code.ENR_SCHEMA) -> None:
        super().__init__(about)
        self.refusal = Refusal(code, about)


class _Reader:
    """What the parser calls: keeps the path, collects the fields of the innermost record, bounds everything."""

    def __init__(self, *, foreign: bool) -> None:
        self.records: list[Record] = []
        self._foreign = foreign
        self._path: list[str] = []
        self._open: list[dict[str, str]] = []
        self._text: list[str] = []
        self._length = 0
        self._elements = 0

    def doctype(self, *_declared: object) -> None:
        """Refuse: entities, and whatever else a document type could bring."""
        raise _Unfit("doctype")

    def start(self, name: str, _attributes: dict[str, str]) -> None:
        """An element begins."""
        space, _, local = name.rpartition(_SEPARATOR)
        self._elements += 1
        if space != NAMESPACE:
            raise _Unfit("namespace")
        if len(self._path) >= _MAX_DEPTH or self._elements > _MAX_ELEMENTS:
            raise _Unfit("count")
        if local == "BIR":
            self._open.append({})
        elif not self._open:
            raise _Unfit("xml")
        self._path.append(local)
        self._text, self._length = [], 0

    def text(self, data: str) -> None:
        """Characters of the innermost element, bounded as they come."""
        self._length += len(data)
        if self._length > (_BASE64_MOST if self._path[-1] == "BDB" else _MAX_TEXT):
            large = self._path[-1] == "BDB"
            raise _Unfit("data" if large else "text", Code.BIO_TOOLARGE if large else Code.ENR_SCHEMA)
        self._text.append(data)

    def end(self, name: str) -> None:
        """An element ends: a field is kept, a record is made."""
        local = name.rpartition(_SEPARATOR)[2]
        if local == "BIR":
            fields = self._open.pop()
            if "data" in fields or "owner" in fields:
                self._add(fields)
        else:
            within = len(self._path) - 1 - self._path[::-1].index("BIR")
            field = _FIELDS.get(tuple(self._path[within + 1 :]))
            if field is not None:
                self._keep(field)
        self._path.pop()
        self._text, self._length = [], 0

    def _keep(self, field: str) -> None:
        fields = self._open[-1]
        if field in fields:
            raise _Unfit("xml")
        fields[field] = "".join(self._text).strip()

    def _add(self, fields: dict[str, str]) -> None:
        if len(self.records) >= MAX_RECORDS:
            raise _Unfit("count")
        if self._foreign:
            fields["owner"] = _OWNERS.get(fields.get("owner", "").lower(), fields.get("owner", ""))
            if not fields.get("data") or (fields["owner"], fields.get("number", "")) not in _KNOWN:
                return
        self.records.append(_record(fields))


def _record(fields: dict[str, str]) -> Record:
    try:
        data = b64decode("".join(fields.get("data", "").split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise _Unfit("data") from error
    if not data or len(data) > MAX_CONTENT:
        raise _Unfit("data", Code.BIO_TOOLARGE if data else Code.ENR_SCHEMA)
    facts = Facts(
        subtype=_plain(fields.get("subtype", "")),
        quality=_score(fields.get("score")),
        algorithm=_plain(fields.get("algorithm", "")),
        device=_plain(fields.get("device", "")),
        purpose=_purpose(fields.get("purpose", "")),
    )
    return Record(_kind(fields), data, _moment(fields.get("created", "")), facts, _plain(fields.get("index", "")))


def _kind(fields: dict[str, str]) -> Kind:
    owner, number = fields.get("owner", ""), fields.get("number", "")
    if not (re.fullmatch(r"[0-9]{1,5}", owner) and re.fullmatch(r"[0-9]{1,5}", number)):
        raise _Unfit("format")
    kind = _KINDS.get((int(owner), int(number)))
    if kind is None:
        raise _Unfit("format")
    return kind


def _score(text: str | None) -> int | None:
    if text is None:
        return None
    if not re.fullmatch(r"[0-9]{1,3}", text) or int(text) > 100:
        raise _Unfit("quality")
    return int(text)


def _purpose(text: str) -> Reason:
    try:
        return Reason(text or Reason.ENROLL)
    except ValueError as error:
        raise _Unfit("purpose") from error


def _moment(text: str) -> datetime:
    found = _DATE.fullmatch(text)
    if found is None:
        raise _Unfit("date")
    try:
        return datetime.fromisoformat(found[1] + (found[2] or "Z")).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise _Unfit("date") from error


def _plain(text: str) -> str:
    if not (text.isascii() and text.isprintable()):
        raise _Unfit("text")
    return text
