"""Made-up fingers: minutiae strewn at random on a whorl of ridges, and other impressions of the same finger."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from biometrics.errors import Refused
from biometrics.fingerprint.prepared import PreparedFinger, prepare
from biometrics.fingerprint.template import CELL, ENGINE, FingerTemplate

SIDE = 400


def _whorl(middle: complex) -> tuple[NDArray[np.float32], NDArray[np.bool_], NDArray[np.int8]]:
    """Orientation grid, mask and half-size ridges of circles around `middle`, x + iy in pixels, y down."""
    rows, columns = np.mgrid[0 : SIDE // CELL, 0 : SIDE // CELL]
    away = (columns + 0.5) * CELL - middle.real - 1j * ((rows + 0.5) * CELL - middle.imag)
    # Ridges run square to the radius: a quarter turn, doubled, is a change of sign.
    double = -((away / np.maximum(np.abs(away), 1)) ** 2)
    mask = np.abs(away) < SIDE * 0.42
    rows, columns = np.mgrid[0 : SIDE // 2, 0 : SIDE // 2]
    radius = np.abs(2 * columns - middle.real + 1j * (2 * rows - middle.imag))
    ridges = np.where(radius < SIDE * 0.42, 100 * np.cos(radius * (2 * np.pi / 9)), 0)
    return np.stack([double.real, double.imag], axis=-1).astype(np.float32), mask, ridges.astype(np.int8)


def make(rng: np.random.Generator, count: int = 45) -> FingerTemplate:
    """One stranger's finger."""
    radius = np.sqrt(rng.uniform(0.02, 1, count)) * SIDE * 0.38
    away = radius * np.exp(1j * rng.uniform(0, 2 * np.pi, count))
    # Minutiae lie along their ridges, one way or the other.
    angle = np.angle(away) + np.pi / 2 + np.pi * rng.integers(0, 2, count) + rng.normal(0, 0.1, count)
    orientation, mask, ridges = _whorl(complex(SIDE / 2, SIDE / 2))
    return FingerTemplate(
        engine=ENGINE,
        width=SIDE,
        height=SIDE,
        x=(SIDE / 2 + away.real).astype(np.float32),
        y=(SIDE / 2 - away.imag).astype(np.float32),
        angle=np.mod(angle, 2 * np.pi).astype(np.float32),
        quality=np.sort(rng.uniform(0.4, 1, count))[::-1].astype(np.float32),
        kind=np.ones(count, np.uint8),
        orientation=orientation,
        mask=mask,
        ridges=ridges,
    )


def vary(
    finger: FingerTemplate, rng: np.random.Generator, *, turn: float = 0.0, drop: float = 0.2, jitter: float = 1.5
) -> FingerTemplate:
    """Another impression: turned (radians), shifted a little, minutiae lost and shaken (pixels)."""
    shift = complex(8, -6)
    away = (finger.x - SIDE / 2 - 1j * (finger.y - SIDE / 2)) * np.exp(1j * turn)
    away = away + rng.normal(0, jitter, len(away)) + 1j * rng.normal(0, jitter, len(away))
    kept = rng.random(len(away)) >= drop
    orientation, mask, ridges = _whorl(complex(SIDE / 2, SIDE / 2) + shift)
    return replace(
        finger,
        x=np.clip(SIDE / 2 + away.real + shift.real, 0, SIDE)[kept].astype(np.float32),
        y=np.clip(SIDE / 2 - away.imag + shift.imag, 0, SIDE)[kept].astype(np.float32),
        angle=np.mod(finger.angle + turn, 2 * np.pi)[kept].astype(np.float32),
        quality=finger.quality[kept],
        kind=finger.kind[kept],
        orientation=orientation,
        mask=mask,
        ridges=ridges,
    )


def ready(template: FingerTemplate) -> PreparedFinger:
    """A template that must not be refused."""
    prepared = prepare(template)
    assert not isinstance(prepared, Refused), prepared
    return prepared


@pytest.fixture
def rng() -> np.random.Generator:
    """One seed for all."""
    return np.random.default_rng(20_02)


@pytest.fixture
def finger(rng: np.random.Generator) -> FingerTemplate:
    """A stranger."""
    return make(rng)


@pytest.fixture
def made() -> Callable[..., FingerTemplate]:
    """The maker of strangers: `made(rng, count)`."""
    return make


@pytest.fixture
def varied() -> Callable[..., FingerTemplate]:
    """The maker of further impressions: `varied(finger, rng, turn=, drop=, jitter=)`."""
    return vary


@pytest.fixture
def prepared() -> Callable[[FingerTemplate], PreparedFinger]:
    """Preparation that must succeed."""
    return ready
