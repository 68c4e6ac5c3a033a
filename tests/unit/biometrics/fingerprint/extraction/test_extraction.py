from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from biometrics.errors import Reason, Refused
from biometrics.fingerprint.extraction import extract
from biometrics.fingerprint.parameters import PARAMETERS
from biometrics.fingerprint.template import CELL, ENGINE, FingerTemplate, MinutiaKind
from tests.unit.biometrics.fingerprint.extraction.drawn import PERIOD, PLANTED, SHAPE, drawn_print


def taken(image: NDArray[np.uint8]) -> FingerTemplate:
    """The template of an image that must not be refused."""
    template = extract(image)
    assert isinstance(template, FingerTemplate), template
    return template


def refusal(image: NDArray[np.uint8]) -> Reason:
    """The reason of an image that must be refused."""
    refused = extract(image)
    assert isinstance(refused, Refused)
    return refused.reason


def nearest(template: FingerTemplate, x: float, y: float) -> tuple[int, float]:
    """The minutia nearest to a place, and its distance."""
    distances = np.hypot(template.x - x, template.y - y)
    return int(distances.argmin()), float(distances.min())


def waves(kind: str, period: float) -> NDArray[np.uint8]:
    """A regular pattern of the period."""
    y, x = np.mgrid[:320, :300].astype(np.float64)
    phase = {"stripes": x, "rings": np.hypot(x - 150, y - 160), "checks": x}[kind] * 2 * np.pi / period
    values = np.sin(phase) * (np.sin(2 * np.pi * y / period) if kind == "checks" else 1)
    return np.asarray(127 + 120 * values, np.uint8)


def grain(sigma: float) -> NDArray[np.uint8]:
    """Noise smoothed by a Gaussian."""
    white = np.fft.fft2(np.random.default_rng(3).normal(size=(320, 300)))
    rows, columns = np.fft.fftfreq(320)[:, None], np.fft.fftfreq(300)
    smooth = np.fft.ifft2(white * np.exp(-2 * (np.pi * sigma) ** 2 * (rows**2 + columns**2))).real
    return np.asarray(np.clip(128 + 50 * smooth / smooth.std(), 0, 255), np.uint8)


@pytest.mark.parametrize("level", [0, 128, 255])
def test_blank_images_show_no_finger(level: int) -> None:
    """An image of one grey is refused as showing no finger."""
    assert refusal(np.full(SHAPE, level, np.uint8)) is Reason.FINGER_NONE


@pytest.mark.parametrize("shape", [(1, 1), (1, 500), (500, 1), (47, 300), (300, 47)])
def test_tiny_images_are_refused(shape: tuple[int, int]) -> None:
    """An image whose shorter side cannot hold a print is refused before any work."""
    assert refusal(np.zeros(shape, np.uint8)) is Reason.FINGER_TOO_SMALL


@pytest.mark.parametrize("sigma", [0, 1, 2, 3, 5, 12])
def test_grain_shows_no_finger(sigma: float) -> None:
    """Noise of any grain, however strong its contrast, is refused as showing no finger."""
    assert refusal(grain(sigma)) is Reason.FINGER_NONE


@pytest.mark.parametrize("kind", ["stripes", "rings"])
def test_waves_without_minutiae_are_refused(kind: str) -> None:
    """Perfect ridges without minutiae cannot be compared, and are refused."""
    assert refusal(waves(kind, PERIOD)) is Reason.FINGER_FEW_MINUTIAE


@pytest.mark.parametrize(
    ("kind", "period"), [("stripes", 3), ("stripes", 24), ("rings", 24), ("checks", 9), ("checks", 24)]
)
def test_patterns_that_are_no_ridges_show_no_finger(kind: str, period: float) -> None:
    """Checks, and stripes far finer or coarser than ridges, are refused as showing no finger."""
    assert refusal(waves(kind, period)) is Reason.FINGER_NONE


def test_a_small_piece_of_print_is_refused() -> None:
    """A fragment with fewer pixels than can be compared is refused as too small or without enough contrast."""
    image = np.full(SHAPE, 225, np.uint8)
    image[100:160, 100:160] = drawn_print()[100:160, 100:160]
    assert refusal(image) in {Reason.FINGER_TOO_SMALL, Reason.FINGER_NONE}


