"""The second step at a counter: one or two fingers, or the face; and what came of it: match, no match, or again."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from enrollment.capture import FINGERS, Position
from enrollment.capture.probing import Probe
from enrollment.centres import Role
from enrollment.errors import Code, Refusal
from enrollment.verification import Check, CounterDesk, Outcome, Said
from enrollment.web.counter.blueprint import counter
from enrollment.web.staff.guard import Present, present, refusal_page, shown_page
from enrollment.web.verification_rooms import counter_desk
from idp.authenticators.biometric_locks import Modality
from idp.telemetry import refused
from idp.web.extensions import db

__all__ = ["capture", "check"]

_FACE = Position.FACE.value
_FIELDS = (_FACE, "first", "second")
# What is said on the page of the capture; every other no has a page of its own.
_STATUS = {
    Code.BIO_COUNT: 429,
    Code.BIO_LOCKED: 409,
    Code.BIO_REPLAY: 409,
    Code.BIO_TOOLARGE: 413,
    Code.BIO_ENGINE: 503,
    Code.ENR_OBJECT: 503,
}


@counter.get("/counter/<uuid:check_id>")
def check(check_id: UUID) -> Response:
    """What to capture next, or what came of the check."""
    here = present(Role.OFFICER)
    if isinstance(here, Response):
        return here
    desk = counter_desk()
    found = Refusal(Code.ENR_UNKNOWN) if desk is None else desk.find(here.actor, check_id)
    if isinstance(found, Refusal):
        return refusal_page(found, url_for("counter.ask"))
    return _page(here, found)


@counter.post("/counter/<uuid:check_id>")
def capture(check_id: UUID) -> Response:
    """Compare what was captured, once for each form."""
    here = present(Role.OFFICER)
    if isinstance(here, Response):
        return here
    desk = counter_desk()
    if desk is None:
        return refusal_page(Refusal(Code.ENR_UNKNOWN), url_for("counter.ask"))
    probes = _probes()
    if not probes:
        return _again(here, desk, check_id, Refusal(Code.ENR_SCHEMA, "picture_missing"))
    turn = request.form.get("turn", "")
    number = int(turn) if turn.isascii() and turn.isdigit() and len(turn) < 4 else -1
    answer = desk.capture(here.actor, check_id, number, probes)
    if isinstance(answer, Refusal):
        if answer.code not in _STATUS:
            return refusal_page(answer, url_for("counter.check", check_id=check_id))
        db.session.commit()
        refused(answer.code.value)
        return _again(here, desk, check_id, answer)
    db.session.commit()
    if answer.check.outcome is not None:
        return redirect(url_for("counter.check", check_id=check_id), code=303)
    return _page(here, answer.check, said=answer.said)


def _probes() -> tuple[Probe, ...]:
    """What was sent: a face, or fingers by the positions that were chosen for them."""
    probes = []
    for field in _FIELDS:
        file = request.files.get(field)
        content = b"" if file is None else file.stream.read()
        position = _FACE if field == _FACE else request.form.get(f"{field}_finger", "")
        if content and position in {one.value for one in Position}:
            probes.append(Probe(Position(position), content))
    return tuple(probes)


def _again(here: Present, desk: CounterDesk, check_id: UUID, refusal: Refusal) -> Response:
    found = desk.find(here.actor, check_id)
    if isinstance(found, Refusal):
        return refusal_page(found, url_for("counter.ask"))
    unfit = refusal.code is Code.BIO_COUNT and not refusal.about.isdigit()
    return _page(here, found, refusal=refusal, status=422 if unfit else _STATUS.get(refusal.code, 400))


def _page(
    here: Present, found: Check, *, said: Said | None = None, refusal: Refusal | None = None, status: int = 200
) -> Response:
    waiting = refusal.about if refusal is not None and refusal.code is Code.BIO_COUNT else ""
    response = shown_page(
        here,
        "counter/check.html",
        status,
        purpose=found.purpose.value,
        errors=[said.outcome.value] if said is not None else [] if refusal is None else [refusal.code.value],
        outcome=None if found.outcome is None else found.outcome.value,
        over=found.outcome is None and not found.turns_left,
        no_match=said is not None and said.outcome is Outcome.NO_MATCH,
        hint=None if said is None else said.hint,
        refusal=None if refusal is None else {"code": refusal.code.value, "about": refusal.about},
        wait_minutes=-(-int(waiting) // 60) if waiting.isdigit() else None,
        turn=found.turn,
        turns_left=found.turns_left,
        **_shown(found),
        action=url_for("counter.capture", check_id=found.id),
        ask_url=url_for("counter.ask"),
        today_url=url_for("staff.today"),
    )
    if waiting.isdigit():
        response.headers["Retry-After"] = waiting
    return response


def _shown(found: Check) -> dict[str, Any]:
    """What can be captured: the face, and fingers, those that are best to ask for first."""
    rest = [one for one in FINGERS if one not in found.wanted]
    return {
        "face": found.face and Modality.FACE not in found.locked,
        "wanted": [] if Modality.FINGER in found.locked else [one.value for one in found.wanted],
        "positions": [one.value for one in (*found.wanted, *rest)],
        "locked": sorted(one.value for one in found.locked),
    }
