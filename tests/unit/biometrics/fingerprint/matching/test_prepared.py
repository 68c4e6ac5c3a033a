import tracemalloc
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from biometrics.errors import Reason, Refused
from biometrics.fingerprint.descriptors import DESCRIPTOR_SIZE
from biometrics.fingerprint.matching_parameters import FORM
from biometrics.fingerprint.prepared import PreparedFinger, prepare
from biometrics.fingerprint.template import CELL, ENGINE, FingerTemplate


def _reason(template: FingerTemplate) -> Reason | None:
    result = prepare(template)
    return result.reason if isinstance(result, Refused) else None


def _first(template: FingerTemplate, count: int) -> FingerTemplate:
    names = ("x", "y", "angle", "quality", "kind")
    return replace(template, **{name: getattr(template, name)[:count] for name in names})


@pytest.mark.parametrize("count", [0, 1])
def test_too_few_minutiae_are_refused(finger: FingerTemplate, count: int) -> None:
    """A template of no or one minutia is refused, not matched."""
    assert _reason(_first(finger, count)) is Reason.TEMPLATE_EMPTY


def test_two_minutiae_are_enough(finger: FingerTemplate) -> None:
    """The smallest template that is not refused has two minutiae."""
    assert _reason(_first(finger, 2)) is None


@pytest.mark.parametrize("field", ["x", "y", "angle", "quality", "orientation"])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_numbers_that_are_none_are_refused(finger: FingerTemplate, field: str, value: float) -> None:
    """One number that is not finite refuses the template, wherever it stands."""
    broken = getattr(finger, field).copy()
    broken.flat[3] = value
    assert _reason(replace(finger, **{field: broken})) is Reason.TEMPLATE_NUMBERS


@pytest.mark.parametrize(("field", "value"), [("x", -1), ("y", 401), ("quality", 1.5), ("quality", -0.1)])
def test_numbers_out_of_range_are_refused(finger: FingerTemplate, field: str, value: float) -> None:
    """A minutia outside the image, or a quality outside 0 to 1, refuses the template."""
    broken = getattr(finger, field).copy()
    broken[0] = value
    assert _reason(replace(finger, **{field: broken})) is Reason.TEMPLATE_NUMBERS


def test_another_engine_is_refused(finger: FingerTemplate) -> None:
    """Templates of another engine version are refused."""
    assert _reason(replace(finger, engine="wangov-finger-0")) is Reason.TEMPLATE_ENGINE


def test_arrays_of_different_lengths_are_refused(finger: FingerTemplate) -> None:
    """Arrays that do not fit together refuse the template."""
    assert _reason(replace(finger, angle=finger.angle[1:])) is Reason.TEMPLATE_MALFORMED
    assert _reason(replace(finger, mask=finger.mask[1:])) is Reason.TEMPLATE_MALFORMED


def test_a_giant_is_refused(finger: FingerTemplate) -> None:
    """A record that claims a print larger than any finger is refused before its area is filled."""
    assert _reason(replace(finger, width=16_000, height=16_000, orientation=None)) is Reason.TEMPLATE_NUMBERS


def test_descriptors_are_unit_vectors(
    finger: FingerTemplate, prepared: Callable[[FingerTemplate], PreparedFinger]
) -> None:
    """Descriptors have unit length, whatever part of them lies outside the print."""
    ready = prepared(finger)
    assert ready.descriptors.shape == (45, DESCRIPTOR_SIZE)
    assert np.allclose(np.linalg.norm(ready.descriptors, axis=1), 1, atol=1e-5)
    assert np.allclose(np.linalg.norm(ready.vectors[:45], axis=1), 1, atol=1e-5)
    assert not ready.vectors[45:].any()


def test_only_the_best_minutiae_are_kept(
    rng: np.random.Generator,
    made: Callable[..., FingerTemplate],
    prepared: Callable[[FingerTemplate], PreparedFinger],
) -> None:
    """Of more minutiae than fit, those of the highest quality stay, in whatever order they come."""
    finger = made(rng, 120)
    order = rng.permutation(120)
    names = ("x", "y", "angle", "quality", "kind")
    ready = prepared(replace(finger, **{name: getattr(finger, name)[order] for name in names}))
    assert ready.count == FORM.minutiae
    assert np.array_equal(ready.minutiae[:, 4], finger.quality[: FORM.minutiae])


def test_minutiae_alone_are_given_their_hull(
    finger: FingerTemplate, prepared: Callable[[FingerTemplate], PreparedFinger]
) -> None:
    """A record of minutiae only is prepared, with orientations told by directions, inside the hull alone."""
    bare = replace(finger, orientation=None, ridges=None, mask=np.ones((100, 100), np.bool_))
    ready, whole = prepared(bare), prepared(finger)
    assert 0 < np.any(ready.field, axis=-1).sum() < np.any(whole.field, axis=-1).sum()
    both = np.any(ready.field, axis=-1) & np.any(whole.field, axis=-1)
    product = (ready.field.astype(float) * whole.field).sum(axis=-1)[both] / 127**2
    assert np.median(product) > 0.8