@settings(max_examples=25, deadline=None)
@given(
    height=st.integers(1, 160),
    width=st.integers(1, 160),
    seed=st.integers(0, 2**32 - 1),
    levels=st.integers(2, 256),
    block=st.integers(1, 12),
)
def test_any_array_is_answered(height: int, width: int, seed: int, levels: int, block: int) -> None:
    """Whatever the pixels, the answer is a template or a refusal, never an exception."""
    coarse = np.random.default_rng(seed).integers(0, levels, (-(-height // block), -(-width // block)))
    image = np.kron(coarse, np.ones((block, block)))[:height, :width] * (255 / (levels - 1))
    assert isinstance(extract(image.astype(np.uint8)), FingerTemplate | Refused)


def test_every_planted_minutia_is_found_and_no_other() -> None:
    """On a clean print the minutiae are those that were drawn, within half a ridge period."""
    template = taken(drawn_print())
    assert len(template) == len(PLANTED)
    assert all(nearest(template, x, y)[1] < PERIOD / 2 for x, y, _ in PLANTED)


def test_directions_point_the_way_that_the_ridge_runs() -> None:
    """Each planted minutia points along x to the side on which its ridge (or the valley of its fork) lies."""
    template = taken(drawn_print())
    for x, y, sign in PLANTED:
        angle = template.angle[nearest(template, x, y)[0]]
        assert np.cos(angle) * sign > 0.95, (x, y)


def test_angles_are_counter_clockwise() -> None:
    """A print turned by a quarter counter-clockwise turns every angle by a quarter."""
    upright, turned = taken(drawn_print()), taken(np.ascontiguousarray(np.rot90(drawn_print())))
    for x, y, angle in zip(upright.x, upright.y, upright.angle, strict=True):
        index, distance = nearest(turned, y, upright.width - 1 - x)
        assert distance < PERIOD / 2
        assert np.cos(turned.angle[index] - angle - np.pi / 2) > 0.95


def test_inverted_images_give_the_same_template() -> None:
    """Light ridges on dark ground are noticed: places, kinds and directions stay."""
    upright, inverted = taken(drawn_print()), taken(255 - drawn_print())
    assert len(upright) == len(inverted)
    for index in range(len(upright)):
        other, distance = nearest(inverted, float(upright.x[index]), float(upright.y[index]))
        assert distance < 3
        assert upright.kind[index] == inverted.kind[other]


@pytest.mark.parametrize("at", [(0, 0), (40, 33), (900, 1201)])
@pytest.mark.parametrize("level", [0, 225])
def test_what_surrounds_the_print_does_not_matter(at: tuple[int, int], level: int) -> None:
    """A print somewhere in a large even image gives the same minutiae, in the coordinates of the large image."""
    alone = taken(drawn_print())
    image = np.full((1400, 1600), level, np.uint8)
    image[at[0] : at[0] + SHAPE[0], at[1] : at[1] + SHAPE[1]] = drawn_print()
    found = taken(image)
    assert (found.width, found.height) == (1600, 1400)
    near = [nearest(found, float(x) + at[1], float(y) + at[0])[1] for x, y in zip(alone.x, alone.y, strict=True)]
    assert sum(distance < 3 for distance in near) >= len(alone) - 1


def test_sensor_lines_at_the_frame_are_not_ridges() -> None:
    """Lines of two pixels along all sides change nothing."""
    image = drawn_print()
    for side in (np.s_[:2], np.s_[-2:], np.s_[:, :2], np.s_[:, -2:]):
        image[side] = 0
    assert len(taken(image)) == len(PLANTED)


def test_the_outline_of_the_contact_has_no_minutiae() -> None:
    """Ridges that end where the finger leaves the glass are no endings, wherever the finger lies."""
    template = taken(drawn_print(shift=(60, 0)))
    assert len(template) <= len(PLANTED)
    assert all(nearest(template, x + 60, y)[1] < PERIOD / 2 for x, y, _ in PLANTED if x + 60 < SHAPE[1] - 12)


def test_the_template_keeps_its_promises() -> None:
    """Shapes, types and ranges are those that `FingerTemplate` states."""
    template = taken(drawn_print(shape=(341, 311)))
    cells = (-(-341 // CELL), -(-311 // CELL))
    assert (template.engine, template.width, template.height) == (ENGINE, 311, 341)
    for values in (template.x, template.y, template.angle, template.quality):
        assert values.shape == (len(template),)
        assert values.dtype == np.float32
    assert ((template.angle >= 0) & (template.angle < 2 * np.pi)).all()
    assert ((template.quality >= 0) & (template.quality <= 1)).all()
    assert (np.diff(template.quality) <= 0).all()
    assert set(template.kind) <= {MinutiaKind.ENDING, MinutiaKind.BIFURCATION}
    assert template.mask.shape == cells
    assert template.mask.dtype == np.bool_
    assert template.orientation is not None
    assert template.orientation.shape == (*cells, 2)
    assert template.orientation.dtype == np.float32
    assert (np.hypot(*np.moveaxis(template.orientation, -1, 0)) <= 1 + 1e-5).all()
    assert template.ridges is not None
    assert template.ridges.shape == (170, 155)
    assert template.ridges.dtype == np.int8


def test_ridges_are_negative_and_lie_under_the_dark() -> None:
    """The kept ridge image is negative where the print is dark, zero outside the mask."""
    image = drawn_print(noise=0)
    template = taken(image)
    assert template.ridges is not None
    half = image.reshape(SHAPE[0] // 2, 2, SHAPE[1] // 2, 2).mean(axis=(1, 3))
    inner = np.hypot(*(np.mgrid[:170, :155] - np.array([85, 77])[:, None, None])) < 50
    assert np.corrcoef(template.ridges[inner], half[inner])[0, 1] > 0.9
    outside = np.kron(template.mask, np.ones((2, 2)))[:170, :155] == 0
    assert not template.ridges[outside].any()


def test_the_orientation_is_that_of_the_ridges() -> None:
    """Ridges drawn across the image have a double angle near zero all over the print."""
    template = taken(drawn_print())
    assert template.orientation is not None
    assert np.median(template.orientation[template.mask][:, 0]) > 0.9


def test_extraction_repeats_itself() -> None:
    """The same image gives the same template, bit for bit."""
    first, second = taken(drawn_print()), taken(drawn_print())
    assert np.array_equal(first.x, second.x)
    assert np.array_equal(first.angle, second.angle)
    assert first.ridges is not None
    assert second.ridges is not None
    assert np.array_equal(first.ridges, second.ridges)


def test_a_read_only_view_is_enough() -> None:
    """An image that is a strided, read-only view of another array is extracted and left as it was."""
    wide = np.repeat(drawn_print(), 2, axis=1)
    view = wide[:, ::2]
    view.flags.writeable = False
    assert len(taken(view)) == len(PLANTED)


def test_the_number_of_minutiae_is_bounded() -> None:
    """However many an image would give, no more are kept than a record can count."""
    tiled = np.tile(drawn_print(), (8, 8))
    template = extract(tiled)
    assert isinstance(template, Refused) or len(template) <= PARAMETERS.most_minutiae
