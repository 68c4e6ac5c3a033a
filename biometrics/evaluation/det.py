"""The detection error trade-off as a picture: FNMR against FMR on normal-deviate axes.

Martin et al., "The DET curve in assessment of detection task performance", Eurospeech 1997: on these axes scores of two
normal distributions make a straight line, and small rates stay readable.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import NormalDist

import cv2
import numpy as np
from numpy.typing import NDArray

from biometrics.evaluation.rates import ErrorCurve

__all__ = ["Line", "draw", "write"]

Picture = NDArray[np.uint8]
TICKS = (1e-5, 1e-4, 1e-3, 0.01, 0.05, 0.2, 0.5)
LABELS = ("0.001", "0.01", "0.1", "1", "5", "20", "50")
WIDTH, HEIGHT = 1000, 900
LEFT, RIGHT, TOP, BOTTOM = 120, 40, 80, 100
INK, GRID, FAINT = (40, 40, 40), (220, 220, 220), (150, 150, 150)
# Blue, vermilion, green, purple, orange of the Okabe-Ito palette, told apart by most colour-blind people.
COLOURS = ((178, 114, 0), (0, 94, 213), (115, 158, 0), (167, 121, 204), (0, 159, 230))
FONT = cv2.FONT_HERSHEY_SIMPLEX
PEN = {"thickness": 2, "lineType": cv2.LINE_AA, "shift": 4}


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """One curve of the picture. `resolution` is the smallest FMR and FNMR that its counts can show (1/comparisons)."""

    label: str
    curve: ErrorCurve
    resolution: tuple[float, float]


def draw(title: str, lines: Sequence[Line]) -> Picture:
    """The picture, uint8 of shape (HEIGHT, WIDTH, 3), blue green red. Rates of zero are drawn at the frame."""
    canvas = np.full((HEIGHT, WIDTH, 3), 255, np.uint8)
    _axes(canvas, title)
    for number, line in enumerate(lines):
        colour = COLOURS[number % len(COLOURS)]
        x = _place(line.curve.fmr, LEFT, WIDTH - RIGHT)
        y = _place(line.curve.fnmr, HEIGHT - BOTTOM, TOP)
        corners = _stairs(x, y)
        cv2.polylines(canvas, [np.rint(corners * 16).astype(np.int32)], isClosed=False, color=colour, **PEN)
        row = TOP + 30 + 34 * number
        cv2.line(canvas, (WIDTH - 420, row - 6), (WIDTH - 380, row - 6), colour, 3, cv2.LINE_AA)
        _text(canvas, line.label, (WIDTH - 370, row), 0.55)
        if not ((line.curve.fmr > 0) & (line.curve.fnmr > 0)).any():
            text = f"{line.label}: no errors observed, the line lies on the frame"
            _text(canvas, text, (LEFT + 60, HEIGHT - BOTTOM - 60 - 30 * number), 0.55)
        for rate, x_axis in zip(line.resolution, (True, False), strict=True):
            _mark(canvas, rate, colour, x_axis=x_axis)
    return canvas


def write(path: Path, picture: Picture) -> None:
    """Write `picture` as PNG; raises `OSError` where that cannot be done."""
    done, data = cv2.imencode(".png", picture)
    if not done:
        message = "the picture could not be encoded"
        raise OSError(message)
    path.write_bytes(data.tobytes())


def _deviate(rates: NDArray[np.float64]) -> NDArray[np.float64]:
    normal = NormalDist()
    distinct, place = np.unique(np.clip(rates, TICKS[0] / 2, 0.6), return_inverse=True)
    deviates = np.array([normal.inv_cdf(float(rate)) for rate in distinct], np.float64)
    return np.asarray(deviates[place], np.float64)


def _place(rates: NDArray[np.float64], low: int, high: int) -> NDArray[np.float64]:
    ends = _deviate(np.array([TICKS[0] / 2, 0.6]))
    share = (_deviate(rates) - ends[0]) / (ends[1] - ends[0])
    return np.asarray(low + (high - low) * share, np.float64)


def _stairs(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    inside = np.flatnonzero((x < WIDTH - RIGHT) & (y > TOP))
    chosen = slice(max(int(inside[0]) - 1, 0), int(inside[-1]) + 2) if len(inside) else slice(None)
    points = np.stack([x, y], axis=1)[chosen]
    _, first = np.unique(np.rint(points * 4).astype(np.int64), axis=0, return_index=True)
    return points[np.sort(first)]


def _axes(canvas: Picture, title: str) -> None:
    ticks = np.array(TICKS)
    across, up = _place(ticks, LEFT, WIDTH - RIGHT), _place(ticks, HEIGHT - BOTTOM, TOP)
    for x, y, label in zip(across, up, LABELS, strict=True):
        column, row = round(float(x)), round(float(y))
        cv2.line(canvas, (column, TOP), (column, HEIGHT - BOTTOM), GRID, 1)
        cv2.line(canvas, (LEFT, row), (WIDTH - RIGHT, row), GRID, 1)
        _text(canvas, label, (column - 6 * len(label), HEIGHT - BOTTOM + 28), 0.55)
        _text(canvas, label, (LEFT - 14 - 12 * len(label), row + 6), 0.55)
    cv2.rectangle(canvas, (LEFT, TOP), (WIDTH - RIGHT, HEIGHT - BOTTOM), INK, 1)
    cv2.line(canvas, (LEFT, HEIGHT - BOTTOM), (WIDTH - RIGHT, TOP), FAINT, 1, cv2.LINE_AA)
    _text(canvas, title, (LEFT, 45), 0.7)
    _text(canvas, "False match rate, percent", (WIDTH // 2 - 110, HEIGHT - 40), 0.6)
    _text(canvas, "Notches on the axes: one error among all comparisons", (LEFT, HEIGHT - 12), 0.45)
    upright = np.full((30, 340, 3), 255, np.uint8)
    _text(upright, "False non-match rate, percent", (10, 22), 0.6)
    turned = np.asarray(cv2.rotate(upright, cv2.ROTATE_90_COUNTERCLOCKWISE), np.uint8)
    start = (HEIGHT - turned.shape[0]) // 2
    canvas[start : start + turned.shape[0], 8 : 8 + turned.shape[1]] = turned


def _mark(canvas: Picture, rate: float, colour: tuple[int, int, int], *, x_axis: bool) -> None:
    """A notch on an axis: left of it, or below it, the counts show nothing."""
    if not TICKS[0] / 2 < rate < 0.6:
        return
    if x_axis:
        column = round(float(_place(np.array([rate]), LEFT, WIDTH - RIGHT)[0]))
        cv2.line(canvas, (column, HEIGHT - BOTTOM - 10), (column, HEIGHT - BOTTOM), colour, 3)
    else:
        row = round(float(_place(np.array([rate]), HEIGHT - BOTTOM, TOP)[0]))
        cv2.line(canvas, (LEFT, row), (LEFT + 10, row), colour, 3)


def _text(canvas: Picture, text: str, place: tuple[int, int], size: float) -> None:
    cv2.putText(canvas, text, place, FONT, size, INK, 1, cv2.LINE_AA)
