"""The code in docs/biometrics.md does what it says."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from biometrics.synthetic.files import write_collection
from tests.unit.biometrics.face import conftest

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "biometrics.md"
BLOCKS = re.findall(r"^```python\n(.*?)^```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)

drawn = conftest.drawn


@pytest.fixture
def names(tmp_path: Path, drawn: Callable[..., NDArray[np.uint8]]) -> dict[str, Any]:
    """What the document takes for given: two impressions of nobody's finger, three images of a drawn face."""
    write_collection(tmp_path, 3, 1, 2)
    first, second = ((tmp_path / f"synthetic-3-00001_{number}.png").read_bytes() for number in (1, 2))
    photos = [cv2.imencode(".png", drawn((240 + 4 * step, 240, 110 + step)))[1].tobytes() for step in range(3)]
    return {
        "probe_file": second,
        "enrolled_file": first,
        "first_photo": photos[0],
        "second_photo": photos[1],
        "live_photo": photos[2],
        "secret_key": bytes(range(32)),
        "gallery_folder": tmp_path / "gallery",
        "person": 7,
    }


def test_the_document_has_its_examples() -> None:
    """Fingers, faces, records and searches."""
    assert len(BLOCKS) == 4


def test_the_examples_find_the_person(names: dict[str, Any]) -> None:
    """One after the other they run as they stand, and each comes to the answer that is right."""
    for block in BLOCKS:
        exec(compile(block, str(DOCUMENT), "exec"), names)  # noqa: S102 - our own document
    assert names["finger_matches"]
    assert names["finger_ratio"][0] > 0 < names["face_ratio"][0]
    assert names["accepted"]
    assert names["card"].startswith(b"FMR\0 20\0")
    assert names["foreign_score"] > 10 * names["full"].target(1e-2).threshold
    assert [candidate.id for candidate in names["face_candidates"]] == [7]
    assert names["evidence"][7].ratio > 0
