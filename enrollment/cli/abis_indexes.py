"""The indexes of other systems' galleries on a worker's own disk: one for each client, apart from the people's."""

from __future__ import annotations

import hmac
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click
from flask import current_app

from enrollment.cli.deduplicating import FOLDER
from enrollment.gallery import EpochKey, Epochs, Gallery
from idp.web.extensions import db, services

if TYPE_CHECKING:
    from enrollment.gallery.local import LocalGallery

__all__ = ["forget_indexes", "open_clients", "passing", "whole"]

_HELD = "wangov_abis_indexes"


@dataclass
class _Open:
    """One client's index, of one epoch."""

    gallery: LocalGallery
    epoch: EpochKey
    lock: IO[bytes]


@dataclass
class _Held:
    lock: threading.Lock = field(default_factory=threading.Lock)
    by_client: dict[str, _Open] = field(default_factory=dict)


def whole(client_id: str) -> Gallery:
    """The index of everything that a client inserted, opened or made."""
    from enrollment.gallery.local import LocalGallery, own_folder  # noqa: PLC0415 - no web process loads it

    epoch, held = _epoch(client_id), _held()
    with held.lock:
        found = held.by_client.get(client_id)
        if found is not None and found.epoch == epoch:
            return found.gallery
        if found is not None:
            _close(held, client_id)
        folder, lock = own_folder(_base() / sha256(client_id.encode()).hexdigest()[:32])
        gallery = LocalGallery(folder, epoch, services().sealer, services().entropy)
        held.by_client[client_id] = _Open(gallery, epoch, lock)
        return gallery


@contextmanager
def passing(client_id: str) -> Iterator[Gallery]:
    """An empty index that is gone afterwards."""
    from enrollment.gallery.local import LocalGallery  # noqa: PLC0415 - as above

    epoch, base = _epoch(client_id), _base()
    base.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=base, prefix="passing-") as folder:
        gallery = LocalGallery(Path(folder) / "index", epoch, services().sealer, services().entropy)
        try:
            yield gallery
        finally:
            gallery.close()


def open_clients() -> tuple[str, ...]:
    """Whose indexes are open in this process."""
    return tuple(_held().by_client)


def forget_indexes() -> None:
    """Close every index, after a fault or at the end."""
    held = _held()
    with held.lock:
        for client_id in tuple(held.by_client):
            _close(held, client_id)


def _close(held: _Held, client_id: str) -> None:
    closing = held.by_client.pop(client_id)
    closing.gallery.close()
    closing.lock.close()


def _epoch(client_id: str) -> EpochKey:
    """A secret of the client's own: no vector of its index can be compared with one of the people's."""
    means = services()
    epoch = Epochs(db.session, means.sealer, means.clock, means.entropy).current()
    db.session.commit()
    return EpochKey(epoch.epoch, hmac.digest(epoch.key, f"abis|{client_id}".encode(), "sha256"))


def _base() -> Path:
    base: Path | None = current_app.extensions.get(FOLDER)
    if base is None:
        raise click.ClickException("the folder of the gallery is not set: see WANGOV_DATA")
    return base.parent / "abis"


def _held() -> _Held:
    held: _Held = current_app.extensions.setdefault(_HELD, _Held())
    return held
