"""The face part of the identification bench: recall against brute force, CPU per probe, memory, growth."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from biometrics.errors import Refused
from biometrics.identification.face_search import Person, search_faces
from biometrics.identification.narrow import tile_bytes
from biometrics.identification.parameters import TILE_ROWS
from biometrics.identification.passes import Form
from biometrics.identification.rotation import derive_rotation
from biometrics.identification.rows import planes
from biometrics.identification.view import GalleryView, open_view
from biometrics.identification.writer import create_gallery

DIMENSION = 128
ENGINE = "bench-face"
TOP = 10
PROBES = 64
_CHUNK = 50_000
# A probe of a person in the gallery: cosine to the enrolled vector about 0.6.
_NOISE = 1.3 / np.sqrt(DIMENSION)


@dataclass(frozen=True, slots=True)
class FaceFigures:
    rows: int
    build_seconds: float
    file_bytes: int
    open_seconds: float
    read_gigabytes: float
    recall: dict[Form, float]
    score_error: dict[Form, float]
    single_ms: dict[Form, float]
    batch_ms: dict[Form, float]
    mean_ms: float
    read_bytes: dict[Form, int]
    private_bytes: int


def chunks(rows: int, seed: int) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """Unit vectors in pieces, the same for the same seed."""
    generator = np.random.default_rng(seed)
    for start in range(0, rows, _CHUNK):
        values = generator.standard_normal((min(_CHUNK, rows - start), DIMENSION), dtype=np.float32)
        yield start, values / np.linalg.norm(values, axis=1, keepdims=True)


def probes_of(rows: int, seed: int) -> NDArray[np.float64]:
    """Half of people in the gallery, half of strangers."""
    generator = np.random.default_rng([seed, 1])
    first = next(chunks(rows, seed))[1][: PROBES // 2].astype(np.float64)
    mated = first + generator.standard_normal(first.shape) * _NOISE
    values = np.concatenate([mated, generator.standard_normal((PROBES - len(mated), DIMENSION))])
    return np.asarray(values / np.linalg.norm(values, axis=1, keepdims=True))


def brute_force(rows: int, seed: int, probes: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Ids and scores of the best by float64 products with the vectors as they came, unturned."""
    scores = np.zeros((len(probes), 0))
    ids = np.zeros((len(probes), 0), np.int64)
    for start, values in chunks(rows, seed):
        part = probes @ values.T.astype(np.float64)
        numbers = np.broadcast_to(np.arange(start, start + len(values)), part.shape)
        scores, ids = np.concatenate([scores, part], axis=1), np.concatenate([ids, numbers], axis=1)
        order = np.lexsort((ids, -scores), axis=1)[:, :TOP]
        scores, ids = np.take_along_axis(scores, order, axis=1), np.take_along_axis(ids, order, axis=1)
    return ids, scores


def cpu(work: Callable[[], object], repeats: int) -> float:
    """Median CPU milliseconds; process time, since other programs run beside."""
    work()
    spent = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        spent.append(time.process_time() - start)
    return float(np.median(spent)) * 1e3


def private_bytes() -> int:
    """Memory of this process that is its own: without mapped files, which all processes share."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("RssAnon"))) * 1024


def read_bytes(rows: int) -> dict[Form, int]:
    """What a search with one probe reads of all rows: planes of the files."""
    each = {plane.name: plane.row_bytes for plane in planes(DIMENSION)}
    narrow = each["loss"] + tile_bytes(DIMENSION) // TILE_ROWS
    return {Form.FLOAT32: rows * each["whole"], Form.INT8: rows * narrow, Form.RESCORED: rows * narrow}


def build(folder: Path, rows: int, seed: int) -> float:
    rotation = derive_rotation(bytes(range(32)), 1, DIMENSION)
    start = time.process_time()
    writer = create_gallery(folder, engine=ENGINE, rotation=rotation)
    if isinstance(writer, Refused):
        raise SystemExit(str(writer))
    with writer:
        for first, values in chunks(rows, seed):
            halves = np.zeros((len(values), 2), np.uint64)
            halves[:, 1] = np.arange(first, first + len(values))
            writer.add(halves, values)
    return time.process_time() - start


def opened(folder: Path, *, check: bool = False) -> GalleryView:
    view = open_view(folder, engine=ENGINE, rotation=derive_rotation(bytes(range(32)), 1, DIMENSION), check=check)
    if isinstance(view, Refused):
        raise SystemExit(str(view))
    return view


def found(view: GalleryView, probes: NDArray[np.float64], form: Form) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    lists = search_faces(view, probes, lambda scores: scores, most=TOP, form=form)
    if isinstance(lists, Refused):
        raise SystemExit(str(lists))
    ids = np.array([[candidate.id for candidate in people] for people in lists], np.int64)
    return ids, np.array([[candidate.score for candidate in people] for people in lists])


def single_ms(view: GalleryView, probes: NDArray[np.float64], form: Form, repeats: int) -> float:
    """Median CPU of a search with one probe, over different probes."""
    turn = iter(range(10**6))

    def search() -> None:
        number = next(turn) % PROBES
        found(view, probes[number : number + 1], form)

    return cpu(search, repeats)


def batch_ms(view: GalleryView, probes: NDArray[np.float64], form: Form, repeats: int) -> float:
    """Median CPU of a search with all probes, for each of them."""

    def search() -> None:
        found(view, probes, form)

    return cpu(search, repeats) / PROBES


def measure_faces(folder: Path, rows: int, *, seed: int = 1, repeats: int = 9) -> FaceFigures:
    build_seconds = build(folder, rows, seed)
    probes = probes_of(rows, seed)
    truth, best = brute_force(rows, seed, probes)
    start = time.process_time()
    opened(folder, check=True)
    open_seconds = time.process_time() - start
    view = opened(folder)
    recall, error, single, batch = {}, {}, {}, {}
    for form in Form:
        ids, scores = found(view, probes, form)
        hits = [len(set(a) & set(b)) for a, b in zip(ids.tolist(), truth.tolist(), strict=True)]
        recall[form] = sum(hits) / truth.size
        error[form] = float(np.abs(scores - best).max())
        single[form] = single_ms(view, probes, form, 3 * repeats)
        batch[form] = batch_ms(view, probes, form, max(2, repeats // 3))
    whole = [shard.rows.whole for shard in view.shards]
    mean = cpu(lambda: search_faces(view, probes[:8], lambda scores: scores, person=Person.MEAN), 2) / 8
    return FaceFigures(
        rows=rows,
        build_seconds=build_seconds,
        file_bytes=sum(path.stat().st_blocks * 512 for path in folder.iterdir()),
        open_seconds=open_seconds,
        read_gigabytes=rows * DIMENSION * 4 / cpu(lambda: [part.max() for part in whole], repeats) / 1e6,
        recall=recall,
        score_error=error,
        single_ms=single,
        batch_ms=batch,
        mean_ms=mean,
        read_bytes=read_bytes(rows),
        private_bytes=private_bytes(),
    )
