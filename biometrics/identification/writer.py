"""The one writer of a face gallery: create, add, remove, compact, rotate; each committed as a whole or not at all."""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Collection, Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import IO, Self
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from biometrics.errors import Reason, Refused
from biometrics.identification.candidates import Ids, split_ids
from biometrics.identification.disk import Disk
from biometrics.identification.manifest import Extent, Manifest, commit, read_manifest
from biometrics.identification.parameters import CAPACITY, UNIT_TOLERANCE, WRITE_ROWS
from biometrics.identification.rotation import Rotation
from biometrics.identification.rows import Rows, encode_rows
from biometrics.identification.shard import create_shard, empty_extent, write_rows
from biometrics.identification.view import GalleryView, open_view

__all__ = ["GalleryWriter", "create_gallery", "open_writer", "unit_fault"]

_NO_ROWS = Extent(0, (0,))
_ENGINE_BYTES = 64


def unit_fault(vectors: NDArray[np.floating], dimension: int) -> Refused | None:
    """None for finite unit vectors (n, dimension); otherwise TEMPLATE_MALFORMED or TEMPLATE_NUMBERS."""
    if vectors.ndim != 2 or vectors.shape[1] != dimension:
        return Refused(Reason.TEMPLATE_MALFORMED, f"shape {vectors.shape}, dimension {dimension}")
    # NaN and infinity make the comparison false.
    if not (np.abs(np.linalg.norm(vectors.astype(np.float64), axis=1) - 1) <= UNIT_TOLERANCE).all():
        return Refused(Reason.TEMPLATE_NUMBERS, "not finite, or not of length one")
    return None


