"""People who come back to a centre: for the slip of their account, or because they cannot sign in any more."""

from __future__ import annotations

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from enrollment.cases import aid_of, grouped
from enrollment.centres import Role
from enrollment.errors import Refusal
from enrollment.issuance.handing import Handed, Handing, Waiting
from enrollment.register import shown
from enrollment.web.claiming_rooms import issuing_rooms
from enrollment.web.rooms import cases
from enrollment.web.staff.blueprint import staff
from enrollment.web.staff.guard import Present, fresh, present, refusal_page, shown_page
from enrollment.web.staff.preview import day_in_words
from idp.web.account.qr import qr_code
from idp.web.extensions import services
from idp.web.rooms import trail

__all__ = ["print_slip", "slip", "visits", "visits_page"]

MAX_TYPED = 60


@staff.get("/staff/visits")
def visits() -> Response:
    """A number leads to the slip, the reference of a recovery to that."""
    here = present(Role.OFFICER)
    if isinstance(here, Response):
        return here
    number = request.args.get("number", "")[:MAX_TYPED].strip()
    aid = aid_of(number)
    if aid is not None:
        return redirect(url_for("staff.slip", aid=aid), code=303)
    return visits_page(here, number, errors=[("number", "number_wrong")] if number else [])


def visits_page(
    here: Present, number: str = "", reference: str = "", errors: list[tuple[str, str]] | None = None
) -> Response:
    """Both forms, with what was typed."""
    return shown_page(
        here,
        "officer/visits.html",
        400 if errors else 200,
        errors=errors or [],
        number=number,
        reference=reference,
        action=url_for("staff.visits"),
        recovery_action=url_for("staff.find_visit"),
    )


@staff.get("/staff/cases/<aid>/slip")
def slip(aid: str) -> Response:
    """Whom to compare, before a slip is printed."""
    here = present(Role.OFFICER)
    if isinstance(here, Response):
        return here
    redirected = fresh(here)
    if redirected is not None:
        return redirected
    found = _handing().look(here.actor, aid)
    return refusal_page(found, url_for("staff.visits")) if isinstance(found, Refusal) else _page(here, found)


@staff.post("/staff/cases/<aid>/slip")
def print_slip(aid: str) -> Response:
    """Print it: the code is in this answer and never again; every earlier slip is worthless from now on."""
    here = present(Role.OFFICER)
    if isinstance(here, Response):
        return here
    redirected = fresh(here, "staff.slip", aid=aid)
    if redirected is not None:
        return redirected
    handing = _handing()
    if request.form.get("compared") != "yes":
        found = handing.look(here.actor, aid)
        if isinstance(found, Refusal):
            return refusal_page(found, url_for("staff.visits"))
        return _page(here, found, [("compared", "compared_missing")])
    handed = handing.print(here.actor, aid)
    if isinstance(handed, Refusal):
        return refusal_page(handed, url_for("staff.visits"))
    return _printed(here, handed)


def _handing() -> Handing:
    held = issuing_rooms()
    return Handing(cases().access, held.issuance, held.slips, held.register, held.identifiers, trail())


def _page(here: Present, found: Waiting, errors: list[tuple[str, str]] | None = None) -> Response:
    return shown_page(
        here,
        "officer/slip.html",
        400 if errors else 200,
        errors=errors or [],
        shown=grouped(found.case.aid),
        name=found.facts.name,
        born=day_in_words(found.facts.birth.text),
        linked=found.linked,
        action=url_for("staff.print_slip", aid=found.case.aid),
        back_url=url_for("staff.visits"),
    )


def _printed(here: Present, handed: Handed) -> Response:
    address = f"{services().options.issuer}{url_for('citizen.start')}"
    return shown_page(
        here,
        "officer/slip_printed.html",
        shown=grouped(handed.slip.aid),
        code=handed.slip.code,
        nin=None if handed.nin is None else shown(handed.nin),
        name=handed.facts.name,
        expires_at=handed.slip.expires_at,
        linked=handed.linked,
        address=address,
        picture=qr_code(address),
        printed_at=services().clock.now(),
        back_url=url_for("staff.today"),
    )
