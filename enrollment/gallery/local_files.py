"""The files of an index on a worker's own disk: the sealed log of fingers, beside the faces wherever they are kept.

Faces are written first and the log says what is in, so after a crash at any moment what the log does not know is put
in again. Loads the engine: imported in workers alone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Self

from biometrics.errors import Refused
from biometrics.face.engine import direction
from biometrics.face.template import FaceTemplate
from biometrics.identification.candidates import Ratios
from biometrics.identification.disk import Disk
from biometrics.identification.face_rows import FacePlace, FaceRows
from biometrics.identification.faces import Faces
from enrollment.gallery.form_log import Block, FormLog, Forms, open_log, start_log
from idp.entropy import Entropy
from idp.keys import Sealer

__all__ = ["LocalFiles"]

# What was replaced stays in the log until there is so much of it, and more than of what counts.
_LEAST_DEAD = 1000
_FINGERS = "fingers.log"


class LocalFiles:
    """One process's files. After an exception (a full disk) they must be closed and opened anew."""

    def __init__(
        self, folder: Path, faces: FaceRows, log: FormLog, sealer: Sealer, entropy: Entropy, disk: Disk
    ) -> None:
        """For `opened` and `started`."""
        self._folder, self._faces, self._log = folder, faces, log
        self._sealer, self._entropy, self._disk = sealer, entropy, disk
        self._written = 0
        self._live: dict[int, int] = {}

    @classmethod
    def opened(cls, folder: Path, faces: FacePlace, sealer: Sealer, entropy: Entropy, disk: Disk) -> Self | None:
        """What is there, to be read first; None where it is not whole, or of another epoch or engine.

        RuntimeError when another process holds it.
        """
        log = open_log(folder / _FINGERS, sealer, disk)
        rows = faces.opened()
        if rows is None:
            return None
        if log is None:
            rows.close()
            return None
        return cls(folder, rows, log, sealer, entropy, disk)

    @classmethod
    def started(
        cls, folder: Path, faces: FacePlace, sealer: Sealer, entropy: Entropy, disk: Disk, *, anew: bool
    ) -> Self:
        """An empty log in place of whatever is there; `anew` also empties what other workers share.

        RuntimeError when that cannot be.
        """
        (folder / _FINGERS).unlink(missing_ok=True)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        rows = faces.begun() if anew else faces.started()
        return cls(folder, rows, start_log(folder / _FINGERS, sealer, entropy, disk, ()), sealer, entropy, disk)

    @property
    def with_face(self) -> Collection[int]:
        """People of whom there is a face."""
        return self._faces.people

    @property
    def shared(self) -> int | None:
        """As `FaceRows.reached`."""
        return self._faces.reached

    def faces(self, calibrated: Ratios) -> Faces | None:
        """The committed faces, to search them."""
        return self._faces.faces(calibrated)

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
        if last is not None and last.commits > self._faces.commits:
            raise ValueError("the faces are older than the log")
        if not self._log.whole:
            self._rewrite()

    def write(
        self,
        upto: int,
        people: Collection[int],
        faces: Mapping[int, Sequence[FaceTemplate]],
        forms: Mapping[int, Forms],
    ) -> None:
        """Let these people have exactly these faces and forms."""
        vectors = {
            person: [vector for face in faces.get(person, ()) if not isinstance(vector := direction(face), Refused)]
            for person in people
        }
        self._faces.write(upto, people, vectors)
        self._log.append(Block(upto, self._faces.commits, forms))
        self._count(forms)
        self._tidy()

    def _count(self, forms: Mapping[int, Forms]) -> None:
        for person, fingers in forms.items():
            self._written += max(len(fingers), 1)
            self._live[person] = len(fingers)

    def _tidy(self) -> None:
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
