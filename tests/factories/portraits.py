"""Photographs of people: those of a folder that a command prepared, else drawn ones of nobody."""

from __future__ import annotations

import os
from pathlib import Path

from flask import Flask
from sqlalchemy import select

from enrollment.deduplication.models import HitRow
from idp.web.extensions import db
from tests.factories.faces import drawn_face

__all__ = ["FOLDER", "face_counted", "portrait"]

# A folder with `<person>-<shot>.png`.
FOLDER = "WANGOV_TEST_PORTRAITS"


def face_counted(app: Flask, aid: str) -> bool:
    """Whether the face spoke for whoever the search of an application named; drawn ones need not, being much alike."""
    with app.app_context():
        parts = db.session.scalars(select(HitRow.parts).where(HitRow.aid == aid)).one()
    return not _given() or float(parts["face"]) > 0


def portrait(person: int, shot: int = 1) -> bytes:
    """A photograph (PNG, even sides) of the person of that number; another `shot` is taken on another day."""
    if not _given():
        return drawn_face(person, shot)
    return (Path(os.environ[FOLDER]) / f"{person}-{shot}.png").read_bytes()


def _given() -> bool:
    """Whether photographs of real faces are used: the engine tells those apart, drawn ones hardly."""
    return bool(os.environ.get(FOLDER))
