"""A committed state of a face gallery, mapped read-only: what searches read. Any number of processes may hold one."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from biometrics.errors import Reason, Refused
from biometrics.identification.candidates import Ids, belonging
from biometrics.identification.manifest import Manifest, read_manifest
from biometrics.identification.parameters import REOPEN
from biometrics.identification.rotation import Rotation
from biometrics.identification.shard import Shard, open_shard

__all__ = ["GalleryView", "mismatch", "open_view"]


@dataclass(frozen=True, slots=True, eq=False)
class GalleryView:
    """Rows are numbered shard by shard, `manifest.capacity` to each.

    `dead` holds the numbers of removed rows, int64, rising. The view stays as it is while the gallery changes;
    `refreshed` gives the state of now.
    """

    folder: Path
    manifest: Manifest
    rotation: Rotation
    shards: tuple[Shard, ...]
    dead: NDArray[np.int64]

    def __len__(self) -> int:
        """Rows that count and are not removed."""
        return sum(map(len, self.shards)) - len(self.dead)

    def dead_in(self, number: int) -> NDArray[np.int64]:
        """Removed rows of one shard, counted from its first."""
        first = number * self.manifest.capacity
        low, high = np.searchsorted(self.dead, [first, first + self.manifest.capacity])
        return self.dead[low:high] - first

    def alive_in(self, number: int) -> NDArray[np.intp]:
        """The other rows of one shard."""
        alive = np.ones(len(self.shards[number]), np.bool_)
        alive[self.dead_in(number)] = False
        return np.flatnonzero(alive)

    def rows_of(self, number: int, people: Collection[int]) -> NDArray[np.intp]:
        """Rows of one shard that belong to any of these people and are not removed, rising."""
        return np.setdiff1d(belonging(self.shards[number].rows.ids, people), self.dead_in(number), assume_unique=True)

    def living(self) -> tuple[Ids, NDArray[np.int64]]:
        """Identifiers (n, 2) and numbers (n,) of the rows that are not removed."""
        kept = [self.alive_in(number) for number in range(len(self.shards))]
        ids = [shard.rows.ids[rows] for shard, rows in zip(self.shards, kept, strict=True)]
        numbers = [rows + number * self.manifest.capacity for number, rows in enumerate(kept)]
        return (
            np.concatenate([np.zeros((0, 2), np.uint64), *ids]),
            np.concatenate([np.zeros(0, np.int64), *numbers]),
        )

    def refreshed(self, *, check: bool = False) -> GalleryView | Refused:
        """This view if nothing was committed since, otherwise a new one; refuses as `open_view`."""
        manifest = read_manifest(self.folder)
        if isinstance(manifest, Manifest) and manifest.sequence == self.manifest.sequence:
            return self
        return open_view(self.folder, engine=self.manifest.engine, rotation=self.rotation, check=check)


def mismatch(manifest: Manifest, engine: str, rotation: Rotation) -> Refused | None:
    """Why a gallery is not the one that was asked for, or None."""
    if manifest.engine != engine:
        return Refused(Reason.TEMPLATE_ENGINE, f"gallery of {manifest.engine!r}, asked for {engine!r}")
    if manifest.dimension != rotation.dimension:
        return Refused(Reason.GALLERY_ROTATION, f"{manifest.dimension} dimensions, rotation of {rotation.dimension}")
    if (manifest.epoch, manifest.check) != (rotation.epoch, rotation.check):
        return Refused(Reason.GALLERY_ROTATION, f"epoch {manifest.epoch}, or another key than that of the rotation")
    return None


def open_view(folder: Path, *, engine: str, rotation: Rotation, check: bool = True) -> GalleryView | Refused:
    """Map the committed state of a gallery; `check` reads all rows once (about a second per million).

    Refuses with GALLERY_MISSING, GALLERY_VERSION, GALLERY_MALFORMED (truncated, checksum, NaN), GALLERY_ROTATION
    (another epoch or key) and TEMPLATE_ENGINE.
    """
    for _ in range(REOPEN):
        manifest = read_manifest(folder)
        if isinstance(manifest, Refused):
            return manifest
        wrong = mismatch(manifest, engine, rotation)
        if wrong is not None:
            return wrong
        try:
            return _mapped(folder, manifest, rotation, check=check)
        except FileNotFoundError:
            # Either a rewrite committed in between and removed these files, or somebody else did.
            again = read_manifest(folder)
            if again == manifest:
                return Refused(Reason.GALLERY_MALFORMED, "a file is missing")
    return Refused(Reason.GALLERY_BUSY, "rewritten faster than it can be opened")


def _mapped(folder: Path, manifest: Manifest, rotation: Rotation, *, check: bool) -> GalleryView | Refused:
    shards = []
    for number in range(len(manifest.shards)):
        shard = open_shard(folder, manifest, number, check=check)
        if isinstance(shard, Refused):
            return shard
        shards.append(shard)
    size = 8 * manifest.removed.count
    path = manifest.removed_path(folder)
    # A row is removed once, so the size is known to be possible before that much is read.
    if not 0 <= manifest.removed.count <= sum(map(len, shards)) or path.stat().st_size < size:
        return Refused(Reason.GALLERY_MALFORMED, "list of removed rows")
    with path.open("rb") as file:
        content = file.read(size)
    dead = np.sort(np.frombuffer(content, "<i8"))
    if (crc32(content),) != manifest.removed.checksums or not _are_rows(dead, manifest):
        return Refused(Reason.GALLERY_MALFORMED, "list of removed rows")
    return GalleryView(folder, manifest, rotation, tuple(shards), dead)


def _are_rows(numbers: NDArray[np.int64], manifest: Manifest) -> bool:
    """Whether rising numbers are of rows that there are, each once."""
    shard, row = np.divmod(numbers, manifest.capacity)
    if ((shard < 0) | (shard >= len(manifest.shards))).any() or (np.diff(numbers) == 0).any():
        return False
    counts = np.array([extent.count for extent in manifest.shards], np.int64)
    return bool((row < counts[shard]).all())
