"""The list of imports, and bringing a file."""

from __future__ import annotations

import io

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from enrollment.centres import Role
from enrollment.legacy import State, Trouble, Unreadable, Wishes, digest_of
from enrollment.legacy.looking import beginning_of
from enrollment.web.importing.blueprint import importing
from enrollment.web.legacy_rooms import batches, pieces
from enrollment.web.staff.guard import Present, present, shown_page
from idp.web.extensions import db

__all__ = ["MAX_FILE", "bring", "imports"]

# What a page takes; larger registers are taken over by the operator's command.
MAX_FILE = 20 * 1024 * 1024


@importing.get("/staff/imports")
def imports() -> Response:
    """What was taken over, and a form for the next file."""
    here = present(Role.REGISTRAR)
    return here if isinstance(here, Response) else _list(here)


@importing.post("/staff/imports")
def bring() -> Response:
    """Keep a file, sealed, until somebody has said which column is what."""
    here = present(Role.REGISTRAR)
    if isinstance(here, Response):
        return here
    brought = request.files.get("register")
    content = b"" if brought is None else brought.stream.read(MAX_FILE + 1)
    if not content:
        return _list(here, "missing")
    stream = io.BytesIO(content)
    looked = beginning_of(stream, Wishes()) if len(content) <= MAX_FILE else Unreadable(Trouble.TOO_LARGE)
    if isinstance(looked, Unreadable):
        return _list(here, looked.trouble.value)
    kept = batches()
    digest = digest_of(stream, Wishes())
    batch = kept.begin(digest, Wishes(), len(content), here.actor.subscriber_id, State.COLUMNS)
    if batch.state is State.COLUMNS:
        pieces().put(batch.id, stream)
    db.session.commit()
    return redirect(url_for("importing.batch", batch_id=batch.id), code=303)


def _list(here: Present, fault: str = "") -> Response:
    rows = [
        {"batch": one, "url": url_for("importing.batch", batch_id=one.id)}
        for one in batches().latest()
    ]  # fmt: skip
    return shown_page(
        here,
        "importing/imports.html",
        400 if fault else 200,
        rows=rows,
        fault=fault,
        most=MAX_FILE // 2**20,
        action=url_for("importing.imports"),
    )
