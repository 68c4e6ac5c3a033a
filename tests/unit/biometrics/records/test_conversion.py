"""Between templates of our engine and views of records."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from biometrics.errors import Reason, Refused
from biometrics.fingerprint.template import CELL, ENGINE, FingerTemplate, MinutiaKind
from biometrics.records.conversion import MAX_EXTENT, record_from_template, template_from_view
from biometrics.records.model import Frame, MinutiaeRecord, RecordFormat, RecordMinutia, View
from biometrics.records.reading import read
from biometrics.records.writing import write
from biometrics.sample import FingerPosition


def template(count: int = 40, seed: int = 0) -> FingerTemplate:
    """Minutiae on whole pixels, angles on steps of ISO and qualities in percent, so that nothing is rounded."""
    generator = np.random.default_rng(seed)
    return FingerTemplate(
        engine=ENGINE,
        width=388,
        height=374,
        x=generator.integers(0, 388, count).astype(np.float32),
        y=generator.integers(0, 374, count).astype(np.float32),
        angle=(generator.integers(0, 256, count) * np.pi / 128).astype(np.float32),
        quality=np.sort(generator.integers(1, 101, count))[::-1].astype(np.float32) / np.float32(100),
        kind=generator.integers(0, 3, count).astype(np.uint8),
        orientation=None,
        mask=np.ones((94, 97), np.bool_),
        ridges=None,
    )


USUAL = Frame(300, 400, 197, 197)


def view(*minutiae: RecordMinutia, frame: Frame = USUAL) -> View:
    """A view of these minutiae."""
    return View(FingerPosition.UNKNOWN, 0, 0, 254, frame, minutiae)


def record(*views: View, form: RecordFormat = RecordFormat.ISO_2005) -> MinutiaeRecord:
    """A record of these views."""
    return MinutiaeRecord(form, "20", views)


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (template(0), Reason.TEMPLATE_EMPTY),
        (replace(template(), x=np.full(40, np.nan, np.float32)), Reason.TEMPLATE_NUMBERS),
        (replace(template(), angle=np.full(40, np.inf, np.float32)), Reason.TEMPLATE_NUMBERS),
        (replace(template(), kind=np.zeros(39, np.uint8)), Reason.TEMPLATE_MALFORMED),
        (replace(template(), width=20_000), Reason.RECORD_INEXPRESSIBLE),
        (replace(template(), height=0), Reason.RECORD_INEXPRESSIBLE),
    ],
)
def test_a_template_that_says_nothing_is_refused(broken: FingerTemplate, reason: Reason) -> None:
    """Empty, not finite, uneven or too large: no record is made of it."""
    answer = record_from_template(broken)
    assert isinstance(answer, Refused)
    assert answer.reason is reason


def test_a_view_without_minutiae_is_refused() -> None:
    """There is nothing to compare."""
    answer = template_from_view(record(view()), view())
    assert isinstance(answer, Refused)
    assert answer.reason is Reason.TEMPLATE_EMPTY


@pytest.mark.parametrize("frame", [Frame(300, 400, 1, 1), Frame(16000, 16000, 197, 197)])
def test_no_print_is_larger_than_a_hand(frame: Frame) -> None:
    """A resolution of one pixel per centimetre, or a huge image, does not make a huge grid."""
    far = view(RecordMinutia(MinutiaKind.ENDING, 4000, 100, 0, 0), frame=frame)
    answer = template_from_view(record(far), far)
    assert isinstance(answer, Refused)
    assert answer.reason is Reason.TEMPLATE_NUMBERS
    near = view(RecordMinutia(MinutiaKind.ENDING, 5, 5, 0, 0), frame=frame)
    small = template_from_view(record(near), near)
    assert isinstance(small, FingerTemplate)
    assert max(small.width, small.height) <= MAX_EXTENT


def test_there_and_back() -> None:
    """Through the bytes of a record a template keeps its minutiae, order and size."""
    before = template()
    made = record_from_template(before, position=FingerPosition.LEFT_INDEX, quality=77)
    assert isinstance(made, MinutiaeRecord)
    data = write(made)
    assert isinstance(data, bytes)
    again = read(data)
    assert isinstance(again, MinutiaeRecord)
    assert (again.views[0].position, again.views[0].quality) == (FingerPosition.LEFT_INDEX, 77)
    after = template_from_view(again, again.views[0])
    assert isinstance(after, FingerTemplate)
    assert (after.engine, after.width, after.height) == (ENGINE, 388, 374)
    for name in ("x", "y", "kind"):
        np.testing.assert_array_equal(getattr(after, name), getattr(before, name))
    np.testing.assert_allclose(after.angle, before.angle, atol=1e-6)
    np.testing.assert_allclose(after.quality, before.quality, atol=1e-6)
    assert after.orientation is None
    assert after.ridges is None


def test_the_surest_255_are_kept() -> None:
    """More do not fit a view."""
    many = replace(template(300), quality=np.linspace(0.01, 1, 300, dtype=np.float32))
    made = record_from_template(many)
    assert isinstance(made, MinutiaeRecord)
    assert len(made.views[0].minutiae) == 255
    assert min(minutia.quality for minutia in made.views[0].minutiae) == round(100 * float(many.quality[45]))


def test_an_unsure_minutia_is_not_taken_for_an_unrated_one() -> None:
    """Quality 0 means not reported, so the least we write is 1; angles close at the turn."""
    faint = replace(template(), quality=np.zeros(40, np.float32), angle=np.full(40, 2 * np.pi - 1e-3, np.float32))
    made = record_from_template(faint)
    assert isinstance(made, MinutiaeRecord)
    assert {(minutia.quality, minutia.angle) for minutia in made.views[0].minutiae} == {(1, 0)}


def test_foreign_minutiae_are_scaled_and_sorted() -> None:
    """1000 ppi halves, ANSI steps are 2 degrees, unreported quality stands in the middle."""
    ending, other = MinutiaKind.ENDING, MinutiaKind.OTHER
    seen = view(
        RecordMinutia(ending, 100, 200, 45, 0),
        RecordMinutia(other, 300, 200, 90, 90),
        RecordMinutia(other, 200, 300, 0, 255),
        frame=Frame(400, 600, 394, 394),
    )
    made = template_from_view(record(seen, form=RecordFormat.ANSI_2004), seen)
    assert isinstance(made, FingerTemplate)
    np.testing.assert_allclose(made.x, [150, 50, 100])
    np.testing.assert_allclose(made.angle, [np.pi, np.pi / 2, 0], atol=1e-6)
    np.testing.assert_allclose(made.quality, [0.9, 0.5, 0.5])
    assert (made.width, made.height) == (200, 300)


def test_uneven_resolutions_turn_angles() -> None:
    """45 degrees in pixels twice as fine across as down is steeper on the finger."""
    seen = view(RecordMinutia(MinutiaKind.ENDING, 100, 100, 32, 50), frame=Frame(400, 400, 788, 394))
    made = template_from_view(record(seen), seen)
    assert isinstance(made, FingerTemplate)
    assert made.angle[0] == pytest.approx(np.arctan2(1, 0.5), abs=1e-3)


def test_the_mask_is_the_hull() -> None:
    """Cells between the minutiae are print, cells outside are not."""
    corners = [(40, 40), (200, 40), (40, 200)]
    seen = view(*(RecordMinutia(MinutiaKind.ENDING, x, y, 0, 50) for x, y in corners))
    made = template_from_view(record(seen), seen)
    assert isinstance(made, FingerTemplate)
    assert made.mask.shape == (100, 75)
    assert made.mask[60 // CELL, 60 // CELL]
    assert not made.mask[180 // CELL, 180 // CELL]
    assert all(made.mask[y // CELL, x // CELL] for x, y in corners)
