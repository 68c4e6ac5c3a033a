"""Curves on doubly logarithmic paper, drawn with OpenCV."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

WIDTH, HEIGHT = 1100, 680
LEFT, TOP, RIGHT, BOTTOM = 90, 60, 330, 70
INK, GRID = (40, 40, 40), (225, 225, 225)
# Blue, green, red.
COLOURS = (
    (180, 119, 31),
    (14, 127, 255),
    (44, 160, 44),
    (40, 39, 214),
    (189, 103, 148),
    (75, 86, 140),
    (194, 119, 227),
    (34, 189, 188),
)


@dataclass(frozen=True, slots=True)
class Curve:
    name: str
    points: Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Axes:
    low: tuple[int, int]
    high: tuple[int, int]

    def at(self, x: float, y: float) -> tuple[int, int]:
        across = (math.log10(x) - self.low[0]) / (self.high[0] - self.low[0])
        up = (math.log10(y) - self.low[1]) / (self.high[1] - self.low[1])
        return round(LEFT + across * (WIDTH - LEFT - RIGHT)), round(HEIGHT - BOTTOM - up * (HEIGHT - TOP - BOTTOM))


def decades(values: Sequence[float]) -> tuple[int, int]:
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    return low, max(high, low + 1)


def write(image: NDArray[np.uint8], text: str, place: tuple[int, int], colour: tuple[int, int, int] = INK) -> None:
    cv2.putText(image, text, place, cv2.FONT_HERSHEY_SIMPLEX, 0.5, colour, 1, cv2.LINE_AA)


def draw(path: Path, title: str, curves: Sequence[Curve]) -> None:
    """Write a PNG; every curve has points with values above 0."""
    points = [point for curve in curves for point in curve.points]
    across, up = decades([x for x, _ in points]), decades([y for _, y in points])
    axes = Axes((across[0], up[0]), (across[1], up[1]))
    image = np.full((HEIGHT, WIDTH, 3), 255, np.uint8)
    for power in range(across[0], across[1] + 1):
        foot = axes.at(10.0**power, 10.0 ** up[0])
        cv2.line(image, foot, axes.at(10.0**power, 10.0 ** up[1]), GRID, 1)
        write(image, f"{10**power:,}".replace(",", " "), (foot[0] - 20, foot[1] + 25))
    for power in range(up[0], up[1] + 1):
        side = axes.at(10.0 ** across[0], 10.0**power)
        cv2.line(image, side, axes.at(10.0 ** across[1], 10.0**power), GRID, 1)
        write(image, f"{10.0**power:g}", (side[0] - 60, side[1] + 5))
    write(image, title, (LEFT, TOP - 25))
    for number, curve in enumerate(curves):
        colour = COLOURS[number % len(COLOURS)]
        spots = [axes.at(x, y) for x, y in curve.points]
        cv2.polylines(
            image, [np.array(spots, np.int32)], isClosed=False, color=colour, thickness=2, lineType=cv2.LINE_AA
        )
        for spot in spots:
            cv2.circle(image, spot, 4, colour, -1, cv2.LINE_AA)
        row = TOP + 30 + 26 * number
        cv2.line(image, (WIDTH - RIGHT + 25, row - 5), (WIDTH - RIGHT + 55, row - 5), colour, 2, cv2.LINE_AA)
        write(image, f"{curve.name}: {curve.points[-1][1]:.3g}", (WIDTH - RIGHT + 65, row), colour)
    written, content = cv2.imencode(".png", image)
    if not written:
        raise SystemExit("cannot draw")
    path.write_bytes(content.tobytes())
