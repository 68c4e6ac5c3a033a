"""Puts made-up people into the gallery of an installation: sealed templates in the object store, rows in the database.

Run by `bench.enrolment`: `python -m bench.enrolment_gallery COUNT`.
"""

from __future__ import annotations

import json
import sys
import time
from uuid import UUID

from bench.deduplication import PLACES, content
from biometrics.face.identity import ENGINE as FACE_ENGINE
from biometrics.fingerprint.identity import ENGINE as FINGER_ENGINE
from enrollment.capture import Position
from enrollment.capture.extraction import TemplateOf
from enrollment.cli.capturing import vault
from enrollment.cli.deduplicating import entries
from enrollment.errors import Refusal
from enrollment.storage import Kind
from idp.web.extensions import db, services
from wsgi import create_app

_QUALITY = 70


def fill(count: int) -> None:
    """Put `count` people in, each committed."""
    with create_app().app_context():
        for body in range(1, count + 1):
            owner = services().entropy.uuid()
            templates = [_stored(owner, body, position) for position in PLACES]
            aid = f"B{body:013d}"
            entries().enter_case(aid, owner, templates)
            entries().enter({aid: services().entropy.uuid()})
            db.session.commit()


def _stored(owner: UUID, body: int, position: Position) -> TemplateOf:
    face = position is Position.FACE
    kind = Kind.FACE_TEMPLATE if face else Kind.FINGER_TEMPLATE
    stored = vault().put(owner, kind, content(body, position, 0))
    if isinstance(stored, Refusal):
        raise TypeError(stored.code)
    engine = FACE_ENGINE if face else FINGER_ENGINE
    return TemplateOf(services().entropy.uuid(), owner, position, 1, _QUALITY, kind, engine, stored.id)


if __name__ == "__main__":
    start = time.monotonic()
    fill(int(sys.argv[1]))
    print(json.dumps({"seconds": time.monotonic() - start}), flush=True)
