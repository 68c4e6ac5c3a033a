"""Numbered fingers: the same seed and number are the same finger, whichever others were asked for before."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from biometrics.fingerprint.template import FingerTemplate
from biometrics.synthetic.impression import press
from biometrics.synthetic.master import Master, draw_master
from biometrics.synthetic.minutiae import draw_minutiae, impress
from biometrics.synthetic.parameters import PARAMETERS, SyntheticParameters

__all__ = ["images", "master", "templates"]

# Streams of randomness of one finger: the finger itself, and its impressions, in images and in minutiae.
IMAGE_FINGER, IMAGE, MINUTIAE_FINGER, MINUTIAE = range(4)


def master(seed: int, finger: int, parameters: SyntheticParameters = PARAMETERS) -> Master:
    """The master print of finger number `finger` (from 0)."""
    return draw_master(np.random.default_rng([seed, finger, IMAGE_FINGER]), parameters=parameters)


def images(
    drawn: Master, seed: int, finger: int, impressions: range, parameters: SyntheticParameters = PARAMETERS
) -> Iterator[NDArray[np.uint8]]:
    """Impressions with these numbers of `drawn`, which is `master(seed, finger)`: grey, 500 ppi, (height, width)."""
    for impression in impressions:
        yield press(drawn, np.random.default_rng([seed, finger, IMAGE, impression]), parameters=parameters)


def templates(
    seed: int, finger: int, impressions: range, parameters: SyntheticParameters = PARAMETERS
) -> Iterator[FingerTemplate]:
    """Impressions with these numbers as templates without ridges. Not the fingers of `images`: another population."""
    drawn = draw_minutiae(np.random.default_rng([seed, finger, MINUTIAE_FINGER]), parameters=parameters)
    for impression in impressions:
        generator = np.random.default_rng([seed, finger, MINUTIAE, impression])
        yield impress(drawn, generator, parameters=parameters)
