"""Calibration files."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from biometrics.decision.calibration import Calibration, Source, Target
from biometrics.decision.files import FOLDER, file_name, load_calibration, read_calibration, write_calibration
from biometrics.errors import Reason, Refused
from biometrics.face.identity import FaceMode
from biometrics.fingerprint.matcher import Mode
from biometrics.fingerprint.template import ENGINE as FINGER_ENGINE

CALIBRATION = Calibration(
    engine="engine-1/verify",
    made="2026-01-31",
    scores=np.array([0.0, 0.5, 1.25]),
    ratios=np.array([-3.5, 0.0, 6.25]),
    targets=(Target(1e-2, 0.4, 0.3, 0.5, 0.0), Target(1e-3, 0.6, 0.5, 0.9, 0.01)),
    sources=(Source("set", 5, 140, 640),),
    loss=0.01,
)


def _changed(**members: Any) -> bytes:
    return json.dumps({**json.loads(write_calibration(CALIBRATION)), **members}).encode()


def _refusal(data: bytes, engine: str = "engine-1/verify") -> Reason:
    found = read_calibration(data, engine)
    assert isinstance(found, Refused)
    return found.reason


@pytest.mark.parametrize("engine", ["engine-2/verify", "engine-1/full", "engine-1"])
def test_calibration_of_another_engine_is_refused(engine: str) -> None:
    """Another engine, version or mode has other scores."""
    assert _refusal(write_calibration(CALIBRATION), engine) is Reason.CALIBRATION_ENGINE


@pytest.mark.parametrize(
    "members",
    [
        {"format": 2},
        {"format": True},
        {"engine": ""},
        {"engine": 1},
        {"made": "today"},
        {"made": None},
        {"knots": []},
        {"knots": [[0, 0]]},
        {"knots": [[0, 0], [0, 1]]},
        {"knots": [[0, 1], [1, 0]]},
        {"knots": [[0, 0], [1]]},
        {"knots": [[0, 0], [1, True]]},
        {"knots": [[0, 0], [1, "1"]]},
        {"knots": [[0, 0], [1, 10**400]]},
        {"knots": [[n, n] for n in range(1001)]},
        {"knots": {"0": 0}},
        {"targets": [{"fmr": 0.01}]},
        {"targets": [{"fmr": 0, "threshold": 1, "low": 1, "high": 1, "fnmr": 0}]},
        {"targets": [{"fmr": 0.01, "threshold": 1, "low": 1.1, "high": 1.2, "fnmr": 0}]},
        {
            "targets": [
                {"fmr": 0.01, "threshold": 1, "low": 1, "high": 1, "fnmr": 0},
                {"fmr": 0.001, "threshold": 0.9, "low": 0.5, "high": 1, "fnmr": 0},
            ]
        },
        {"sources": []},
        {"sources": [{"dataset": "", "subjects": 1, "genuine": 1, "impostor": 1}]},
        {"sources": [{"dataset": "d", "subjects": 1, "genuine": -1, "impostor": 1}]},
        {"sources": [{"dataset": "d", "subjects": 0, "genuine": 140, "impostor": 640}]},
        {"sources": [{"dataset": "d", "subjects": 5, "genuine": 0, "impostor": 0}]},
        {"sources": [{"dataset": "d", "subjects": 5, "genuine": 0, "impostor": 640}]},
        {"sources": [{"dataset": "d", "subjects": 5, "genuine": 140, "impostor": 10**400}]},
        {"made": "2026-99-99"},
        {"made": "2026-02-30"},
        {"knots": [[0, 0], [1, 1e11]]},
        {"knots": [[0, -1e11], [1, 1]]},
        {"knots": [[0, 0], [1, 6.5]]},
        {
            "targets": [
                {"fmr": 0.01, "threshold": 1, "low": 1, "high": 1, "fnmr": 0},
                {"fmr": 0.01 + 1e-12, "threshold": 1, "low": 1, "high": 1, "fnmr": 0},
            ]
        },
        {"loss": None},
        {"more": 1},
    ],
)
def test_malformed_documents_are_refused(members: dict[str, Any]) -> None:
    """Whatever is not exactly a calibration is refused as a whole."""
    assert _refusal(_changed(**members)) is Reason.CALIBRATION_MALFORMED


@pytest.mark.parametrize("data", [b"", b"[]", b"\xff", b"{", b"[" * 100_000, b'{"format": NaN}'])
def test_what_is_no_document_is_refused(data: bytes) -> None:
    """Bytes that are no JSON object are refused, however deep."""
    assert _refusal(data) is Reason.CALIBRATION_MALFORMED


def test_numbers_that_are_none_are_refused() -> None:
    """NaN and infinity, which Python's JSON reader takes, are no scores."""
    for number in ("NaN", "Infinity"):
        data = write_calibration(CALIBRATION).replace(b"6.25", number.encode())
        assert _refusal(data) is Reason.CALIBRATION_MALFORMED


