"""Back from a visit to a centre: reference and code lead on to the new password, in whatever browser it is."""

from __future__ import annotations

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from enrollment.errors import Refusal
from enrollment.visits.codes import LENGTH
from enrollment.web.citizen.beginning import MAX_TYPED, counted
from enrollment.web.citizen.blueprint import citizen
from enrollment.web.visiting_rooms import visit_codes
from idp.authenticators.spoken_codes import typed_code_of
from idp.recovery.visits import SIGNS
from idp.telemetry import refused
from idp.web import cookies, language
from idp.web.extensions import db, services
from idp.web.signin.pages import Errors

__all__ = ["came_back", "goes_on"]


@citizen.get("/recover/visit")
def came_back() -> Response:
    """Ask for what the centre printed."""
    return _page()


@citizen.post("/recover/visit")
def goes_on() -> Response:
    """Use the code up. A wrong number and a wrong code are one answer."""
    reference, code = request.form.get("reference", "").strip(), request.form.get("slip_code", "").strip()
    if language.switched():
        return _page(reference, code)
    errors = _faults(reference, code)
    if errors:
        return _page(reference, code, errors)
    reserved = counted(f"visit|{typed_code_of(reference, SIGNS)}", url_for("citizen.came_back"))
    if isinstance(reserved, Response):
        return reserved
    found = visit_codes().admit(reference, code, cookies.ensure_browser())
    if isinstance(found, Refusal):
        db.session.commit()
        refused(found.code.value)
        return _page(reference, code, [("reference", "visit.wrong"), ("slip_code", "")])
    db.session.commit()
    services().throttle.clear(reserved)
    return redirect(url_for("recovery.case", case_id=found.id), code=303)


def _faults(reference: str, code: str) -> list[tuple[str, str]]:
    """What cannot be right whatever is stored."""
    found = []
    if typed_code_of(reference, SIGNS) is None:
        found.append(("reference", "reference_format" if reference else "reference_missing"))
    if typed_code_of(code, LENGTH) is None:
        found.append(("slip_code", "slip_format" if code else "slip_missing"))
    return found


def _page(reference: str = "", code: str = "", errors: Errors = ()) -> Response:
    page = render_template(
        "citizen/returning.html",
        action=url_for("citizen.goes_on"),
        reference=reference[:MAX_TYPED],
        slip_code=code[:MAX_TYPED],
        errors=errors,
    )
    return make_response(page, 400 if errors else 200)
