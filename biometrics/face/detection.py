"""Finding faces and their five landmarks with YuNet, on a reduced image."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import cast

import cv2
import numpy as np
from cv2.utils import logging
from numpy.typing import NDArray

from biometrics.errors import Reason, Refused
from biometrics.face import parameters

__all__ = ["Face", "FaceChoice", "FaceDetector", "choose"]


class FaceChoice(StrEnum):
    """What to do with several faces."""

    ONLY = "only"
    PROMINENT = "prominent"


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """A face found.

    `box` is (x, y, width, height) and `landmarks` float32 of shape (5, 2), both in pixels of the image handed in, x to
    the right and y down: the person's right eye, left eye, tip of the nose, right and left corner of the mouth.
    `score` is the detector's, 0 to 1. `turned` is the rotation under which it was found, in quarter turns clockwise.
    """

    box: tuple[float, float, float, float]
    landmarks: NDArray[np.float32]
    score: float
    turned: int = 0

    @property
    def eye_distance(self) -> float:
        """Distance between the centres of the eyes in pixels (ISO/IEC 29794-5 inter-eye distance, without yaw)."""
        return float(np.hypot(*(self.landmarks[1] - self.landmarks[0])))


@dataclass(frozen=True, slots=True)
class _View:
    """One way of looking at the image: quarter turns, side of the reduced image, margin as a share of the side."""

    turned: int
    side: int
    margin: float


def _views() -> Iterator[_View]:
    """The plain view first; then, while no view is sure: margin, turned, finer."""
    first = parameters.DETECTION_SIDE
    yield _View(0, first, 0.0)
    yield _View(0, first, parameters.MARGIN)
    for turned in (1, 3, 2):
        yield _View(turned, first, 0.0)
    for side in parameters.SEARCH_SIDES:
        yield _View(0, side, 0.0)


@contextmanager
def _quiet() -> Iterator[None]:
    """Errors only: YuNet's constructor asks for a target even where it may not choose one, and OpenCV warns of that."""
    before = logging.getLogLevel()
    logging.setLogLevel(min(before, logging.LOG_LEVEL_ERROR))
    try:
        yield
    finally:
        logging.setLogLevel(before)


class FaceDetector:
    """YuNet (Wu, Peng, Yu 2023) through OpenCV. Not for use by several threads at once."""

    def __init__(self, weights: bytes) -> None:
        """`weights` are the bytes of the detector's ONNX file."""
        with _quiet():
            self._network = cv2.FaceDetectorYN.create(
                "onnx",
                np.frombuffer(weights, np.uint8),
                np.empty(0, np.uint8),
                (parameters.DETECTION_SIDE, parameters.DETECTION_SIDE),
                parameters.DETECTION_SCORE,
                parameters.DETECTION_OVERLAP,
            )

    def detect(self, image: NDArray[np.uint8]) -> tuple[Face, ...]:
        """The faces in `image` (uint8, height x width x 3, blue green red), largest first; empty if there are none.

        The plain view decides when it is sure. Otherwise all views are looked at and the surest one counts, because
        a face that lies on its side or stands on its head is also found upright, unsurely and with wrong landmarks.
        """
        height, width = image.shape[:2]
        if max(height, width) > parameters.MAX_ASPECT * min(height, width):
            return ()
        small = _resized(image, min(1.0, max(parameters.SEARCH_SIDES) / max(height, width)))
        best: list[Face] = []
        for view in _views():
            faces = self._look(small, view, (height, width))
            if _surest(faces) > _surest(best):
                best = faces
            if _surest(best) >= parameters.SURE_SCORE:
                break
        return tuple(sorted(best, key=lambda face: face.box[2] * face.box[3], reverse=True))

    def _look(self, image: NDArray[np.uint8], view: _View, shape: tuple[int, int]) -> list[Face]:
        """The faces of `image` under one view, in pixels of the image of `shape` that it was reduced from."""
        turned = np.ascontiguousarray(np.rot90(image, -view.turned))
        height, width = shape[::-1] if view.turned % 2 else shape
        scale = view.side / (max(turned.shape) * (1.0 + 2.0 * view.margin))
        small = _resized(turned, scale)
        border = round(view.margin * max(small.shape[:2]))
        if border:
            small = np.asarray(
                cv2.copyMakeBorder(small, border, border, border, border, cv2.BORDER_CONSTANT, value=(127, 127, 127)),
                np.uint8,
            )
        self._network.setInputSize((small.shape[1], small.shape[0]))
        rows = cast("NDArray[np.float32] | None", self._network.detect(small)[1])
        if rows is None:
            return []
        ratio = np.array([width / (small.shape[1] - 2 * border), height / (small.shape[0] - 2 * border)])
        found = np.asarray(rows, np.float64).reshape(-1, 15)
        faces = [_face(row, ratio, border, shape, view.turned) for row in found if np.isfinite(row).all()]
        return [face for face in faces if _centred_inside(face, shape)]