@given(st.binary(max_size=200), st.integers(0, 800))
def test_damaged_files_are_read_or_refused(noise: bytes, place: int) -> None:
    """No damage raises."""
    data = write_calibration(CALIBRATION)
    assert isinstance(
        read_calibration(data[:place] + noise + data[place + 3 :], "engine-1/verify"), Calibration | Refused
    )


def test_round_trip() -> None:
    """What is written is read again, and written the same."""
    data = write_calibration(CALIBRATION)
    found = read_calibration(data, "engine-1/verify")
    assert isinstance(found, Calibration)
    assert write_calibration(found) == data
    assert (found.targets, found.sources, found.loss) == (CALIBRATION.targets, CALIBRATION.sources, 0.01)


def test_loading_by_name(tmp_path: Path) -> None:
    """An engine's file is found by its name; a name leads nowhere else, and too large a file is not read."""
    folder = tmp_path / "calibrations"
    folder.mkdir()
    (folder / "engine-1-verify.json").write_bytes(write_calibration(CALIBRATION))
    (tmp_path / "secret.json").write_bytes(write_calibration(CALIBRATION))
    assert isinstance(load_calibration("engine-1/verify", folder), Calibration)
    for name in ("engine-1/full", "../secret", "..", "", "\0", "engine-1\0/verify", "x" * 300, "\ud800"):
        found = load_calibration(name, folder)
        assert isinstance(found, Refused)
        assert found.reason is Reason.ENGINE_MISSING
    (folder / "large.json").write_bytes(b" " * 200_000)
    found = load_calibration("large", folder)
    assert isinstance(found, Refused)
    assert found.reason is Reason.CALIBRATION_MALFORMED


def test_calibration_of_an_older_recipe_is_refused(tmp_path: Path) -> None:
    """A file made with other constants lies under the same name, so it is refused as foreign, not taken for absent."""
    ours, older = "engine-1+0123456789abcdef/full", "engine-1+fedcba9876543210/full"
    (tmp_path / "engine-1-full.json").write_bytes(write_calibration(replace(CALIBRATION, engine=older)))
    found = load_calibration(ours, tmp_path)
    assert isinstance(found, Refused)
    assert found.reason is Reason.CALIBRATION_ENGINE
    assert isinstance(load_calibration(older, tmp_path), Calibration)


USED = [f"{FINGER_ENGINE}/{Mode.VERIFY}", f"{FINGER_ENGINE}/{Mode.FULL}", *(mode.engine for mode in FaceMode)]


@pytest.mark.parametrize("engine", USED)
def test_every_mode_in_use_has_its_calibration(engine: str) -> None:
    """Each mode of this very recipe is calibrated, and its file is refused for every other mode."""
    assert isinstance(load_calibration(engine), Calibration), (
        "the recipe has changed: fit again with `python -m biometrics.evaluation.sheet --write` (docs/biometrics.md)"
    )
    data = (FOLDER / file_name(engine)).read_bytes()
    for other in set(USED) - {engine}:
        assert _refusal(data, other) is Reason.CALIBRATION_ENGINE


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.json")), ids=lambda path: path.stem)
def test_calibrations_of_the_house_can_be_loaded(path: Path) -> None:
    """Each file is whole, lies under its engine's name, and its ratios speak for mates where scores are high."""
    engine = json.loads(path.read_bytes())["engine"]
    found = load_calibration(engine)
    assert isinstance(found, Calibration)
    assert path.name == file_name(engine)
    assert found.ratios[0] < 0 < found.ratios[-1]
    assert found.targets
