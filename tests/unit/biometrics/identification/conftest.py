"""Small galleries for the tests of identification."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from biometrics.identification.rotation import Rotation, derive_rotation
from biometrics.identification.writer import GalleryWriter, create_gallery

DIMENSION = 8
Floats = NDArray[np.float64]


@pytest.fixture(scope="session")
def rotation() -> Rotation:
    """The first epoch's."""
    return derive_rotation(b"first key of the tests, 32 bytes", 1, DIMENSION)


@pytest.fixture(scope="session")
def later() -> Rotation:
    """The second epoch's."""
    return derive_rotation(b"other key of the tests, 32 bytes", 2, DIMENSION)


@pytest.fixture(scope="session")
def units() -> Callable[[int, int], Floats]:
    """Unit vectors (count, DIMENSION) of a seed."""

    def make(count: int, seed: int) -> Floats:
        values = np.random.default_rng(seed).standard_normal((count, DIMENSION))
        return np.asarray(values / np.linalg.norm(values, axis=1, keepdims=True))

    return make


@pytest.fixture
def writer(tmp_path: Path, rotation: Rotation) -> Iterator[GalleryWriter]:
    """An empty gallery with small shards."""
    made = create_gallery(tmp_path / "gallery", engine="face-1", rotation=rotation, capacity=16)
    assert isinstance(made, GalleryWriter)
    with made:
        yield made
