"""Fingers of minutiae alone: natural figures, sound templates, and the same again from the same seed."""

from __future__ import annotations

import numpy as np
import pytest

from biometrics.errors import Refused
from biometrics.fingerprint.matcher import Mode, compare_many
from biometrics.fingerprint.prepared import PreparedFinger, prepare
from biometrics.fingerprint.template import CELL, ENGINE, FingerTemplate
from biometrics.synthetic import collection
from biometrics.synthetic.conditions import draw_conditions
from biometrics.synthetic.minutiae import _Skin, draw_minutiae
from biometrics.synthetic.parameters import PARAMETERS

SQUARE_MM = (500 / 25.4) ** 2


@pytest.fixture(scope="module")
def population() -> list[list[FingerTemplate]]:
    """Two impressions of each of 20 fingers."""
    return [list(collection.templates(5, finger, range(2))) for finger in range(20)]


def test_the_same_numbers_are_the_same_template(population: list[list[FingerTemplate]]) -> None:
    """Whichever impressions were asked for before; the next finger is another."""
    (again,) = collection.templates(5, 7, range(1, 2))
    np.testing.assert_array_equal(again.x, population[7][1].x)
    np.testing.assert_array_equal(again.angle, population[7][1].angle)
    assert len(population[8][1]) != len(again) or not np.array_equal(population[8][1].x, again.x)


def test_templates_are_sound(population: list[list[FingerTemplate]]) -> None:
    """Types, shapes and ranges as the engine's templates have them."""
    for template in (one for finger in population for one in finger):
        count = len(template)
        assert template.engine == ENGINE
        for column in (template.x, template.y, template.angle, template.quality):
            assert (column.dtype, column.shape) == (np.dtype(np.float32), (count,))
        assert (template.kind.dtype, template.kind.shape) == (np.dtype(np.uint8), (count,))
        assert set(template.kind) <= {1, 2}
        assert ((template.x >= 0) & (template.x < template.width)).all()
        assert ((template.y >= 0) & (template.y < template.height)).all()
        assert ((template.angle >= 0) & (template.angle < 2 * np.pi)).all()
        assert (np.diff(template.quality) <= 0).all()
        assert template.orientation is not None
        assert template.orientation.shape == (*template.mask.shape, 2)
        assert template.mask.shape == (-(-template.height // CELL), -(-template.width // CELL))


def test_minutiae_are_as_dense_as_in_prints(population: list[list[FingerTemplate]]) -> None:
    """0.12 to 0.22 in a square millimetre; DB1 of FVC2002 has 0.16 with our extraction."""
    density = [len(one) / (one.mask.sum() * CELL**2 / SQUARE_MM) for finger in population for one in finger]
    assert 0.12 < np.mean(density) < 0.22


def test_minutiae_run_along_the_ridges(population: list[list[FingerTemplate]]) -> None:
    """Their angles agree with the orientation of their cell, up to half a turn."""
    agreement = []
    for template in (one for finger in population for one in finger):
        assert template.orientation is not None
        cell = template.orientation[(template.y / CELL).astype(int), (template.x / CELL).astype(int)]
        agreement.append(np.cos(2 * template.angle) * cell[:, 0] + np.sin(2 * template.angle) * cell[:, 1])
    assert np.concatenate(agreement).mean() > 0.8


def test_the_way_to_the_sensor_leads_back() -> None:
    """From master to sensor and back within a tenth of a pixel, under 20 drawn conditions."""
    generator = np.random.default_rng(2)
    drawn = draw_minutiae(generator)
    for _ in range(20):
        skin = _Skin(draw_conditions(generator), PARAMETERS, generator)
        x, y = skin.to_master(*skin.to_sensor(drawn.x, drawn.y))
        assert max(np.abs(x - drawn.x).max(), np.abs(y - drawn.y).max()) < 0.1


def test_mates_match_and_strangers_do_not(population: list[list[FingerTemplate]]) -> None:
    """Our engine gives nine in ten mates more than any stranger."""
    fingers: list[list[PreparedFinger]] = []
    for pair in population:
        made = [prepare(one) for one in pair]
        fingers.append([one for one in made if not isinstance(one, Refused)])
    gallery = [second for _, second in fingers]
    scores = np.array([compare_many(first, gallery, Mode.FULL) for first, _ in fingers])
    mated = np.eye(len(fingers), dtype=bool)
    assert np.mean(scores[mated] > scores[~mated].max()) >= 0.9
