"""Portraits for a printed code: small in pixels and in bytes, with the face in the middle."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from biometrics.portraits import HEIGHT, WIDTH, portrait

RED = (0, 0, 200)


def photograph(box: tuple[int, int, int, int], shape: tuple[int, int] = (800, 600)) -> NDArray[np.uint8]:
    """Noise with a red square where the face is."""
    picture = np.random.default_rng(1).integers(0, 80, (*shape, 3), dtype=np.uint8)
    x, y, width, height = box
    picture[max(y, 0) : y + height, max(x, 0) : x + width] = RED
    return picture


def read(content: bytes | None) -> NDArray[np.uint8]:
    """The picture again."""
    assert content is not None
    assert (content[:4], content[8:12]) == (b"RIFF", b"WEBP")
    found = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    assert found is not None
    return np.asarray(found, np.uint8)


@pytest.mark.parametrize("box", [(200, 250, 200, 260), (20, 30, 60, 80), (100, 100, 400, 520)])
def test_the_face_fills_the_middle(box: tuple[int, int, int, int]) -> None:
    """Whatever its size in the photograph: 72 by 90 pixels, the face in the middle, room around it."""
    found = read(portrait(photograph(box), box, 900))
    assert found.shape == (HEIGHT, WIDTH, 3)
    red = (found[..., 2] > 130) & (found[..., 0] < 110)
    rows, columns = np.nonzero(red)
    assert abs(columns.mean() - WIDTH / 2) < 5
    assert abs(rows.mean() - HEIGHT / 2) < 10
    assert 0.2 < red.mean() < 0.5


def test_it_fits_into_its_bytes() -> None:
    """The best quality that does; None where none does."""
    box = (200, 250, 200, 260)
    sizes = [len(made) for most in (1500, 700, 450) if (made := portrait(photograph(box), box, most)) is not None]
    assert len(sizes) == 3
    assert sizes == sorted(sizes, reverse=True)
    assert all(size <= most for size, most in zip(sizes, (1500, 700, 450), strict=True))
    assert portrait(photograph(box), box, 20) is None


def test_a_face_at_the_edge_is_not_stretched() -> None:
    """What lies outside of the photograph is grey."""
    box = (-40, -60, 200, 260)
    found = read(portrait(photograph(box), box, 1500))
    assert abs(int(found[2, 2].mean()) - 200) < 25
