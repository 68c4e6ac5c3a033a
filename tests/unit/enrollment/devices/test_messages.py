import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrollment.devices.codes import DeviceCode, DeviceError, refused
from enrollment.devices.discovery import (
    MAX_ANSWER,
    discovery_request,
    parse_discovery,
    parse_discovery_request,
    parse_information,
)
from enrollment.devices.messages import (
    MAX_CAPTURE,
    Block,
    CaptureAnswer,
    CaptureRequest,
    Wanted,
    parse_capture,
    parse_request,
)
from enrollment.devices.vocabulary import (
    FINGERS,
    LEFT,
    RIGHT,
    DeviceStatus,
    Environment,
    Modality,
    Purpose,
    number_of,
    opposite,
)
from enrollment.errors import Code, Refusal
from tests.factories.devices import CODE, Bench, face, fingers

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
TRANSACTIONS = st.from_regex(r"[A-Za-z0-9-]{4,50}", fullmatch=True)


@st.composite
def requests(draw: st.DrawFn) -> CaptureRequest:
    """Captures of fingers, of every form that the interface has."""
    purpose = draw(st.sampled_from(Purpose))
    positions = tuple(draw(st.lists(st.sampled_from(FINGERS), unique=True, min_size=1, max_size=10)))
    enrols = purpose is Purpose.ENROL
    wanted = Wanted(
        Modality.FINGER,
        draw(st.integers(0, len(positions))),
        positions,
        "a-device",
        "0",
        tuple(draw(st.lists(st.sampled_from(FINGERS), unique=True, max_size=3))) if enrols else (),
        draw(st.integers(0, 100)),
        draw(st.sampled_from(["", "AB" * 32])),
    )
    at = draw(st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - drawn in UTC
    return CaptureRequest(
        purpose,
        draw(st.sampled_from(Environment)),
        draw(TRANSACTIONS),
        at.replace(microsecond=0),
        draw(st.integers(0, 600_000)),
        (wanted,),
        "" if enrols else "id.example",
    )


@given(requests())
def test_request_survives_the_way(request: CaptureRequest) -> None:
    """A device reads just what was asked."""
    assert parse_request(request.to_json()) == request


@given(
    JSON, st.sampled_from([parse_capture, parse_request, parse_discovery, parse_information, parse_discovery_request])
)
def test_any_json_is_read_or_refused(value: Any, parse: Any) -> None:
    """Whatever a device sends, reading it ends in a value or a refusal, never in an exception."""
    outcome = parse(json.dumps(value).encode())
    assert isinstance(outcome, Refusal | tuple | CaptureAnswer | CaptureRequest)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    """The same for what is no JSON."""
    outcome = parse_capture(content)
    assert isinstance(outcome, Refusal | CaptureAnswer)


@given(st.sampled_from(["data", "hash", "error"]), JSON)
def test_any_changed_member_is_refused(member: str, value: Any) -> None:
    """One member of a good answer replaced by anything at all: refused, by the reader or by the check."""
    bench = Bench()
    request = bench.request(fingers(LEFT[1]))
    answer = json.loads(bench.answer(request).to_json())
    answer["biometrics"][0][member] = value
    parsed = parse_capture(json.dumps(answer).encode())
    assert isinstance(parsed if isinstance(parsed, Refusal) else bench.check.check(request, parsed), Refusal)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff",
        b"[]",
        b"{}",
        b'{"biometrics":[]}',
        b'{"biometrics":[{}]}',
        b'{"biometrics":[NaN]}',
        b'{"biometrics":[],"biometrics":[{}]}',
        b'{"biometrics":[{"specVersion":"1.0.0","data":"a","hash":"b"}]}',
        b'{"biometrics":[{"specVersion":"1.0.0","data":null,"hash":"b","error":{"errorCode":"0","errorInfo":"Success"}}]}',
        b'{"biometrics":[{"specVersion":"9","data":"a","hash":"b","error":{"errorCode":"0","errorInfo":"Success"}}]}',
        b'{"biometrics":[{"data":"a","hash":"b","error":{"errorCode":"0"},"liveness":true}]}',
        b'{"biometrics":[{"data":"a","hash":"b","error":{"errorCode":0}}]}',
        b"[" * 100_000,
    ],
)
def test_malformed_answer(content: bytes) -> None:
    """Broken, empty, doubled, deep, incomplete or surplus: `ENR-SCHEMA`."""
    outcome = parse_capture(content)
    assert isinstance(outcome, Refusal)
    assert outcome.code is Code.ENR_SCHEMA


def test_no_member_stands_twice() -> None:
    """Of two members of one name nobody can say which one the device meant, even where both are good."""
    bench = Bench()
    good = bench.answer(bench.request(fingers(LEFT[1]))).to_json()
    assert isinstance(parse_capture(good), CaptureAnswer)
    assert parse_capture(good[:-1] + b"," + good[1:]) == Refusal(Code.ENR_SCHEMA, "capture")


def test_too_much_is_not_read() -> None:
    """Each kind of answer has its limit in bytes, tested before anything is decoded."""
    assert parse_capture(b" " * (MAX_CAPTURE + 1)) == Refusal(Code.BIO_TOOLARGE, "capture")
    assert parse_discovery(b" " * (MAX_ANSWER + 1)) == Refusal(Code.BIO_TOOLARGE, "devices")
    assert parse_information(b" " * (MAX_ANSWER + 1)) == Refusal(Code.BIO_TOOLARGE, "devices")
    assert parse_request(b" " * MAX_ANSWER) == Refusal(Code.BIO_TOOLARGE, "capture")


