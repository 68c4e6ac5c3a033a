from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from biometrics.face import parameters
from biometrics.face.alignment import align, similarity

TARGET = np.array(parameters.LANDMARKS_112, np.float32)


@given(st.floats(-3.1, 3.1), st.floats(0.2, 20.0), st.floats(-500, 500), st.floats(-500, 500))
def test_a_similarity_is_found_again(angle: float, scale: float, x: float, y: float) -> None:
    """Points that were turned, scaled and shifted are carried back onto the target."""
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    source = (TARGET @ turn.T + np.array([x, y])).astype(np.float32)
    matrix = similarity(source, TARGET)
    assert np.allclose(source @ matrix[:, :2].T + matrix[:, 2], TARGET, atol=0.05)


def test_a_mirrored_face_is_not_turned_inside_out() -> None:
    """A similarity never mirrors: left and right stay apart."""
    mirrored = TARGET * np.array([-1.0, 1.0], np.float32)
    assert np.linalg.det(similarity(mirrored, TARGET)[:, :2]) > 0


def marked(scale: float) -> tuple[np.ndarray, np.ndarray]:
    """An image with a white square on each landmark of a face `scale` times the size of the crop."""
    landmarks = (TARGET * scale + 40).astype(np.float32)
    side = int(112 * scale + 80)
    image = np.zeros((side, side, 3), np.uint8)
    reach = max(1, round(2 * scale))
    for column, row in np.rint(landmarks).astype(int):
        image[row - reach : row + reach + 1, column - reach : column + reach + 1] = 255
    return image, landmarks


def test_the_landmarks_come_to_lie_where_the_network_saw_them() -> None:
    """Small, plain and large faces all have their landmarks at the places of the template."""
    for scale in (0.6, 1.0, 1.9, 2.5, 7.3):
        crop = align(*marked(scale))
        assert crop.shape == (112, 112, 3)
        for column, row in np.rint(TARGET).astype(int):
            assert crop[row, column].min() > 200, scale


def test_a_large_face_is_averaged() -> None:
    """A pattern finer than the crop's pixels becomes its mean instead of a false coarse pattern."""
    image, landmarks = marked(6.0)
    image[:] = 0
    image[:, ::2] = 255
    crop = align(image, landmarks)
    assert np.abs(crop[30:90, 30:90].astype(float) - 127.5).max() < 40


def test_what_lies_outside_is_black() -> None:
    """A face cut by the edge of the image is still aligned, with black beyond the edge."""
    image = np.full((100, 100, 3), 255, np.uint8)
    crop = align(image, TARGET - 40)
    assert crop[:30, :30].max() == 0
    assert crop[60, 60].min() == 255
