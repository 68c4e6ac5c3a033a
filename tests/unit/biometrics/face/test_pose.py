from __future__ import annotations

import numpy as np
import pytest

from biometrics.face import parameters
from biometrics.face.pose import head_pose

SHAPE = (480, 640, 3)


def seen(yaw: float, pitch: float, roll: float) -> np.ndarray:
    """Landmarks of the average head under a pose in degrees, as a camera half a metre away sees them."""
    a, b, c = np.radians([yaw, pitch, roll])
    about_y = np.array([[np.cos(a), 0, -np.sin(a)], [0, 1, 0], [np.sin(a), 0, np.cos(a)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(b), np.sin(b)], [0, -np.sin(b), np.cos(b)]])
    about_z = np.array([[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]])
    head = np.array(parameters.HEAD_MODEL_MM) @ (about_z @ about_y @ about_x).T + np.array([0, 0, 700.0])
    focal = parameters.FOCAL_LENGTH * 640
    return np.asarray(head[:, :2] / head[:, 2:] * focal + np.array([320, 240]), np.float32)


@pytest.mark.parametrize("yaw", [-30, -15, 0, 15, 30])
@pytest.mark.parametrize("pitch", [-15, 0, 15])
def test_the_pose_of_the_average_head_is_found(yaw: float, pitch: float) -> None:
    """Yaw to the person's left and pitch upwards are positive and right to two degrees."""
    pose = head_pose(seen(yaw, pitch, 0), SHAPE)
    assert pose.yaw == pytest.approx(yaw, abs=2)
    assert pose.pitch == pytest.approx(pitch, abs=2)


@pytest.mark.parametrize("roll", [-25, -8, 8, 25])
def test_roll_is_the_lean_of_the_eyes(roll: float) -> None:
    """Clockwise in the image is positive, and leaning changes neither yaw nor pitch."""
    pose = head_pose(seen(0, 0, roll), SHAPE)
    assert pose.roll == pytest.approx(roll, abs=0.5)
    assert abs(pose.yaw) < 1
    assert abs(pose.pitch) < 1


def test_turning_to_the_left_moves_the_nose_to_the_right_of_the_image() -> None:
    """The sign agrees with a picture that is not mirrored: the person's left is on the right."""
    landmarks = seen(0, 0, 0)
    landmarks[2, 0] += 10
    assert head_pose(landmarks, SHAPE).yaw > 5
