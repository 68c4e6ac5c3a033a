from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from biometrics.errors import Reason, Refused
from biometrics.identification.face_search import search_faces
from biometrics.identification.narrow import (
    NarrowProbe,
    encode_tiles,
    narrow_levels,
    narrow_scores,
    narrow_values,
    tile_bytes,
)
from biometrics.identification.parameters import TILE_ROWS
from biometrics.identification.passes import Form, Probes, narrow_bounds, narrow_slack
from biometrics.identification.rotation import Rotation, derive_rotation
from biometrics.identification.row_search import Hits, search_rows
from biometrics.identification.rows import encode_rows
from biometrics.identification.shard import Shard
from biometrics.identification.view import GalleryView, open_view
from biometrics.identification.writer import GalleryWriter, create_gallery, open_writer
from tests.unit.biometrics.identification.faulty_disk import FaultyDisk, Loss, PowerLossError

Floats = NDArray[np.float64]
WIDE = 16
BEGUN = 300


def shaped(count: int, dimension: int, spread: float, seed: int) -> Floats:
    """Unit vectors dominated by few numbers (large `spread`) or spread evenly (0)."""
    generator = np.random.default_rng(seed)
    values = generator.standard_normal((count, dimension)) * np.exp(-spread * generator.random(dimension))
    return np.asarray(values / np.linalg.norm(values, axis=1, keepdims=True))


def crowded(seed: int) -> Floats:
    """Rows as unkind to a search as they come: copies, near copies and opposites of a few, and strangers."""
    generator = np.random.default_rng(seed)
    few = shaped(8, WIDE, 0, seed)
    copies = np.repeat(few, 60, axis=0)
    near = np.repeat(few, 120, axis=0) + generator.standard_normal((960, WIDE)) * 1e-4
    values = np.concatenate([copies, near, -few, shaped(TILE_ROWS + BEGUN - 1448, WIDE, 1, seed + 1)])
    values = values / np.linalg.norm(values, axis=1, keepdims=True)
    return np.asarray(generator.permutation(values))


def filled(folder: Path, rotation: Rotation, vectors: Floats, parts: int = 1) -> GalleryView:
    """A gallery of these vectors, person by row, added in so many goes."""
    made = create_gallery(folder, engine="e", rotation=rotation, capacity=2 * TILE_ROWS)
    assert isinstance(made, GalleryWriter)
    with made:
        for rows in np.array_split(np.arange(len(vectors)), parts):
            assert made.add(rows.tolist(), vectors[rows]) is None
    view = open_view(folder, engine="e", rotation=rotation)
    assert isinstance(view, GalleryView)
    return view


@pytest.fixture(scope="module")
def turn() -> Rotation:
    """Some epoch's."""
    return derive_rotation(bytes(32), 1, WIDE)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), dimension=st.integers(2, 160), spread=st.floats(0, 8))
def test_no_row_scores_above_its_narrow_bound(seed: int, dimension: int, spread: float) -> None:
    """For any shape of vectors, for the probe itself in the gallery, and for its opposite."""
    values = shaped(TILE_ROWS, dimension, spread, seed)
    probe = shaped(1, dimension, spread / 2, seed + 1)
    values[:2] = np.concatenate([probe, -probe])
    rows = encode_rows(np.zeros((TILE_ROWS, 2), np.uint64), values)
    shard = Shard(rows, encode_tiles(narrow_levels(rows.whole)), float(rows.miss.max()))
    bounds = narrow_bounds(shard, 0, TILE_ROWS, Probes.of(probe))
    everyone = np.arange(TILE_ROWS)
    for form, truth in (
        (Form.RESCORED, rows.whole.astype(np.float64) @ probe[0]),
        (Form.INT8, rows.rounded(everyone) @ probe[0]),
    ):
        assert (truth <= bounds + narrow_slack(shard, form)).all()


@pytest.mark.parametrize("dimension", [2, 31, 128, 512])
def test_two_rows_of_one_float_are_told_apart(dimension: int) -> None:
    """Scores are the products of rounded probe and narrow rows; only those of less than -0.3 may seem higher."""
    levels = narrow_levels(shaped(2 * TILE_ROWS, dimension, 0, 1))
    exact = shaped(1, dimension, 0, 2)[0]
    probe = NarrowProbe.of(exact)
    truth = narrow_values(levels) @ (probe.numbers[0].astype(np.float64) * probe.grain)
    scores = narrow_scores(encode_tiles(levels), probe)
    common = truth > -0.3
    assert common.mean() > 0.5
    # One unit in the place of the upper row is the most that a lower one can take.
    unit = probe.grain / dimension**0.5
    assert np.abs(scores[common] - truth[common]).max() < unit
    assert (scores >= truth - 1e-6).all()


