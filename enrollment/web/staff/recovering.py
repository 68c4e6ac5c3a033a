"""Somebody at the counter who cannot sign in: found by reference, shown by body or papers, let back in by a code."""

from __future__ import annotations

from uuid import UUID

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from enrollment.centres import Role
from enrollment.errors import Code, Refusal
from enrollment.visits import Proof, Seen, Way
from enrollment.visits.desk import PAPERS
from enrollment.web.rooms import centres
from enrollment.web.staff.blueprint import staff
from enrollment.web.staff.guard import Present, fresh, present, refusal_page, shown_page
from enrollment.web.staff.slips import visits_page
from enrollment.web.visiting_rooms import application_of, visit_codes, visit_desk
from idp.authenticators.spoken_codes import typed_code_of
from idp.recovery.visits import SIGNS
from idp.web.account.qr import qr_code
from idp.web.extensions import db, services

__all__ = ["decide_visit", "find_visit", "print_visit_code", "review_visit", "show_visit", "visit", "waiting_visits"]

MAX_TYPED = 60
_UNSHOWN = {Code.ENR_SCHEMA: "papers_missing", Code.BIO_NOMATCH: "counter_missing", Code.ENR_EXISTS: "under_way"}


@staff.post("/staff/visits")
def find_visit() -> Response:
    """A visit by its reference."""
    here = present(Role.OFFICER)
    if isinstance(here, Response):
        return here
    typed = request.form.get("reference", "")[:MAX_TYPED].strip()
    if typed_code_of(typed, SIGNS) is None:
        fault = "reference_unknown" if typed else "reference_missing"
        return visits_page(here, errors=[("reference", fault)], reference=typed)
    found = visit_desk().find(here.actor, typed)
    if isinstance(found, Refusal) and found.code is Code.ENR_UNKNOWN:
        return visits_page(here, errors=[("reference", "reference_unknown")], reference=typed)
    if isinstance(found, Refusal):
        return refusal_page(found, url_for("staff.visits"))
    db.session.commit()
    return redirect(url_for("staff.visit", case_id=found.case_id), code=303)


@staff.get("/staff/visits/<uuid:case_id>")
def visit(case_id: UUID) -> Response:
    """Who it is about, and what was shown."""
    here = present(Role.OFFICER)
    if isinstance(here, Response):
        return here
    seen = visit_desk().open(here.actor, case_id)
    return refusal_page(seen, url_for("staff.visits")) if isinstance(seen, Refusal) else _page(here, seen)


@staff.post("/staff/visits/<uuid:case_id>/show")
def show_visit(case_id: UUID) -> Response:
    """The officer says how the person showed who they are."""
    here = present(Role.OFFICER)
    if isinstance(here, Response):
        return here
    redirected = fresh(here, "staff.visit", case_id=str(case_id))
    if redirected is not None:
        return redirected
    way, desk = request.form.get("way", ""), visit_desk()
    fault = "way_missing"
    if way in set(Way):
        shown = desk.show(here.actor, case_id, Way(way), request.form.getlist("papers"))
        if isinstance(shown, Proof):
            db.session.commit()
            return redirect(url_for("staff.visit", case_id=case_id), code=303)
        if shown.code not in _UNSHOWN:
            return refusal_page(shown, url_for("staff.visits"))
        fault = _UNSHOWN[shown.code]
    seen = desk.open(here.actor, case_id)
    if isinstance(seen, Refusal):
        return refusal_page(seen, url_for("staff.visits"))
    return _page(here, seen, [("papers" if fault == "papers_missing" else "way", fault)])


@staff.post("/staff/visits/<uuid:case_id>/code")
def print_visit_code(case_id: UUID) -> Response:
    """Print the code: it is in this answer and never again; an earlier one is worthless from now on."""
    here = present(Role.OFFICER)
    if isinstance(here, Response):
        return here
    redirected = fresh(here, "staff.visit", case_id=str(case_id))
    if redirected is not None:
        return redirected
    seen = visit_desk().open(here.actor, case_id)
    printed = seen if isinstance(seen, Refusal) else visit_codes().print(here.actor, case_id)
    if isinstance(printed, Refusal) or isinstance(seen, Refusal):
        return refusal_page(printed if isinstance(printed, Refusal) else Refusal(Code.ENR_UNKNOWN))
    address = f"{services().options.issuer}{url_for('citizen.came_back')}"
    return shown_page(
        here,
        "officer/visit_code.html",
        name=seen.name,
        reference=printed.reference,
        code=printed.code,
        expires_at=printed.expires_at,
        address=address,
        picture=qr_code(address),
        back_url=url_for("staff.visits"),
    )


@staff.get("/staff/review/visits")
def waiting_visits() -> Response:
    """What waits for a supervisor's word."""
    here = present(Role.SUPERVISOR)
    if isinstance(here, Response):
        return here
    rows = [
        {
            "url": url_for("staff.review_visit", proof_id=proof.id),
            "made_at": proof.made_at,
            "papers": proof.papers,
            "way": proof.way.value,
        }
        for proof in visit_desk().waiting(here.actor)
    ]
    return shown_page(here, "officer/visits_waiting.html", rows=rows, said=request.args.get("said", ""))


@staff.get("/staff/review/visits/<uuid:proof_id>")
def review_visit(proof_id: UUID) -> Response:
    """What the officer said, and the person it is about: the supervisor sees both with their own eyes."""
    here = present(Role.SUPERVISOR)
    if isinstance(here, Response):
        return here
    seen = visit_desk().review(here.actor, proof_id)
    if isinstance(seen, Refusal):
        return refusal_page(seen, url_for("staff.waiting_visits"))
    return shown_page(
        here,
        "officer/visit_review.html",
        seen=seen,
        action=url_for("staff.decide_visit", proof_id=proof_id),
        back_url=url_for("staff.waiting_visits"),
    )


@staff.post("/staff/review/visits/<uuid:proof_id>")
def decide_visit(proof_id: UUID) -> Response:
    """Agree, or not, with a fresh factor."""
    here = present(Role.SUPERVISOR)
    if isinstance(here, Response):
        return here
    redirected = fresh(here, "staff.review_visit", proof_id=str(proof_id))
    if redirected is not None:
        return redirected
    decision = request.form.get("decision", "")
    if decision not in {"agree", "refuse"}:
        return refusal_page(Refusal(Code.ENR_SCHEMA, "decision"), url_for("staff.review_visit", proof_id=proof_id))
    decided = visit_desk().decide(here.actor, proof_id, _centre(here), agreed=decision == "agree")
    if isinstance(decided, Refusal):
        return refusal_page(decided, url_for("staff.waiting_visits"))
    db.session.commit()
    return redirect(url_for("staff.waiting_visits", said=decision), code=303)


def _centre(here: Present) -> str:
    found = None if here.actor.centre_id is None else centres().find(here.actor.centre_id)
    return "" if found is None or isinstance(found, Refusal) else found.name


def _page(here: Present, seen: Seen, errors: list[tuple[str, str]] | None = None) -> Response:
    return shown_page(
        here,
        "officer/visit.html",
        400 if errors else 200,
        errors=errors or [],
        seen=seen,
        here_proof=seen.proof is not None and seen.proof.centre_id == here.actor.centre_id,
        application=None if seen.person_id is None else application_of(seen.person_id),
        papers=sorted(kind.value for kind in PAPERS),
        action=url_for("staff.show_visit", case_id=seen.case_id),
        code_action=url_for("staff.print_visit_code", case_id=seen.case_id),
        back_url=url_for("staff.visits"),
    )