class GalleryWriter:
    """Holds the gallery's lock until closed. After an exception (a full disk) it must be closed and opened anew.

    Vectors are turned by the epoch's rotation before they are written: no file ever holds them as the engine made
    them. Removed rows leave the medium with the next `compact` or `rotate`.
    """

    def __init__(self, folder: Path, manifest: Manifest, rotation: Rotation, lock: IO[bytes], disk: Disk) -> None:
        """For `create_gallery` and `open_writer`."""
        self._folder, self._manifest, self._rotation, self._lock, self._disk = folder, manifest, rotation, lock, disk

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Give the lock back."""
        self._lock.close()

    def view(self) -> GalleryView:
        """The committed state, to search it. Raises `RuntimeError` when somebody damaged the files meanwhile."""
        view = open_view(self._folder, engine=self._manifest.engine, rotation=self._rotation, check=False)
        if isinstance(view, Refused):
            message = f"{view.reason}: {view.detail}"
            raise RuntimeError(message)  # noqa: TRY004  # a state of the files, not a wrong type
        return view

    def add(self, ids: Sequence[int] | Ids, vectors: NDArray[np.floating]) -> Refused | None:
        """Add unit vectors (n, dimension), one id each; several vectors of one person share the id.

        `ids` are numbers below 2**128, or uint64 (n, 2). Refuses as `unit_fault`; then nothing is added. Raises
        `ValueError` when there are not as many ids as vectors.
        """
        wrong = unit_fault(vectors, self._manifest.dimension)
        if wrong is not None:
            return wrong
        halves = ids if isinstance(ids, np.ndarray) else split_ids(ids)
        if halves.shape != (len(vectors), 2):
            raise ValueError(f"{len(halves)} ids for {len(vectors)} vectors")
        draft = self._manifest
        for start in range(0, len(vectors), WRITE_ROWS):
            part = slice(start, start + WRITE_ROWS)
            draft = self._append(draft, encode_rows(halves[part], self._rotation.apply(vectors[part])))
        if draft is not self._manifest:
            self._commit(draft)
        return None

    def remove(self, ids: Collection[int]) -> int:
        """Remove all rows of these people; returns how many rows that were. Unknown ids are passed over."""
        view, capacity = self.view(), self._manifest.capacity
        found = [view.rows_of(number, ids) + number * capacity for number in range(len(view.shards))]
        rows = np.concatenate([np.zeros(0, np.int64), *found])
        if not len(rows):
            return 0
        self._commit(replace(self._manifest, removed=self._list_removed(self._manifest, rows)))
        return len(rows)

    def compact(self) -> None:
        """Write the gallery anew without its removed rows. The others keep their bytes and their order."""
        self._rewrite(lambda rows: rows, self._rotation)

    def rotate(self, new: Rotation) -> None:
        """Write the gallery anew under the rotation of another epoch, without removed rows.

        One product takes rows from the old turn to the new one, in float64; each rotation rounds a number by at most
        half a unit of float32's last place. Views of the old epoch stay usable until they are dropped. Raises
        `ValueError` for another dimension or an epoch that is not later.
        """
        if new.dimension != self._manifest.dimension or new.epoch <= self._manifest.epoch:
            raise ValueError("rotate into a later epoch of the same dimension")
        turn = self._rotation.then(new)
        self._rewrite(lambda rows: encode_rows(rows.ids, rows.whole.astype(np.float64) @ turn), new)

    def _append(self, draft: Manifest, rows: Rows) -> Manifest:
        """Write rows behind those of `draft`; what it returns is not committed."""
        while len(rows):
            shards = draft.shards
            if not shards or shards[-1].count == draft.capacity:
                create_shard(self._folder, draft, len(shards), self._disk)
                shards = (*shards, empty_extent(draft.dimension))
            number, last = len(shards) - 1, shards[-1]
            room = draft.capacity - last.count
            path = draft.shard_path(self._folder, number)
            grown = write_rows(path, draft, last, rows.part(0, room), self._disk)
            draft = replace(draft, shards=(*shards[:-1], grown))
            rows = rows.part(room, len(rows))
        return draft

    def _list_removed(self, draft: Manifest, rows: NDArray[np.int64]) -> Extent:
        content = rows.astype("<i8").tobytes()
        path = draft.removed_path(self._folder)
        self._disk.write(path, 8 * draft.removed.count, content)
        self._disk.sync(path)
        return Extent(draft.removed.count + len(rows), (crc32(content, draft.removed.checksums[0]),))

    def _rewrite(self, change: Callable[[Rows], Rows], rotation: Rotation) -> None:
        view, old = self.view(), self._manifest
        draft = replace(
            old,
            epoch=rotation.epoch,
            check=rotation.check,
            generation=old.generation + 1,
            shards=(),
            removed=_NO_ROWS,
        )
        self._disk.create(draft.removed_path(self._folder), 0)
        for number, shard in enumerate(view.shards):
            alive = view.alive_in(number)
            for start in range(0, len(alive), WRITE_ROWS):
                kept = alive[start : start + WRITE_ROWS]
                taken = Rows(*(values[kept] for _, values in shard.rows.named()))  # type: ignore[arg-type]  # in field order
                draft = self._append(draft, change(taken))
        self._commit(draft)
        self._rotation = rotation
        for path in old.paths(self._folder) - draft.paths(self._folder):
            self._disk.remove(path)

    def _commit(self, draft: Manifest) -> None:
        manifest = replace(draft, sequence=self._manifest.sequence + 1)
        commit(self._folder, manifest, self._disk)
        self._manifest = manifest


def create_gallery(
    folder: Path, *, engine: str, rotation: Rotation, capacity: int = CAPACITY, disk: Disk | None = None
) -> GalleryWriter | Refused:
    """Make an empty gallery in a folder, which is made if need be; refuses with GALLERY_EXISTS and GALLERY_BUSY.

    `engine` names the extractor and its version (1 to 64 bytes); rows and probes of another are never compared.
    `capacity` is the number of rows a shard file has room for. Raises `ValueError` for values out of range.
    """
    if not 0 < len(engine.encode()) <= _ENGINE_BYTES or "\0" in engine or capacity < 1:
        raise ValueError("engine's name of 1 to 64 bytes, capacity of at least 1")
    disk = disk or Disk()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    manifest = Manifest(
        engine=engine,
        epoch=rotation.epoch,
        check=rotation.check,
        dimension=rotation.dimension,
        capacity=capacity,
        sequence=0,
        generation=0,
        shards=(),
        removed=_NO_ROWS,
    )
    lock = _locked(folder)
    if isinstance(lock, Refused):
        return lock
    with ExitStack() as unless_made:
        unless_made.callback(lock.close)
        found = read_manifest(folder)
        if not isinstance(found, Refused) or found.reason is not Reason.GALLERY_MISSING:
            return Refused(Reason.GALLERY_EXISTS, str(folder))
        disk.create(manifest.removed_path(folder), 0)
        commit(folder, manifest, disk)
        unless_made.pop_all()
    return GalleryWriter(folder, manifest, rotation, lock, disk)


def open_writer(
    folder: Path, *, engine: str, rotation: Rotation, disk: Disk | None = None, check: bool = True
) -> GalleryWriter | Refused:
    """Open a gallery for changes; removes what a change that was not committed left behind.

    Refuses as `open_view` does, and with GALLERY_BUSY while another writer holds it.
    """
    if not folder.is_dir():
        return Refused(Reason.GALLERY_MISSING, "no folder")
    lock = _locked(folder)
    if isinstance(lock, Refused):
        return lock
    disk = disk or Disk()
    with ExitStack() as unless_opened:
        unless_opened.callback(lock.close)
        view = open_view(folder, engine=engine, rotation=rotation, check=check)
        if isinstance(view, Refused):
            return view
        left = {path for pattern in ("rows-*", "removed-*", "MANIFEST.*") for path in folder.glob(pattern)}
        for path in left - view.manifest.paths(folder):
            disk.remove(path)
        unless_opened.pop_all()
    return GalleryWriter(folder, view.manifest, rotation, lock, disk)


def _locked(folder: Path) -> IO[bytes] | Refused:
    lock = (folder / "LOCK").open("ab")
    with suppress(BlockingIOError):
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return lock
    lock.close()
    return Refused(Reason.GALLERY_BUSY, "another writer holds it")
