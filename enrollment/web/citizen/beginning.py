"""Where somebody begins who holds a slip: the number of the application and the code. Nothing else is learnt here.

A wrong number and a wrong code are one answer, of the same cost; every try is counted before it is checked, by
network, by number, and against the slip.
"""

from __future__ import annotations

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from enrollment.cases import aid_of
from enrollment.errors import Refusal
from enrollment.issuance.journeys import LIFE
from enrollment.issuance.slips import LENGTH
from enrollment.web.citizen.blueprint import citizen
from enrollment.web.claiming_rooms import issuing_rooms, journeys
from idp.authenticators.spoken_codes import typed_code_of
from idp.authenticators.throttling import Factor, Reserved
from idp.errors import Refusal as IdpRefusal
from idp.telemetry import THROTTLED, refused
from idp.web import cookies, language
from idp.web.extensions import db, services
from idp.web.signin.pages import Errors

__all__ = ["MAX_TYPED", "begin", "counted", "faults", "number_fault", "start", "wait_page"]

MAX_TYPED = 60


@citizen.get("/claim")
def start() -> Response:
    """Ask for what stands on the slip."""
    return _page()


@citizen.post("/claim")
def begin() -> Response:
    """Look at the slip. It stays good until a way to sign in is set up."""
    number, code = request.form.get("number", "").strip(), request.form.get("slip_code", "").strip()
    if language.switched():
        return _page(number, code)
    errors = faults(number, code)
    aid = aid_of(number)
    if errors or aid is None:
        return _page(number, code, errors)
    reserved = counted(f"claim|{aid}", url_for("citizen.start"))
    if isinstance(reserved, Response):
        return reserved
    found = issuing_rooms().slips.check(aid, code)
    db.session.commit()
    if isinstance(found, Refusal):
        refused(found.code.value)
        return _page(number, code, [("number", "slip.wrong"), ("slip_code", "")])
    services().throttle.clear(reserved)
    browser = cookies.ensure_browser()
    journey = journeys().open(browser, aid, code, found)
    response = redirect(url_for("citizen.ways", secret=journey.secret), code=303)
    cookies.set_browser(response, browser, int(LIFE.total_seconds()))
    return response


def faults(number: str, code: str) -> list[tuple[str, str]]:
    """What cannot be right whatever is stored: missing, or mistyped as its check signs tell."""
    found = [("number", fault)] if (fault := number_fault(number)) else []
    if not code:
        return [*found, ("slip_code", "slip_missing")]
    return [*found, ("slip_code", "slip_format")] if typed_code_of(code, LENGTH) is None else found


def number_fault(number: str) -> str:
    """What is wrong with a typed number of an application; empty where nothing is."""
    if not number:
        return "aid_missing"
    return "aid_format" if aid_of(number) is None else ""


def counted(subject: str, retry_url: str) -> Reserved | Response:
    """Count one try from this network and at this subject, at once; the page that asks to wait when it is too many.

    What is returned is handed to `Throttle.clear` when the try was right.
    """
    shared = services()
    refusal = shared.address_limit.count_begun(shared.client_address(request.environ))
    if refusal is not None:
        return wait_page(refusal, retry_url)
    reserved = shared.throttle.reserve(Factor.RECOVERY, subject, None)
    return wait_page(reserved, retry_url) if isinstance(reserved, IdpRefusal) else reserved


def wait_page(refusal: IdpRefusal, retry_url: str) -> Response:
    """Ask to wait; the words are the same whatever was named."""
    refused(refusal.code.value)
    THROTTLED.labels(refusal.detail).inc()
    seconds = refusal.retry_after or 1
    page = render_template("citizen/wait.html", minutes=max(1, -(-seconds // 60)), retry_url=retry_url)
    response = make_response(page, 429)
    response.headers["Retry-After"] = str(seconds)
    return response


def _page(number: str = "", code: str = "", errors: Errors = ()) -> Response:
    page = render_template(
        "citizen/claim.html",
        action=url_for("citizen.begin"),
        number=number[:MAX_TYPED],
        slip_code=code[:MAX_TYPED],
        track_url=url_for("citizen.track"),
        errors=errors,
    )
    return make_response(page, 400 if errors else 200)
