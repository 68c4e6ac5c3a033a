"""The picture of the detection error trade-off."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from biometrics.evaluation.det import BOTTOM, COLOURS, HEIGHT, LEFT, RIGHT, TOP, WIDTH, Line, draw, write
from biometrics.evaluation.rates import curve_of


def _line(distance: float) -> Line:
    generator = np.random.default_rng(1)
    genuine, impostor = generator.normal(distance, 1, 4000), generator.normal(0, 1, 4000)
    return Line("drawn", curve_of(genuine, impostor), (1 / 4000, 1 / 4000))


def _ink(
    picture: np.ndarray[tuple[int, ...], np.dtype[np.uint8]],
) -> tuple[np.ndarray[tuple[int], np.dtype[np.int64]], ...]:
    inside = picture[TOP + 60 : HEIGHT - BOTTOM - 12, LEFT + 12 : WIDTH - RIGHT]
    rows, columns = np.nonzero((inside == COLOURS[0]).all(axis=2))
    return rows, columns


def test_unwritable_place_is_an_error_of_the_system(tmp_path: Path) -> None:
    """A picture that cannot be written says so."""
    with pytest.raises(OSError, match="absent"):
        write(tmp_path / "absent" / "det.png", draw("t", []))


def test_normal_scores_make_a_straight_line() -> None:
    """On normal-deviate axes the curve of two normal distributions is straight and falls at 45 degrees of rate."""
    rows, columns = _ink(draw("t", [_line(2.0)]))
    assert len(rows) > 500
    middle = (columns > 150) & (columns < 600)
    slope, _ = np.polyfit(columns[middle], rows[middle], 1)
    scale = (HEIGHT - BOTTOM - TOP) / (WIDTH - RIGHT - LEFT)
    assert abs(np.corrcoef(columns[middle], rows[middle])[0, 1]) > 0.99
    assert slope == pytest.approx(scale, rel=0.1)


def test_better_engine_lies_nearer_the_corner(tmp_path: Path) -> None:
    """The curve of better separated scores has smaller rates, that is, lies to the lower left; PNG keeps it."""
    better, worse = (_ink(draw("t", [_line(distance)])) for distance in (3.0, 1.5))
    assert better[1].mean() < worse[1].mean()
    assert better[0].mean() > worse[0].mean()
    picture = draw("t", [_line(2.0)])
    write(tmp_path / "det.png", picture)
    assert np.array_equal(np.asarray(cv2.imread(str(tmp_path / "det.png"))), picture)


def test_perfect_scores_can_be_drawn() -> None:
    """No error at all is a curve at the frame, not a failure, and words in the empty middle say so."""
    perfect = Line("p", curve_of(np.array([1.0, 2.0]), np.array([0.0])), (1.0, 0.5))
    picture = draw("t", [perfect])
    assert picture.shape == (HEIGHT, WIDTH, 3)
    words = (slice(HEIGHT - BOTTOM - 80, HEIGHT - BOTTOM - 55), slice(LEFT + 60, LEFT + 400))
    assert (picture[words] < 60).any()
    assert not (draw("t", [_line(2.0)])[words] < 60).any()
