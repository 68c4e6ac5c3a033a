"""The pages of face and fingers: a camera, or a picture as a file; what came of it, in words; mixed-up fingers."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from flask import jsonify, make_response, redirect, request, url_for
from werkzeug.wrappers import Response

from enrollment.capture import FINGERS, Position
from enrollment.capture.captures import Taken
from enrollment.capture.desk import CaptureDesk
from enrollment.cases import Purpose, State
from enrollment.centres import Role
from enrollment.errors import Code, Refusal
from enrollment.web.capture_rooms import showing
from enrollment.web.rooms import capture_desk, cases
from enrollment.web.staff.blueprint import staff
from enrollment.web.staff.body import all_settled, mixed_up
from enrollment.web.staff.capture_page import begun_anew, capture_page
from enrollment.web.staff.guard import Present, present, refusal_page, status_of
from enrollment.web.staff.preview import papers_of
from enrollment.web.staff.reach import reached
from idp.telemetry import refused
from idp.web.extensions import db

__all__ = ["begin_again", "capture", "compare", "look", "picture", "put_picture", "told"]

WHAT = "<any(face, fingers):what>"
LONGEST_SIDE = 480
# Small print can be read.
PAPER_SIDE = 1600
# What the officer can do something about, beside the input; every other refusal has a page of its own.
_SAID = frozenset(code for code in Code if code.value.startswith("BIO-"))
# Who sees a captured picture, and what for, as long as it is in their hands.
_LOOKERS = {State.CAPTURING: (Role.OFFICER, Purpose.CAPTURE), State.IN_REVIEW: (Role.SUPERVISOR, Purpose.REVIEW)}
# The same bytes for something else: nothing of it was noted as a try.
_FOREIGN = frozenset({Code.BIO_REPEAT, Code.BIO_REPLAY})


@staff.get(f"/staff/cases/<aid>/capture/{WHAT}")
def capture(aid: str, what: str) -> Response:
    """Where a face or the fingers are captured, and how far that is."""
    here = present(Role.OFFICER)
    if isinstance(here, Response):
        return here
    desk = capture_desk()
    if desk is None:
        return refusal_page(Refusal(Code.ENR_OBJECT, "store"), url_for("staff.case", aid=aid))
    return capture_page(here, desk, aid, what)


@staff.post(f"/staff/cases/<aid>/capture/{WHAT}")
def put_picture(aid: str, what: str) -> Response:
    """Take one picture as a try: of the face, or of the finger that `position` names.

    Nothing else that comes with it counts: what a browser says of how it was taken is nobody's word.
    """
    here = present(Role.OFFICER)
    if isinstance(here, Response):
        return here
    desk, position = capture_desk(), _position(what, request.form.get("position", ""))
    if desk is None or position is None:
        return refusal_page(Refusal(Code.ENR_SCHEMA, "position"), url_for("staff.case", aid=aid))
    content = _sent()
    places = desk.places(here.actor, aid)
    if isinstance(places, Refusal):
        return refusal_page(places, url_for("staff.case", aid=aid))
    impression = places[position.number].wanted or 1
    taken = desk.take(here.actor, aid, position, content, impression=impression)
    if isinstance(taken, Refusal):
        return _no(here, desk, aid, what, taken)
    return told(here, desk, aid, [taken])


@staff.post("/staff/cases/<aid>/capture/look")
def look(aid: str) -> Response:
    """What can be better about a frame of the camera, to the page's script; nothing is kept."""
    here = present(Role.OFFICER)
    if isinstance(here, Response):
        return here
    desk = capture_desk()
    if desk is None:
        return refusal_page(Refusal(Code.ENR_OBJECT, "store"))
    seen = desk.look(here.actor, aid, Position.FACE, _sent())
    if isinstance(seen, Refusal) and seen.code not in _SAID:
        return refusal_page(seen)
    db.session.rollback()
    if isinstance(seen, Refusal):
        return make_response(jsonify(good=False, hints=[seen.about]))
    good = seen.sound and seen.quality >= desk.least_quality(Position.FACE)
    return make_response(jsonify(good=good, hints=[hint.value for hint in seen.hints]))


