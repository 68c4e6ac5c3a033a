"""The index of a worker: fingers in memory behind a sealed log, faces in the engine's files or where it is told.

All of it can be lost: it is made anew from the sealed templates. Loads the engine: imported in workers alone.
"""

from __future__ import annotations

import fcntl
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO
from uuid import UUID

from biometrics.decision.calibration import Calibration
from biometrics.decision.files import load_calibration
from biometrics.decision.fusion import needed_in_search
from biometrics.errors import Refused
from biometrics.face.identity import ENGINE as FACE_ENGINE
from biometrics.face.identity import FaceMode
from biometrics.face.parameters import DIMENSIONS
from biometrics.fingerprint import form_codec
from biometrics.fingerprint.identity import ENGINE as FINGER_ENGINE
from biometrics.fingerprint.matcher import Mode
from biometrics.fingerprint.prepared import PreparedFinger
from biometrics.fingerprint.shortlist import ShortForm, ShortGallery
from biometrics.identification.disk import Disk
from biometrics.identification.face_rows import FacePlace, FacesOnDisk
from biometrics.identification.fingers import FingerGallery, FingerKey
from biometrics.identification.fused import FusedCandidate, PersonProbe, identify
from biometrics.identification.rotation import derive_rotation
from biometrics.sample import FingerPosition
from enrollment.capture import Position
from enrollment.errors import Code, Refusal
from enrollment.gallery.comparing import Comparison, LostError
from enrollment.gallery.decoding import PreparedFingers, chosen, probe_of, taken_apart
from enrollment.gallery.epochs import EpochKey
from enrollment.gallery.form_log import Forms
from enrollment.gallery.local_files import LocalFiles
from enrollment.gallery.searching import Fetch, Found, Hit, Subject, Template, Terms
from idp.entropy import Entropy
from idp.keys import Sealer

__all__ = ["ENGINES", "LocalGallery", "own_folder"]

ENGINES = frozenset({FACE_ENGINE, FINGER_ENGINE})
"""Whose templates are searched."""

_MOST_WORKERS = 64
_FACES = "faces"


def own_folder(base: Path) -> tuple[Path, IO[bytes]]:
    """A folder of this process's alone, made where it is missing, and the lock that keeps it; BlockingIOError if none.

    A worker that starts again finds the folder of one that ended.
    """
    base.mkdir(mode=0o700, parents=True, exist_ok=True)
    for number in range(_MOST_WORKERS):
        folder = base / str(number)
        folder.mkdir(mode=0o700, exist_ok=True)
        lock = (folder / "WORKER").open("ab")
        with suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return folder, lock
        lock.close()
    raise BlockingIOError("every folder of the gallery is taken")


