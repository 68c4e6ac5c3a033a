from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from biometrics.fingerprint.explanation import explain
from biometrics.fingerprint.matcher import Mode, compare, compare_many
from biometrics.fingerprint.matching_parameters import DEFAULTS
from biometrics.fingerprint.prepared import PreparedFinger
from biometrics.fingerprint.template import FingerTemplate

Make = Callable[..., FingerTemplate]
Ready = Callable[[FingerTemplate], PreparedFinger]


def _strangers(rng: np.random.Generator, made: Make, prepared: Ready, count: int) -> list[PreparedFinger]:
    return [prepared(made(rng)) for _ in range(count)]


@pytest.mark.parametrize("mode", list(Mode))
def test_an_empty_gallery_gives_no_scores(finger: FingerTemplate, prepared: Ready, mode: Mode) -> None:
    """Comparing with nobody is no error."""
    assert compare_many(prepared(finger), [], mode).shape == (0,)


@pytest.mark.parametrize("mode", list(Mode))
def test_strangers_score_below_mates(
    rng: np.random.Generator, made: Make, varied: Make, prepared: Ready, mode: Mode
) -> None:
    """Every further impression of a finger scores above every stranger, though all are whorls."""
    templates = [made(rng) for _ in range(6)]
    probes = [prepared(template) for template in templates]
    seconds = [prepared(varied(template, rng, turn=0.3)) for template in templates]
    scores = np.array([compare_many(probe, seconds, mode) for probe in probes])
    mates = np.eye(len(probes), dtype=np.bool_)
    assert scores[mates].min() > 2 * scores[~mates].max()


@pytest.mark.parametrize("mode", list(Mode))
def test_the_order_of_two_fingers_does_not_matter(
    rng: np.random.Generator, made: Make, varied: Make, prepared: Ready, mode: Mode
) -> None:
    """compare(a, b) equals compare(b, a) to the last bit, for mates and strangers."""
    template = made(rng)
    fingers = [prepared(template), prepared(varied(template, rng, turn=-0.4)), prepared(made(rng, 20))]
    for a in fingers:
        for b in fingers:
            assert compare(a, b, mode) == compare(b, a, mode)


@pytest.mark.parametrize("mode", list(Mode))
def test_a_batch_scores_as_each_pair_does(
    rng: np.random.Generator, made: Make, varied: Make, prepared: Ready, mode: Mode
) -> None:
    """A score does not depend on who else stands in the gallery."""
    template = made(rng)
    gallery = [prepared(made(rng, count)) for count in (2, 9, 30, 64)]
    gallery += [prepared(varied(template, rng)) for _ in range(2)]
    probe = prepared(template)
    alone = [compare(probe, other, mode) for other in gallery]
    assert compare_many(probe, gallery, mode) == pytest.approx(alone, rel=1e-3, abs=1e-5)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(turn=st.floats(-np.pi / 4, np.pi / 4), seed=st.integers(0, 1000))
def test_no_turn_up_to_45_degrees_loses_a_mate(
    made: Make, varied: Make, prepared: Ready, turn: float, seed: int
) -> None:
    """Within 45 degrees a turned mate keeps most of its score and stays above a stranger."""
    rng = np.random.default_rng(seed)
    template, probe = made(rng), None
    probe = prepared(template)
    straight = compare(probe, prepared(varied(template, rng)), Mode.FULL)
    turned = compare(probe, prepared(varied(template, rng, turn=turn)), Mode.FULL)
    assert turned > 0.3 * straight
    assert turned > 2 * compare(probe, prepared(made(rng)), Mode.FULL)


def test_the_rotation_limit_is_a_setting(
    finger: FingerTemplate, rng: np.random.Generator, varied: Make, prepared: Ready
) -> None:
    """A finger turned by 60 degrees matches under the default limit and not under a limit of 45."""
    first, second = prepared(finger), prepared(varied(finger, rng, turn=np.pi / 3))
    narrow = replace(DEFAULTS, rotation_limit_degrees=45.0)
    assert compare(first, second, Mode.FULL) > 10 * compare(first, second, Mode.FULL, narrow)


