"""The indexes of a worker: of the program's own engines, and of those beside it that are tried or count.

Each holds templates of its own engines alone, so a change of engine changes which one is searched and nothing in any.
"""

from __future__ import annotations

import hmac
import shutil
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click
import structlog
from flask import current_app

from enrollment.cli.capturing import vault
from enrollment.engines import Status
from enrollment.gallery import Entries, EpochKey, Epochs, Follower, Gallery, Readiness
from enrollment.gallery.beside import GalleryBeside
from enrollment.web import engine_rooms
from enrollment.web.rooms import FACES
from idp.web.extensions import db, services

if TYPE_CHECKING:
    from enrollment.gallery.local import LocalGallery

__all__ = ["BESIDE_INDEXES", "FOLDER", "Index", "chosen", "forget_index", "own", "spare", "tidy"]

# Where the composition root puts the folder of indexes, and where open ones are kept.
FOLDER = "wangov_gallery_folder"
BESIDE_INDEXES = "wangov_galleries_beside"
_HELD = "wangov_gallery"
_BESIDE = "gallery-beside"
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Index:
    """An index and the engines whose templates it holds. `shared` as `Follower` has it."""

    gallery: Gallery
    engines: frozenset[str]
    shared: bool = False

    def tell(self) -> None:
        """Note how far it is, for whoever changes the engine."""
        means, held = services(), _held()
        held.name = held.name or str(means.entropy.uuid())
        place = "|".join([held.name, *sorted(self.engines)])
        Readiness(db.session(), means.clock).note(place, self.engines, self.gallery.reached)

    def follower(self) -> Follower:
        """Who brings it up to the rows, over this thread's session."""
        means = services()
        rows = Entries(db.session, means.clock, means.entropy, self.engines)
        counts = partial(engine_rooms.engines().count, self.engines)
        return Follower(rows, vault(), self.engines, shared=self.shared, counts=counts)


@dataclass
class _Held:
    """What is open in this process, all of one epoch."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    name: str = ""
    folder: tuple[Path, IO[bytes]] | None = None
    epoch: EpochKey | None = None
    own: Index | None = None
    beside: dict[Path, GalleryBeside] = field(default_factory=dict)


def own() -> Index:
    """The index of the program's own engines, opened or made. Only here a worker loads the engine."""
    from enrollment.gallery.local import ENGINES, LocalGallery, own_folder  # noqa: PLC0415 - no web process loads it

    epoch, held = _epoch(), _held()
    with held.lock:
        if held.epoch != epoch:
            _close(held)
        if held.own is None:
            means, base = services(), _base()
            held.folder = held.folder or own_folder(base)
            faces = current_app.extensions[FACES](epoch)
            gallery: LocalGallery = LocalGallery(held.folder[0], epoch, means.sealer, means.entropy, faces=faces)
            held.own, held.epoch = Index(gallery, ENGINES, shared=faces is not None), epoch
        return held.own


def chosen() -> Index:
    """The index that is searched: the first that knows everybody by the engines that count, else the program's own."""
    mine, count = own(), engine_rooms.engines().count
    if count(mine.engines):
        return mine
    return next((one for one in _beside() if count(one.engines)), mine)


def spare() -> tuple[Index, ...]:
    """Indexes that are not searched now and may be after the next change; none where no change was ever begun."""
    if not engine_rooms.engines().listed():
        return ()
    searched = chosen()
    return tuple(one for one in (own(), *_beside()) if one.gallery is not searched.gallery)


def tidy() -> None:
    """Remove the indexes of installations that are asked no more: none of them would hear of who is erased."""
    place = _base().parent / _BESIDE
    if not place.is_dir():
        return
    held, roots = _held(), _roots()
    with held.lock:
        for root in [root for root in held.beside if root not in roots]:
            held.beside.pop(root).close()
    wanted = set(map(_named, roots))
    for folder in place.iterdir():
        if folder.name not in wanted:
            # Another worker may be at the same.
            shutil.rmtree(folder, ignore_errors=True)


def forget_index() -> None:
    """Close every index after a fault: the next search opens it anew."""
    held = _held()
    with held.lock:
        _close(held)


def _beside() -> tuple[Index, ...]:
    """Those of engines that are written down and not of the past; one whose process does not come up is left out."""
    given: Mapping[str, Callable[[], Index]] | None = current_app.extensions.get(BESIDE_INDEXES)
    if given is not None:
        live = _live()
        return tuple(made() for name, made in given.items() if name in live)
    found = []
    for root in _roots():
        gallery = _of(root)
        try:
            found.append(Index(gallery, gallery.engines))
        except OSError:
            _log.warning("gallery_beside_lost")
    return tuple(found)


def _live() -> set[str]:
    return {one.id for one in engine_rooms.engines().listed() if one.status is not Status.RETIRED}


def _roots() -> tuple[Path, ...]:
    """Installations beside the program's own with an engine that is tried or counts."""
    folders: Mapping[str, Path] = current_app.extensions.get(engine_rooms.BESIDE, {})
    live = _live()
    return tuple(dict.fromkeys(folder for name, folder in folders.items() if name in live))


def _named(root: Path) -> str:
    return sha256(str(root).encode()).hexdigest()[:32]


def _of(root: Path) -> GalleryBeside:
    held, epoch, named = _held(), _epoch(), _named(root)
    with held.lock:
        if root not in held.beside:
            secret = hmac.digest(epoch.key, f"beside|{named}".encode(), "sha256")
            folder = _base().parent / _BESIDE / named
            held.beside[root] = GalleryBeside(root, folder, EpochKey(epoch.epoch, secret))
        return held.beside[root]


def _epoch() -> EpochKey:
    means = services()
    epoch = Epochs(db.session, means.sealer, means.clock, means.entropy).current()
    db.session.commit()
    return epoch


def _base() -> Path:
    base: Path | None = current_app.extensions.get(FOLDER)
    if base is None:
        raise click.ClickException("the folder of the gallery is not set: see WANGOV_DATA")
    return base


def _close(held: _Held) -> None:
    for gallery in held.beside.values():
        gallery.close()
    closing = getattr(None if held.own is None else held.own.gallery, "close", None)
    if closing is not None:
        closing()
    if held.folder is not None:
        held.folder[1].close()
    held.own = held.epoch = held.folder = None
    held.beside = {}


def _held() -> _Held:
    held: _Held = current_app.extensions.setdefault(_HELD, _Held())
    return held
