"""Shard files: a header, then one plane after the other, each with room for `capacity` rows.

Header, little endian: the letters ``WGROWS``, layout (two bytes), dimension, capacity, epoch, number of the shard and
generation (four bytes each), name of the engine (64 bytes, padded with zeros), CRC-32 of all that. Counts and checksums
of rows are in the commit record, so that one rename commits every file at once.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from struct import Struct
from zlib import crc32

import numpy as np

from biometrics.errors import Reason, Refused
from biometrics.identification.disk import Disk
from biometrics.identification.manifest import LAYOUT, Extent, Manifest
from biometrics.identification.parameters import PAGE, UNIT_TOLERANCE, WRITE_ROWS
from biometrics.identification.rows import Rows, planes

__all__ = ["Shard", "create_shard", "file_size", "open_shard", "write_rows"]

_MAGIC = b"WGROWS"
_HEAD = Struct("<6sHIIIII64s")
_CHECK = Struct("<I")


@dataclass(frozen=True, slots=True, eq=False)
class Shard:
    """The committed rows of one file, mapped read-only; `largest_miss` bounds `rows.miss`."""

    rows: Rows
    largest_miss: float

    def __len__(self) -> int:
        return len(self.rows)


def _header(manifest: Manifest, number: int) -> bytes:
    head = _HEAD.pack(
        _MAGIC,
        LAYOUT,
        manifest.dimension,
        manifest.capacity,
        manifest.epoch,
        number,
        manifest.generation,
        manifest.engine.encode(),
    )
    return head + _CHECK.pack(crc32(head))


def _offsets(dimension: int, capacity: int) -> Iterator[int]:
    """Where each plane begins, and at last where the file ends."""
    offset = PAGE
    for plane in planes(dimension):
        yield offset
        offset += -(-plane.row_bytes * capacity // PAGE) * PAGE
    yield offset


def file_size(dimension: int, capacity: int) -> int:
    """Bytes of a shard file; those without rows take no room on the medium."""
    return list(_offsets(dimension, capacity))[-1]


def create_shard(folder: Path, manifest: Manifest, number: int, disk: Disk) -> None:
    """Make the file of a shard without rows, synced but for its name in the folder."""
    path = manifest.shard_path(folder, number)
    disk.create(path, file_size(manifest.dimension, manifest.capacity))
    disk.write(path, 0, _header(manifest, number))


def write_rows(path: Path, manifest: Manifest, extent: Extent, rows: Rows, disk: Disk) -> Extent:
    """Write rows behind those that count, sync, and say what the extent would be with them."""
    checksums = []
    offsets = _offsets(manifest.dimension, manifest.capacity)
    stored = zip(planes(manifest.dimension), offsets, extent.checksums, rows.named(), strict=False)
    for plane, offset, checksum, (_, values) in stored:
        content = np.ascontiguousarray(values.astype(plane.dtype, copy=False)).view(np.uint8).ravel().data
        disk.write(path, offset + extent.count * plane.row_bytes, content)
        checksums.append(crc32(content, checksum))
    disk.sync(path)
    return Extent(extent.count + len(rows), tuple(checksums))


def open_shard(folder: Path, manifest: Manifest, number: int, *, check: bool) -> Shard | Refused:
    """Map the committed rows of a shard; with `check`, read them all: checksums, finite numbers, unit lengths.

    Refuses with GALLERY_MALFORMED. Raises `FileNotFoundError` when the file is gone, as after a rewrite.
    """
    extent, dimension, capacity = manifest.shards[number], manifest.dimension, manifest.capacity
    header = _header(manifest, number)
    with manifest.shard_path(folder, number).open("rb") as file:
        size = file.seek(0, 2)
        file.seek(0)
        if size != file_size(dimension, capacity) or not 0 < extent.count <= capacity:
            return Refused(Reason.GALLERY_MALFORMED, f"shard {number} has {size} bytes", size)
        if file.read(len(header)) != header:
            return Refused(Reason.GALLERY_MALFORMED, f"header of shard {number}", 0)
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    arrays = []
    for plane, offset in zip(planes(dimension), _offsets(dimension, capacity), strict=False):
        values = np.frombuffer(mapped, plane.dtype, extent.count * max(plane.width, 1), offset)
        arrays.append(values.reshape(extent.count, plane.width) if plane.width else values)
    rows = Rows(*arrays)
    fault = _fault(rows, extent) if check else None
    if fault is not None:
        return Refused(Reason.GALLERY_MALFORMED, f"shard {number}: {fault}")
    return Shard(rows, float(rows.miss.max()))


def _fault(rows: Rows, extent: Extent) -> str | None:
    for (name, values), checksum in zip(rows.named(), extent.checksums, strict=True):
        if crc32(values.data.cast("B")) != checksum:
            return f"checksum of {name}"
    for start in range(0, len(rows), WRITE_ROWS):
        part = rows.part(start, start + WRITE_ROWS)
        bounds = np.stack([part.scale, part.reach, part.miss])
        length = np.linalg.norm(part.whole, axis=1)
        # NaN makes either comparison false.
        if not (np.abs(length - 1) <= 2 * UNIT_TOLERANCE).all() or not ((bounds >= 0) & (bounds <= 2)).all():
            return "numbers that are not finite, or vectors not of length one"
    return None
