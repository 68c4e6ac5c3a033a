"""How the head is turned, from the five landmarks."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from biometrics.face import parameters

__all__ = ["HeadPose", "head_pose"]


@dataclass(frozen=True, slots=True)
class HeadPose:
    """Degrees from a straight look (ISO/IEC 39794-5 pose angles).

    `yaw` is positive when the person turns to their own left, `pitch` when they look up, `roll` when the head leans to
    their own right (clockwise in the image).
    """

    yaw: float
    pitch: float
    roll: float


def head_pose(landmarks: NDArray[np.float32], shape: tuple[int, ...]) -> HeadPose:
    """The pose of the head whose five `landmarks` (float32, shape (5, 2), pixels) lie in an image of `shape`.

    Roll is the slope of the line between the eyes. Yaw and pitch come from the pose that carries an average head to
    the landmarks as a camera sees it whose focal length is that of a portrait lens for this image. Five points of one
    average head make this a measurement of a few degrees at best, and worse beyond 30 degrees.
    """
    across = (landmarks[1] - landmarks[0]).astype(np.float64)
    roll = float(np.degrees(np.arctan2(across[1], across[0])))
    focal = parameters.FOCAL_LENGTH * max(shape[:2])
    camera = np.array([[focal, 0.0, shape[1] / 2], [0.0, focal, shape[0] / 2], [0.0, 0.0, 1.0]])
    upright = _upright(landmarks.astype(np.float64), roll)
    centred = upright - upright.mean(axis=0) + camera[:2, 2]
    model = np.array(parameters.HEAD_MODEL_MM, np.float64)
    _, rotation, _ = cv2.solvePnP(model, centred, camera, np.zeros(4), flags=cv2.SOLVEPNP_SQPNP)
    matrix = np.asarray(cv2.Rodrigues(rotation)[0], np.float64)
    forward = -matrix[:, 2]
    yaw = float(np.degrees(np.arctan2(forward[0], -forward[2])))
    pitch = float(np.degrees(np.arctan2(-forward[1], np.hypot(forward[0], forward[2]))))
    return HeadPose(yaw, pitch, roll)


def _upright(points: NDArray[np.float64], roll: float) -> NDArray[np.float64]:
    """`points` turned about their mean so that the eyes are level."""
    angle = np.radians(roll)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    centre = points.mean(axis=0)
    return np.asarray((points - centre) @ turn + centre, np.float64)
