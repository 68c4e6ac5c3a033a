"""The upright crop that the embedding is computed from, taken from the full image."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from biometrics.face import parameters

__all__ = ["align", "similarity"]

_EMBEDDED: Final = np.array(parameters.LANDMARKS_112, np.float32)


def similarity(source: NDArray[np.float32], target: NDArray[np.float32]) -> NDArray[np.float64]:
    """The rotation, scale and shift that carries `source` to `target` with the least squared error.

    Both are of shape (n, 2), n >= 2, with `source` not all one point. Returns the 2 x 3 matrix, float64. In complex
    numbers the problem is linear: target = a * source + b (Umeyama 1991 without the reflection).
    """
    from_points = source[:, 0] + 1j * source[:, 1].astype(np.float64)
    to_points = target[:, 0] + 1j * target[:, 1].astype(np.float64)
    from_mean, to_mean = from_points.mean(), to_points.mean()
    centred = from_points - from_mean
    a = np.vdot(centred, to_points - to_mean) / np.vdot(centred, centred).real
    b = to_mean - a * from_mean
    return np.array([[a.real, -a.imag, b.real], [a.imag, a.real, b.imag]], np.float64)


def align(
    image: NDArray[np.uint8],
    landmarks: NDArray[np.float32],
    target: NDArray[np.float32] = _EMBEDDED,
    side: int = parameters.CROP_SIDE,
) -> NDArray[np.uint8]:
    """The face of `image` (uint8, height x width x 3) upright in a square of `side` pixels.

    `landmarks` are the five of `detection.Face`, `target` where they are to lie (float32, both of shape (5, 2)).
    A large face is first reduced by averaging, because sampling it straight into a small square would alias. What lies
    outside the image is black.
    """
    matrix = similarity(landmarks, target)
    shrink = int(1.0 / max(float(np.hypot(matrix[0, 0], matrix[1, 0])), 1e-6))
    if shrink >= 2:
        image, landmarks = _reduced(image, landmarks, shrink)
        matrix = similarity(landmarks, target)
    return np.asarray(cv2.warpAffine(image, matrix, (side, side), flags=cv2.INTER_LINEAR), np.uint8)


def _reduced(
    image: NDArray[np.uint8], landmarks: NDArray[np.float32], shrink: int
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """The surroundings of the face, `shrink` times smaller, and where the landmarks lie in them."""
    centre = landmarks.mean(axis=0)
    reach = parameters.ALIGNMENT_REACH * float(np.abs(landmarks - centre).max())
    left, top = (max(0, int(value)) for value in centre - reach)
    right, bottom = (int(value) + 1 for value in centre + reach)
    part = image[top:bottom, left:right]
    size = (max(1, part.shape[1] // shrink), max(1, part.shape[0] // shrink))
    small = np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_AREA), np.uint8)
    ratio = np.array([size[0] / part.shape[1], size[1] / part.shape[0]], np.float32)
    moved = (landmarks - np.array([left, top], np.float32) + 0.5) * ratio - 0.5
    return small, moved.astype(np.float32)
