"""Requests and answers of the published interface for biometric identification systems, version 1.1.

The names and the numbers of failures are those of the MOSIP ABIS API (specification 0.9, document version 1.1). All
values are texts there, numbers too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

__all__ = ["Asked", "Failure", "Faulty", "Limits", "Operation", "failed", "read", "succeeded"]

VERSION = "1.1"
MOST_IN_GALLERY = 1000
MOST_RESULTS = 1000
_MOST_FLAGS = 20
_MOST, _FPIR = "10", "30"
_WORD = re.compile(r"[\x21-\x7e]{1,64}")
_NUMBER = re.compile(r"[0-9]{1,4}")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)")
_COMMON = frozenset({"id", "version", "requestId", "requesttime"})


class Operation(StrEnum):
    """What can be asked for."""

    INSERT = "mosip.abis.insert"
    IDENTIFY = "mosip.abis.identify"
    DELETE = "mosip.abis.delete"
    PING = "mosip.abis.ping"
    PENDING_JOBS = "mosip.abis.pendingJobs"
    REFERENCE_COUNT = "mosip.abis.referenceCount"

    @property
    def short(self) -> str:
        """The last part of the name."""
        return self.value.rpartition(".")[2]


_MEMBERS = {
    Operation.INSERT: _COMMON | {"referenceId", "referenceURL"},
    # The interface writes referenceURL, the schemas of its test kit referenceUrl.
    Operation.IDENTIFY: _COMMON | {"referenceId", "referenceURL", "referenceUrl", "gallery", "flags"},
    Operation.DELETE: _COMMON | {"referenceId"},
}


class Failure(StrEnum):
    """Why a request failed, by the interface's own numbers."""

    INTERNAL = "1"
    ABORTED = "2"
    UNEXPECTED = "3"
    STRUCTURE = "4"
    NO_REFERENCE_ID = "5"
    NO_REQUEST_ID = "6"
    NOT_FETCHED = "7"
    NO_REFERENCE_URL = "8"
    NO_REQUEST_TIME = "9"
    EXISTS = "10"
    NO_DATA = "11"
    NOT_FOUND = "12"
    VERSION = "13"
    ID = "14"
    REQUEST_TIME = "15"
    CBEFF = "16"
    EXPIRED = "17"
    QUALITY = "18"


@dataclass(frozen=True, slots=True)
class Limits:
    """How an identification is made: at most that many named, at that share of false alarms (`fpir`)."""

    most: int = 10
    fpir: float = 1e-3


@dataclass(frozen=True, slots=True)
class Asked:
    """A request whose form is right. `gallery` is None where everybody is compared."""

    operation: Operation
    request_id: str
    reference_id: str = ""
    url: str = field(default="", repr=False)
    gallery: tuple[str, ...] | None = None
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True)
class Faulty:
    """A request that cannot be done: what of it can be repeated in the answer."""

    failure: Failure
    id: str = ""
    request_id: str = ""


def read(document: object, expected: str | None = None) -> Asked | Faulty:
    """The request in a JSON document; `expected` is the short name of the only operation that may be asked for here."""
    if not isinstance(document, dict):
        return Faulty(Failure.STRUCTURE)
    named, said = document.get("id"), document.get("requestId")
    faulty = _Faults(str(named) if _is_word(named) else "", str(said) if _is_word(said) else "")
    operation = next((one for one in Operation if one.value == named), None)
    if operation is None or (expected is not None and operation.short != expected):
        return faulty.by(Failure.ID)
    failure = _of_head(document)
    if failure is not None:
        return faulty.by(failure)
    if not document.keys() <= _MEMBERS.get(operation, _COMMON):
        return faulty.by(Failure.STRUCTURE)
    asked = Asked(operation, str(said))
    if operation is Operation.INSERT:
        made = _insert(document, asked)
    elif operation is Operation.IDENTIFY:
        made = _identify(document, asked)
    else:
        made = _about(document, asked) if operation is Operation.DELETE else asked
    return faulty.by(made) if isinstance(made, Failure) else made


def succeeded(asked: Asked, at: datetime, **more: Any) -> dict[str, Any]:
    """The answer that it was done; `more` are members of its own."""
    head = {"id": asked.operation.value, "requestId": asked.request_id, "responsetime": _written(at)}
    return {**head, **more, "returnValue": "1"}


def failed(faulty: Faulty, at: datetime) -> dict[str, Any]:
    """The answer that it was not done."""
    return {
        "id": faulty.id,
        "requestId": faulty.request_id,
        "responsetime": _written(at),
        "returnValue": "2",
        "failureReason": faulty.failure.value,
    }