def test_vectors_do_not_turn_with_the_finger(
    finger: FingerTemplate,
    rng: np.random.Generator,
    varied: Callable[..., FingerTemplate],
    prepared: Callable[[FingerTemplate], PreparedFinger],
) -> None:
    """A minutia of a turned and shifted finger describes itself as before."""
    turned = varied(finger, rng, turn=0.8, drop=0.0, jitter=0.0)
    similarity = (prepared(finger).descriptors * prepared(turned).descriptors).sum(axis=1)
    assert np.median(similarity) > 0.9


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"ridges": np.ones(9, np.int8)}, Reason.TEMPLATE_MALFORMED),
        ({"ridges": np.ones((3, 3), np.int8)}, Reason.TEMPLATE_MALFORMED),
        ({"mask": np.zeros((100, 100), np.bool_)}, Reason.TEMPLATE_MALFORMED),
        ({"orientation": np.full((100, 100, 2), 1e20, np.float32)}, Reason.TEMPLATE_NUMBERS),
        ({"width": 0, "height": 0, "ridges": np.ones((0, 0), np.int8)}, Reason.TEMPLATE_NUMBERS),
    ],
)
def test_grids_that_do_not_fit_are_refused(finger: FingerTemplate, changed: dict[str, object], reason: Reason) -> None:
    """Ridges of another size, ridges without print, orientations longer than 1 and an image without pixels."""
    assert _reason(replace(finger, **changed)) is reason  # type: ignore[arg-type]  # each field by its own type


def test_columns_of_two_dimensions_are_refused(finger: FingerTemplate) -> None:
    """Minutiae that do not come as plain columns refuse the template."""
    names = ("x", "y", "angle", "quality", "kind")
    assert _reason(replace(finger, **{name: getattr(finger, name)[:, None] for name in names})) is (
        Reason.TEMPLATE_MALFORMED
    )


@pytest.mark.parametrize(("x", "y"), [([399, 399], [10, 390]), ([400, 400], [400, 400])])
def test_minutiae_on_the_last_pixel_have_a_hull(x: list[int], y: list[int]) -> None:
    """A foreign print whose minutiae all lie on the image's edge is prepared, not lost beyond the grid."""
    bare = FingerTemplate(
        engine=ENGINE,
        width=400,
        height=400,
        x=np.array(x, np.float32),
        y=np.array(y, np.float32),
        angle=np.zeros(2, np.float32),
        quality=np.ones(2, np.float32),
        kind=np.ones(2, np.uint8),
        orientation=None,
        mask=np.ones((100, 100), np.bool_),
        ridges=None,
    )
    ready = prepare(bare)
    assert isinstance(ready, PreparedFinger)
    assert np.isfinite(ready.centre).all()
    assert 0 < ready.centre[0] < 400


def test_a_large_foreign_print_takes_little_memory(rng: np.random.Generator) -> None:
    """The largest record that is read, full of minutiae, is prepared in a small part of what a worker has."""
    side, count = FORM.largest_side, 255
    x, y = rng.uniform(0, side, (2, count)).astype(np.float32)
    x[:4], y[:4] = [0, side, 0, side], [0, 0, side, side]
    bare = FingerTemplate(
        engine=ENGINE,
        width=side,
        height=side,
        x=x,
        y=y,
        angle=rng.uniform(0, 6, count).astype(np.float32),
        quality=np.ones(count, np.float32),
        kind=np.ones(count, np.uint8),
        orientation=None,
        mask=np.ones((side // CELL, side // CELL), np.bool_),
        ridges=None,
    )
    tracemalloc.start()
    try:
        assert isinstance(prepare(bare), PreparedFinger)
        assert tracemalloc.get_traced_memory()[1] < 64 << 20
    finally:
        tracemalloc.stop()


def test_nothing_is_print_beyond_the_field(
    rng: np.random.Generator,
    made: Callable[..., FingerTemplate],
    prepared: Callable[[FingerTemplate], PreparedFinger],
) -> None:
    """The cell that stands for all beyond the field is empty, even where a print is larger than the field."""
    side = FORM.field_cells * int(FORM.field_cell) + 100
    cells = -(-side // CELL)
    large = replace(
        made(rng),
        width=side,
        height=side,
        orientation=np.tile(np.array([1, 0], np.float32), (cells, cells, 1)),
        mask=np.ones((cells, cells), np.bool_),
        ridges=None,
    )
    field = prepared(large).field
    assert not field[0, 0].any()
    assert field[0, 1].any()
