"""The page of a face, or of ten fingers, as values: what is captured, what is next, and where its forms go."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from enrollment.capture import FINGERS
from enrollment.capture.desk import CaptureDesk
from enrollment.capture.overview import Place
from enrollment.cases import File, Purpose, State, Why, grouped
from enrollment.devices.client import PORTS
from enrollment.errors import Code, Refusal
from enrollment.web.rooms import cases
from enrollment.web.staff.body import all_settled, mixed_up, next_capture, slot
from enrollment.web.staff.guard import Present, refusal_page, shown_page
from idp.web import headers

__all__ = ["begun_anew", "capture_page"]

_HAPPENED = frozenset({"kept", "again", "exception", "asked"})
_BEGUN_ANEW = frozenset({"send_back", "recapture"})
_OWN_DEVICES = tuple(f"http://127.0.0.1:{port}" for port in PORTS)


def capture_page(
    here: Present,
    desk: CaptureDesk,
    aid: str,
    what: str,
    errors: Sequence[tuple[str, str, str]] = (),
    status: int = 200,
) -> Response:
    """The page of `what`; `errors`: the field, the code of what is wrong with it, and what that is about."""
    opened = cases().files.open(here.actor, aid, Purpose.CAPTURE)
    if isinstance(opened, Refusal):
        return refusal_page(opened)
    if opened.case.state is not State.CAPTURING:
        return redirect(url_for("staff.case", aid=opened.case.aid), code=303)
    places = desk.places(here.actor, aid)
    if isinstance(places, Refusal):
        return refusal_page(places, url_for("staff.case", aid=aid))
    headers.allow_own_requests()
    if what == "face":
        headers.allow_camera()
    else:
        headers.allow_requests(*_OWN_DEVICES)
    said = request.args.get("said", "")
    return shown_page(
        here,
        f"officer/capture_{what}.html",
        status,
        case=opened.case,
        shown=grouped(opened.case.aid),
        errors=errors,
        said=said if said in _HAPPENED and not errors else "",
        anew=begun_anew(here, aid),
        exceptions=cases().exceptions.listed(aid),
        whys=[one.value for one in Why],
        **(_of_face(places) if what == "face" else _of_fingers(here, desk, opened, places)),
        **_addresses(aid, what),
    )


def _of_face(places: Sequence[Place]) -> dict[str, Any]:
    return {"face": slot(places[0])}


def _of_fingers(here: Present, desk: CaptureDesk, opened: File, places: Sequence[Place]) -> dict[str, Any]:
    comparison = desk.signable(here.actor, opened.case.aid)
    again = mixed_up(places)
    slots = {place.position: {**slot(place), "again": place.position in again} for place in places}
    return {
        # As hands lie on the table, palms down: the little finger of the left hand first.
        "hands": [
            ("left", [slots[one] for one in reversed(FINGERS[5:])]),
            ("right", [slots[one] for one in FINGERS[:5]]),
        ],
        "upcoming": next_capture(places),
        "settled": all_settled(places),
        "compared": comparison is None,
        "waiting": comparison is not None and comparison.code is Code.ENR_GUARD,
        "mixed": [one for one in slots.values() if one["flag"]],
        "ports": [PORTS[0], PORTS[-1]],
    }


def begun_anew(here: Present, aid: str) -> bool:
    """Whether it was returned or is captured again: then earlier captures may be replaced, tries or not."""
    steps = cases().files.history(here.actor, aid)
    return not isinstance(steps, Refusal) and any(step.event in _BEGUN_ANEW for step in steps)


def _addresses(aid: str, what: str) -> dict[str, str]:
    own = {
        "look_action": "staff.look",
        "request_action": "staff.ask_device",
        "device_action": "staff.put_blocks",
        "compare_action": "staff.compare",
        "again_action": "staff.begin_again",
        "exception_action": "staff.shown_exception",
    }
    return {name: url_for(endpoint, aid=aid) for name, endpoint in own.items()} | {
        "action": url_for("staff.put_picture", aid=aid, what=what),
        "self_url": url_for("staff.capture", aid=aid, what=what),
        "face_url": url_for("staff.capture", aid=aid, what="face"),
        "fingers_url": url_for("staff.capture", aid=aid, what="fingers"),
        "back_url": url_for("staff.case", aid=aid, _anchor="biometrics"),
    }
