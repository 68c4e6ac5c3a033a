"""The face upright at one size, with its surroundings: what quality is measured on."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from biometrics.face import parameters
from biometrics.face.alignment import align, similarity

__all__ = ["Portrait", "take_portrait"]


@dataclass(frozen=True, slots=True, eq=False)
class Portrait:
    """A square of `PORTRAIT_SIDE` pixels with the eyes `PORTRAIT_EYES` apart.

    `grey` is float32 luminance, 0 to 255; `landmarks` are the five in its pixels; `inside` (bool, shape of `grey`)
    tells what lay in the image, and `face` (bool, same shape) is the ellipse from forehead to chin.
    """

    grey: NDArray[np.float32]
    landmarks: NDArray[np.float32]
    inside: NDArray[np.bool_]
    face: NDArray[np.bool_]


def take_portrait(image: NDArray[np.uint8], landmarks: NDArray[np.float32]) -> Portrait:
    """The portrait of the face of `image` (uint8, height x width x 3) that has the five `landmarks`."""
    side = parameters.PORTRAIT_SIDE
    embedded = np.array(parameters.LANDMARKS_112, np.float32)
    scale = parameters.PORTRAIT_EYES / float(embedded[1, 0] - embedded[0, 0])
    eyes = np.array([side / 2, parameters.PORTRAIT_EYE_LINE * side])
    target = ((embedded - embedded[:2].mean(axis=0)) * scale + eyes).astype(np.float32)
    matrix = similarity(landmarks, target)
    grey = cv2.cvtColor(align(image, landmarks, target, side), cv2.COLOR_BGR2GRAY)
    moved = landmarks @ matrix[:, :2].T + matrix[:, 2]
    inside = _inside(image.shape, matrix, side)
    return Portrait(np.asarray(grey, np.float32), moved.astype(np.float32), inside, _ellipse(target, side))


def _inside(shape: tuple[int, ...], matrix: NDArray[np.float64], side: int) -> NDArray[np.bool_]:
    rows, columns = np.mgrid[0:side, 0:side].astype(np.float64)
    back = np.linalg.inv(matrix[:, :2])
    x = back[0, 0] * (columns - matrix[0, 2]) + back[0, 1] * (rows - matrix[1, 2])
    y = back[1, 0] * (columns - matrix[0, 2]) + back[1, 1] * (rows - matrix[1, 2])
    return np.asarray((x >= 0) & (x <= shape[1] - 1) & (y >= 0) & (y <= shape[0] - 1), np.bool_)


def _ellipse(target: NDArray[np.float32], side: int) -> NDArray[np.bool_]:
    rows, columns = np.mgrid[0:side, 0:side].astype(np.float32)
    eyes, mouth = target[:2].mean(axis=0), target[3:].mean(axis=0)
    centre = (eyes + mouth) / 2
    half_width, half_height = np.array(parameters.FACE_ELLIPSE) * parameters.PORTRAIT_EYES
    return np.asarray(
        ((columns - centre[0]) / half_width) ** 2 + ((rows - centre[1]) / half_height) ** 2 <= 1, np.bool_
    )
