"""Shard files: a header, then one plane after the other, each with room for `capacity` rows, and tiles of them.

Header, little endian: the letters ``WGROWS``, layout (two bytes), dimension, capacity, epoch, number of the shard and
generation (four bytes each), name of the engine (64 bytes, padded with zeros), CRC-32 of all that. Counts and checksums
of rows are in the commit record, so that one rename commits every file at once. A tile is written with the row that
fills it, and never changes; rows that do not fill one yet are in the planes alone.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from struct import Struct
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from biometrics.errors import Reason, Refused
from biometrics.identification.disk import Disk
from biometrics.identification.manifest import LAYOUT, Extent, Manifest
from biometrics.identification.narrow import encode_tiles, narrow_levels, tile_bytes
from biometrics.identification.parameters import PAGE, TILE_ROWS, UNIT_TOLERANCE, WRITE_ROWS
from biometrics.identification.rows import Rows, planes

__all__ = ["Shard", "create_shard", "empty_extent", "file_size", "open_shard", "write_rows"]

_MAGIC = b"WGROWS"
_HEAD = Struct("<6sHIIIII64s")
_CHECK = Struct("<I")


@dataclass(frozen=True, slots=True, eq=False)
class Shard:
    """The committed rows of one file, mapped read-only; `largest_miss` bounds `rows.miss`.

    `tiles` is the narrow form of the first rows, as many as fill tiles: uint8 (n, tile_bytes).
    """

    rows: Rows
    tiles: NDArray[np.uint8]
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
    """Where each plane begins, then the tiles, and at last where the file ends."""
    offset = PAGE
    sizes = [plane.row_bytes * capacity for plane in planes(dimension)]
    for size in [*sizes, _tiled(capacity) * tile_bytes(dimension)]:
        yield offset
        offset += -(-size // PAGE) * PAGE
    yield offset


def _tiled(rows: int) -> int:
    """How many tiles so many rows fill."""
    return rows // TILE_ROWS


def empty_extent(dimension: int) -> Extent:
    """That of a shard without rows."""
    return Extent(0, (0,) * (len(planes(dimension)) + 1))


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
    *offsets, tiles_at, _ = _offsets(manifest.dimension, manifest.capacity)
    stored = zip(planes(manifest.dimension), offsets, extent.checksums, rows.named(), strict=False)
    for plane, offset, checksum, (_, values) in stored:
        content = _bytes(values.astype(plane.dtype, copy=False))
        disk.write(path, offset + extent.count * plane.row_bytes, content)
        checksums.append(crc32(content, checksum))
    content = _bytes(_filled(path, manifest, extent, rows))
    if content:
        disk.write(path, tiles_at + _tiled(extent.count) * tile_bytes(manifest.dimension), content)
    disk.sync(path)
    return Extent(extent.count + len(rows), (*checksums, crc32(content, extent.checksums[-1])))


def _bytes(values: NDArray[np.generic]) -> memoryview:
    return np.ascontiguousarray(values).view(np.uint8).ravel().data


def _filled(path: Path, manifest: Manifest, extent: Extent, rows: Rows) -> NDArray[np.uint8]:
    """The tiles that new rows fill, the first of them perhaps begun by rows in the file."""
    dimension = manifest.dimension
    begun = extent.count % TILE_ROWS
    full = _tiled(begun + len(rows)) * TILE_ROWS
    if not full:
        return np.zeros((0, tile_bytes(dimension)), np.uint8)
    before = _whole_rows(path, manifest, extent.count - begun, extent.count)
    return encode_tiles(narrow_levels(np.concatenate([before, rows.whole[: full - begun]])))


def _whole_rows(path: Path, manifest: Manifest, start: int, stop: int) -> NDArray[np.float32]:
    """Exact vectors of some rows of a file."""
    places = zip(planes(manifest.dimension), _offsets(manifest.dimension, manifest.capacity), strict=False)
    plane, offset = next(place for place in places if place[0].name == "whole")
    with path.open("rb") as file:
        file.seek(offset + start * plane.row_bytes)
        content = file.read((stop - start) * plane.row_bytes)
    return np.frombuffer(content, plane.dtype).reshape(stop - start, plane.width)


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
    *offsets, tiles_at, _ = _offsets(dimension, capacity)
    for plane, offset in zip(planes(dimension), offsets, strict=True):
        values = np.frombuffer(mapped, plane.dtype, extent.count * max(plane.width, 1), offset)
        arrays.append(values.reshape(extent.count, plane.width) if plane.width else values)
    rows = Rows(*arrays)
    size = tile_bytes(dimension)
    tiles = np.frombuffer(mapped, np.uint8, _tiled(extent.count) * size, tiles_at).reshape(-1, size)
    fault = _fault(rows, tiles, extent) if check else None
    if fault is not None:
        return Refused(Reason.GALLERY_MALFORMED, f"shard {number}: {fault}")
    return Shard(rows, tiles, float(rows.miss.max()))


def _fault(rows: Rows, tiles: NDArray[np.uint8], extent: Extent) -> str | None:
    for (name, values), checksum in zip([*rows.named(), ("tiles", tiles)], extent.checksums, strict=True):
        if crc32(_bytes(values)) != checksum:
            return f"checksum of {name}"
    for start in range(0, len(rows), WRITE_ROWS):
        part = rows.part(start, start + WRITE_ROWS)
        bounds = np.stack([part.scale, part.miss, part.loss])
        length = np.linalg.norm(part.whole, axis=1)
        # NaN makes either comparison false.
        if not (np.abs(length - 1) <= 2 * UNIT_TOLERANCE).all() or not ((bounds >= 0) & (bounds <= 2)).all():
            return "numbers that are not finite, or vectors not of length one"
    return None
