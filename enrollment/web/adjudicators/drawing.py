"""The points of a finger as a drawing that lies over its picture: rings where ridges end, squares where they fork."""

from __future__ import annotations

from math import cos, radians, sin

from markupsafe import Markup

from enrollment.capture.findings import RidgePoint, RidgePoints

__all__ = ["drawn"]

# In pixels of the record's image, which has 500 to the inch: a ridge and its valley are about nine wide.
RADIUS = 4
TAIL = 13


def drawn(points: RidgePoints) -> Markup:
    """An SVG of the record's size, which a page stretches over the picture. No text, no style, no script.

    Tails point as ISO/IEC 19794-2:2005 7.4 counts angles: against the clock from the x axis, while y grows downwards.
    """
    marks = "".join(_mark(point) for point in points.points)
    return Markup(  # noqa: S704 - drawn from whole numbers alone
        f'<svg class="points" viewBox="0 0 {points.width} {points.height}" preserveAspectRatio="none" '
        f'aria-hidden="true" focusable="false">{marks}</svg>'
    )


def _mark(point: RidgePoint) -> str:
    turn = radians(point.angle)
    tip = f"{point.x + TAIL * cos(turn):.1f} {point.y - TAIL * sin(turn):.1f}"
    foot = f"{point.x + RADIUS * cos(turn):.1f} {point.y - RADIUS * sin(turn):.1f}"
    if point.kind == "fork":
        head = f"M{point.x - RADIUS} {point.y - RADIUS}h{2 * RADIUS}v{2 * RADIUS}h-{2 * RADIUS}z"
    else:
        around = f"{RADIUS} {RADIUS} 0 1 0"
        head = f"M{point.x - RADIUS} {point.y}a{around} {2 * RADIUS} 0a{around} -{2 * RADIUS} 0"
    return f'<path class="{"fork" if point.kind == "fork" else "ending"}" d="{head}M{foot}L{tip}"/>'
