from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from biometrics.decoding.decode import decode
from biometrics.decoding.limits import Limits, RawShape
from biometrics.errors import Reason, Refused
from biometrics.sample import FingerPosition, Sample

WIDTH, HEIGHT = 316, 354


def _read(path: Path, hint: RawShape | None = None) -> Sample:
    found = decode(path.read_bytes(), hint, Limits())
    assert isinstance(found, Sample), path.name
    return found


def test_one_capture_in_four_forms(shared: Path) -> None:
    """Bitmap, raw file and finger record of one capture are equal in every pixel, its WSQ in all but the loss."""
    folders = sorted((shared / "fingerprints" / "mosip_conformance").iterdir())
    assert len(folders) == 10
    for folder in folders:
        bitmap, record = _read(folder / "FingerImage.bmp"), _read(folder / "ISOImage.iso")
        assert np.array_equal(bitmap.pixels, record.pixels), folder.name
        assert bitmap.ppi == pytest.approx(500, abs=0.1)
        assert record.ppi == 500
        raw = (folder / "RawData.raw").read_bytes()
        if len(raw) == WIDTH * HEIGHT:  # one of the ten lacks its last byte
            assert np.array_equal(bitmap.pixels, _read(folder / "RawData.raw", RawShape(WIDTH, HEIGHT)).pixels)
        else:
            found = decode(raw, RawShape(WIDTH, HEIGHT), Limits())
            assert isinstance(found, Refused)
            assert found.reason is Reason.SAMPLE_MALFORMED
        packed = _read(folder / "WSQImage.wsq")
        assert packed.ppi == 500
        assert np.corrcoef(bitmap.pixels.ravel(), packed.pixels.ravel())[0, 1] > 0.97, folder.name


def test_wsq_against_another_decoder(shared: Path) -> None:
    """A WSQ is decoded to the very pixels that another decoder saw."""
    folder = shared / "fingerprints" / "sourceafis_samples"
    one, other = _read(folder / "wsq-original.wsq"), _read(folder / "wsq-converted.png")
    assert np.array_equal(one.pixels, other.pixels)


@pytest.mark.parametrize(
    ("name", "position", "shape"),
    [
        ("mosip_auth_left_index.iso", FingerPosition.LEFT_INDEX, (448, 280)),
        ("mosip_auth_left_index_wsq.iso", FingerPosition.LEFT_INDEX, (448, 280)),
        ("mosip_registration_left_thumb.iso", FingerPosition.LEFT_THUMB, (427, 350)),
        ("mosip_auth_face.iso", FingerPosition.UNKNOWN, (320, 240, 3)),
    ],
)
def test_records_of_2011(shared: Path, name: str, position: FingerPosition, shape: tuple[int, ...]) -> None:
    """Published records of the 2011 edition, with certifications and without, are read."""
    sample = _read(shared / "enrollment" / "iso" / name)
    assert (sample.position, sample.pixels.shape) == (position, shape)


def test_all_ten_fingers_of_2011(shared: Path) -> None:
    """The ten compressed records show the ten fingers, each once."""
    paths = sorted((shared / "fingerprints" / "mosip_conformance").glob("*/ISOTemplate.iso"))
    samples = [_read(path) for path in paths]
    assert sorted(sample.position for sample in samples) == list(range(1, 11))
    assert {sample.ppi for sample in samples} == {500.0}


def test_minutiae_record_is_no_sample(shared: Path) -> None:
    """A minutiae record is not an image, and is refused as such."""
    found = decode((shared / "enrollment" / "iso" / "iso19794p2v2005-sample.dat").read_bytes(), None, Limits())
    assert isinstance(found, Refused)
    assert found.reason is Reason.SAMPLE_FORMAT
