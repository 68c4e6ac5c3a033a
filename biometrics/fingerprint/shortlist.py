"""The short form of a finger, and galleries of them searched by matrix products.

A short form keeps the best minutiae as int8 vectors with place and direction. Each minutia of one finger finds its most
similar one in the other; the score is the largest number of such pairs, weighed by similarity, that one turn and shift
explains. All numbers before the last step are integers, exact in float32.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from biometrics.errors import Reason, Refused
from biometrics.fingerprint.identity import ENGINE
from biometrics.fingerprint.matching_parameters import FORM, SHORTLIST, ShortlistParameters
from biometrics.fingerprint.projection import SHORT

__all__ = ["SHORT_BYTES", "ShortForm", "ShortGallery", "fault", "search", "shorten"]

# What one finger costs in a gallery: vectors and places.
SHORT_BYTES = FORM.short_minutiae * (SHORT + 3)
# A partner's index rides in the lowest bits of the similarity it won with.
_INDEX = 64
# Length of a vector, and how far rounding its SHORT numbers to whole ones can move it.
_LENGTH = 127
_ROUNDING = 4
_TURNS = np.arange(256).astype(np.uint8).view(np.int8) * (np.pi / 128)
_COS = np.cos(_TURNS).astype(np.float32)
_SIN = np.sin(_TURNS).astype(np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class ShortForm:
    """`vectors` int8 (rows, SHORT), unit vectors times 127; `places` int8 (rows, 3): x, y in 2 px, 256 to a turn.

    Rows beyond `count` are zero, and a row may be where nothing is known around a minutia. `engine` is the identity of
    the recipe that made it: forms of two are never compared.
    """

    count: int
    vectors: NDArray[np.int8]
    places: NDArray[np.int8]
    engine: str = ENGINE


def shorten(minutiae: NDArray[np.float32], projected: NDArray[np.float32]) -> ShortForm:
    """Make the short form from prepared minutiae (n, 5) and their projected descriptors (count, at least SHORT)."""
    rows = min(FORM.short_minutiae, len(projected))
    vectors = np.zeros((FORM.short_minutiae, SHORT), np.int8)
    places = np.zeros((FORM.short_minutiae, 3), np.int8)
    kept = projected[:rows, :SHORT]
    length = np.maximum(np.linalg.norm(kept, axis=1, keepdims=True), 1e-6)
    vectors[:rows] = np.rint(kept * (_LENGTH / length))
    places[:rows, :2] = np.clip(np.rint(minutiae[:rows, :2] / 2), -127, 127)
    turn = np.arctan2(minutiae[:rows, 3], minutiae[:rows, 2]) * (128 / np.pi)
    places[:rows, 2] = np.rint(turn).astype(np.int32).astype(np.uint8).view(np.int8)
    return ShortForm(rows, vectors, places)


@dataclass(frozen=True, slots=True, eq=False)
class _Workspace:
    """Room for one block's product, used again for the next: fresh pages cost as much as the product itself."""

    wide: NDArray[np.float32]
    product: NDArray[np.float32]


def _workspace(records: int) -> _Workspace:
    rows = FORM.short_minutiae
    return _Workspace(np.empty((rows, records, SHORT + 1), np.float32), np.empty(rows * rows * records, np.float32))


