"""The simulator as the program that a demonstration starts, with drawn fingers."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from biometrics.decoding.finger_record import read
from biometrics.sample import FingerPosition
from enrollment.devices.chain import BlockCheck, KnownDevice, Standing
from enrollment.devices.client import PORTS, Address, DeviceClient
from enrollment.devices.messages import CaptureAnswer, CaptureRequest, Wanted
from enrollment.devices.simulator.samples import Faces, Fingers, Person
from enrollment.devices.vocabulary import LEFT, Environment, Modality, Purpose
from enrollment.errors import Refusal
from idp.clock import SystemClock
from tests.architecture.tree import ROOT
from tests.factories.devices import Memory, Register, picture


@contextmanager
def simulator(*arguments: str) -> Iterator[dict[str, Any]]:
    """The program on a port that is free, and its first line; it ends when it is told to."""
    for port in reversed(PORTS):
        process = subprocess.Popen(
            [sys.executable, "-m", "enrollment.devices.simulator", "--port", str(port), *arguments],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert process.stdout is not None
        with process.stdout as told:
            line = told.readline()
        if line:
            break
        process.wait(60)
    try:
        yield json.loads(line)
    finally:
        process.terminate()
        assert process.wait(60) == 0


def test_public_key_is_told_and_nothing_served(tmp_path: Path) -> None:
    """The key to register comes alone; the program that serves afterwards has the same one."""
    key = str(tmp_path / "key.pem")
    asked = [sys.executable, "-m", "enrollment.devices.simulator", "--key", key, "--public-key"]
    alone = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    with simulator("--key", key) as told:
        assert json.loads(alone.stdout) == told["jwk"]


def test_program_serves_a_drawn_finger_under_the_key_that_it_tells(tmp_path: Path) -> None:
    """Started, registered by its first line, asked for a finger: a record of it, proven, and kept for the next time."""
    keep, key = tmp_path / "kept", tmp_path / "key.pem"
    with simulator("--seed", "3", "--keep", str(keep), "--key", str(key), "--code", "DEMO") as told:
        address = Address.of("127.0.0.1", told["port"])
        assert not isinstance(address, Refusal)
        wanted = Wanted(Modality.FINGER, 1, (LEFT[1],), "DEMO-finger")
        now = datetime.now(UTC)
        request = CaptureRequest(Purpose.ENROL, Environment.DEVELOPER, "a-capture", now, 120_000, (wanted,))
        answer = DeviceClient(address).capture(request)
    assert isinstance(answer, CaptureAnswer)
    register = Register({"DEMO": KnownDevice("DEMO", told["jwk"], Standing.ACTIVE, frozenset(Modality))})
    samples = BlockCheck(register, Memory(), SystemClock()).check(request, answer)
    assert not isinstance(samples, Refusal)
    record = read(samples[0].content)
    assert (record.position, record.width, record.height) == (FingerPosition.LEFT_INDEX, 388, 374)
    (kept,) = keep.iterdir()
    assert kept.read_bytes() == samples[0].content[record.begin : record.end]
    assert key.stat().st_mode & 0o777 == 0o600
    assert kept.read_bytes() == Fingers(keep).png(3, 7, 0, poor=False)


def test_same_numbers_are_the_same_finger() -> None:
    """Drawn twice, a finger is the same to the byte; another impression of it is another image."""
    first, second = Fingers(), Fingers()
    once = first.png(1, 1, 0, poor=False)
    assert second.png(1, 1, 0, poor=False) == once
    assert first.png(1, 1, 1, poor=False) != once
    assert first.png(1, 1, 0, poor=True) != once


def test_faces_belong_to_people(tmp_path: Path) -> None:
    """Two pictures of one name are one person, whom each seed finds again; a name of a file finds that file."""
    for name in ("ama_1.jpg", "ama_2.jpg", "sorie_1.png", "notes.txt"):
        (tmp_path / name).write_bytes(picture(name))
    faces = Faces(tmp_path)
    ama = [faces.picture(Person(2, visit), 0) for visit in range(3)]
    assert ama == [
        ("image/jpeg", picture("ama_1.jpg")),
        ("image/jpeg", picture("ama_2.jpg")),
        ("image/jpeg", picture("ama_1.jpg")),
    ]
    assert faces.picture(Person(3), 0) == ("image/png", picture("sorie_1.png"))
    assert faces.picture(Person(3, face="ama_2.jpg"), 0) == ("image/jpeg", picture("ama_2.jpg"))
    assert faces.picture(Person(3, face="../secret.jpg"), 0) is None
    assert Faces(None).picture(Person(1), 0) is None
