from __future__ import annotations

import numpy as np
import pytest

from biometrics.identification.rotation import Rotation, derive_rotation

KEY = bytes(range(32))


def test_short_key_is_refused() -> None:
    """A key that could be guessed makes no rotation."""
    with pytest.raises(ValueError, match="32 bytes"):
        derive_rotation(KEY[:31], 1, 8)


@pytest.mark.parametrize("epoch", [-1, 1 << 32])
def test_epoch_out_of_range_is_refused(epoch: int) -> None:
    """Epochs count from 0, and have room in a shard's header."""
    with pytest.raises(ValueError, match="epoch"):
        derive_rotation(KEY, epoch, 8)


@pytest.mark.parametrize("other", [derive_rotation(KEY, 2, 8), derive_rotation(KEY[::-1], 1, 8)])
def test_key_and_epoch_both_matter(other: Rotation) -> None:
    """Another epoch or another key gives an unrelated matrix and another check."""
    mine = derive_rotation(KEY, 1, 8)
    assert other.check != mine.check
    assert np.abs(other.matrix - mine.matrix).max() > 0.1


def test_matrix_does_not_show_in_logs() -> None:
    """The representation of a rotation holds no number of its matrix."""
    assert "matrix" not in repr(derive_rotation(KEY, 1, 8))


def test_same_key_same_matrix() -> None:
    """The rotation is a function of key, epoch and dimension."""
    assert np.array_equal(derive_rotation(KEY, 3, 16).matrix, derive_rotation(KEY, 3, 16).matrix)


@pytest.mark.parametrize("dimension", [2, 3, 8, 128])
def test_orthogonal_to_rounding(dimension: int) -> None:
    """Q Qt is the identity to float64 rounding, far below what float32 rows keep."""
    assert derive_rotation(KEY, 1, dimension).orthogonality_error < 1e-14


def test_cosines_do_not_change() -> None:
    """Turning both sides changes no score beyond rounding."""
    vectors = np.random.default_rng(5).standard_normal((50, 128))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    turned = derive_rotation(KEY, 1, 128).apply(vectors)
    assert np.abs(turned @ turned.T - vectors @ vectors.T).max() < 1e-13
    assert np.abs(turned - vectors).max() > 0.1


def test_then_skips_the_unturned_vectors() -> None:
    """From one epoch to the next in one product."""
    vectors = np.random.default_rng(6).standard_normal((20, 8))
    old, new = derive_rotation(KEY, 1, 8), derive_rotation(KEY, 2, 8)
    assert np.allclose(old.apply(vectors) @ old.then(new), new.apply(vectors), atol=1e-13)


def test_a_probe_turns_alike_alone_and_in_company() -> None:
    """The last bit of a turned probe does not depend on the batch."""
    vectors = np.random.default_rng(7).standard_normal((9, 128))
    rotation = derive_rotation(KEY, 1, 128)
    together = rotation.turn(vectors)
    assert all(np.array_equal(rotation.turn(vectors[i : i + 1])[0], together[i]) for i in range(9))


def test_no_corner_of_the_sphere_is_preferred() -> None:
    """Uniform rotations: the first number of the matrix is above zero for about half of all keys."""
    keys = (number.to_bytes(32, "big") for number in range(200))
    above = sum(derive_rotation(key, 1, 2).matrix[0, 0] > 0 for key in keys)
    assert 70 < above < 130
