"""What commands and the worker need of storage and capture, over the command's session."""

from __future__ import annotations

import click
from flask import current_app

from enrollment.capture import ChildExaminer, Examiner
from enrollment.capture.captures import Captures
from enrollment.capture.desk import CaptureDesk
from enrollment.capture.documents import Documents
from enrollment.capture.extraction import Extraction
from enrollment.capture.mixups import Mixups
from enrollment.capture.overview import Overview
from enrollment.cases import cases
from enrollment.storage import ObjectStore, Vault
from idp.audit import Trail
from idp.web.extensions import db, services

__all__ = ["EXAMINER", "OBJECTS", "desk", "extraction", "objects", "vault"]

# Where the composition root puts the object store, and where the examiner is kept.
OBJECTS = "wangov_objects"
EXAMINER = "wangov_examiner"


def objects() -> ObjectStore:
    """The object store of this installation."""
    held: ObjectStore | None = current_app.extensions.get(OBJECTS)
    if held is None:
        raise click.ClickException("the object store is not set: see WANGOV_S3_ENDPOINT")
    return held


def vault() -> Vault:
    """Sealed objects."""
    held = services()
    return Vault(db.session, objects(), held.sealer, held.clock, held.entropy)


def extraction() -> Extraction:
    """Templates of samples."""
    held = services()
    return Extraction(db.session, vault(), _examiner(), held.clock, held.entropy)


def desk() -> CaptureDesk:
    """Captures of applications."""
    held, store = services(), vault()
    trail = Trail(db.session, held.clock, held.entropy)
    over = (db.session, store, _examiner(), held.purpose_keys, held.clock, held.entropy)
    return CaptureDesk(
        cases(db.session, held.sealer, held.clock, held.entropy, trail),
        Captures(*over),
        Documents(*over),
        Mixups(db.session, store, _examiner(), held.clock, held.entropy),
        Overview(db.session),
    )


def _examiner() -> Examiner:
    """One for the process: it starts when it is first asked."""
    held: Examiner = current_app.extensions.setdefault(EXAMINER, ChildExaminer())
    return held
