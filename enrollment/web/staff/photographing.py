"""Photographs of documents: from the camera of the station or from a file, looked at and stored sealed."""

from __future__ import annotations

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from enrollment.capture.documents import DocumentType
from enrollment.cases import Section
from enrollment.cases.sections import DOCUMENTS
from enrollment.centres import Role
from enrollment.errors import Code, Refusal
from enrollment.web.rooms import capture_desk, cases
from enrollment.web.staff.blueprint import staff
from enrollment.web.staff.form import form_page
from enrollment.web.staff.guard import present, refusal_page
from idp.web.extensions import db

__all__ = ["photograph"]

# What the officer can do about, beside the input; every other refusal has a page of its own.
_HINTS = frozenset({Code.BIO_TOOLARGE, Code.BIO_FORMAT, Code.BIO_QUALITY, Code.BIO_COUNT, Code.BIO_ENGINE})


@staff.post("/staff/cases/<aid>/photograph")
def photograph(aid: str) -> Response:
    """Keep one picture of one of the documents, of the kind that was chosen for it."""
    here = present(Role.OFFICER)
    if isinstance(here, Response):
        return here
    desk, held, slot = capture_desk(), cases(), request.form.get("slot", "")
    if desk is None or slot not in DOCUMENTS:
        return refusal_page(Refusal(Code.ENR_SCHEMA, "document"), url_for("staff.case", aid=aid))
    case = held.sections.reach(here.actor, aid)
    if isinstance(case, Refusal):
        return refusal_page(case)
    given = request.files.get("picture")
    content = b"" if given is None else given.read()
    typed = (held.sections.read(case).of(Section.DOCUMENTS).get(slot) or {}).get("type", "")
    kind = DocumentType(typed) if typed in {one.value for one in DocumentType} else DocumentType.OTHER
    taken = desk.document(here.actor, aid, slot, kind, content)
    if isinstance(taken, Refusal) and taken.code in _HINTS:
        db.session.rollback()
        return form_page(here, aid, errors=[("picture", taken.about or "other_file")])
    if isinstance(taken, Refusal):
        return refusal_page(taken, url_for("staff.case", aid=aid))
    db.session.commit()
    return redirect(url_for("staff.case", aid=aid, saved="documents", _anchor="documents"), code=303)
