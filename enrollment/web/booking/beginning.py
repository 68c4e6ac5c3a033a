"""What is on its way for somebody, beginning at home, and the details of the person."""

from __future__ import annotations

from typing import Any

from flask import make_response, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from enrollment.cases import Applicant, Case, Kind, Saved, Section, State, grouped
from enrollment.cases.models import ApplicationRow
from enrollment.errors import Refusal
from enrollment.web.booking.blueprint import BEFORE, KINDS, asked, booking, mine, refusal_page, too_often
from enrollment.web.booking_rooms import bookings
from enrollment.web.rooms import cases, divisions
from enrollment.web.staff.form import country_choices
from enrollment.web.staff.reach import new_key
from enrollment.web.staff.typed import RELATIONS, SEXES, inputs_of, typed_fields
from idp.web import language
from idp.web.account.guard import signed_in
from idp.web.extensions import db, services
from idp.web.guards import current_session

__all__ = ["begin", "details", "keep_details", "start"]

MOST = 10


@booking.get("/book")
def start() -> Response:
    """What booking is; for whoever is signed in, what they have begun."""
    session = current_session()
    rows = [] if session is None else _mine(Applicant(session.subscriber_id))
    page = render_template(
        "booking/start.html",
        signed_in=session is not None,
        rows=rows,
        kinds=[kind.value for kind in KINDS],
        most=len(rows) >= MOST,
        key=new_key(),
        action=url_for("booking.begin"),
        sign_in_url=url_for("booking.begin"),
        register_url=url_for("registration.start"),
        said=request.args.get("said", ""),
    )
    return make_response(page)


@booking.get("/book/begin")
def reread() -> Response:
    """After a sign-in: back to the first page."""
    session = signed_in()
    return session if isinstance(session, Response) else redirect(url_for("booking.start"), code=303)


@booking.post("/book/begin")
def begin() -> Response:
    """An application that is filled in at home, once for each form."""
    session = signed_in()
    if isinstance(session, Response):
        return session
    kind, by = request.form.get("kind", ""), Applicant(session.subscriber_id)
    if kind not in {one.value for one in KINDS} or len(_mine(by)) >= MOST:
        return redirect(url_for("booking.start"), code=303)
    waiting = too_often(by, "begin")
    if waiting is not None:
        return waiting
    made = cases().lifecycle.draft(by, Kind(kind), request.form.get("key", ""))
    if isinstance(made, Refusal):
        return refusal_page(made)
    db.session.commit()
    return redirect(url_for("booking.details", aid=made.aid), code=303)


@booking.get("/book/<aid>/details")
def details(aid: str) -> Response:
    """Who it is about."""
    found = mine(aid, (State.PRE_DRAFT,))
    return found if isinstance(found, Response) else _details_page(found[1])


@booking.post("/book/<aid>/details")
def keep_details(aid: str) -> Response:
    """Keep what was typed, right or wrong; when nothing is missing, it goes on to the centre."""
    found = mine(aid, (State.PRE_DRAFT,))
    if isinstance(found, Response):
        return found
    by, case = found
    held = cases()
    content = held.sections.read(case).of(Section.PERSON)
    for field, value in typed_fields(Section.PERSON, request.form, divisions()).items():
        if value == content.get(field):
            continue
        saved = held.sections.save_field(by, aid, Section.PERSON, field, value)
        if not isinstance(saved, Saved):
            return refusal_page(saved)
    db.session.commit()
    if language.switched() or "later" in request.form:
        return _details_page(case) if language.switched() else redirect(url_for("booking.start"), code=303)
    faults = [(fault.field, fault.problem.value) for fault in held.sections.judge(case).faults]
    if faults:
        return _details_page(case, faults)
    moved = held.lifecycle.submit(asked(by, aid))
    if isinstance(moved, Refusal):
        return refusal_page(moved)
    db.session.commit()
    return redirect(url_for("booking.places", aid=aid), code=303)


def _details_page(case: Case, faults: list[tuple[str, str]] | None = None) -> Response:
    held, parts = cases(), divisions()
    page = render_template(
        "booking/details.html",
        case=case,
        person=inputs_of(held.sections.read(case).of(Section.PERSON), parts),
        faults=faults or [],
        sexes=SEXES,
        relations=sorted(RELATIONS),
        countries=country_choices(),
        places=[division.name for division in parts.all()],
        key=new_key(),
        action=url_for("booking.keep_details", aid=case.aid),
    )
    return make_response(page, 400 if faults else 200)


def _mine(by: Applicant) -> list[dict[str, Any]]:
    wanted = (
        select(ApplicationRow.aid, ApplicationRow.kind, ApplicationRow.state, ApplicationRow.due_at)
        .where(ApplicationRow.subscriber_id == by.subscriber_id)
        .where(ApplicationRow.state.in_([state.value for state in BEFORE]))
        .order_by(ApplicationRow.opened_at)
    )
    on = {"pre_draft": "booking.details", "pre_submitted": "booking.places", "booked": "booking.kept"}
    return [
        {
            "aid": grouped(row.aid),
            "kind": row.kind,
            "state": row.state,
            "due_at": row.due_at,
            "at": None if (held := bookings().of(row.aid)) is None else held.starts_at,
            "past": held is not None and held.starts_at < services().clock.now(),
            "url": url_for(on[row.state], aid=row.aid),
        }
        for row in db.session.execute(wanted)
    ]
