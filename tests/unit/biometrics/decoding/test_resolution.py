from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from biometrics.decoding.decode import decode
from biometrics.decoding.limits import Limits
from biometrics.decoding.parameters import ResolutionParameters
from biometrics.decoding.resolution import at_500_ppi, believable, estimated_ppi
from biometrics.decoding.ridge_period import ridge_period
from biometrics.errors import Reason, Refused
from biometrics.sample import Sample, SampleFormat
from tests.hostile.seeds import ridges

PARAMETERS = ResolutionParameters()


def sample(period: float, ppi: float | None = None, side: int = 300) -> Sample:
    """A whorl of ridges."""
    return Sample(ridges(side, side, period), ppi, SampleFormat.RAW)


@pytest.mark.parametrize(
    "told",
    [
        None,
        (72.0, 72.0),
        (96.0, 96.0),
        (149.0, 149.0),
        (2001.0, 2001.0),
        (500.0, 250.0),
        (math.nan, 500.0),
        (math.inf,) * 2,
    ],
)
def test_not_believable(told: tuple[float, float] | None) -> None:
    """Defaults of programs, oblong pixels and numbers that are none are as good as untold."""
    assert believable(told) is None


@given(x=st.floats(), y=st.floats())
def test_believable_range(x: float, y: float) -> None:
    """Whatever a file tells, what is believed lies in the range of sensors."""
    found = believable((x, y))
    assert found is None or 150 <= found <= 2000


