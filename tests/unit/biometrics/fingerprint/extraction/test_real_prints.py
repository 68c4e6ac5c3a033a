from __future__ import annotations

import os
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from biometrics.fingerprint.extraction import extract
from biometrics.fingerprint.quality import assess
from biometrics.fingerprint.template import FingerTemplate

FOLDER = "fingerprints/fvc2002_db1b"


@pytest.fixture(scope="module")
def prints() -> list[NDArray[np.uint8]]:
    """Real prints from a folder outside the project."""
    root = os.environ.get("WANGOV_TEST_DATA")
    if not root:
        pytest.skip(f"set WANGOV_TEST_DATA to a folder with {FOLDER}")
    paths = sorted((Path(root) / FOLDER).glob("*.tif"))
    if not paths:
        pytest.fail(f"WANGOV_TEST_DATA is set, but there is no print in {FOLDER} of {root}", pytrace=False)
    return [np.asarray(cv2.imread(str(path), cv2.IMREAD_GRAYSCALE), np.uint8) for path in paths]


def test_no_real_print_is_refused(prints: list[NDArray[np.uint8]]) -> None:
    """Every impression gives a template: failure to extract is 0 on this set."""
    assert all(isinstance(extract(image), FingerTemplate) for image in prints)


def test_spoilt_prints_score_lower(prints: list[NDArray[np.uint8]]) -> None:
    """Cut to a third or printed far too wet, a real print scores lower than as it was captured."""
    for image in prints[::8]:
        template = extract(image)
        assert isinstance(template, FingerTemplate)
        good = assess(template, image).overall
        rows, columns = (int(place.mean()) for place in np.nonzero(template.mask))
        cut = np.full_like(image, 235)
        part = np.s_[max(rows * 4 - 70, 0) : rows * 4 + 70, max(columns * 4 - 70, 0) : columns * 4 + 70]
        cut[part] = image[part]
        for spoilt in (cut, cv2.erode(image, np.ones((5, 5), np.uint8))):
            worse = extract(np.asarray(spoilt, np.uint8))
            assert not isinstance(worse, FingerTemplate) or assess(worse, np.asarray(spoilt, np.uint8)).overall < good
