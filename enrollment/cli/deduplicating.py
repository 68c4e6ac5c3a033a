"""What the worker needs to search for duplicates, over the job's session; the index is opened once for the process."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import click
from flask import current_app

from enrollment.capture.overview import Overview
from enrollment.cli.capturing import extraction, vault
from enrollment.deduplication import Deduplication, Intake, Rooms
from enrollment.gallery import Entries, EpochKey, Epochs, Follower, Gallery
from enrollment.register import DemographicPolicy, Demographics, Register, Seals
from enrollment.web.issuing_rooms import recognition
from enrollment.web.rooms import FACES, cases
from idp.audit import Trail
from idp.web.extensions import db, services

__all__ = ["FOLDER", "deduplication", "entries", "forget_index", "intake"]

# Where the composition root puts the folder of indexes, and where the open index is kept.
FOLDER = "wangov_gallery_folder"
_INDEX = "wangov_gallery"


@dataclass
class _Index:
    """The index of this process, of one epoch."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    folder: tuple[Path, IO[bytes]] | None = None
    epoch: EpochKey | None = None
    gallery: Gallery | None = None
    shared: bool = False


def deduplication() -> Deduplication:
    """The search of one application."""
    held, store = services(), vault()
    rows, trail = entries(), _trail()
    register = Register(
        db.session,
        held.purpose_keys,
        Seals(db.session, held.sealer, held.clock),
        held.clock,
        held.entropy,
        trail,
    )
    gallery, engines = _index()
    rooms = Rooms(
        cases(),
        extraction(),
        Overview(db.session),
        store,
        rows,
        Follower(rows, store, engines, shared=_held().shared),
        Demographics(db.session, held.purpose_keys, register, DemographicPolicy()),
        recognition().agrees,
    )
    return Deduplication(db.session, rooms, gallery, held.clock, trail)


def intake() -> Intake:
    """From approval to the search."""
    return Intake(db.session, cases(), services().clock)


def entries() -> Entries:
    """The rows of the gallery."""
    return Entries(db.session, services().clock, services().entropy)


def forget_index() -> None:
    """Close the index after a fault: the next search opens it anew."""
    held = _held()
    with held.lock:
        _close(held)


def _index() -> tuple[Gallery, frozenset[str]]:
    """The index of the present epoch, opened or made. Only here a worker loads the engine."""
    from enrollment.gallery.local import ENGINES, LocalGallery, own_folder  # noqa: PLC0415 - no web process loads it

    base: Path | None = current_app.extensions.get(FOLDER)
    if base is None:
        raise click.ClickException("the folder of the gallery is not set: see WANGOV_DATA")
    means = services()
    epoch = Epochs(db.session, means.sealer, means.clock, means.entropy).current()
    db.session.commit()
    held = _held()
    with held.lock:
        if held.epoch != epoch:
            _close(held)
        if held.gallery is None:
            held.folder = held.folder or own_folder(base)
            faces = current_app.extensions[FACES](epoch)
            held.shared = faces is not None
            held.gallery = LocalGallery(held.folder[0], epoch, means.sealer, means.entropy, faces=faces)
            held.epoch = epoch
        return held.gallery, ENGINES


def _close(held: _Index) -> None:
    closing = getattr(held.gallery, "close", None)
    if closing is not None:
        closing()
    if held.folder is not None:
        held.folder[1].close()
    held.gallery = held.epoch = held.folder = None


def _held() -> _Index:
    index: _Index = current_app.extensions.setdefault(_INDEX, _Index())
    return index


def _trail() -> Trail:
    return Trail(db.session, services().clock, services().entropy)
