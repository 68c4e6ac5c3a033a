from pathlib import Path

import numpy as np

from biometrics.fingerprint.descriptors import DESCRIPTOR_SIZE
from biometrics.fingerprint.projection import SHORT, WIDE, load_projection
from biometrics.fingerprint.training import main, train


def test_images_without_prints_teach_nothing(tmp_path: Path) -> None:
    """Without minutiae the command ends with code 1 and writes no file."""
    nothing = tmp_path / "nothing.txt"
    nothing.write_text("not an image")
    output = tmp_path / "projection.npy"
    assert main([str(nothing), "--output", str(output)]) == 1
    assert not output.exists()


def test_directions_are_orthogonal_and_fall_in_variance(rng: np.random.Generator) -> None:
    """Training finds the axes of a stretched cloud in order, whitened, and its mean."""
    scale = np.array([1, 5, 3, 0.1])
    table = train((rng.normal(size=(4000, 4)) * scale + 2).astype(np.float32), 2)
    assert np.allclose(table[0], 2, atol=0.3)
    assert np.allclose(np.abs(table[1:]), np.array([[0, 1, 0, 0], [0, 0, 5 / 3, 0]]), atol=0.15)


def test_the_committed_projection_fits_the_descriptors(rng: np.random.Generator) -> None:
    """The file has a direction for every number kept, orthogonal, and projects to unit vectors."""
    projection = load_projection()
    assert projection.basis.shape == (DESCRIPTOR_SIZE, WIDE)
    square = projection.basis.T @ projection.basis
    length = np.sqrt(np.diag(square))
    assert np.allclose(square / (length[:, None] * length), np.eye(WIDE), atol=0.01)
    assert length[0] < length[SHORT] < length[-1]
    rows = projection.apply(rng.normal(size=(5, DESCRIPTOR_SIZE)).astype(np.float32))
    assert rows.shape == (5, WIDE)
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
