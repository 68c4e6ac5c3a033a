"""What commands and the worker need of storage and capture; without an object store they end with words about it."""

from __future__ import annotations

from typing import TypeVar

import click
from flask import current_app

from enrollment.capture.desk import CaptureDesk
from enrollment.capture.extraction import Extraction
from enrollment.storage import ObjectStore, Vault
from enrollment.web import rooms

__all__ = ["desk", "extraction", "objects", "vault"]

T = TypeVar("T")


def objects() -> ObjectStore:
    """The object store of this installation."""
    held: ObjectStore | None = current_app.extensions.get(rooms.OBJECTS)
    return _there(held)


def vault() -> Vault:
    """Sealed objects."""
    return _there(rooms.vault())


def extraction() -> Extraction:
    """Templates of samples."""
    return _there(rooms.extraction())


def desk() -> CaptureDesk:
    """Captures of applications."""
    return _there(rooms.capture_desk())


def _there(room: T | None) -> T:
    if room is None:
        raise click.ClickException("the object store is not set: see WANGOV_S3_ENDPOINT")
    return room