def _surest(faces: list[Face]) -> float:
    return max((face.score for face in faces), default=0.0)


def _resized(image: NDArray[np.uint8], scale: float) -> NDArray[np.uint8]:
    if scale == 1.0:
        return image
    size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, size, interpolation=method), np.uint8)


def _face(
    row: NDArray[np.float64], ratio: NDArray[np.float64], border: int, shape: tuple[int, ...], turned: int
) -> Face:
    corner, size = (row[:2] - border) * ratio, row[2:4] * ratio
    landmarks = (row[4:14].reshape(5, 2) - border) * ratio
    corners = _turned_back(np.array([corner, corner + size]), shape, turned)
    low, high = corners.min(axis=0), corners.max(axis=0)
    box = (float(low[0]), float(low[1]), float(high[0] - low[0]), float(high[1] - low[1]))
    return Face(box, _turned_back(landmarks, shape, turned).astype(np.float32), float(row[14]), turned)


def _centred_inside(face: Face, shape: tuple[int, ...]) -> bool:
    x, y = (float(value) for value in face.landmarks.mean(axis=0))
    return 0 <= x < shape[1] and 0 <= y < shape[0]


def _turned_back(points: NDArray[np.float64], shape: tuple[int, ...], turned: int) -> NDArray[np.float64]:
    """Points of the image after `turned` quarter turns clockwise, in the image as handed in."""
    height, width = shape[0], shape[1]
    x, y = points[:, 0], points[:, 1]
    if turned == 1:
        x, y = y, height - x
    elif turned == 2:
        x, y = width - x, height - y
    elif turned == 3:
        x, y = width - y, x
    return np.stack([x, y], axis=1)


def choose(faces: tuple[Face, ...], shape: tuple[int, ...], choice: FaceChoice) -> Face | Refused:
    """The face that the image is of.

    ONLY: the largest, unless another is nearly as wide (FACE_SEVERAL). PROMINENT: the widest after a discount for its
    distance from the middle of the image of `shape` (height, width, ...). No faces: FACE_NONE; eyes too near each other
    to align: FACE_TOO_SMALL.
    """
    if not faces:
        return Refused(Reason.FACE_NONE)
    widths = np.array([face.box[2] for face in faces])
    if choice is FaceChoice.PROMINENT:
        centres = np.array([[face.box[0] + face.box[2] / 2, face.box[1] + face.box[3] / 2] for face in faces])
        away = np.hypot(*(centres / np.array([shape[1], shape[0]]) - 0.5).T)
        chosen = faces[int(np.argmax(widths * np.maximum(1.0 - 1.5 * away, 0.0)))]
    else:
        chosen = faces[int(np.argmax(widths))]
        rivals = int(np.count_nonzero(widths >= parameters.RIVAL_RATIO * widths.max())) - 1
        if rivals:
            return Refused(Reason.FACE_SEVERAL, f"{rivals + 1} faces of similar size")
    if chosen.eye_distance < parameters.MIN_EYE_DISTANCE:
        return Refused(Reason.FACE_TOO_SMALL, f"{chosen.eye_distance:.0f} pixels between the eyes")
    return chosen