def _winners(
    probe: NDArray[np.int8], vectors: NDArray[np.int8], space: _Workspace, *, probe_leads: bool
) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
    """Best partner of each minutia of the leading finger: similarity and index, both (records, rows).

    `probe` is (rows, SHORT), `vectors` (rows, records, SHORT).
    """
    rows, records, _ = vectors.shape
    space.wide[..., :SHORT] = vectors
    narrow = np.empty((rows, SHORT + 1), np.float32)
    np.multiply(probe, np.float32(_INDEX), out=narrow[:, :SHORT])
    if probe_leads:
        space.wide[..., SHORT] = np.arange(rows)[:, None]
        narrow[:, SHORT] = 1
    else:
        space.wide[..., SHORT] = 1
        narrow[:, SHORT] = np.arange(rows)
    wide = space.wide.reshape(rows * records, SHORT + 1)
    if probe_leads:
        product = np.matmul(wide, narrow.T, out=space.product.reshape(rows * records, rows))
        best = product.reshape(rows, records, rows).max(axis=0)
    else:
        product = np.matmul(narrow, wide.T, out=space.product.reshape(rows, rows * records))
        best = np.ascontiguousarray(product.max(axis=0).reshape(rows, records).T)
    value = np.floor(best * np.float32(1 / _INDEX))
    return value, (best - value * _INDEX).astype(np.intp)


def _consensus(
    weight: NDArray[np.float32], lead: NDArray[np.int8], follow: NDArray[np.int8], settings: ShortlistParameters
) -> NDArray[np.float32]:
    """Largest weight of pairs that one turn and shift explains; weight (R, k), places (R, k, 3)."""
    turn = follow[..., 2].view(np.uint8) - lead[..., 2].view(np.uint8)
    cos, sin = _COS[turn], _SIN[turn]
    ax, ay = lead[..., 0].astype(np.float32), lead[..., 1].astype(np.float32)
    bx, by = follow[..., 0].astype(np.float32), follow[..., 1].astype(np.float32)
    ax, ay, bx, by = (v[:, None, :] - v[:, :, None] for v in (ax, ay, bx, by))
    along = ax * bx + ay * by
    along *= cos[:, :, None]
    across = ax * by - ay * bx
    across *= sin[:, :, None]
    along += across
    far = ax * ax + ay * ay
    far += bx * bx + by * by
    # A quarter of the squared miss in pixels: places are in 2 px.
    miss = far - 2 * along
    kernel = 1 - miss * np.float32(4 / settings.reach**2)
    np.maximum(kernel, 0, out=kernel)
    kernel *= cos[:, :, None] * cos[:, None, :] + sin[:, :, None] * sin[:, None, :] > settings.turn_cosine
    support = np.matmul(kernel, weight[:, :, None])[..., 0] * weight
    return np.asarray(support.max(axis=1), np.float32)


def search(
    probe: ShortForm,
    vectors: NDArray[np.int8],
    places: NDArray[np.int8],
    *,
    probe_leads: bool = True,
    settings: ShortlistParameters = SHORTLIST,
    space: _Workspace | None = None,
) -> NDArray[np.float32]:
    """Scores of the probe against one block, float32 (records,).

    `vectors` is int8 (rows, records, SHORT), `places` int8 (rows, records, 3). `probe_leads` says whose minutiae look
    for partners: the probe's, or each record's.
    """
    space = space or _workspace(vectors.shape[1])
    value, partner = _winners(probe.vectors, vectors, space, probe_leads=probe_leads)
    kept = min(settings.pairs, value.shape[1])
    chosen = np.argpartition(value, value.shape[1] - kept, axis=1)[:, value.shape[1] - kept :]
    record = np.arange(len(value))[:, None]
    partner = np.take_along_axis(partner, chosen, axis=1)
    weight = np.take_along_axis(value, chosen, axis=1) * np.float32(1 / 127**2) - np.float32(settings.floor)
    np.maximum(weight, 0, out=weight)
    if probe_leads:
        return _consensus(weight, probe.places[chosen], places[partner, record], settings)
    return _consensus(weight, places[chosen, record], probe.places[partner], settings)


