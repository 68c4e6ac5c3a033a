"""Impressions: what a sensor would see, drier or wetter, whole or in part, and the same again from the same seed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from biometrics.errors import Refused
from biometrics.fingerprint.extraction import extract
from biometrics.fingerprint.matcher import Mode, compare_many
from biometrics.fingerprint.prepared import PreparedFinger, prepare
from biometrics.synthetic import collection
from biometrics.synthetic.conditions import Conditions, draw_conditions, outside
from biometrics.synthetic.impression import press
from biometrics.synthetic.master import Master
from biometrics.synthetic.parameters import PARAMETERS

PLAIN = Conditions(
    rotation=0.0,
    shift=(0.0, 0.0),
    stretch=(0.0, 0.0, 0.0),
    contact=(120.0, 150.0),
    lifted=None,
    moisture=0.0,
    pores=0.5,
    background=245.0,
    depth=200.0,
    blur=0.7,
    noise=2.0,
)


@pytest.fixture(scope="module")
def fingers() -> list[Master]:
    """Three fingers of one seed."""
    return [collection.master(11, number) for number in range(3)]


def pressed(master: Master, conditions: Conditions, seed: int = 0) -> NDArray[np.uint8]:
    """One impression under these conditions."""
    return press(master, np.random.default_rng(seed), conditions)


def test_the_same_numbers_are_the_same_image(fingers: list[Master]) -> None:
    """Whichever impressions were asked for before; other numbers are other images."""
    third = list(collection.images(fingers[0], 11, 0, range(3)))[2]
    (alone,) = collection.images(collection.master(11, 0), 11, 0, range(2, 3))
    np.testing.assert_array_equal(third, alone)
    (other,) = collection.images(fingers[0], 11, 0, range(3, 4))
    assert (other != alone).mean() > 0.2


def test_an_image_is_what_a_sensor_gives(fingers: list[Master]) -> None:
    """Grey bytes of the sensor's size, light outside the contact, dark ridges and light valleys inside."""
    image = pressed(fingers[0], PLAIN)
    assert (image.dtype, image.shape) == (np.dtype(np.uint8), (PARAMETERS.height, PARAMETERS.width))
    assert min(image[:20, :20].mean(), image[-20:, -20:].mean()) > 235
    inside = image[130:240, 130:260]
    assert np.percentile(inside, 10) < 100
    assert np.percentile(inside, 90) > 180


def test_moisture_darkens(fingers: list[Master]) -> None:
    """Dry leaves less ink than plain, and plain less than wet."""
    dry, plain, wet = (pressed(fingers[0], replace(PLAIN, moisture=level)).mean() for level in (-0.8, 0.0, 0.8))
    assert dry > plain + 5 > wet + 10


def test_a_lifted_part_is_missing(fingers: list[Master]) -> None:
    """Lifted to the right (direction 0) from the middle on, the right half is background."""
    image = pressed(fingers[0], replace(PLAIN, lifted=(0.0, 0.0, 0.0)))
    assert image[100:270, 260:].mean() > 235
    assert image[100:270, 90:170].mean() < 215


def test_a_shift_moves_the_print(fingers: list[Master]) -> None:
    """40 px to the right, and the dark parts' middle moves by that."""
    columns = np.arange(PARAMETERS.width)
    middles = []
    for shift in (0.0, 40.0):
        ink = 255.0 - pressed(fingers[0], replace(PLAIN, shift=(shift, 0.0)))
        middles.append((ink * columns).sum() / ink.sum())
    assert middles[1] - middles[0] == pytest.approx(40, abs=10)


def test_the_outline_is_one() -> None:
    """On the half axes of the contact; the middle lies inside."""
    points = np.array([0.0, 120.0, -120.0, 240.0], np.float32)
    level = outside(points, np.full(4, 10.0, np.float32), PLAIN)
    np.testing.assert_allclose(level, [0, 1, 1, 2], atol=1e-5)


def test_conditions_stay_in_their_ranges() -> None:
    """Rotation is limited, moisture within -1 and 1, and some prints are partial, most whole."""
    drawn = [draw_conditions(np.random.default_rng(seed)) for seed in range(300)]
    assert max(abs(conditions.rotation) for conditions in drawn) <= PARAMETERS.rotation_limit
    assert all(-1 <= conditions.moisture <= 1 for conditions in drawn)
    assert 10 < sum(conditions.lifted is not None for conditions in drawn) < 80


def prepared(image: NDArray[np.uint8]) -> PreparedFinger:
    """The image as our engine compares it."""
    template = extract(image)
    assert not isinstance(template, Refused)
    finger = prepare(template)
    assert not isinstance(finger, Refused)
    return finger


def test_mates_match_and_strangers_do_not(fingers: list[Master]) -> None:
    """Our own engine tells two plain impressions of a finger from two of different ones."""
    turned = replace(PLAIN, rotation=0.2, shift=(15.0, -10.0), moisture=-0.2)
    probes = [prepared(pressed(finger, PLAIN, 1)) for finger in fingers]
    gallery = [prepared(pressed(finger, turned, 2)) for finger in fingers]
    scores = np.array([compare_many(probe, gallery, Mode.FULL) for probe in probes])
    strangers = scores[~np.eye(len(fingers), dtype=bool)]
    assert np.diag(scores).min() > 5 * strangers.max()
