"""The first step at a counter: why, whose number, and that the person is there."""

from __future__ import annotations

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from enrollment.centres import Role
from enrollment.errors import Code, Refusal
from enrollment.verification import Purpose
from enrollment.web.counter.blueprint import counter
from enrollment.web.staff.guard import Present, present, refusal_page, shown_page
from enrollment.web.verification_rooms import counter_desk
from idp.telemetry import refused
from idp.web.extensions import db

__all__ = ["ask", "begin"]

MAX_TYPED = 60
_WORDS = {
    Code.NIN_CHECK: ("number", "number_wrong"),
    Code.NIN_UNKNOWN: ("number", "number_unknown"),
    Code.ENR_STATE: ("number", "number_suspended"),
}


@counter.get("/counter")
def ask() -> Response:
    """The form; nothing is looked up yet."""
    here = present(Role.OFFICER)
    return here if isinstance(here, Response) else _page(here)


@counter.post("/counter")
def begin() -> Response:
    """Look the number up. From here on its owner can see that somebody asked, and why."""
    here = present(Role.OFFICER)
    if isinstance(here, Response):
        return here
    desk = counter_desk()
    typed, purpose = request.form.get("number", "").strip()[:MAX_TYPED], request.form.get("purpose", "")
    ticked = request.form.getlist("present")[-1:] == ["yes"]
    errors = _missing(typed, purpose, ticked=ticked)
    if errors or desk is None:
        return _page(here, errors or [("number", "unavailable")], 503 if desk is None else 400)
    begun = desk.begin(here.actor, typed, purpose, present=ticked)
    if isinstance(begun, Refusal) and begun.code in _WORDS:
        db.session.commit()
        refused(begun.code.value)
        return _page(here, [_WORDS[begun.code]], 422)
    if isinstance(begun, Refusal):
        return refusal_page(begun, url_for("counter.ask"))
    db.session.commit()
    return redirect(url_for("counter.check", check_id=begun.id), code=303)


def _missing(typed: str, purpose: str, *, ticked: bool) -> list[tuple[str, str]]:
    faults = [] if purpose in set(Purpose) else [(f"purpose-{Purpose.SERVICE.value}", "purpose_missing")]
    faults += [] if typed else [("number", "number_missing")]
    return [*faults, *([] if ticked else [("present", "present_missing")])]


def _page(here: Present, errors: list[tuple[str, str]] | None = None, status: int = 200) -> Response:
    return shown_page(
        here,
        "counter/ask.html",
        status,
        errors=errors or [],
        typed={
            "number": request.form.get("number", "")[:MAX_TYPED],
            "purpose": request.form.get("purpose", ""),
            "present": request.form.getlist("present")[-1:] == ["yes"],
        },
        purposes=[purpose.value for purpose in Purpose],
        action=url_for("counter.begin"),
        today_url=url_for("staff.today"),
    )