class LocalGallery:
    """Fulfils `searching.Gallery`. Thread-safe: one search or change at a time. Close it at the end.

    `faces` is where faces are kept, this folder if not given. After an exception (a full disk) it must be closed and
    opened anew. RuntimeError when another process holds the folder, or a calibration of the engine is not there.
    """

    def __init__(
        self,
        folder: Path,
        epoch: EpochKey,
        sealer: Sealer,
        entropy: Entropy,
        disk: Disk | None = None,
        faces: FacePlace | None = None,
    ) -> None:
        disk = disk or Disk()
        faces = faces or FacesOnDisk(folder / _FACES, derive_rotation(epoch.key, epoch.epoch, DIMENSIONS), disk)
        self._place = (folder, faces, sealer, entropy, disk)
        self._lock = threading.Lock()
        self._face = _calibration(FaceMode.MIRROR.engine)
        self._finger = _calibration(f"{FINGER_ENGINE}/{Mode.FULL}")
        self._closed = False
        self._forget()
        files = LocalFiles.opened(*self._place)
        if files is not None and not self._recalled(files):
            files.close()
            files = None
        self._files = files or self._started(anew=False)

    @property
    def reached(self) -> int:
        """The number of the last change that is in; 0 where another worker made the shared faces anew."""
        return 0 if self._outdated() else self._reached

    def __len__(self) -> int:
        """People in it."""
        return len(self._fingered | set(self._files.with_face))

    def close(self) -> None:
        """Give the files back; nothing is put in or searched from then on."""
        with self._lock:
            self._files.close()
            self._closed = True

    def reset(self) -> None:
        """Forget everything, on the disk as well."""
        with self._lock:
            self._files.close()
            self._files = self._started(anew=True)

    def put(self, subjects: Sequence[Subject], upto: int) -> int:
        """Let these people have exactly these templates; as `Gallery.put`."""
        taken = taken_apart(subjects)
        with self._lock:
            self._check()
            if self._outdated():
                self._files.close()
                self._files = self._started(anew=False)
            self._files.write(upto, [subject.id.int for subject in subjects], taken.faces, taken.forms)
            for person, forms in taken.forms.items():
                self._take(person, forms)
            self._kept.clear()
            self._reached = upto
        return taken.missing

    def search(self, probe: Sequence[Template], fetch: Fetch, terms: Terms) -> Found | Refusal:
        """Compare a probe with everybody, swapped hands too; as `Gallery.search`."""
        parts = chosen(probe, terms.fingers)
        person = probe_of(parts)
        if isinstance(person, Refused):
            return Refusal(Code.BIO_ENGINE, "probe")
        with self._lock:
            self._check()
            return self._search(person, [part.position for part in parts if part.position.number], fetch, terms)

    def _search(
        self, probe: PersonProbe[PreparedFinger, ShortForm], fingers: Sequence[Position], fetch: Fetch, terms: Terms
    ) -> Found | Refusal:
        but = {subject.int for subject in terms.but}
        people = len((self._fingered | set(self._files.with_face)) - but)
        if not people:
            return Found((), 0, 0.0)
        review = needed_in_search(terms.fpir, people)
        comparison = Comparison(self._gallery, self._finger.ratio, fetch, self._kept)
        candidates = self._identified(probe, comparison, review, terms.listed + len(but) + 1)
        if isinstance(candidates, Refused):
            return Refusal(Code.BIO_ENGINE, "probe")
        hits = [_hit(candidate, fingers) for candidate in candidates if candidate.id not in but]
        seen = but if probe.face is None else but | set(self._files.with_face)
        blind = tuple(UUID(int=person) for person in comparison.blind() if person not in seen)
        return Found(tuple(hits[: terms.listed]), people, review, len(hits) > terms.listed, blind)

    def _identified(
        self, probe: PersonProbe[PreparedFinger, ShortForm], comparison: Comparison, review: float, most: int
    ) -> list[FusedCandidate] | Refused:
        faces = self._files.faces(self._face.ratio)
        while True:
            # Each time that templates are found to be lost they are left out: this ends.
            with suppress(LostError):
                return identify(
                    probe,
                    faces=faces,
                    fingers=comparison.fingers if len(self._gallery) else None,
                    review=review,
                    most=most,
                )

    def _outdated(self) -> bool:
        shared = self._files.shared
        return shared is not None and shared < self._reached

    def _check(self) -> None:
        if self._closed:
            raise RuntimeError("this index is closed")

    def _forget(self) -> None:
        self._gallery: FingerGallery[ShortForm] = FingerGallery(ShortGallery)
        self._fingered: set[int] = set()
        self._kept = PreparedFingers()
        self._reached = 0

    def _started(self, *, anew: bool) -> LocalFiles:
        self._forget()
        return LocalFiles.started(*self._place, anew=anew)

    def _recalled(self, files: LocalFiles) -> bool:
        """Read back what the files hold; False where it is not of one piece, or of another engine."""
        held: dict[int, Forms] = {}
        try:
            for block in files.recalled():
                held.update(block.people)
                self._reached = block.upto
            for person, forms in held.items():
                self._take(person, forms)
        except ValueError:
            return False
        return True

    def _take(self, person: int, forms: Forms) -> None:
        """Let the person have exactly these forms in memory. ValueError for one of another engine."""
        self._gallery.remove(person)
        self._fingered.discard(person)
        for (position, impression), content in forms.items():
            form = form_codec.decode(content)
            if isinstance(form, Refused):
                raise ValueError(form.reason)  # noqa: TRY004 - a state of the files, not a wrong type
            self._gallery.add(FingerKey(person, FingerPosition(position), impression), form)
            self._fingered.add(person)


def _calibration(engine: str) -> Calibration:
    found = load_calibration(engine)
    if isinstance(found, Refused):
        message = f"no calibration of {engine}: {found.reason}"
        raise RuntimeError(message)  # noqa: TRY004 - a state of the installation, not a wrong type
    return found


def _hit(candidate: FusedCandidate, fingers: Sequence[Position]) -> Hit:
    evidence = candidate.fingers
    parts = () if evidence is None else tuple((fingers[number], ratio) for number, ratio in evidence.parts)
    swapped = evidence is not None and evidence.swapped
    return Hit(UUID(int=candidate.id), candidate.ratio, candidate.face, parts, swapped)