def test_a_part_of_the_print_still_matches(
    finger: FingerTemplate, rng: np.random.Generator, varied: Make, made: Make, prepared: Ready
) -> None:
    """Half a print scores above strangers: it is held against what should have matched."""
    half = varied(finger, rng)
    kept = half.y < half.height / 2
    mask = half.mask.copy()
    mask[len(mask) // 2 :] = False
    names = ("x", "y", "angle", "quality", "kind")
    part = prepared(replace(half, mask=mask, **{name: getattr(half, name)[kept] for name in names}))
    strangers = _strangers(rng, made, prepared, 10)
    assert compare(prepared(finger), part, Mode.FULL) > 3 * compare_many(part, strangers, Mode.FULL).max()


def test_stretched_skin_still_matches(
    finger: FingerTemplate, rng: np.random.Generator, prepared: Ready, made: Make
) -> None:
    """A smooth bend of up to 15 pixels across the print leaves a mate above strangers."""
    bent = replace(finger, x=np.clip(finger.x + 15 * np.sin(finger.y / 120), 0, 400).astype(np.float32))
    strangers = _strangers(rng, made, prepared, 10)
    assert (
        compare(prepared(finger), prepared(bent), Mode.FULL)
        > 3 * compare_many(prepared(bent), strangers, Mode.FULL).max()
    )


def test_ridges_out_of_step_lower_the_verify_score(finger: FingerTemplate, prepared: Ready) -> None:
    """With the same minutiae, foreign ridges score lower than the finger's own in verify mode, and alike in full."""
    assert finger.ridges is not None
    rows, columns = np.mgrid[0 : finger.ridges.shape[0], 0 : finger.ridges.shape[1]]
    stripes = (100 * np.cos((rows + 0.4 * columns) * 1.3)).astype(np.int8) * (finger.ridges != 0)
    first, foreign = prepared(finger), prepared(replace(finger, ridges=stripes.astype(np.int8)))
    assert compare(first, first, Mode.VERIFY) > 5 * compare(first, foreign, Mode.VERIFY)
    assert compare(first, first, Mode.FULL) == compare(first, foreign, Mode.FULL)


def test_records_of_minutiae_alone_match(rng: np.random.Generator, made: Make, varied: Make, prepared: Ready) -> None:
    """A record of minutiae only matches our own template in full mode; verify mode refuses it on either side."""
    template = made(rng)
    bare = prepared(replace(varied(template, rng, turn=0.2), orientation=None, ridges=None))
    own, strangers = prepared(template), _strangers(rng, made, prepared, 10)
    assert compare(own, bare, Mode.FULL) > 3 * compare_many(bare, strangers, Mode.FULL).max()
    assert (own.verifiable, bare.verifiable) == (True, False)
    for probe, candidate in ((own, bare), (bare, own)):
        with pytest.raises(ValueError, match="full mode"):
            compare(probe, candidate, Mode.VERIFY)
        with pytest.raises(ValueError, match="minutiae alone"):
            explain(probe, candidate, Mode.VERIFY)


def test_equal_minutiae_on_other_ridges_compare_the_same_either_way(finger: FingerTemplate, prepared: Ready) -> None:
    """Who leads does not depend on the order, though minutiae and mask are the same to the last bit."""
    assert finger.orientation is not None
    assert finger.ridges is not None
    turned = np.roll(finger.orientation, 3, axis=0)
    first = prepared(finger)
    for other in (replace(finger, orientation=turned), replace(finger, ridges=finger.ridges[::-1].copy())):
        second = prepared(other)
        assert first.key != second.key
        for mode in (Mode.FULL, Mode.VERIFY):
            assert compare(first, second, mode) == compare(second, first, mode)


def test_minutiae_at_one_place_do_not_divide_by_zero(finger: FingerTemplate, prepared: Ready) -> None:
    """A template of equal minutiae gives a finite score."""
    heap = replace(
        finger, x=np.full_like(finger.x, 200), y=np.full_like(finger.y, 200), angle=np.zeros_like(finger.angle)
    )
    with np.errstate(all="raise", under="ignore"):
        scores = [compare(prepared(heap), prepared(other), mode) for other in (heap, finger) for mode in Mode]
    assert np.isfinite(scores).all()
    assert min(scores) >= 0