def test_too_many_blocks() -> None:
    """No more blocks than a person has fingers and a face."""
    block = Block("", "", DeviceError(DeviceCode.BUSY))
    assert isinstance(parse_capture(CaptureAnswer((block,) * 11).to_json()), CaptureAnswer)
    assert parse_capture(CaptureAnswer((block,) * 12).to_json()) == Refusal(Code.ENR_SCHEMA, "biometrics")


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("transactionId", "abc"),
        ("transactionId", "a b c d"),
        ("transactionId", "x" * 51),
        ("timeout", "-1"),
        ("timeout", "600001"),
        ("timeout", "\uff11\uff12"),
        ("captureTime", "yesterday"),
        ("captureTime", "2030-13-17T09:00:00Z"),
        ("captureTime", "2030-05-17T09:00:00"),
        ("env", "Elsewhere"),
        ("purpose", "Curiosity"),
        ("specVersion", "2.0"),
        ("bio", []),
        ("more", "1"),
    ],
)
def test_malformed_request(member: str, value: Any) -> None:
    """A device refuses what it does not understand."""
    document = json.loads(Bench().request(fingers()).to_json())
    assert isinstance(parse_request(json.dumps({**document, member: value}).encode()), Refusal)


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("type", "Voice"),
        ("count", "12"),
        ("bioSubType", ["Left Ear"]),
        ("bioSubType", [LEFT[0], LEFT[0]]),
        ("bioSubType", "Left Thumb"),
        ("deviceSubId", "4"),
        ("previousHash", "ab"),
        ("requestedScore", "101"),
        ("requestedScore", "-1"),
    ],
)
def test_malformed_entry_of_a_request(member: str, value: Any) -> None:
    """The same for what is wanted."""
    document = json.loads(Bench().request(fingers()).to_json())
    document["bio"][0][member] = value
    assert isinstance(parse_request(json.dumps(document).encode()), Refusal)


@pytest.mark.parametrize("code", DeviceCode)
def test_every_code_has_plain_words_and_a_refusal(code: DeviceCode) -> None:
    """0 and 100 to 112 are told in whole sentences; all but success refuse."""
    assert DeviceError(code).plain.endswith(".")
    assert (refused(DeviceError(code)) is None) is (code is DeviceCode.SUCCESS)


def test_codes_are_those_of_the_interface() -> None:
    """0 and 100 to 112, no gap."""
    assert [code.value for code in DeviceCode] == [0, *range(100, 113)]


@pytest.mark.parametrize("number", [1, 99, 113, 500, 9999])
def test_own_code_of_a_maker_is_a_fault(number: int) -> None:
    """A number that the interface does not define never counts as success and has words, too."""
    assert refused(DeviceError(number)) == Refusal(Code.ENR_DEVICE, "own_fault")
    assert DeviceError(number).plain.endswith(".")


def test_words_of_a_device_are_not_repeated() -> None:
    """The text that a device sends with its error is nowhere in what we keep of it."""
    content = (
        b'{"biometrics":[{"data":null,"hash":null,"specVersion":null,"error":{"errorCode":"111","errorInfo":"<b>x"}}]}'
    )
    answer = parse_capture(content)
    assert isinstance(answer, CaptureAnswer)
    assert "<b>" not in repr(answer)


def test_devices_are_found_by_kind() -> None:
    """A question about one kind of device is answered by those, one about any by all."""
    bench = Bench()
    found = {}
    for kind in (None, *Modality):
        content = bench.station.discovered(discovery_request(kind))
        assert content is not None
        parsed = parse_discovery(content)
        found[kind] = [] if isinstance(parsed, Refusal) else [device.device_id for device in parsed]
    both = [f"{CODE}-finger", f"{CODE}-face"]
    assert found == {None: both, Modality.FINGER: both[:1], Modality.FACE: both[1:], Modality.IRIS: []}


def test_information_says_what_a_device_is() -> None:
    """Status, environment, purpose and sensors, with the JWS in which they are signed."""
    told = parse_information(Bench().station.informed())
    assert not isinstance(told, Refusal)
    scanner, camera = told
    assert (scanner.status, scanner.environment, scanner.purpose) == (
        DeviceStatus.READY,
        Environment.DEVELOPER,
        Purpose.ENROL,
    )
    assert (scanner.sensors, camera.sensors) == (("1", "2", "3"), ("0",))
    assert scanner.signed.count(".") == 2


def test_positions_are_numbered_by_the_standard() -> None:
    """ISO/IEC 19794-2:2005 table 2: the right hand from the thumb, then the left; the other hand has the same names."""
    assert [number_of(position) for position in (*RIGHT, *LEFT)] == list(range(1, 11))
    assert all(opposite(opposite(position)) == position for position in FINGERS)
    assert opposite("Left Thumb") == "Right Thumb"


def test_request_for_a_face_names_no_position() -> None:
    """A face has no place of the body."""
    request = Bench().request(face())
    assert json.loads(request.to_json())["bio"][0]["bioSubType"] == []
    assert parse_request(replace(request).to_json()) == request
