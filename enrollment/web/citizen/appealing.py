"""Somebody whose record is suspended cannot sign in: with the letter they see why, and say that they disagree."""

from __future__ import annotations

from flask import make_response, render_template, request, url_for
from werkzeug.wrappers import Response

from enrollment.errors import Code, Refusal
from enrollment.standing import APPEAL_SIGNS, Decision, Suspension
from enrollment.standing.appeals import AGAIN, MAX_WORDS, REFERENCE_SIGNS
from enrollment.web.citizen.beginning import MAX_TYPED, counted
from enrollment.web.citizen.blueprint import citizen
from enrollment.web.standing_rooms import appeals
from idp.authenticators.spoken_codes import typed_code_of
from idp.telemetry import refused
from idp.web import language
from idp.web.extensions import db, services
from idp.web.signin.pages import Errors

__all__ = ["appeal", "appealed"]


@citizen.get("/appeal")
def appeal() -> Response:
    """Ask for what stands in the letter."""
    return _page()


@citizen.post("/appeal")
def appealed() -> Response:
    """Show why, and take what the person says. A wrong number and a wrong code are one answer, and counted before."""
    typed = {name: request.form.get(name, "").strip() for name in ("reference", "letter_code")}
    words = request.form.get("words", "").replace("\r\n", "\n").strip()
    if language.switched():
        return _page(typed, words)
    errors = _faults(typed)
    if errors:
        return _page(typed, words, errors)
    reserved = counted(f"appeal|{typed_code_of(typed['reference'], REFERENCE_SIGNS)}", url_for("citizen.appeal"))
    if isinstance(reserved, Response):
        return reserved
    saying = "words" in request.form
    room, letter = appeals(), (typed["reference"], typed["letter_code"])
    found = room.make(*letter, words) if saying else room.open(*letter)
    db.session.commit()
    if isinstance(found, Refusal):
        refused(found.code.value)
        return _refused(typed, words, found)
    services().throttle.clear(reserved)
    return _page(typed, words, found=found, done=saying)


def _refused(typed: dict[str, str], words: str, refusal: Refusal) -> Response:
    if refusal.code is Code.ENR_UNKNOWN:
        return _page(typed, words, [("reference", "letter_wrong"), ("letter_code", "")])
    found = appeals().open(typed["reference"], typed["letter_code"])
    db.session.commit()
    code = "appeal_words" if refusal.code is Code.ENR_SCHEMA else "appeal_waits"
    return _page(typed, words, [("words", code)], None if isinstance(found, Refusal) else found)


def _faults(typed: dict[str, str]) -> list[tuple[str, str]]:
    """What cannot be right whatever is stored."""
    found = []
    for name, length, missing, shape in (
        ("reference", REFERENCE_SIGNS, "letter_reference_missing", "letter_reference_format"),
        ("letter_code", APPEAL_SIGNS, "letter_code_missing", "letter_code_format"),
    ):
        if typed_code_of(typed[name], length) is None:
            found.append((name, shape if typed[name] else missing))
    return found


def _page(
    typed: dict[str, str] | None = None,
    words: str = "",
    errors: Errors = (),
    found: Suspension | None = None,
    *,
    done: bool = False,
) -> Response:
    page = render_template(
        "citizen/appeal.html",
        action=url_for("citizen.appealed"),
        reference=(typed or {}).get("reference", "")[:MAX_TYPED],
        letter_code=(typed or {}).get("letter_code", "")[:MAX_TYPED],
        words=words[:MAX_WORDS],
        most=MAX_WORDS,
        held=None if found is None else _held(found),
        done=done,
        errors=errors,
        track_url=url_for("citizen.track"),
    )
    return make_response(page, 400 if errors else 200)


def _held(found: Suspension) -> dict[str, object]:
    waits = found.appealed or found.return_by is not None
    last = appeals().of(found.id)[-1:]
    kept = next((one.decided_at for one in last if one.decision is Decision.KEPT and one.decided_at), None)
    again = None if kept is None else kept + AGAIN
    if again is not None and again < services().clock.now():
        again = None
    return {
        "reason": found.reason.value,
        "since": found.made_at,
        "ended": found.ended_at,
        "waits": waits,
        "kept": None if waits else kept,
        "again": again,
    }
