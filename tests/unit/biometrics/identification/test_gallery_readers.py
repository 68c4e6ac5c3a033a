from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from biometrics.identification.rotation import Rotation
from biometrics.identification.writer import GalleryWriter, create_gallery

ROOT = Path(__file__).parents[4]
# Each person has three vectors made from the id, committed and removed together.
READER = """
import sys
from pathlib import Path
import numpy as np
from biometrics.identification.face_search import search_faces
from biometrics.identification.rotation import derive_rotation
from biometrics.identification.view import open_view

folder = Path(sys.argv[1])
rotation = derive_rotation(b"first key of the tests, 32 bytes", 1, 8)
probe = np.eye(8)[:1]
view = open_view(folder, engine="face-1", rotation=rotation)
seen = set()
while True:
    last = (folder.parent / "stop").exists()
    view = view.refreshed(check=True)
    assert len(view) % 3 == 0, len(view)
    (found,) = search_faces(view, probe, np.negative, most=100)
    assert len(found) == len(view) // 3
    for candidate in found:
        vectors = np.random.default_rng(candidate.id).standard_normal((3, 8))
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        assert abs(candidate.score - vectors[:, 0].max()) < 1e-6
    seen.add(view.manifest.sequence)
    (folder.parent / sys.argv[2]).touch()
    if last:
        break
print(len(seen))
"""


def vectors_of(person: int) -> np.ndarray:
    """The three vectors that a reader expects of this id."""
    values = np.random.default_rng(person).standard_normal((3, 8))
    return np.asarray(values / np.linalg.norm(values, axis=1, keepdims=True))


def test_two_readers_and_a_writer(tmp_path: Path, rotation: Rotation) -> None:
    """Readers in other processes see whole commits only, while rows are added, removed and rewritten."""
    made = create_gallery(tmp_path / "gallery", engine="face-1", rotation=rotation, capacity=8)
    assert isinstance(made, GalleryWriter)
    names = ["first", "second"]
    readers = [
        subprocess.Popen(
            [sys.executable, "-c", READER, str(tmp_path / "gallery"), name],
            cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for name in names
    ]  # fmt: skip
    with made:
        wait_for(tmp_path, names, readers)
        for person in range(60):
            made.add([person] * 3, vectors_of(person))
            if person % 3 == 2:
                made.remove([person - 2])
            if person % 10 == 9:
                made.compact()
        (tmp_path / "stop").touch()
        results = [reader.communicate(timeout=60) for reader in readers]
    for reader, (out, err) in zip(readers, results, strict=True):
        assert reader.returncode == 0, err
        assert int(out) >= 2


def wait_for(folder: Path, names: list[str], readers: list[subprocess.Popen[str]]) -> None:
    """Until each reader has read once."""
    for _ in range(6000):
        if all((folder / name).exists() for name in names):
            return
        if any(reader.poll() is not None for reader in readers):
            break
        time.sleep(0.01)
    pytest.fail("a reader did not begin: " + "".join(reader.communicate()[1] for reader in readers))
