"""An exception noted where it is met, with a photograph that shows it: then no supervisor has to come and look."""

from __future__ import annotations

from uuid import UUID

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from enrollment.capture.desk import CaptureDesk
from enrollment.cases import FACE
from enrollment.centres import Role
from enrollment.errors import Code, Refusal
from enrollment.web.rooms import capture_desk, cases
from enrollment.web.staff.blueprint import staff
from enrollment.web.staff.capture_page import capture_page
from enrollment.web.staff.exceptions import note_all, read_exceptions
from enrollment.web.staff.guard import Present, present, refusal_page, status_of
from idp.web.extensions import db

__all__ = ["shown_exception"]

_HINTED = frozenset({Code.BIO_TOOLARGE, Code.BIO_FORMAT, Code.BIO_QUALITY, Code.BIO_COUNT, Code.BIO_ENGINE})


@staff.post("/staff/cases/<aid>/capture/exception")
def shown_exception(aid: str) -> Response:
    """Note one for each ticked position, all of them or none; `picture` shows why, and may be left out."""
    here = present(Role.OFFICER)
    if isinstance(here, Response):
        return here
    desk, what = capture_desk(), "face" if request.form.getlist("position") == [FACE] else "fingers"
    if desk is None:
        return refusal_page(Refusal(Code.ENR_OBJECT, "store"), url_for("staff.case", aid=aid))
    given, errors = read_exceptions()
    if errors:
        return capture_page(here, desk, aid, what, [(*error, "") for error in errors], 400)
    photo = _photograph(here, desk, aid)
    if isinstance(photo, Refusal):
        db.session.commit()
        if photo.code not in _HINTED:
            return refusal_page(photo, url_for("staff.case", aid=aid))
        return capture_page(here, desk, aid, what, [("photo", photo.code.value, photo.about)], status_of(photo.code))
    given, _ = read_exceptions(photo)
    noted = note_all(cases(), here, aid, given)
    if isinstance(noted, Refusal):
        return refusal_page(noted, url_for("staff.case", aid=aid))
    if noted is not None:
        return capture_page(here, desk, aid, what, [(*noted, "")], 400)
    db.session.commit()
    return redirect(url_for("staff.capture", aid=aid, what=what, said="exception"), code=303)


def _photograph(here: Present, desk: CaptureDesk, aid: str) -> UUID | Refusal | None:
    """The object of the picture; None where none was sent."""
    given = request.files.get("picture")
    content = b"" if given is None else given.read()
    if not content:
        return None
    taken = desk.exception_photograph(here.actor, aid, content)
    return taken if isinstance(taken, Refusal) else taken.object_id
