"""Pictures of samples and papers, made for people's eyes by the examiner, for whoever has the case before them."""

from __future__ import annotations

from uuid import UUID

from flask import make_response
from werkzeug.wrappers import Response

from enrollment.capture import Position
from enrollment.centres import Role
from enrollment.errors import Code, Refusal
from enrollment.web.adjudicators.blueprint import adjudicators
from enrollment.web.adjudicators.refusing import no
from enrollment.web.rooms import adjudication, examiner, vault
from enrollment.web.staff.guard import present
from idp.web.extensions import db

__all__ = ["counted", "picture", "pictured"]

# A finger comes with every pixel that a scanner of 500 to the inch gave, a face with enough to see how it is built.
FINGER_SIDE = 1000
FACE_SIDE = 720


@adjudicators.get("/adjudicate/<uuid:case_id>/picture/<rank>/<position>")
def picture(case_id: UUID, rank: str, position: str) -> Response:
    """The best sample of the applicant (rank 0) or of a candidate. Every look is audited."""
    here = present(Role.ADJUDICATOR)
    if isinstance(here, Response):
        return here
    place = next((one for one in Position if one.value == position), None)
    number = counted(rank)
    if place is None or number is None:
        return no(Refusal(Code.ENR_UNKNOWN))
    found = adjudication().desk.sample(here.actor, case_id, number, place)
    side = FACE_SIDE if place is Position.FACE else FINGER_SIDE
    return no(found) if isinstance(found, Refusal) else pictured(found, side)


def counted(text: str) -> int | None:
    """A rank or a number of an address; None for what is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 3 else None


def pictured(object_id: UUID, longest_side: int) -> Response:
    """An object of the vault as PNG, kept by no browser; the audit rows of the look are committed with it."""
    held = vault()
    content = Refusal(Code.ENR_OBJECT, "unknown") if held is None else held.read(object_id)
    drawn = content if isinstance(content, Refusal) else examiner().picture(content, longest_side)
    if isinstance(drawn, Refusal):
        return no(drawn)
    db.session.commit()
    answer = make_response(drawn)
    answer.mimetype = "image/png"
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Content-Disposition"] = "inline"
    return answer
