"""Requests of other systems are read as the interface says, and everything else has its number."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from enrollment.abis.messages import Asked, Failure, Faulty, Limits, Operation, failed, read, succeeded

FOLDER = "enrollment/abis"
ROOT = os.environ.get("WANGOV_TEST_DATA")
NOW = datetime(2026, 1, 2, 3, 4, 5, 678_901, tzinfo=UTC)
HEAD = {"version": "1.1", "requestId": "91234567-89AB", "requesttime": "2020-03-29T07:01:24.692Z"}
INSERT = {**HEAD, "id": "mosip.abis.insert", "referenceId": "r1", "referenceURL": "https://share.example/1"}
FLAGS = {"maxResults": "5", "targetFPIR": "40", "flag1": "a", "flag2": "b"}
IDENTIFY = {**HEAD, "id": "mosip.abis.identify", "referenceId": "r1", "flags": FLAGS}
LIST = {"referenceIds": [{"referenceId": "r2"}, {"referenceId": "r2"}, {"referenceId": "r3"}]}


def without(document: dict[str, Any], name: str) -> dict[str, Any]:
    """The document without a member."""
    return {key: value for key, value in document.items() if key != name}


@pytest.mark.parametrize(
    ("document", "failure"),
    [
        (None, Failure.STRUCTURE),
        ([INSERT], Failure.STRUCTURE),
        ({**INSERT, "more": "x"}, Failure.STRUCTURE),
        ({**INSERT, "requestId": 7}, Failure.STRUCTURE),
        ({**INSERT, "requestId": "x" * 65}, Failure.STRUCTURE),
        ({**INSERT, "referenceId": "a b"}, Failure.STRUCTURE),
        ({**INSERT, "referenceId": ["r1"]}, Failure.STRUCTURE),
        ({**INSERT, "referenceURL": "x" * 2001}, Failure.STRUCTURE),
        (without(INSERT, "referenceId"), Failure.NO_REFERENCE_ID),
        (without(INSERT, "requestId"), Failure.NO_REQUEST_ID),
        (without(INSERT, "referenceURL"), Failure.NO_REFERENCE_URL),
        ({**INSERT, "referenceURL": ""}, Failure.NO_REFERENCE_URL),
        (without(INSERT, "requesttime"), Failure.NO_REQUEST_TIME),
        (without(INSERT, "version"), Failure.VERSION),
        ({**INSERT, "version": "2.0"}, Failure.VERSION),
        (without(INSERT, "id"), Failure.ID),
        ({**INSERT, "id": "mosip.abis.merge"}, Failure.ID),
        ({**INSERT, "requesttime": "yesterday"}, Failure.REQUEST_TIME),
        ({**INSERT, "requesttime": "2020-13-29T07:01:24.692Z"}, Failure.REQUEST_TIME),
        ({**INSERT, "requesttime": 1}, Failure.REQUEST_TIME),
        (without(IDENTIFY, "referenceId"), Failure.NO_REFERENCE_ID),
        ({**IDENTIFY, "referenceId": "", "referenceURL": ""}, Failure.NO_REFERENCE_ID),
        ({**IDENTIFY, "flags": {"maxResults": "0"}}, Failure.STRUCTURE),
        ({**IDENTIFY, "flags": {"maxResults": 5}}, Failure.STRUCTURE),
        ({**IDENTIFY, "flags": {"maxResults": "-1"}}, Failure.STRUCTURE),
        ({**IDENTIFY, "flags": {"targetFPIR": "1000"}}, Failure.STRUCTURE),
        ({**IDENTIFY, "flags": {"targetFPIR": "x"}}, Failure.STRUCTURE),
        ({**IDENTIFY, "flags": dict.fromkeys(map(str, range(21)), "x")}, Failure.STRUCTURE),
        ({**IDENTIFY, "gallery": []}, Failure.STRUCTURE),
        ({**IDENTIFY, "gallery": {}}, Failure.STRUCTURE),
        ({**IDENTIFY, "gallery": {"referenceIds": ["r1"]}}, Failure.STRUCTURE),
        ({**IDENTIFY, "gallery": {"referenceIds": [{"referenceId": None}]}}, Failure.STRUCTURE),
        ({**IDENTIFY, "gallery": {"referenceIds": [{"referenceId": "r"}] * 1001}}, Failure.STRUCTURE),
        ({**HEAD, "id": "mosip.abis.ping", "referenceId": "r1"}, Failure.STRUCTURE),
    ],
)
def test_what_is_wrong_has_its_number(document: object, failure: Failure) -> None:
    """AC-132: every way in which a request can be wrong."""
    faulty = read(document)
    assert isinstance(faulty, Faulty)
    assert faulty.failure is failure
    assert set(failed(faulty, NOW)) == {"id", "requestId", "responsetime", "returnValue", "failureReason"}


def test_right_requests_are_read() -> None:
    """Flags become limits by the interface's own formula, the gallery each name once, either spelling of the URL."""
    inserted = read(INSERT, "insert")
    assert inserted == Asked(Operation.INSERT, HEAD["requestId"], "r1", "https://share.example/1")
    asked = read({**IDENTIFY, "gallery": LIST})
    assert isinstance(asked, Asked)
    assert (asked.limits, asked.gallery) == (Limits(5, 1e-4), ("r2", "r3"))
    usual = read(without(IDENTIFY, "flags"))
    assert isinstance(usual, Asked)
    assert (usual.limits, usual.gallery) == (Limits(10, 1e-3), None)
    for spelling in ("referenceURL", "referenceUrl"):
        by_url = read({**IDENTIFY, "referenceId": "", spelling: "https://share.example/2"})
        assert isinstance(by_url, Asked)
        assert by_url.url == "https://share.example/2"
    wrong_door = read(INSERT, "identify")
    assert isinstance(wrong_door, Faulty)
    assert wrong_door.failure is Failure.ID
    for name in ("ping", "pendingJobs", "referenceCount"):
        assert isinstance(read({**HEAD, "id": f"mosip.abis.{name}"}, name), Asked)


