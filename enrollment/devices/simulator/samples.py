"""Who is in front of the devices: the fingers of a person who does not exist, and faces from a folder.

The images come from `biometrics.synthetic` as bytes. A finger is drawn when it is first asked for, which takes a
second or two; with a folder to keep them in, once for all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Protocol

from biometrics.synthetic.collection import images, master
from biometrics.synthetic.files import encode_png
from biometrics.synthetic.parameters import PARAMETERS

__all__ = ["Faces", "Fingers", "Person", "Prints", "Shown"]

_PICTURES = {".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png"}
# A fingertip that hardly touches and leaves little: measured, a quality of 24 to 29, which no gate accepts.
_POOR = replace(PARAMETERS, contact_across=(62.0, 70.0), contact_down=(75.0, 85.0), depth=(60.0, 80.0), grain=0.35)
_FINGERS = 10


@dataclass(frozen=True, slots=True)
class Person:
    """`seed` is who it is; `impression` which visit: other visits give other impressions of the same fingers.

    `face` is the name of a picture in the folder; empty for the one that falls to this person.
    """

    seed: int
    impression: int = 0
    face: str = ""


class Prints(Protocol):
    """Where images of fingers come from."""

    def png(self, seed: int, position: int, impression: int, *, poor: bool) -> bytes:
        """Finger `position` (1 to 10) of the person `seed`, grey, 500 pixels an inch, as PNG."""
        ...


class Fingers:
    """Draws them. The same numbers always give the same bytes. `folder` keeps what was drawn, for the next run."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._lock = Lock()
        self._drawn = lru_cache(maxsize=2 * _FINGERS)(master)
        self._kept = lru_cache(maxsize=128)(self._png)

    def png(self, seed: int, position: int, impression: int, *, poor: bool) -> bytes:
        """As `Prints`; one at a time, since two that draw the same finger at once would do it twice."""
        with self._lock:
            return self._kept(seed, position, impression, poor)

    def _png(self, seed: int, position: int, impression: int, poor: bool) -> bytes:  # noqa: FBT001 - a cached call
        name = f"{seed}-{position}-{impression}{'-poor' if poor else ''}.png"
        kept = None if self._folder is None else self._folder / name
        if kept is not None and kept.is_file():
            return kept.read_bytes()
        drawn = self._drawn(seed, position - 1)
        number = range(impression, impression + 1)
        image = next(images(drawn, seed, position - 1, number, _POOR if poor else PARAMETERS))
        content = encode_png(image)
        if kept is not None:
            kept.parent.mkdir(parents=True, exist_ok=True)
            unfinished = kept.with_suffix(".part")
            unfinished.write_bytes(content)
            unfinished.replace(kept)
        return content


class Faces:
    """Pictures of a folder, by person: `NAME_1.jpg` and `NAME_2.jpg` are two pictures of one person."""

    def __init__(self, folder: Path | None) -> None:
        found = [] if folder is None else sorted(folder.rglob("*"))
        files = [path for path in found if path.suffix.lower() in _PICTURES]
        self._named = {path.name: path for path in files}
        people: dict[str, list[Path]] = {}
        for path in files:
            people.setdefault(f"{path.parent}/{path.stem.rpartition('_')[0] or path.stem}", []).append(path)
        self._people: Sequence[list[Path]] = list(people.values())

    def picture(self, person: Person, taken: int) -> tuple[str, bytes] | None:
        """Media type and bytes of this person's face in picture number `taken`; None when there is none."""
        path = self._named.get(person.face)
        if path is None and not person.face and self._people:
            pictures = self._people[person.seed % len(self._people)]
            path = pictures[(person.impression + taken) % len(pictures)]
        return None if path is None else (_PICTURES[path.suffix.lower()], path.read_bytes())


@dataclass(slots=True)
class Shown:
    """Whoever is there now, and how often each finger and the face was captured of this visit."""

    person: Person
    _taken: dict[int, int] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def replace(self, person: Person) -> None:
        """Somebody else comes, or the same person again."""
        with self._lock:
            self.person = person
            self._taken.clear()

    def next(self, position: int) -> int:
        """The number of this impression: a visit has two of each finger, by turns."""
        with self._lock:
            taken = self._taken.get(position, 0)
            self._taken[position] = taken + 1
            return 2 * self.person.impression + taken % 2
