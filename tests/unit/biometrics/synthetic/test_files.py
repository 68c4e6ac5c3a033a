"""Collections on disk: marked as synthetic in every place a reader could look."""

from __future__ import annotations

import csv
import hashlib
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from biometrics.synthetic.files import COLUMNS, encode_png, write_collection


@pytest.mark.parametrize("wrong", [["--seed", "-1"], ["--fingers", "0"], ["--impressions", "0"]])
def test_the_command_refuses_nonsense(tmp_path: Path, wrong: list[str]) -> None:
    """Before it writes anything."""
    target = tmp_path / "none"
    command = [sys.executable, "-m", "biometrics.synthetic", *wrong, str(target)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert not target.exists()


def test_a_png_says_what_it_is() -> None:
    """Resolution of 500 ppi and dataset=synthetic inside, pixels unharmed."""
    image = np.random.default_rng(0).integers(0, 256, (40, 30), np.uint8)
    data = encode_png(image)
    read = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert read is not None
    np.testing.assert_array_equal(read, image)
    assert b"tEXtdataset\0synthetic" in data
    assert b"pHYs" + (19685).to_bytes(4) * 2 + b"\1" in data


def test_a_collection_has_its_manifest(tmp_path: Path) -> None:
    """Columns as in real collections, one row an image, digests that hold, every row synthetic."""
    manifest = write_collection(tmp_path / "deep" / "folder", 3, 1, 2)
    with manifest.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == COLUMNS
    assert [row["impression_id"] for row in rows] == ["1", "2"]
    assert {row["dataset"] for row in rows} == {"synthetic"}
    assert len({row["subject_id"] for row in rows}) == 1
    for row in rows:
        data = (manifest.parent / row["path"]).read_bytes()
        assert hashlib.sha256(data).hexdigest()[:16] == row["sha256_16"]
