from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from biometrics.errors import Reason, Refused
from biometrics.identification.candidates import Candidate, join_ids, split_ids
from biometrics.identification.face_search import Person, search_faces
from biometrics.identification.passes import Form, Probes, close_bounds, slack, tightened
from biometrics.identification.rotation import Rotation, derive_rotation
from biometrics.identification.rows import encode_rows
from biometrics.identification.shard import Shard
from biometrics.identification.view import GalleryView
from biometrics.identification.writer import GalleryWriter, create_gallery

Units = Callable[[int, int], NDArray[np.float64]]
EXACT = [Form.FLOAT32, Form.RESCORED]
WIDE = 128
CROWD = 3000


def lists_of(view: GalleryView, probes: NDArray[np.float64], **options: object) -> list[list[Candidate]]:
    """The candidate lists, with the score for a ratio."""
    found = search_faces(view, probes, lambda scores: scores, **options)  # type: ignore[arg-type]  # options as given
    assert not isinstance(found, Refused)
    return found


def unit_rows(count: int, seed: int) -> NDArray[np.float64]:
    """Unit vectors of the width of a real engine."""
    values = np.random.default_rng(seed).standard_normal((count, WIDE))
    return np.asarray(values / np.linalg.norm(values, axis=1, keepdims=True))


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> GalleryView:
    """Three thousand people in several shards, two of a hundred removed."""
    folder: Path = tmp_path_factory.mktemp("crowd") / "gallery"
    made = create_gallery(folder, engine="e", rotation=derive_rotation(bytes(32), 1, WIDE), capacity=1100)
    assert isinstance(made, GalleryWriter)
    with made:
        made.add(list(range(CROWD)), unit_rows(CROWD, 1))
        made.remove([person for person in range(CROWD) if person % 100 < 2])
        return made.view()


