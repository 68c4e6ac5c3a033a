"""The commit record of a gallery: which files count, and how far. One rename makes a change visible, or does not.

Below the counts of a committed record no byte of a file ever changes, so a reader's view stays true while a writer
appends. What lies beyond the counts is the remains of a change that did not happen.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from biometrics.errors import Reason, Refused
from biometrics.identification.disk import Disk

__all__ = ["LAYOUT", "Extent", "Manifest", "commit", "read_manifest"]

# Changes with anything that changes what the bytes mean.
LAYOUT = 2
_NAME = "MANIFEST"
_DRAFT = "MANIFEST.draft"
# The numbers of a shard's header have four bytes each.
_MOST = 1 << 32


@dataclass(frozen=True, slots=True)
class Extent:
    """How many rows of a file count, and CRC-32 of each of its planes (and tiles) up to there."""

    count: int
    checksums: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Manifest:
    """A committed state. `removed` counts the row numbers in the list of removed rows; names follow the generation."""

    engine: str
    epoch: int
    check: str
    dimension: int
    capacity: int
    sequence: int
    generation: int
    shards: tuple[Extent, ...]
    removed: Extent

    def shard_path(self, folder: Path, number: int) -> Path:
        """The file of one shard."""
        return folder / f"rows-{self.generation:08d}-{number:06d}"

    def removed_path(self, folder: Path) -> Path:
        """The file of removed row numbers."""
        return folder / f"removed-{self.generation:08d}"

    def paths(self, folder: Path) -> set[Path]:
        """All files that count."""
        shards = {self.shard_path(folder, number) for number in range(len(self.shards))}
        return {folder / _NAME, self.removed_path(folder), *shards}


def _digest(body: dict[str, Any]) -> str:
    return sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def commit(folder: Path, manifest: Manifest, disk: Disk) -> None:
    """Make `manifest` the state of the gallery. The files that it counts must be synced before."""
    body = asdict(manifest)
    content = json.dumps({"layout": LAYOUT, "body": body, "digest": _digest(body)}).encode()
    draft = folder / _DRAFT
    disk.create(draft, len(content))
    disk.write(draft, 0, content)
    disk.sync(draft)
    disk.sync(folder)
    disk.rename(draft, folder / _NAME)
    disk.sync(folder)


def read_manifest(folder: Path) -> Manifest | Refused:
    """The committed state; refuses with GALLERY_MISSING, GALLERY_VERSION or GALLERY_MALFORMED."""
    try:
        content = (folder / _NAME).read_bytes()
    except FileNotFoundError:
        return Refused(Reason.GALLERY_MISSING, "no commit record")
    except IsADirectoryError:
        return Refused(Reason.GALLERY_MALFORMED, "commit record")
    try:
        outer = json.loads(content)
        if outer["layout"] != LAYOUT:
            return Refused(Reason.GALLERY_VERSION, f"layout {outer['layout']!r}")
        body = outer["body"]
        if _digest(body) != outer["digest"]:
            return Refused(Reason.GALLERY_MALFORMED, "digest of the commit record")
        numbers = [body[name] for name in ("epoch", "dimension", "capacity", "sequence", "generation")]
        if not all(type(value) is int and 0 <= value < _MOST for value in numbers) or min(numbers[1:3]) < 1:
            return Refused(Reason.GALLERY_MALFORMED, "numbers of the commit record")
        extents = {"shards": tuple(map(_extent, body["shards"])), "removed": _extent(body["removed"])}
        return Manifest(**(body | extents))
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return Refused(Reason.GALLERY_MALFORMED, "commit record")


def _extent(stored: dict[str, Any]) -> Extent:
    return Extent(int(stored["count"]), tuple(int(value) for value in stored["checksums"]))
