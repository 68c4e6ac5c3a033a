"""Asking after an application by its number: what happens now and what to do, and nothing about the person."""

from __future__ import annotations

from flask import make_response, render_template, request, url_for
from werkzeug.wrappers import Response

from enrollment.cases import aid_of, grouped
from enrollment.cases.tracking import Standing, Tracking
from enrollment.web.citizen.beginning import MAX_TYPED, number_fault, wait_page
from enrollment.web.citizen.blueprint import citizen
from idp.web import language
from idp.web.extensions import db, services
from idp.web.signin.pages import Errors

__all__ = ["track", "tracked"]


@citizen.get("/track")
def track() -> Response:
    """Ask for the number."""
    return _page()


@citizen.post("/track")
def tracked() -> Response:
    """Say where it stands. The number stays out of addresses, histories and logs."""
    number = request.form.get("number", "").strip()
    if language.switched():
        return _page(number)
    fault, aid = number_fault(number), aid_of(number)
    if fault or aid is None:
        return _page(number, [("number", fault)])
    shared = services()
    refusal = shared.address_limit.count_begun(shared.client_address(request.environ))
    if refusal is not None:
        return wait_page(refusal, url_for("citizen.track"))
    standing = Tracking(db.session()).of(aid)
    if standing is None:
        return _page(number, [("number", "aid_unknown")])
    return _page(grouped(aid), standing=standing)


def _page(number: str = "", errors: Errors = (), standing: Standing | None = None) -> Response:
    page = render_template(
        "citizen/track.html",
        action=url_for("citizen.tracked"),
        number=number[:MAX_TYPED],
        standing=standing,
        claim_url=url_for("citizen.start"),
        errors=errors,
    )
    return make_response(page, 400 if errors else 200)
