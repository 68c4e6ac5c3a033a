"""Faces in a Milvus collection that all workers search: for galleries whose vectors do not fit one machine.

Compared exhaustively (index FLAT, inner product of unit vectors), so that nobody is missed for being far from a
cluster. What is stored is turned by the secret of the epoch, as on a worker's own disk. Fingers are no vectors: they
stay with the worker. Needs `pymilvus`, which only this asks for.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from biometrics.errors import Refused
from biometrics.identification.candidates import Ratios
from biometrics.identification.face_rows import FaceRows, Vectors
from biometrics.identification.faces import Faces
from biometrics.identification.rotation import Rotation
from biometrics.identification.writer import unit_fault

if TYPE_CHECKING:
    from pymilvus import MilvusClient

__all__ = ["FacesInMilvus"]

# What the service takes at once, of rows, of names in a filter, and of answers.
_ROWS_AT_ONCE = 1000
_NAMES_AT_ONCE = 500
_MOST_ANSWERS = 16_384
_EACH = 4
_STATE = "state"
# A statement may take so long, a connection too.
_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class FacesInMilvus:
    """A collection of one epoch. Names that begin with `prefix` belong to this installation. Fulfils `FacePlace`.

    One worker writes at a time, which is for the caller to see to; the client must be used by one thread at a time.
    """

    client: MilvusClient
    prefix: str
    rotation: Rotation

    @classmethod
    def at(cls, uri: str, token: str, prefix: str, rotation: Rotation) -> Self:
        """Connected; raises the client's own exceptions where the service does not answer."""
        from pymilvus import MilvusClient  # noqa: PLC0415 - hundreds of megabytes that only this asks for

        return cls(MilvusClient(uri, token=token, timeout=_SECONDS), prefix, rotation)

    @property
    def name(self) -> str:
        """The collection of the vectors, of this epoch and secret; how far they reach stands in another."""
        return f"{self.prefix}_{self.rotation.epoch}_{self.rotation.check[:8]}"

    @property
    def marks(self) -> str:
        """The collection that says how far the vectors reach: it is made last, so where it is all is there."""
        return f"{self.name}_{_STATE}"

    def opened(self) -> FaceRows | None:
        """As `FacePlace.opened`: None where no worker began it yet."""
        return _Rows(self) if self.client.has_collection(self.marks) else None

    def started(self) -> FaceRows:
        """What other workers made, or an empty collection."""
        return self.opened() or self.begun()

    def begun(self) -> FaceRows:
        """Empty collections; earlier ones and those of earlier epochs go."""
        for name in sorted(self.client.list_collections(), reverse=True):
            if name.startswith(f"{self.prefix}_"):
                self.client.drop_collection(name)
        self._make(self.name, self.rotation.dimension)
        self._make(self.marks, 2)
        return _Rows(self)

    def _make(self, name: str, dimension: int) -> None:
        from pymilvus import DataType  # noqa: PLC0415 - as above

        schema = self.client.create_schema(auto_id=False, enable_dynamic_field=False)
        schema.add_field("id", DataType.VARCHAR, is_primary=True, max_length=64)
        schema.add_field("person", DataType.VARCHAR, max_length=32)
        schema.add_field("number", DataType.INT64)
        schema.add_field("vector", DataType.FLOAT_VECTOR, dim=dimension)
        index = self.client.prepare_index_params()
        index.add_index("vector", index_type="FLAT", metric_type="IP")
        self.client.create_collection(name, schema=schema, index_params=index, consistency_level="Strong")