@staff.get("/staff/cases/<aid>/capture/picture/<uuid:sample_id>")
def picture(aid: str, sample_id: UUID) -> Response:
    """A captured picture or a paper, for the officer who captures and the supervisor who reviews; looks are audited."""
    here = present(Role.OFFICER, Role.SUPERVISOR)
    if isinstance(here, Response):
        return here
    held, shown = cases(), showing()
    found = reached(held, here.actor, aid)
    if isinstance(found, Refusal):
        return refusal_page(found)
    role, purpose = _LOOKERS.get(found.state, (None, Purpose.CAPTURE))
    if shown is None or role is None or not here.actor.holds(role):
        return refusal_page(held.access.refuse(here.actor, aid, "picture", Refusal(Code.ENR_STATE, found.state.value)))
    opened = held.files.open(here.actor, aid, purpose)
    if isinstance(opened, Refusal):
        return refusal_page(opened)
    if sample_id in papers_of(opened):
        png = shown.paper(sample_id, PAPER_SIDE)
    else:
        png = shown.picture(aid, sample_id, LONGEST_SIDE)
    if isinstance(png, Refusal):
        return refusal_page(png)
    db.session.commit()
    answer = make_response(png)
    answer.headers["Content-Type"] = "image/png"
    answer.headers["Cache-Control"] = "no-store"
    return answer


@staff.post("/staff/cases/<aid>/capture/compare")
def compare(aid: str) -> Response:
    """Have the fingers compared with each other."""
    here = present(Role.OFFICER)
    if isinstance(here, Response):
        return here
    desk = capture_desk()
    refusal = Refusal(Code.ENR_OBJECT, "store") if desk is None else desk.ask_comparison(here.actor, aid)
    if refusal is not None:
        return refusal_page(refusal, url_for("staff.case", aid=aid))
    db.session.commit()
    return redirect(url_for("staff.capture", aid=aid, what="fingers", said="asked"), code=303)


@staff.post("/staff/cases/<aid>/capture/again")
def begin_again(aid: str) -> Response:
    """Three new tries for one position: where fingers were mixed up, or somebody else asked for a new capture."""
    here = present(Role.OFFICER)
    if isinstance(here, Response):
        return here
    desk, name = capture_desk(), request.form.get("position", "")
    if desk is None or name not in set(Position):
        return refusal_page(Refusal(Code.ENR_SCHEMA, "position"), url_for("staff.case", aid=aid))
    position = Position(name)
    what = "face" if position is Position.FACE else "fingers"
    back = url_for("staff.capture", aid=aid, what=what)
    places = desk.places(here.actor, aid)
    if isinstance(places, Refusal):
        return refusal_page(places, url_for("staff.case", aid=aid))
    if position not in mixed_up(places) and not begun_anew(here, aid):
        return refusal_page(cases().access.refuse(here.actor, aid, "capture", Refusal(Code.BIO_COUNT, "again")), back)
    dropped = desk.begin_again(here.actor, aid, [position])
    if isinstance(dropped, Refusal):
        return refusal_page(dropped, back)
    db.session.commit()
    return redirect(url_for("staff.capture", aid=aid, what=what, said="again"), code=303)


def told(here: Present, desk: CaptureDesk, aid: str, taken: Sequence[Taken]) -> Response:
    """Once they are in: the page that shows how far it is, or its address to the script."""
    what = "face" if taken[0].position is Position.FACE else "fingers"
    places = desk.places(here.actor, aid)
    if isinstance(places, Refusal):
        return refusal_page(places, url_for("staff.case", aid=aid))
    if what == "fingers" and all_settled(places):
        desk.ask_comparison(here.actor, aid)
    db.session.commit()
    address = url_for("staff.capture", aid=aid, what=what, said="kept")
    if "script" in request.form:
        kept = [{"position": one.position.value, "accepted": one.accepted, "quality": one.quality} for one in taken]
        return make_response(jsonify(go=address, taken=kept))
    return redirect(address, code=303)


def _position(what: str, name: str) -> Position | None:
    """The position that a form is about; None for a finger that is none."""
    if what == "face":
        return Position.FACE
    return Position(name) if name in set(FINGERS) else None


def _sent() -> bytes:
    given = request.files.get("picture")
    return b"" if given is None else given.read()


def _no(here: Present, desk: CaptureDesk, aid: str, what: str, refusal: Refusal) -> Response:
    """A no with what to do, at the place where it was tried; what was noted of the try is kept."""
    if refusal.code not in _SAID:
        return refusal_page(refusal, url_for("staff.case", aid=aid))
    if refusal.code in _FOREIGN:
        cases().access.refuse(here.actor, aid, "capture", refusal)
    db.session.commit()
    if "script" in request.form:
        return refusal_page(refusal)
    refused(refusal.code.value)
    return capture_page(
        here, desk, aid, what, [("picture", refusal.code.value, refusal.about)], status_of(refusal.code)
    )
