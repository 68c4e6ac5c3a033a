"""Records published by others, read in place: they are test material, not ours to copy."""

from __future__ import annotations

import json
import os
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from biometrics.errors import Reason, Refused
from biometrics.fingerprint.template import FingerTemplate
from biometrics.records.conversion import template_from_view
from biometrics.records.extended import blocks
from biometrics.records.model import MinutiaeRecord, RecordFormat
from biometrics.records.reading import read
from biometrics.records.writing import as_iso_2005, write

FOLDERS = ("enrollment/iso", "fingerprints/mosip_conformance", "fingerprints/sourceafis_samples")


@pytest.fixture(scope="module")
def published() -> Path:
    """The folder of test material."""
    root = os.environ.get("WANGOV_TEST_DATA")
    if not root:
        pytest.skip(f"set WANGOV_TEST_DATA to a folder with {', '.join(FOLDERS)}")
    folder = Path(root)
    absent = [name for name in FOLDERS if not (folder / name).is_dir()]
    if absent:
        pytest.fail(f"WANGOV_TEST_DATA is set, but there is no {', '.join(absent)} in it", pytrace=False)
    return folder


def test_the_vector_of_iso_2005_reads_as_its_description(published: Path) -> None:
    """Every value of the JSON beside it, and the same bytes again."""
    data = (published / "enrollment/iso/iso19794p2v2005-sample.dat").read_bytes()
    told = json.loads((published / "enrollment/iso/iso19794p2v2005-sample.json").read_text())
    record = read(data)
    assert isinstance(record, MinutiaeRecord)
    assert write(record) == data
    assert (record.device, record.certification) == (told["sensorId"], 8 * told["sensorCertified"])
    assert len(record.views) == len(told["fingerprints"])
    for view, expected in zip(record.views, told["fingerprints"], strict=True):
        assert view.frame == (told["width"], told["height"], told["resolutionX"], told["resolutionY"])
        assert (view.position.name, view.number, view.quality) == (
            expected["position"],
            expected["view"],
            expected["quality"],
        )
        assert [(m.kind.name, m.x, m.y, m.angle, m.quality) for m in view.minutiae] == [
            (m["type"], m["positionX"], m["positionY"], m["angle"], m["quality"]) for m in expected["minutiae"]
        ]
        divided = blocks(view.extended)
        assert divided is not None
        assert [block.kind for block in divided] == [extension["type"] for extension in expected["extensions"]]


def test_sourceafis_vectors_are_read(published: Path) -> None:
    """Their fixed buffers end in zeros, which is remarked; the record itself comes out byte for byte."""
    paths = sorted((published / "fingerprints/sourceafis_samples").glob("*.dat"))
    assert paths
    for path in paths:
        data = path.read_bytes()
        record = read(data)
        assert isinstance(record, MinutiaeRecord), path
        assert [remark.text.split()[1:] for remark in record.remarks] == [["zero", "bytes", "behind", "the", "record"]]
        written = write(record)
        assert isinstance(written, bytes)
        assert data == written + bytes(len(data) - len(written))


def test_ansi_templates_are_read_and_said_in_iso(published: Path) -> None:
    """Ten of ANSI 2004; what is written of them reads as the same values."""
    paths = sorted((published / "fingerprints/mosip_conformance").glob("*/AnsiTemplate.ansi"))
    assert len(paths) == 10
    for path in paths:
        record = read(path.read_bytes())
        assert isinstance(record, MinutiaeRecord), path
        assert (record.format, record.remarks) == (RecordFormat.ANSI_2004, ())
        converted = as_iso_2005(record)
        assert isinstance(converted, MinutiaeRecord)
        data = write(converted)
        assert isinstance(data, bytes)
        assert read(data) == converted


def test_files_of_other_kinds_are_refused_at_their_first_byte(published: Path) -> None:
    """Also the finger images that are called templates."""
    paths = sorted((published / "fingerprints/mosip_conformance").glob("*/ISOTemplate.iso"))
    paths += sorted((published / "enrollment/iso").glob("*.iso"))
    assert len(paths) >= 14
    for path in paths:
        answer = read(path.read_bytes())
        assert isinstance(answer, Refused), path
        assert (answer.reason, answer.offset) == (Reason.RECORD_FORMAT, 0)


def test_angles_lie_along_the_ridges_of_the_image(published: Path) -> None:
    """Against the gradient of the picture the record was made from: 0.75 to 0.95, mirrored angles near 0."""
    for path in sorted((published / "fingerprints/mosip_conformance").glob("*/AnsiTemplate.ansi")):
        record = read(path.read_bytes())
        assert isinstance(record, MinutiaeRecord)
        template = template_from_view(record, record.views[0])
        assert isinstance(template, FingerTemplate)
        image = cv2.imread(str(path.with_name("FingerImage.bmp")), cv2.IMREAD_GRAYSCALE)
        assert image is not None
        assert _agreement(np.asarray(image, np.float32), template) > 0.7


def _agreement(image: NDArray[np.float32], template: FingerTemplate) -> float:
    """Mean cosine of twice the angle between minutiae and ridges."""
    across, down = cv2.Sobel(image, cv2.CV_32F, 1, 0), cv2.Sobel(image, cv2.CV_32F, 0, 1)
    cosine = -cv2.GaussianBlur(across * across - down * down, (0, 0), 5)
    sine = cv2.GaussianBlur(2 * across * down, (0, 0), 5)
    x, y = template.x.astype(int), template.y.astype(int)
    strength = np.hypot(cosine[y, x], sine[y, x]) + 1e-6
    turned = 2 * template.angle
    return float(np.mean((np.cos(turned) * cosine[y, x] + np.sin(turned) * sine[y, x]) / strength))
