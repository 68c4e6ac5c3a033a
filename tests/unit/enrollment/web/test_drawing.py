"""The points of a finger as a drawing over its picture."""

import re

from enrollment.capture.findings import RidgePoint, RidgePoints
from enrollment.web.adjudicators.drawing import TAIL, drawn


def tails(svg: str) -> list[tuple[float, float]]:
    """Where the tails end."""
    return [(float(x), float(y)) for x, y in re.findall(r"L(-?[\d.]+) (-?[\d.]+)", svg)]


def test_tails_point_against_the_clock_from_the_x_axis() -> None:
    """ISO/IEC 19794-2:2005 7.4: 0 degrees points right, 90 up, which on a screen is towards smaller y."""
    points = tuple(RidgePoint(100, 200, angle, "ending") for angle in (0, 90, 180, 270))
    found = tails(drawn(RidgePoints(300, 400, points)))
    assert found == [(100 + TAIL, 200), (100, 200 - TAIL), (100 - TAIL, 200), (100, 200 + TAIL)]


def test_endings_and_forks_differ_in_shape() -> None:
    """Nothing is said by colour alone: a ring is round, a square is not; what is neither is drawn as a ring."""
    kinds = ("ending", "fork", "other")
    svg = drawn(RidgePoints(300, 400, tuple(RidgePoint(50, 50, 0, kind) for kind in kinds)))
    shapes = re.findall(r'<path class="(\w+)" d="([^"]+)"', svg)
    assert [(name, "a4 4" in shape) for name, shape in shapes] == [("ending", True), ("fork", False), ("ending", True)]
    assert 'viewBox="0 0 300 400"' in svg


def test_drawing_holds_no_word_of_the_record() -> None:
    """Whatever a record would call a point, the drawing says one of two words and numbers."""
    svg = drawn(RidgePoints(10, 10, (RidgePoint(1, 1, 0, '"><script>'),)))
    assert "script" not in svg
