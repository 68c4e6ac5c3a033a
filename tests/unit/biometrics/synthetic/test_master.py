"""Master prints: the flow has the singular points of its class, and the ridges follow it."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from biometrics.synthetic.fields import Floats, smooth_field
from biometrics.synthetic.flow import Flow, draw_flow, orientation_field
from biometrics.synthetic.growth import grow_ridges
from biometrics.synthetic.master import Master, draw_master
from biometrics.synthetic.parameters import PARAMETERS, PatternClass

SMOOTH = replace(PARAMETERS, waviness=0.0)


@pytest.fixture(scope="module")
def loop() -> Master:
    """One finger for all tests that only look."""
    return draw_master(np.random.default_rng(4), PatternClass.LEFT_LOOP)


def turns(angle: Floats, x: float, y: float, radius: float = 14) -> float:
    """How often the ridge turns on a circle round a point: half a turn at a core, minus half a turn at a delta."""
    around = np.linspace(0, 2 * np.pi, 200)
    column = np.rint(x + radius * np.cos(around)).astype(int)
    row = np.rint(y - radius * np.sin(around)).astype(int)
    steps = np.diff(2 * angle[row, column])
    return float(np.sum((steps + np.pi) % (2 * np.pi) - np.pi) / (4 * np.pi))


@pytest.mark.parametrize(
    ("pattern", "cores", "deltas"),
    [
        (PatternClass.ARCH, 0, 0),
        (PatternClass.TENTED_ARCH, 1, 1),
        (PatternClass.LEFT_LOOP, 1, 1),
        (PatternClass.RIGHT_LOOP, 1, 1),
        (PatternClass.WHORL, 2, 2),
    ],
)
def test_a_class_has_its_singular_points(pattern: PatternClass, cores: int, deltas: int) -> None:
    """As many as Henry says, and the field turns round each of them the right way."""
    generator = np.random.default_rng(1)
    for _ in range(5):
        flow = draw_flow(pattern, SMOOTH, generator)
        assert (len(flow.cores), len(flow.deltas)) == (cores, deltas)
        angle = orientation_field(flow, SMOOTH, generator)
        radius = 14 if cores < 2 else 8
        assert all(turns(angle, *core, radius) == pytest.approx(0.5, abs=0.01) for core in flow.cores)
        assert all(turns(angle, *delta) == pytest.approx(-0.5, abs=0.01) for delta in flow.deltas)
        assert turns(angle, 60, 60) == pytest.approx(0, abs=0.01)


def test_a_left_loop_opens_to_the_left() -> None:
    """Its delta lies right of the core, and ridges below the core run down to the left; a right loop mirrors it."""
    for pattern, side in ((PatternClass.LEFT_LOOP, 1), (PatternClass.RIGHT_LOOP, -1)):
        flow = draw_flow(pattern, SMOOTH, np.random.default_rng(2))
        (x, y), (delta, _) = flow.cores[0], flow.deltas[0]
        angle = orientation_field(flow, SMOOTH, np.random.default_rng(2))
        below = angle[round(y + 50), round(x - side * 20)]
        assert np.sign(delta - x) == side
        assert np.sign(np.tan(below)) == side


def test_ridges_have_their_period() -> None:
    """Straight ridges of 9 px cross zero every 4.5 px."""
    size = (200, 160)
    flat, nine = np.zeros(size, np.float32), np.full(size, 9.0, np.float32)
    ridges = grow_ridges(flat, nine, PARAMETERS, np.random.default_rng(3))
    crossings = np.count_nonzero(np.diff(np.sign(ridges[20:-20]), axis=0), axis=0)
    assert 160 / crossings.mean() == pytest.approx(4.5, abs=0.35)


def test_ridges_follow_the_flow(loop: Master) -> None:
    """Their gradient agrees with the orientation that was asked for; mirrored it does not."""
    across, down = cv2.Sobel(loop.ridges, cv2.CV_32F, 1, 0), cv2.Sobel(loop.ridges, cv2.CV_32F, 0, 1)
    cosine = -cv2.GaussianBlur(across * across - down * down, (0, 0), 5)
    sine = cv2.GaussianBlur(2 * across * down, (0, 0), 5)
    seen = np.arctan2(sine, cosine)
    assert np.cos(seen - 2 * loop.orientation).mean() > 0.97
    assert np.cos(seen + 2 * loop.orientation).mean() < 0.5


def test_a_master_is_whole(loop: Master) -> None:
    """All layers have one shape, ridges fill the range, pores lie on ridges."""
    shape = (PARAMETERS.master_height, PARAMETERS.master_width)
    assert {layer.shape for layer in (loop.ridges, loop.pores, loop.detail, loop.orientation)} == {shape}
    assert np.isfinite(loop.ridges).all()
    assert -1 <= loop.ridges.min() < -0.9 < 0.9 < loop.ridges.max() <= 1
    deep = loop.pores > 0.5 * loop.pores.max()
    assert deep.any()
    assert loop.ridges[deep].mean() > 0.6


def test_classes_come_with_their_shares() -> None:
    """2,000 draws lie within five points of each share."""
    generator = np.random.default_rng(6)
    drawn = [PARAMETERS.draw_pattern(generator) for _ in range(2000)]
    for pattern, share in PARAMETERS.shares.items():
        assert drawn.count(pattern) / 2000 == pytest.approx(share, abs=0.05)


def test_smooth_fields_are_smooth_noise() -> None:
    """Mean 0, deviation about 1, and neighbours nearly equal."""
    field = np.stack([smooth_field(np.random.default_rng(seed), 300, 300, 20.0) for seed in range(10)])
    assert abs(field.mean()) < 0.15
    assert 0.6 < field.std() < 1.3
    assert np.abs(np.diff(field, axis=1)).max() < 0.5


def test_the_field_on_cells_is_the_field() -> None:
    """Every fourth pixel's orientation is that of the middle of its cell."""
    flow = Flow(PatternClass.TENTED_ARCH, ((208.0, 220.0),), ((210.0, 300.0),), 0.7, 1.25, 0.25)
    full = orientation_field(flow, SMOOTH, np.random.default_rng(0))
    cells = orientation_field(flow, SMOOTH, np.random.default_rng(0), 4)
    assert cells.shape == (PARAMETERS.master_height // 4, PARAMETERS.master_width // 4)
    middle = (full[1::4, 1::4] + full[2::4, 2::4]) / 2
    far = np.ones_like(cells, np.bool_)
    far[45:85, 40:65] = False
    assert np.abs(np.angle(np.exp(2j * (middle - cells)))[far & (np.arange(104) < 50)]).max() < 0.05