def brute_force(probes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Float64 scores of the crowd's vectors, never turned; the removed at -2."""
    scores = probes @ unit_rows(CROWD, 1).astype(np.float64).T
    scores[:, np.arange(CROWD) % 100 < 2] = -2
    return np.asarray(scores)


@pytest.mark.parametrize("probe", [np.full((1, 8), np.nan), np.zeros((1, 8)), np.full((1, 8), 1.0), np.eye(9)[:1]])
def test_bad_probes_are_refused(writer: GalleryWriter, probe: NDArray[np.float64]) -> None:
    """No score is ever made of NaN, of nothing, or of another dimension."""
    found = search_faces(writer.view(), probe, lambda scores: scores)
    assert isinstance(found, Refused)
    assert found.reason in {Reason.TEMPLATE_NUMBERS, Reason.TEMPLATE_MALFORMED}


@pytest.mark.parametrize("form", list(Form))
@pytest.mark.parametrize("person", list(Person))
def test_empty_gallery(writer: GalleryWriter, units: Units, form: Form, person: Person) -> None:
    """Nobody enrolled, nobody found."""
    assert lists_of(writer.view(), units(2, 1), form=form, person=person) == [[], []]


def test_no_probes(writer: GalleryWriter, units: Units) -> None:
    """No question, no answer."""
    writer.add([1], units(1, 1))
    assert lists_of(writer.view(), units(0, 1)) == []


@pytest.mark.parametrize("form", EXACT)
@pytest.mark.parametrize("count", [1, 7])
def test_as_brute_force_in_float64(crowd: GalleryView, form: Form, count: int) -> None:
    """The ten best people and their scores are those of a full product in float64, to the rounding of float32 rows."""
    probes = unit_rows(count, 2)
    scores = brute_force(probes)
    for found, row in zip(lists_of(crowd, probes, form=form), scores, strict=True):
        assert [candidate.id for candidate in found] == np.argsort(-row, kind="stable")[:10].tolist()
        assert max(abs(candidate.score - row[candidate.id]) for candidate in found) < 1e-7


def test_int8_alone_is_close(crowd: GalleryView) -> None:
    """Without rescoring the scores are within the loss of the int8 form, and not the exact ones."""
    probes = unit_rows(20, 3)
    exact = brute_force(probes)
    found = lists_of(crowd, probes, form=Form.INT8)
    errors = [abs(candidate.score - exact[i, candidate.id]) for i, people in enumerate(found) for candidate in people]
    assert 1e-6 < max(errors) < max(shard.largest_miss for shard in crowd.shards) < 0.02


@pytest.mark.parametrize("form", list(Form))
def test_alone_and_in_company_are_equal(crowd: GalleryView, form: Form) -> None:
    """A probe's list, to the last bit of its scores, does not depend on what is searched beside it."""
    probes = unit_rows(9, 4)
    together = lists_of(crowd, probes, form=form)
    assert [lists_of(crowd, probes[i : i + 1], form=form)[0] for i in range(9)] == together


@pytest.mark.parametrize("form", EXACT)
def test_equal_scores_rank_by_id(writer: GalleryWriter, units: Units, form: Form) -> None:
    """Among equals the lower id comes first, whatever the order of enrolment and however many there are."""
    vector = np.repeat(units(1, 1), 30, axis=0)
    ids = [(person * 7919) % 31 << 90 for person in range(30)]
    writer.add(ids, vector)
    found = lists_of(writer.view(), units(1, 2), form=form)[0]
    assert [candidate.id for candidate in found] == sorted(ids)[:10]


@pytest.mark.parametrize("form", EXACT)
def test_many_vectors_of_one_person_do_not_crowd_out_others(writer: GalleryWriter, units: Units, form: Form) -> None:
    """Forty rows of the best person still leave nine other people on the list."""
    probe = units(1, 1)
    writer.add([7] * 40, np.repeat(probe, 40, axis=0))
    writer.add(list(range(100, 112)), units(12, 2))
    found = lists_of(writer.view(), probe, form=form)[0]
    assert next(candidate.id for candidate in found) == 7
    assert len({candidate.id for candidate in found}) == 10


@pytest.mark.parametrize("person", list(Person))
def test_floor(crowd: GalleryView, person: Person) -> None:
    """Nobody below the floor is listed, everybody else is."""
    probe = unit_rows(1, 5)
    row = brute_force(probe)[0]
    found = lists_of(crowd, probe, floor=0.2, most=CROWD, person=person)[0]
    assert {candidate.id for candidate in found} == set(np.flatnonzero(row >= 0.2).tolist())
    assert found
    assert lists_of(crowd, probe, floor=1.01, person=person) == [[]]


def test_best_and_mean_differ(writer: GalleryWriter) -> None:
    """One person is best by one vector, another by the mean of two."""
    axes = np.eye(8)
    writer.add([1, 1, 2, 2], np.stack([axes[0], -axes[0], (axes[0] + axes[1]) / 2**0.5, (axes[0] + axes[2]) / 2**0.5]))
    view, probe = writer.view(), axes[:1]
    assert [c.id for c in lists_of(view, probe, person=Person.BEST)[0]] == [1, 2]
    assert [(c.id, round(c.score, 6)) for c in lists_of(view, probe, person=Person.MEAN)[0]] == [
        (2, 0.707107),
        (1, 0.0),
    ]


def test_a_view_does_not_change(writer: GalleryWriter, units: Units, later: Rotation) -> None:
    """A search running while rows are added, removed and rotated keeps its state."""
    writer.add([1, 2, 3], units(3, 1))
    view = writer.view()
    before = lists_of(view, units(2, 2))
    writer.add([4], units(1, 3))
    writer.remove([1])
    writer.rotate(later)
    assert lists_of(view, units(2, 2)) == before
    assert {c.id for c in lists_of(writer.view(), units(1, 2))[0]} == {2, 3, 4}


@pytest.mark.parametrize("form", EXACT)
def test_rotation_changes_no_list(writer: GalleryWriter, units: Units, later: Rotation, form: Form) -> None:
    """The same people with the same scores before and after an epoch, to the rounding of float32."""
    writer.add(list(range(30)), units(30, 1))
    before = lists_of(writer.view(), units(5, 2), form=form)
    writer.rotate(later)
    after = lists_of(writer.view(), units(5, 2), form=form)
    for old, new in zip(before, after, strict=True):
        assert [c.id for c in old] == [c.id for c in new]
        assert max(abs(a.score - b.score) for a, b in zip(old, new, strict=True)) < 2e-7


def test_rotation_goes_forward(writer: GalleryWriter, rotation: Rotation) -> None:
    """An epoch is never used twice."""
    with pytest.raises(ValueError, match="later"):
        writer.rotate(rotation)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), dimension=st.integers(2, 40), spread=st.floats(0, 6))
def test_bounds_hold(seed: int, dimension: int, spread: float) -> None:
    """No row scores above its bound, for any shape of vectors: dominated by few numbers, or spread evenly."""
    generator = np.random.default_rng(seed)
    values = generator.standard_normal((80, dimension)) * np.exp(-spread * generator.random(dimension))
    values /= np.linalg.norm(values, axis=1, keepdims=True)
    rows, probes = encode_rows(np.zeros((60, 2), np.uint64), values[:60]), Probes.of(values[60:])
    shard = Shard(rows, np.zeros((0, 1), np.uint8), float(rows.miss.max()))
    exact = rows.whole.astype(np.float64) @ probes.exact.T
    everyone = np.arange(60)
    for form, truth in (
        (Form.FLOAT32, exact),
        (Form.RESCORED, exact),
        (Form.INT8, rows.rounded(everyone) @ probes.exact.T),
    ):
        assert (truth <= close_bounds(shard, 0, 60, probes, form) + slack(shard, form)).all()
        for number in range(20):
            if form is not Form.FLOAT32:
                closer = tightened(rows, everyone, probes.part(number, number + 1))
                assert (truth[:, number] <= closer + slack(shard, form)).all()
                assert (closer <= truth[:, number] + slack(shard, Form.RESCORED)).all()


@given(st.lists(st.integers(0, 2**128 - 1), max_size=5))
def test_ids_go_both_ways(ids: list[int]) -> None:
    """64-bit keys and UUIDs come back as they were."""
    assert join_ids(split_ids(ids)) == ids
    assert uuid.UUID(int=join_ids(split_ids([uuid.UUID(int=3).int]))[0]) == uuid.UUID(int=3)
