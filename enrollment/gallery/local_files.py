"""The files of an index on a worker's own disk: the engine's face gallery, and the sealed log of fingers beside it.

Faces are committed first and the log says what is in, so after a crash at any moment what the log does not know is put
in again. Loads the engine: imported in workers alone.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Self

from biometrics.errors import Reason, Refused
from biometrics.face.engine import direction
from biometrics.face.identity import ENGINE as FACE_ENGINE
from biometrics.face.template import FaceTemplate
from biometrics.identification.candidates import join_ids
from biometrics.identification.disk import Disk
from biometrics.identification.rotation import Rotation
from biometrics.identification.view import GalleryView
from biometrics.identification.writer import GalleryWriter, create_gallery, open_writer
from enrollment.gallery.form_log import Block, FormLog, Forms, open_log, start_log
from idp.entropy import Entropy
from idp.keys import Sealer

__all__ = ["LocalFiles"]

# What is removed stays on the medium until there is so much of it, and more than of what counts.
_LEAST_DEAD = 1000
_FACES, _FINGERS = "faces", "fingers.log"

# The faces of each person.
Faces = Mapping[int, Sequence[FaceTemplate]]


class LocalFiles:
    """One process's files. After an exception (a full disk) they must be closed and opened anew."""

    def __init__(
        self, folder: Path, faces: GalleryWriter, log: FormLog, sealer: Sealer, entropy: Entropy, disk: Disk
    ) -> None:
        """For `opened` and `started`."""
        self._folder, self._faces, self._log = folder, faces, log
        self._sealer, self._entropy, self._disk = sealer, entropy, disk
        self._with_face = set(join_ids(faces.view().living()[0]))
        self._written = 0
        self._live: dict[int, int] = {}

    @classmethod
    def opened(cls, folder: Path, rotation: Rotation, sealer: Sealer, entropy: Entropy, disk: Disk) -> Self | None:
        """What is there, to be read first; None where it is not whole, or of another epoch or engine.

        RuntimeError when another process holds it.
        """
        log = open_log(folder / _FINGERS, sealer, disk)
        faces = open_writer(folder / _FACES, engine=FACE_ENGINE, rotation=rotation, disk=disk)
        if isinstance(faces, Refused):
            if faces.reason is Reason.GALLERY_BUSY:
                raise RuntimeError("another process holds this gallery")
            return None
        if log is None:
            faces.close()
            return None
        return cls(folder, faces, log, sealer, entropy, disk)

    @classmethod
    def started(cls, folder: Path, rotation: Rotation, sealer: Sealer, entropy: Entropy, disk: Disk) -> Self:
        """Empty files in place of whatever is there. RuntimeError when that cannot be."""
        (folder / _FINGERS).unlink(missing_ok=True)
        shutil.rmtree(folder / _FACES, ignore_errors=True)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        faces = create_gallery(folder / _FACES, engine=FACE_ENGINE, rotation=rotation, disk=disk)
        if isinstance(faces, Refused):
            message = f"the gallery cannot be made: {faces.reason}"
            raise RuntimeError(message)  # noqa: TRY004 - a state of the disk, not a wrong type
        return cls(folder, faces, start_log(folder / _FINGERS, sealer, entropy, disk, ()), sealer, entropy, disk)

    @property
    def with_face(self) -> Collection[int]:
        """People of whom there is a face."""
        return self._with_face

    def faces(self) -> GalleryView:
        """The committed faces, to search them."""
        return self._faces.view()

    def close(self) -> None:
        """Give them back."""
        self._faces.close()

    def recalled(self) -> Iterator[Block]:
        """What the log holds; ends with ValueError where it knows of more faces than there are."""
        last = None
        for block in self._log.blocks():
            self._count(block.people)
            last = block
            yield block
        if last is not None and last.commits > self._faces.view().manifest.sequence:
            raise ValueError("the faces are older than the log")
        if not self._log.whole:
            self._rewrite()

    def write(self, upto: int, people: Collection[int], faces: Faces, forms: Mapping[int, Forms]) -> None:
        """Let these people have exactly these faces and forms."""
        before = self._with_face & set(people)
        if before:
            self._faces.remove(before)
        vectors = [
            (person, vector)
            for person in people
            for face in faces.get(person, ())
            if not isinstance(vector := direction(face), Refused)
        ]
        if vectors:
            rows = vectors[0][1][None].repeat(len(vectors), axis=0)
            for number, (_, vector) in enumerate(vectors):
                rows[number] = vector
            wrong = self._faces.add([person for person, _ in vectors], rows)
            assert wrong is None, "vectors that the engine made"  # noqa: S101 - for the type checker
        self._with_face = (self._with_face - set(people)) | {person for person, _ in vectors}
        self._log.append(Block(upto, self._faces.view().manifest.sequence, forms))
        self._count(forms)
        self._tidy()

    def _count(self, forms: Mapping[int, Forms]) -> None:
        for person, fingers in forms.items():
            self._written += max(len(fingers), 1)
            self._live[person] = len(fingers)

    def _tidy(self) -> None:
        view = self._faces.view()
        if len(view.dead) >= _LEAST_DEAD and len(view.dead) > len(view):
            self._faces.compact()
        live = sum(self._live.values()) if self._written >= 2 * _LEAST_DEAD else self._written
        if self._written - live >= _LEAST_DEAD and self._written > 2 * live:
            self._rewrite()

    def _rewrite(self) -> None:
        """The log anew, of each person only what holds."""
        last = {}
        for number, block in enumerate(self._log.blocks()):
            last.update(dict.fromkeys(block.people, number))
        self._log = start_log(
            self._folder / _FINGERS, self._sealer, self._entropy, self._disk, self._holding(self._log, last)
        )
        self._live = {person: count for person, count in self._live.items() if count}
        self._written = sum(self._live.values())

    @staticmethod
    def _holding(log: FormLog, last: Mapping[int, int]) -> Iterator[Block]:
        for number, block in enumerate(log.blocks()):
            people = {person: forms for person, forms in block.people.items() if forms and last[person] == number}
            yield Block(block.upto, block.commits, people)