def fault(form: ShortForm) -> Refused | None:
    """None if `form` is of this engine and its vectors have the length they must have; otherwise why not.

    TEMPLATE_ENGINE, TEMPLATE_MALFORMED (shapes, count, rows beyond it), TEMPLATE_EMPTY, TEMPLATE_NUMBERS: longer
    vectors would be similar to everybody's.
    """
    if form.engine != ENGINE:
        return Refused(Reason.TEMPLATE_ENGINE, f"a short form of {form.engine!r} among those of {ENGINE!r}")
    rows = FORM.short_minutiae
    if form.vectors.shape != (rows, SHORT) or form.places.shape != (rows, 3) or form.count > rows:
        return Refused(Reason.TEMPLATE_MALFORMED, f"{form.count} minutiae, {form.vectors.shape}, {form.places.shape}")
    if form.count < 1:
        return Refused(Reason.TEMPLATE_EMPTY, "no minutiae")
    if form.vectors[form.count :].any() or form.places[form.count :].any():
        return Refused(Reason.TEMPLATE_MALFORMED, "numbers beyond the last minutia")
    length = np.linalg.norm(form.vectors[: form.count].astype(np.float32), axis=1)
    if ((np.abs(length - _LENGTH) > _ROUNDING) & (length > 0)).any():
        return Refused(Reason.TEMPLATE_NUMBERS, f"a vector that is not of length {_LENGTH}")
    return None


def _sound(form: ShortForm) -> None:
    wrong = fault(form)
    if wrong is not None:
        raise ValueError(wrong.detail)


class ShortGallery:
    """Short forms of many fingers, in blocks, searched as a whole."""

    def __init__(self, settings: ShortlistParameters = SHORTLIST) -> None:
        """Start empty."""
        self._settings = settings
        self._identifiers: list[Hashable] = []
        self._rows: dict[Hashable, int] = {}
        self._vectors: list[NDArray[np.int8]] = []
        self._places: list[NDArray[np.int8]] = []

    def __len__(self) -> int:
        return len(self._identifiers)

    @property
    def identifiers(self) -> Sequence[Hashable]:
        """Who stands in each row of `scores`; the order changes when one is removed."""
        return tuple(self._identifiers)

    @property
    def nbytes(self) -> int:
        """Memory of all blocks."""
        return sum(block.nbytes for block in (*self._vectors, *self._places))

    def add(self, identifier: Hashable, form: ShortForm) -> None:
        """Add one finger; raises KeyError when the identifier stands already, ValueError for what `fault` refuses."""
        if identifier in self._rows:
            raise KeyError(identifier)
        _sound(form)
        block, row = divmod(len(self._identifiers), self._settings.block)
        if row == 0:
            shape = (FORM.short_minutiae, self._settings.block)
            self._vectors.append(np.zeros((*shape, SHORT), np.int8))
            self._places.append(np.zeros((*shape, 3), np.int8))
        self._vectors[block][:, row] = form.vectors
        self._places[block][:, row] = form.places
        self._rows[identifier] = len(self._identifiers)
        self._identifiers.append(identifier)

    def remove(self, identifier: Hashable) -> None:
        """Remove one finger: the last takes its row. Raises KeyError when it is not here."""
        block, row = divmod(self._rows.pop(identifier), self._settings.block)
        last_block, last_row = divmod(len(self._identifiers) - 1, self._settings.block)
        for arrays in (self._vectors, self._places):
            arrays[block][:, row] = arrays[last_block][:, last_row]
            arrays[last_block][:, last_row] = 0
        moved = self._identifiers.pop()
        if moved != identifier:
            self._identifiers[block * self._settings.block + row] = moved
            self._rows[moved] = block * self._settings.block + row
        if last_row == 0:
            self._vectors.pop()
            self._places.pop()

    def scores(self, probe: ShortForm) -> NDArray[np.float32]:
        """Scores of the probe against all records, float32 (len(self),), in the order of `identifiers`.

        Raises ValueError for what `fault` refuses, and `form_codec.decode` would have refused.
        """
        _sound(probe)
        space = _workspace(self._settings.block)
        parts = [
            search(probe, vectors, places, settings=self._settings, space=space)
            for vectors, places in zip(self._vectors, self._places, strict=True)
        ]
        return np.concatenate([*parts, np.zeros(0, np.float32)])[: len(self)]