@pytest.mark.parametrize(
    "pixels",
    [
        np.full((300, 300), 255, np.uint8),
        np.random.default_rng(1).integers(0, 256, (300, 300)).astype(np.uint8),
        np.tile(np.linspace(0, 255, 300).astype(np.uint8), (300, 1)),
        np.zeros((5, 5), np.uint8),
        np.zeros((1, 1, 3), np.uint8),
        np.zeros((20, 4000), np.uint8),
    ],
    ids=["blank", "noise", "ramp", "tiny", "pixel", "strip"],
)
def test_no_ridges(pixels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> None:
    """Where no resolution is told and no ridges are, the sample is refused."""
    found = at_500_ppi(Sample(pixels, None, SampleFormat.PNG))
    assert isinstance(found, Refused)
    assert found.reason is Reason.SAMPLE_RESOLUTION


def test_blown_up() -> None:
    """A sample that would grow beyond 16.7 Mpx is refused, not made."""
    found = at_500_ppi(Sample(np.zeros((3000, 3000), np.uint8), 180.0, SampleFormat.PNG))
    assert isinstance(found, Refused)
    assert found.reason is Reason.SAMPLE_PIXELS


@pytest.mark.parametrize("ppi", [0.0, -500.0, 10.0, 1e9, math.nan])
def test_impossible_resolution(ppi: float) -> None:
    """A resolution that no sensor has is refused where the ridges do not tell a better one."""
    found = at_500_ppi(Sample(np.zeros((300, 300), np.uint8), ppi, SampleFormat.RAW))
    assert isinstance(found, Refused)
    assert found.reason is Reason.SAMPLE_RESOLUTION


@pytest.mark.parametrize("period", [3.0, 4.5, 6.0, 8.0, 9.0, 11.0, 14.0, 18.0, 25.0, 36.0])
def test_period(period: float) -> None:
    """The distance between ridges is measured to 3 % over the whole range of sensors."""
    found = ridge_period(ridges(500, 400, period), PARAMETERS)
    assert found is not None
    assert found.pixels == pytest.approx(period, rel=0.03)


@pytest.mark.parametrize("change", ["darker", "noisy", "inverted", "turned"])
def test_period_of_a_poor_print(change: str) -> None:
    """Faint, noisy, inverted and turned prints have the same ridges."""
    image = ridges(300, 300, 9.0)
    rng = np.random.default_rng(3)
    poor = {
        "darker": (image * 0.2).astype(np.uint8),
        "noisy": np.clip(image + rng.normal(0, 40, image.shape), 0, 255).astype(np.uint8),
        "inverted": 255 - image,
        "turned": np.rot90(image),
    }[change]
    found = ridge_period(np.ascontiguousarray(poor), PARAMETERS)
    assert found is not None
    assert found.pixels == pytest.approx(9.0, rel=0.03)


@pytest.mark.parametrize("period", [7.0, 8.0, 9.0, 10.0, 11.5])
def test_usual_sensor(period: float) -> None:
    """Fine and coarse ridges of different people are not taken for different sensors."""
    assert estimated_ppi(sample(period)) == 500
    assert estimated_ppi(sample(2 * period, side=500)) == 1000


def test_unusual_sensor() -> None:
    """A print far from all usual resolutions is brought to average ridges."""
    found = at_500_ppi(sample(3.4, side=100))
    assert isinstance(found, Sample)
    assert found.estimated
    assert found.stored_ppi == pytest.approx(189, rel=0.05)
    assert found.ppi == 500
    measured = ridge_period(found.grey, PARAMETERS)
    assert measured is not None
    assert measured.pixels == pytest.approx(9, rel=0.05)


@pytest.mark.parametrize(("ppi", "side"), [(500.0, 300), (1000.0, 150), (250.0, 600), (508.0, 295)])
def test_told(ppi: float, side: int) -> None:
    """A told resolution decides, and the result says where it came from."""
    given = sample(9 * ppi / 500, ppi)
    found = at_500_ppi(given)
    assert isinstance(found, Sample)
    assert found.pixels.shape == (side, side)
    assert (found.ppi, found.stored_ppi, found.estimated) == (500, ppi, False)
    assert (found.format, found.position) == (given.format, given.position)


def test_told_wrongly() -> None:
    """A resolution that an editor wrote is given up where the ridges plainly contradict it."""
    found = at_500_ppi(sample(9.0, 200.0))
    assert isinstance(found, Sample)
    assert found.estimated
    assert found.pixels.shape == (300, 300)


@given(ppi=st.floats(500 * 0.9901, 500 * 1.0099))
def test_hardly_other(ppi: float) -> None:
    """Pixels within a hundredth of 500 per inch are left as they are."""
    given = sample(9.0, ppi, side=64)
    found = at_500_ppi(given)
    assert isinstance(found, Sample)
    assert found.pixels is given.pixels


def test_colour() -> None:
    """Colour is resampled as colour."""
    given = replace(sample(9.0, 1000.0), pixels=np.dstack([ridges(300, 300)] * 3))
    found = at_500_ppi(given)
    assert isinstance(found, Sample)
    assert found.pixels.shape == (150, 150, 3)


def _read(path: Path) -> Sample:
    found = decode(path.read_bytes(), None, Limits())
    assert isinstance(found, Sample), path.name
    return found


def test_published_prints(shared: Path) -> None:
    """Full prints of sensors of 500 ppi are seen as that, whatever their owners' ridges."""
    folder = shared / "fingerprints"
    paths = [
        *(folder / "fvc2002_db1b").glob("*.tif"),
        *(folder / "mosip_conformance").glob("*/FingerImage.bmp"),
        *(folder / "nfiq2_examples").glob("*.pgm"),
        *(folder / "sourceafis_samples").glob("probe.png"),
    ]
    assert len(paths) >= 50
    for path in paths:
        assert estimated_ppi(replace(_read(path), ppi=None)) == 500, path.name


@pytest.mark.parametrize("scale", [0.5, 0.7, 1.4, 2.0])
def test_published_prints_at_other_scales(shared: Path, scale: float) -> None:
    """The measured distance follows the scale of a print to a tenth."""
    for path in sorted((shared / "fingerprints" / "fvc2002_db1b").glob("*_1.tif")):
        image = _read(path).grey
        way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        other = np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=way), np.uint8)
        before, after = ridge_period(image, PARAMETERS), ridge_period(other, PARAMETERS)
        assert before is not None
        assert after is not None
        assert after.pixels / before.pixels == pytest.approx(scale, rel=0.1), path.name


def test_prints_of_low_resolution(shared: Path) -> None:
    """Nearly all of the published prints of small, low resolution are brought to average ridges."""
    paths = sorted((shared / "fingerprints" / "socofing").glob("*.bmp"))
    found = [at_500_ppi(_read(path)) for path in paths]
    scales = [one.stored_ppi for one in found if isinstance(one, Sample) and one.stored_ppi is not None]
    assert len(scales) >= 0.98 * len(paths)
    assert 170 <= float(np.median(scales)) <= 210
    assert float(np.mean([140 <= scale <= 260 for scale in scales])) >= 0.98
