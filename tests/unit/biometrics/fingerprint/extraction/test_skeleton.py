from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from biometrics.fingerprint.parameters import PARAMETERS
from biometrics.fingerprint.skeleton import CROSSINGS, FORWARD, STARTS, STEPS, binarise, neighbours, prune, thin


def pieces(lines: NDArray[np.uint8]) -> int:
    """Number of 8-connected pieces."""
    left = {(int(row), int(column)) for row, column in np.argwhere(lines)}
    count = 0
    while left:
        count += 1
        todo = [left.pop()]
        while todo:
            row, column = todo.pop()
            near = {(row + int(down), column + int(across)) for down, across in STEPS} & left
            left -= near
            todo.extend(near)
    return count


@given(st.integers(0, 255), st.integers(0, 7))
def test_the_way_on_is_a_neighbour_ahead(code: int, arrival: int) -> None:
    """A ridge is followed to a pixel that is set and not behind, and ends only where there is none."""
    ahead = [(arrival + turn) % 8 for turn in (-2, -1, 0, 1, 2)]
    there = [direction for direction in ahead if code >> direction & 1]
    assert FORWARD[code, arrival] in there if there else FORWARD[code, arrival] == -1


@given(st.integers(0, 255))
def test_as_many_starts_as_crossings(code: int) -> None:
    """Each ridge that leaves a pixel has one start, on a pixel that is set."""
    starts = [int(start) for start in STARTS[code] if start >= 0]
    assert len(starts) == CROSSINGS[code]
    assert all(code >> start & 1 for start in starts)


def test_neighbours_count_from_east_towards_south() -> None:
    """Bit k of a pixel's byte is the neighbour in direction k."""
    for k, (down, across) in enumerate(STEPS):
        lines = np.zeros((3, 3), np.uint8)
        lines[1 + down, 1 + across] = 1
        assert neighbours(lines)[1, 1] == 1 << k


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_thinning_keeps_what_hangs_together(seed: int) -> None:
    """Thinning takes pixels away and neither breaks a piece nor loses one, and no pixel more can go."""
    bits = (np.random.default_rng(seed).random((24, 24)) < 0.6).astype(np.uint8)
    lines = thin(bits)
    assert ((lines == 1) <= (bits == 1)).all()
    assert pieces(lines) == pieces(bits)
    assert np.array_equal(thin(lines), lines)


def test_a_thick_bar_becomes_a_line() -> None:
    """A bar seven pixels thick is left one pixel thick over nearly all its length."""
    bits = np.zeros((20, 60), np.uint8)
    bits[7:14, 5:55] = 1
    lines = thin(bits)
    assert (lines[:, 10:50].sum(axis=0) == 1).all()


@pytest.mark.parametrize(("length", "left"), [(4, 0), (8, 0), (14, 14)])
def test_only_short_spurs_go(length: int, left: int) -> None:
    """A side branch up to the given length vanishes whole, a longer one stays whole; the ridge stays either way."""
    lines = np.zeros((40, 80), np.uint8)
    lines[30, 5:75] = 1
    lines[30 - length : 30, 40] = 1
    pruned = prune(lines, PARAMETERS)
    assert pruned[30, 5:75].all()
    assert pruned[:30].sum() == left


def test_a_line_without_forks_is_never_a_spur() -> None:
    """A short ridge that touches nothing stays: it is no side branch."""
    lines = np.zeros((20, 20), np.uint8)
    lines[10, 6:11] = 1
    assert np.array_equal(prune(lines, PARAMETERS), lines)


def test_specks_and_holes_vanish() -> None:
    """Ridge pieces and holes smaller than the parameters say are not binarised."""
    enhanced = np.ones((60, 60), np.float32)
    enhanced[10:30, 10:50] = -1
    enhanced[20:22, 30:32] = 1
    enhanced[45:48, 45:48] = -1
    bits = binarise(enhanced, np.ones((60, 60), np.uint8), PARAMETERS)
    assert bits[10:30, 10:50].all()
    assert bits.sum() == 20 * 40