class _Rows:
    """Fulfils `FaceRows`. A person's rows are `person/1`, `person/2`, ...: writing them again changes nothing."""

    def __init__(self, place: FacesInMilvus) -> None:
        self._place = place
        self._client = place.client
        self._people = set(self._listed())

    @property
    def people(self) -> Collection[int]:
        return self._people

    @property
    def commits(self) -> int:
        return self.reached

    @property
    def reached(self) -> int:
        found = self._client.query(self._place.marks, ids=[_STATE], output_fields=["number"])
        return int(found[0]["number"]) if found else 0

    def write(self, upto: int, people: Collection[int], vectors: Vectors) -> None:
        """New rows first, what is over next, the mark last: stopped anywhere, it is done again from the mark on."""
        if upto > self.reached:
            rows = [
                self._row(person, number, vector)
                for person in people
                for number, vector in enumerate(vectors.get(person, ()), start=1)
            ]
            for part in _parts(rows, _ROWS_AT_ONCE):
                self._client.upsert(self._place.name, part)
            self._remove_others(people, {str(row["id"]) for row in rows})
            mark = {"id": _STATE, "person": "", "number": upto, "vector": [1.0, 0.0]}
            self._client.upsert(self._place.marks, [mark])
        self._people = (self._people - set(people)) | {person for person in people if vectors.get(person)}

    def faces(self, calibrated: Ratios) -> Faces | None:
        return _Searched(self._place, calibrated, self.reached) if self._people else None

    def close(self) -> None:
        """Nothing is held: the client belongs to whoever made it."""

    def _row(self, person: int, number: int, vector: NDArray[np.float32]) -> dict[str, object]:
        turned = self._place.rotation.apply(vector[None])[0].astype(np.float32)
        return {"id": f"{_name(person)}/{number}", "person": _name(person), "number": number, "vector": turned.tolist()}

    def _remove_others(self, people: Collection[int], kept: Collection[str]) -> None:
        for part in _parts(sorted(people), _NAMES_AT_ONCE):
            found = self._client.query(self._place.name, filter=_of(part), output_fields=["id"])
            over = [row["id"] for row in found if row["id"] not in kept]
            if over:
                self._client.delete(self._place.name, ids=over)

    def _listed(self) -> list[int]:
        rows = self._client.query_iterator(self._place.name, batch_size=_ROWS_AT_ONCE, output_fields=["person"])
        people = []
        while part := rows.next():
            people += [int(row["person"], 16) for row in part]
        rows.close()
        return people


@dataclass(frozen=True, slots=True)
class _Searched:
    """Fulfils `biometrics.identification.faces.Faces`, for rows that reach so far."""

    place: FacesInMilvus
    calibrated: Ratios
    reached: int

    def named(self, probe: NDArray[np.floating], most: int) -> Sequence[int] | Refused:
        wrong = unit_fault(probe[None], self.place.rotation.dimension)
        if wrong is not None:
            return wrong
        turned = self._turned(probe)
        wanted = most
        while True:
            wanted = min(_EACH * wanted, _MOST_ANSWERS)
            [found] = self.place.client.search(
                self.place.name, [turned.tolist()], limit=wanted, output_fields=["person"],
                search_params={"metric_type": "IP"},
            )  # fmt: skip
            people = list(dict.fromkeys(int(hit["entity"]["person"], 16) for hit in found))
            if len(people) >= most or len(found) < wanted or wanted == _MOST_ANSWERS:
                return people[:most]

    def ratios(self, probe: NDArray[np.floating], people: Sequence[int]) -> dict[int, float]:
        """As `Faces.ratios`. RuntimeError where the rows were made anew meanwhile: the search is worth nothing."""
        turned = self._turned(probe)
        best: dict[int, float] = {}
        for part in _parts(people, _NAMES_AT_ONCE):
            for row in self._fetched(part):
                person = int(row["person"], 16)
                score = float(np.dot(np.asarray(row["vector"], np.float64), turned))
                best[person] = max(score, best.get(person, score))
        rows = self.place.opened()
        if rows is None or (rows.reached or 0) < self.reached:
            raise RuntimeError("the faces were made anew while they were searched")
        kept = {person: best[person] for person in people if person in best}
        values = self.calibrated(np.array(list(kept.values()), np.float64)).tolist()
        return dict(zip(kept, values, strict=True))

    def _fetched(self, people: Sequence[int]) -> list[dict[str, Any]]:
        found = self.place.client.query(self.place.name, filter=_of(people), output_fields=["person", "vector"])
        return list(found)

    def _turned(self, probe: NDArray[np.floating]) -> NDArray[np.float64]:
        turned: NDArray[np.float64] = self.place.rotation.turn(probe[None])[0]
        return turned


def _name(person: int) -> str:
    return f"{person:032x}"


def _of(people: Sequence[int]) -> str:
    names = [_name(person) for person in people]
    return f"person in {json.dumps(names)}"


def _parts(values: Sequence[Any], size: int) -> list[Sequence[Any]]:
    return [values[start : start + size] for start in range(0, len(values), size)]
