from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from biometrics.face.engine import FaceEngine

Picture = NDArray[np.uint8]


def _draw(picture: NDArray[np.float32], centre: tuple[float, float], eyes: float) -> None:
    """A face of nobody, drawn with ellipses, whose eyes are `eyes` pixels apart."""
    scale = eyes / 90.0

    def at(x: float, y: float) -> tuple[int, int]:
        return round(centre[0] + x * scale), round(centre[1] + y * scale)

    def axes(a: float, b: float) -> tuple[int, int]:
        return max(1, round(a * scale)), max(1, round(b * scale))

    cv2.ellipse(picture, at(0, -10), axes(112, 150), 0, 0, 360, (40, 45, 55), -1)
    cv2.ellipse(picture, at(0, 15), axes(98, 132), 0, 0, 360, (130, 160, 205), -1)
    for x in (-45, 45):
        cv2.ellipse(picture, at(x, -48), axes(26, 6), 0, 180, 360, (50, 55, 70), -1)
        cv2.ellipse(picture, at(x, -22), axes(22, 10), 0, 0, 360, (235, 238, 240), -1)
        cv2.ellipse(picture, at(x, -22), axes(22, 11), 0, 180, 360, (40, 40, 50), axes(3, 3)[0])
        cv2.circle(picture, at(x, -22), axes(10, 10)[0], (50, 40, 30), -1)
    cv2.ellipse(picture, at(0, 22), axes(16, 30), 0, 0, 360, (145, 175, 218), -1)
    cv2.ellipse(picture, at(0, 45), axes(22, 10), 0, 0, 180, (85, 110, 150), axes(4, 4)[0])
    for x in (-9, 9):
        cv2.circle(picture, at(x, 46), axes(4, 4)[0], (60, 75, 100), -1)
    cv2.ellipse(picture, at(0, 82), axes(34, 10), 0, 0, 360, (100, 100, 180), -1)
    cv2.ellipse(picture, at(0, 80), axes(34, 4), 0, 0, 180, (50, 50, 90), axes(3, 3)[0])


@pytest.fixture(scope="session")
def drawn() -> Callable[..., Picture]:
    """Draws faces: `faces` of (centre x, centre y, eye distance) on an even background."""

    def draw(*faces: tuple[float, float, float], height: int = 480, width: int = 480, ground: int = 200) -> Picture:
        picture = np.full((height, width, 3), ground, np.float32)
        for x, y, eyes in faces:
            _draw(picture, (x, y), eyes)
        soft = np.asarray(cv2.GaussianBlur(picture, (0, 0), 1.5), np.float32)
        shade = np.linspace(1.1, 0.8, height, dtype=np.float32)[:, np.newaxis, np.newaxis]
        grain = np.random.default_rng(5).normal(0.0, 2.0, (height, width, 1)).astype(np.float32)
        return np.asarray(np.clip(soft * shade + grain, 0, 255), np.uint8)

    return draw


@pytest.fixture(scope="session")
def engine() -> FaceEngine:
    """The engine with the weights of the installed wheel."""
    loaded = FaceEngine.load()
    assert isinstance(loaded, FaceEngine)
    return loaded


@pytest.fixture(scope="session")
def people() -> Path:
    """The folder of face images of people, which is not part of the project."""
    root = os.environ.get("WANGOV_TEST_DATA")
    if not root:
        pytest.skip("set WANGOV_TEST_DATA to a folder with faces/manifest.csv and the images it names")
    folder = Path(root) / "faces"
    if not (folder / "manifest.csv").is_file():
        pytest.fail(f"WANGOV_TEST_DATA is set, but there is no manifest.csv in {folder}", pytrace=False)
    return folder
