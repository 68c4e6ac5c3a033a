"""What we say to devices and what our simulated ones say, held against the published schemas, read in place."""

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from enrollment.devices.discovery import discovery_request
from enrollment.devices.simulator.faults import Fault
from enrollment.devices.vocabulary import LEFT, RIGHT, SENSORS, Modality, Purpose
from idp.keys.jose import decode_segment
from tests.factories.devices import Bench, face, fingers, picture

FOLDER = "enrollment/sbi"


@pytest.fixture(scope="module")
def published() -> Path:
    """The folder of schemas."""
    root = os.environ.get("WANGOV_TEST_DATA")
    if not root:
        pytest.skip(f"set WANGOV_TEST_DATA to a folder with {FOLDER}")
    folder = Path(root) / FOLDER
    if not (folder / "DiscoverRequestSchema.json").is_file():
        pytest.fail(f"WANGOV_TEST_DATA is set, but there are no schemas in {FOLDER} of {root}", pytrace=False)
    return folder


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """Devices, with one face to see."""
    (tmp_path / "somebody_1.png").write_bytes(picture("a face"))
    return Bench(tmp_path)


def faults(folder: Path, name: str, document: Any) -> list[str]:
    """What the schema says against the document."""
    schema = json.loads((folder / f"{name}.json").read_text())
    validator = jsonschema_rs.Draft201909Validator(schema, validate_formats=True)
    return [f"{error.instance_path}: {error.message}" for error in validator.iter_errors(document)]


def payload(signed: str) -> Any:
    """The middle of a JWS, or a document that was only encoded."""
    return json.loads(decode_segment(signed.split(".")[1] if "." in signed else signed))


def decoded(document: dict[str, Any], signed: str) -> dict[str, Any]:
    """The schemas describe answers to which the decoded parts were added."""
    inner = payload(document[signed])
    if "digitalId" in inner:
        inner["digitalIdDecoded"] = payload(inner["digitalId"])
    return {**document, f"{signed}Decoded": inner}


@pytest.mark.parametrize("kind", [None, *Modality])
def test_discovery(published: Path, bench: Bench, kind: Modality | None) -> None:
    """MOSIPDISC: the question for every kind, and each entry of the answer."""
    question = discovery_request(kind)
    assert faults(published, "DiscoverRequestSchema", json.loads(question)) == []
    answer = bench.station.discovered(question)
    assert answer is not None
    for entry in json.loads(answer):
        entry["digitalIdDecoded"] = payload(entry["digitalId"])
        assert faults(published, "DiscoverResponseSchema", [entry]) == []
        assert faults(published, "DigitalIdResponseSchema", entry["digitalIdDecoded"]) == []


@pytest.mark.parametrize(
    ("fault", "schemas"),
    [
        (Fault.NONE, ["DeviceInfoReadyResponseSchema", "DeviceInfoResponseSchema"]),
        (Fault.BUSY, ["DeviceInfoBusyResponseSchema"]),
        (Fault.NOT_READY, ["DeviceInfoNotReadyResponseSchema"]),
    ],
)
def test_information(published: Path, bench: Bench, fault: Fault, schemas: list[str]) -> None:
    """MOSIPDINFO: ready, busy and not ready."""
    assert faults(published, "DeviceInfoRequestSchema", {}) == []
    bench.fault(fault)
    for entry in json.loads(bench.station.informed()):
        for schema in schemas:
            assert faults(published, schema, [decoded(entry, "deviceInfo")]) == []


@pytest.mark.parametrize("sensor", ["1", "2", "3"])
def test_capture_for_enrolment(published: Path, bench: Bench, sensor: str) -> None:
    """RCAPTURE: each part of a scanner, question and every block."""
    request = bench.request(replace(fingers(*SENSORS[sensor]), sensor=sensor))
    assert faults(published, "RegistrationCaptureRequestSchema", json.loads(request.to_json())) == []
    answer = json.loads(bench.station.captured(request))
    assert len(answer["biometrics"]) == len(SENSORS[sensor])
    for block in answer["biometrics"]:
        whole = {"biometrics": [decoded(block, "data")]}
        assert faults(published, "RegistrationCaptureResponseSchema", whole) == []
        assert faults(published, "ErrorInfoSchema", block["error"]) == []


def test_capture_of_a_face(published: Path, bench: Bench) -> None:
    """RCAPTURE: a face, which has no place of the body."""
    request = bench.request(face())
    assert faults(published, "RegistrationCaptureRequestSchema", json.loads(request.to_json())) == []
    (block,) = json.loads(bench.station.captured(request))["biometrics"]
    whole = {"biometrics": [decoded(block, "data")]}
    assert faults(published, "RegistrationCaptureResponseSchema", whole) == []


def test_capture_for_verification(published: Path, bench: Bench) -> None:
    """CAPTURE: question and every sealed block."""
    bench.seal_for(rsa.generate_private_key(65537, 2048))
    request = bench.request(fingers(LEFT[1], RIGHT[1]), purpose=Purpose.VERIFY)
    assert faults(published, "AuthCaptureRequestSchema", json.loads(request.to_json())) == []
    for block in json.loads(bench.station.captured(request))["biometrics"]:
        whole = {"biometrics": [decoded(block, "data")]}
        assert faults(published, "AuthCaptureResponseSchema", whole) == []


@pytest.mark.parametrize("fault", [Fault.BUSY, Fault.NOT_READY, Fault.NOT_REGISTERED])
def test_failed_capture(published: Path, bench: Bench, fault: Fault) -> None:
    """A capture that failed: the reason, and nothing else."""
    bench.fault(fault)
    answer = json.loads(bench.station.captured(bench.request(fingers())))
    assert faults(published, "ErrorCaptureResponseSchema", answer) == []


def test_schemas_find_faults(published: Path, bench: Bench) -> None:
    """The same check sees a member too many and a hash in small letters."""
    request = bench.request(fingers(LEFT[1]))
    assert faults(published, "RegistrationCaptureRequestSchema", {**json.loads(request.to_json()), "more": 1})
    (block,) = json.loads(bench.station.captured(request))["biometrics"]
    block["hash"] = block["hash"].lower()
    assert faults(published, "RegistrationCaptureResponseSchema", {"biometrics": [decoded(block, "data")]})
