"""The rows of a face gallery: exact vectors, their int8 form, and bounds on what shorter forms leave out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from biometrics.identification.candidates import Ids
from biometrics.identification.narrow import narrow_levels, narrow_values

__all__ = ["Plane", "Rows", "encode_rows", "planes"]

# Lengths are stored a little too large, so that rounding never makes a bound too small.
_UPWARDS = np.float32(1 + 1e-6)


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """n rows as parallel arrays; each array is one plane of a shard file, in this order.

    `ids` is uint64 (n, 2); `whole` float32 (n, dimension), the vectors that decide. The int8 form of a row is
    `scale` times `form`, and `miss` the length of what rounding to it lost: for any probe p,
    |p . whole - p . form scale| <= |p| miss. `loss` is the length of what the narrow form lacks of `whole`.
    """

    ids: Ids
    whole: NDArray[np.float32]
    form: NDArray[np.int8]
    scale: NDArray[np.float32]
    miss: NDArray[np.float32]
    loss: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.scale)

    def named(self) -> Iterator[tuple[str, NDArray[np.generic]]]:
        """The planes in order."""
        for plane in fields(self):
            yield plane.name, getattr(self, plane.name)

    def part(self, start: int, stop: int) -> Rows:
        """Rows `start` to `stop`, as views."""
        return Rows(*(values[start:stop] for _, values in self.named()))  # type: ignore[arg-type]  # in field order

    def rounded(self, rows: NDArray[np.intp]) -> NDArray[np.float64]:
        """The int8 forms of some rows, scaled, float64 (len(rows), dimension)."""
        return np.asarray(self.form[rows].astype(np.float64) * self.scale[rows, None], np.float64)


@dataclass(frozen=True, slots=True)
class Plane:
    """How one array of `Rows` lies in a file: `width` numbers a row (0: one number without an axis of its own)."""

    name: str
    dtype: str
    width: int

    @property
    def row_bytes(self) -> int:
        """Bytes of one row."""
        return np.dtype(self.dtype).itemsize * max(self.width, 1)


def planes(dimension: int) -> tuple[Plane, ...]:
    """The planes of a shard, in the order of `Rows`."""
    return (
        Plane("ids", "<u8", 2),
        Plane("whole", "<f4", dimension),
        Plane("form", "i1", dimension),
        Plane("scale", "<f4", 0),
        Plane("miss", "<f4", 0),
        Plane("loss", "<f4", 0),
    )


def encode_rows(ids: Ids, vectors: NDArray[np.floating]) -> Rows:
    """Rows from turned vectors (n, dimension), finite and not zero: each scaled so that its largest number is 127."""
    whole = vectors.astype(np.float32)
    scale = np.abs(whole).max(axis=1) / np.float32(127)
    form = np.rint(whole / scale[:, None]).astype(np.int8)
    kept = form.astype(np.float64) * scale[:, None].astype(np.float64)
    miss = np.linalg.norm(whole - kept, axis=1).astype(np.float32) * _UPWARDS
    loss = np.linalg.norm(whole - narrow_values(narrow_levels(whole)), axis=1).astype(np.float32) * _UPWARDS
    return Rows(ids=ids, whole=whole, form=form, scale=scale, miss=miss, loss=loss)