@dataclass(frozen=True, slots=True)
class _Faults:
    id: str
    request_id: str

    def by(self, failure: Failure) -> Faulty:
        return Faulty(failure, self.id, self.request_id)


def _of_head(document: dict[str, Any]) -> Failure | None:
    if document.get("version") != VERSION:
        return Failure.VERSION
    for name, missing in (("requestId", Failure.NO_REQUEST_ID), ("requesttime", Failure.NO_REQUEST_TIME)):
        if document.get(name) in (None, ""):
            return missing
    if not _is_request_id(document["requestId"]):
        return Failure.STRUCTURE
    return None if _is_moment(document["requesttime"]) else Failure.REQUEST_TIME


def _insert(document: dict[str, Any], asked: Asked) -> Asked | Failure:
    about = _about(document, asked)
    if isinstance(about, Failure):
        return about
    url = document.get("referenceURL")
    if url in (None, ""):
        return Failure.NO_REFERENCE_URL
    if not _is_address(url):
        return Failure.STRUCTURE
    return Asked(asked.operation, asked.request_id, about.reference_id, url)


def _about(document: dict[str, Any], asked: Asked) -> Asked | Failure:
    reference_id = document.get("referenceId")
    if reference_id in (None, ""):
        return Failure.NO_REFERENCE_ID
    if not _is_word(reference_id):
        return Failure.STRUCTURE
    return Asked(asked.operation, asked.request_id, reference_id)


def _identify(document: dict[str, Any], asked: Asked) -> Asked | Failure:
    reference_id, urls = document.get("referenceId") or "", [document.get("referenceURL"), document.get("referenceUrl")]
    url = next((one for one in urls if one), "")
    if reference_id == "" and url == "":
        return Failure.NO_REFERENCE_ID
    limits, gallery = _limits(document.get("flags")), _gallery(document.get("gallery"))
    fits = (reference_id == "" or _is_word(reference_id)) and (url == "" or _is_address(url))
    if not fits or isinstance(limits, Failure) or isinstance(gallery, Failure):
        return Failure.STRUCTURE
    return Asked(asked.operation, asked.request_id, reference_id, "" if reference_id else url, gallery, limits)


def _limits(flags: object) -> Limits | Failure:
    if flags is None:
        return Limits()
    if not isinstance(flags, dict) or len(flags) > _MOST_FLAGS:
        return Failure.STRUCTURE
    if not all(isinstance(value, str) for value in flags.values()):
        return Failure.STRUCTURE
    # An empty text is how writers of this interface leave out what their library makes them write.
    most, fpir = flags.get("maxResults") or _MOST, flags.get("targetFPIR") or _FPIR
    if not _NUMBER.fullmatch(most) or not _NUMBER.fullmatch(fpir) or int(most) < 1 or int(fpir) > 999:
        return Failure.STRUCTURE
    # targetFPIR is round(-10 log10 FPIR).
    return Limits(min(int(most), MOST_RESULTS), 10.0 ** (-int(fpir) / 10))


def _gallery(given: object) -> tuple[str, ...] | Failure | None:
    if given is None:
        return None
    listed = given.get("referenceIds") if isinstance(given, dict) and given.keys() == {"referenceIds"} else None
    if not isinstance(listed, list) or len(listed) > MOST_IN_GALLERY:
        return Failure.STRUCTURE
    if not all(isinstance(one, dict) and one.keys() == {"referenceId"} for one in listed):
        return Failure.STRUCTURE
    named = [one["referenceId"] for one in listed]
    return tuple(dict.fromkeys(named)) if all(map(_is_word, named)) else Failure.STRUCTURE


def _is_word(value: object) -> bool:
    return isinstance(value, str) and _WORD.fullmatch(value) is not None


def _is_request_id(value: object) -> bool:
    """Whether it is a word that can stand in the address at which the answer will be."""
    return _is_word(value) and not {"", ".", ".."} & set(str(value).split("/"))


def _is_address(value: object) -> bool:
    return isinstance(value, str) and len(value) <= 2000


def _is_moment(value: object) -> bool:
    if not isinstance(value, str) or not _MOMENT.fullmatch(value):
        return False
    try:
        datetime.fromisoformat(value[:19])
    except ValueError:
        return False
    return True


def _written(at: datetime) -> str:
    utc = at.astimezone(UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03d}Z"