@pytest.mark.parametrize("spread", [0, 3, 8])
def test_narrow_rows_are_never_longer_than_promised(spread: float) -> None:
    """The room between two rows depends on it, for vectors as long as any that is accepted."""
    for dimension in (2, 3, 8, 128):
        vectors = shaped(3000, dimension, spread, 5) * 1.001
        vectors[0] = 1.001 / dimension**0.5
        assert np.linalg.norm(narrow_values(narrow_levels(vectors)), axis=1).max() <= 1.03


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_copies_and_clusters_are_found_as_by_brute_force(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    """Among copies and near copies the rows, scores and order are those of all products in float64."""
    turn = derive_rotation(bytes(32), 1, WIDE)
    vectors = crowded(seed)
    view = filled(tmp_path_factory.mktemp("crowded") / "gallery", turn, vectors)
    assert [len(shard.tiles) for shard in view.shards] == [1]
    for probe in (vectors[seed % len(vectors)], shaped(1, WIDE, 0, seed)[0]):
        turned = turn.turn(probe[None])
        scores = (view.shards[0].rows.whole.astype(np.float64) * turned).sum(axis=1)
        truth = np.lexsort((np.arange(len(scores)), -scores))[:20]
        found: Hits = search_rows(view, turned, 20, form=Form.RESCORED)[0]
        assert found.rows.tolist() == truth.tolist()
        assert found.scores.tolist() == scores[truth].tolist()


def test_removed_rows_of_a_tile_are_not_found(tmp_path: Path, turn: Rotation) -> None:
    """What is removed is not found through its tile, and the others still are."""
    vectors = shaped(TILE_ROWS + 5, WIDE, 0, 3)
    filled(tmp_path / "gallery", turn, vectors)
    writer = open_writer(tmp_path / "gallery", engine="e", rotation=turn)
    assert isinstance(writer, GalleryWriter)
    with writer:
        writer.remove([7, TILE_ROWS + 1])
        for gone in (7, TILE_ROWS + 1):
            lists = search_faces(writer.view(), vectors[gone][None], lambda scores: scores)
            assert not isinstance(lists, Refused)
            assert len(lists[0]) == 10
            assert gone not in {candidate.id for candidate in lists[0]}


@pytest.mark.parametrize("parts", [2, 7, 41])
def test_tiles_do_not_depend_on_how_rows_came(tmp_path: Path, turn: Rotation, parts: int) -> None:
    """One row at a time or all at once: the same tiles, the same checksums."""
    vectors = shaped(2 * TILE_ROWS + BEGUN, WIDE, 0, 4)
    once, often = filled(tmp_path / "a", turn, vectors), filled(tmp_path / "b", turn, vectors, parts)
    assert [len(shard.tiles) for shard in often.shards] == [2, 0]
    for one, other in zip(once.shards, often.shards, strict=True):
        assert one.tiles.tobytes() == other.tiles.tobytes()
        assert one.tiles.shape[1] == tile_bytes(WIDE)
    assert once.manifest.shards == often.manifest.shards


def test_a_damaged_tile_is_refused(tmp_path: Path, turn: Rotation) -> None:
    """One changed bit of a tile is found when rows are checked."""
    view = filled(tmp_path / "gallery", turn, shaped(TILE_ROWS, WIDE, 0, 6))
    path = view.manifest.shard_path(tmp_path / "gallery", 0)
    content = bytearray(path.read_bytes())
    content[content.index(view.shards[0].tiles.tobytes()) + 9] ^= 1
    path.write_bytes(content)
    found = open_view(tmp_path / "gallery", engine="e", rotation=turn)
    assert isinstance(found, Refused)
    assert found.reason is Reason.GALLERY_MALFORMED


@pytest.mark.parametrize("loss", list(Loss))
def test_a_crash_while_a_tile_is_written(tmp_path: Path, turn: Rotation, loss: Loss) -> None:
    """The row that fills a tile is there with its tile, or neither is; the next try succeeds."""
    vectors = shaped(TILE_ROWS, WIDE, 0, 7)
    generator = np.random.default_rng(1)
    filled(tmp_path / "gallery", turn, vectors[:-1])
    for limit in range(100):
        disk = FaultyDisk(limit, loss, generator)
        writer = open_writer(tmp_path / "gallery", engine="e", rotation=turn, disk=disk)
        assert isinstance(writer, GalleryWriter)
        with writer:
            try:
                writer.add([TILE_ROWS - 1], vectors[-1:])
            except PowerLossError:
                disk.lose()
        view = open_view(tmp_path / "gallery", engine="e", rotation=turn)
        assert isinstance(view, GalleryView)
        assert (len(view), len(view.shards[0].tiles)) in {(TILE_ROWS - 1, 0), (TILE_ROWS, 1)}
        if len(view) == TILE_ROWS:
            break
    assert limit > 3
    assert isinstance(view, GalleryView)
    expected = encode_tiles(narrow_levels(view.shards[0].rows.whole))
    assert view.shards[0].tiles.tobytes() == expected.tobytes()


def test_a_new_epoch_makes_new_tiles(tmp_path: Path, turn: Rotation) -> None:
    """Tiles are turned with the rows, and no probe of the old epoch is answered."""
    vectors = shaped(TILE_ROWS, WIDE, 0, 8)
    old = filled(tmp_path / "gallery", turn, vectors)
    later = derive_rotation(bytes(32), 2, WIDE)
    writer = open_writer(tmp_path / "gallery", engine="e", rotation=turn)
    assert isinstance(writer, GalleryWriter)
    with writer:
        writer.rotate(later)
        new = writer.view()
    assert new.shards[0].tiles.tobytes() != old.shards[0].tiles.tobytes()
    stale = open_view(tmp_path / "gallery", engine="e", rotation=turn)
    assert isinstance(stale, Refused)
    assert stale.reason is Reason.GALLERY_ROTATION
    before, after = (search_rows(view, view.rotation.turn(vectors[:1]), 10, form=Form.RESCORED) for view in (old, new))
    assert before[0].ids.tolist() == after[0].ids.tolist()
