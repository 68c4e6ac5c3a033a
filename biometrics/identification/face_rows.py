"""Where an index keeps its faces: as rows of unit vectors, by default in the engine's own files on a disk."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from biometrics.errors import Reason, Refused
from biometrics.face.identity import ENGINE
from biometrics.identification.candidates import Ratios, join_ids
from biometrics.identification.disk import Disk
from biometrics.identification.faces import Faces, FacesInView
from biometrics.identification.rotation import Rotation
from biometrics.identification.writer import GalleryWriter, create_gallery, open_writer

__all__ = ["FacePlace", "FaceRows", "FacesOnDisk", "Vectors"]

# What is removed stays on the medium until there is so much of it, and more than of what counts.
_LEAST_DEAD = 1000

Vectors = Mapping[int, Sequence[NDArray[np.float32]]]
"""Unit vectors (128,) of each person, as the engine made them."""


class FaceRows(Protocol):
    """Rows that are open."""

    @property
    def people(self) -> Collection[int]:
        """Of whom there is a face."""
        ...

    @property
    def commits(self) -> int:
        """A number that grows with what is written and never otherwise: older rows than a log knows of are told."""
        ...

    @property
    def reached(self) -> int | None:
        """The last change that is in, where rows are shared with other workers; None where the log beside tells."""
        ...

    def write(self, upto: int, people: Collection[int], vectors: Vectors) -> None:
        """Let these people have exactly these faces. Bears repeating."""
        ...

    def faces(self, calibrated: Ratios) -> Faces | None:
        """Them as they are now, to be searched; None while there are none."""
        ...

    def close(self) -> None:
        """Give them back."""
        ...


class FacePlace(Protocol):
    """Where rows are, or will be."""

    def opened(self) -> FaceRows | None:
        """What is there; None where it is not whole, or of another epoch or engine. RuntimeError when it is in use."""
        ...

    def started(self) -> FaceRows:
        """Rows for an index that begins: empty, or what other workers share. RuntimeError when that cannot be."""
        ...

    def begun(self) -> FaceRows:
        """Empty rows in place of whatever is there. RuntimeError when that cannot be."""
        ...


@dataclass(frozen=True, slots=True)
class FacesOnDisk:
    """The engine's gallery files, in a folder that one process holds. Fulfils `FacePlace`."""

    folder: Path
    rotation: Rotation
    disk: Disk

    def opened(self) -> FaceRows | None:
        """As `FacePlace.opened`."""
        found = open_writer(self.folder, engine=ENGINE, rotation=self.rotation, disk=self.disk)
        if not isinstance(found, Refused):
            return _RowsOnDisk(found)
        if found.reason is Reason.GALLERY_BUSY:
            raise RuntimeError("another process holds this gallery")
        return None

    def started(self) -> FaceRows:
        """Nobody shares them: as `begun`."""
        return self.begun()

    def begun(self) -> FaceRows:
        """As `FacePlace.begun`."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        made = create_gallery(self.folder, engine=ENGINE, rotation=self.rotation, disk=self.disk)
        if isinstance(made, Refused):
            message = f"the gallery cannot be made: {made.reason}"
            raise RuntimeError(message)  # noqa: TRY004 - a state of the disk, not a wrong type
        return _RowsOnDisk(made)


class _RowsOnDisk:
    reached: int | None = None

    def __init__(self, writer: GalleryWriter) -> None:
        self._writer = writer
        self._people = set(join_ids(writer.view().living()[0]))

    @property
    def people(self) -> Collection[int]:
        return self._people

    @property
    def commits(self) -> int:
        return self._writer.view().manifest.sequence

    def write(self, upto: int, people: Collection[int], vectors: Vectors) -> None:  # noqa: ARG002 - the log tells
        before = self._people & set(people)
        if before:
            self._writer.remove(before)
        new = [(person, vector) for person in people for vector in vectors.get(person, ())]
        if new:
            wrong = self._writer.add([person for person, _ in new], np.stack([vector for _, vector in new]))
            assert wrong is None, "vectors that the engine made"  # noqa: S101 - for the type checker
        self._people = (self._people - set(people)) | {person for person, _ in new}
        view = self._writer.view()
        if len(view.dead) >= _LEAST_DEAD and len(view.dead) > len(view):
            self._writer.compact()

    def faces(self, calibrated: Ratios) -> Faces | None:
        view = self._writer.view()
        return FacesInView(view, calibrated) if len(view) else None

    def close(self) -> None:
        self._writer.close()