def test_nothing_unprintable_is_repeated() -> None:
    """AC-117: an answer repeats no text that was not checked."""
    told = failed(read({"id": "a\r\nb", "requestId": "<" * 70}), NOW)  # type: ignore[arg-type]  # it is faulty
    assert (told["id"], told["requestId"]) == ("", "")
    assert told["responsetime"] == "2026-01-02T03:04:05.678Z"


def published(name: str) -> dict[str, Any]:
    """A schema of the interface's test kit."""
    if ROOT is None:
        pytest.skip(f"set WANGOV_TEST_DATA to a folder with {FOLDER}")
    schema: dict[str, Any] = json.loads((Path(ROOT) / FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return schema


def fits(schema: dict[str, Any], value: object) -> bool:
    """Whether a value is as a schema says, in the words that these schemas use."""
    kinds: dict[str, type] = {"object": dict, "array": list, "string": str, "null": type(None)}
    said = schema["type"]
    if not isinstance(value, tuple(kinds[one] for one in ([said] if isinstance(said, str) else said))):
        return False
    if "enum" in schema and value not in schema["enum"]:
        return False
    if isinstance(value, dict):
        members = schema.get("properties", {})
        if not set(schema.get("required", ())) <= value.keys():
            return False
        if not schema.get("additionalProperties", True) and not value.keys() <= members.keys():
            return False
        return all(fits(members[name], one) for name, one in value.items() if name in members)
    return not isinstance(value, list) or all(fits(schema["items"][0], one) for one in value)


def test_messages_are_as_published() -> None:
    """What these tests send and what is answered fits the schemas; what does not fit them is told apart."""
    analytics = {"confidence": "99", "internalScore": "112"}
    parts = [{"biometricType": "FIR", "analytics": analytics}]
    candidates = [{"referenceId": "r2", "analytics": analytics, "modalities": parts}]
    listed = {"candidateList": {"count": "1", "candidates": candidates}, "analytics": analytics}
    nobody = {"candidateList": {"count": "0", "candidates": []}, "analytics": dict.fromkeys(analytics)}
    asked = Asked(Operation.IDENTIFY, "x")
    assert fits(published("InsertRequestSchema"), INSERT)
    assert fits(published("IdentifyRequestSchema"), {**IDENTIFY, "gallery": LIST})
    assert fits(published("InsertResponseSchema"), succeeded(Asked(Operation.INSERT, "x"), NOW))
    for more in (listed, nobody):
        assert fits(published("IdentifyResponseSchema"), succeeded(asked, NOW, **more))
    assert not fits(published("IdentifyResponseSchema"), succeeded(asked, NOW, candidateList=candidates))
    for failure in Failure:
        assert fits(published("IdentifyErrorResponseSchema"), failed(Faulty(failure, "i", "r"), NOW))
    assert not fits(published("IdentifyErrorResponseSchema"), succeeded(asked, NOW))
