"""The supervisor's pages: what waits for a review, flagged first; one application; yes, back, or no."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from enrollment.cases import (
    Case,
    Cases,
    Event,
    File,
    Lifecycle,
    Moved,
    Order,
    Purpose,
    Reason,
    Section,
    State,
    Tick,
    grouped,
)
from enrollment.cases.casefile import Line
from enrollment.cases.reasons import REASONS
from enrollment.centres import Role
from enrollment.errors import Refusal
from enrollment.web.rooms import cases
from enrollment.web.staff.blueprint import staff
from enrollment.web.staff.differing import changes_of
from enrollment.web.staff.guard import Present, fresh, order, present, refusal_page, shown_page
from enrollment.web.staff.listing import lines
from enrollment.web.staff.preview import facts_of, fingers_of, papers_of, photograph_of
from enrollment.web.staff.reach import new_key, reached
from idp.web.extensions import db

__all__ = ["decide", "review", "review_case", "take_up"]

DECISIONS: Mapping[str, Event] = {"approve": Event.APPROVE, "return": Event.SEND_BACK, "reject": Event.REJECT}
MAX_ASKING = 30


@staff.get("/staff/review")
def review() -> Response:
    """What waits for a review, and exceptions of applications in capture that wait for a supervisor's word."""
    here = present(Role.SUPERVISOR)
    if isinstance(here, Response):
        return here
    held = cases()
    waiting = held.files.queue(here.actor, (State.SIGNED, State.IN_REVIEW))
    capturing = held.files.queue(here.actor, (State.CAPTURING,), MAX_ASKING)
    asking = [line for line in capturing if _asks(held, line.case)]
    return shown_page(
        here,
        "officer/review.html",
        waiting=[_waiting(row, line) for row, line in zip(lines(here, waiting), waiting, strict=True)],
        asking=lines(here, asking),
        key=new_key(),
        together_action=url_for("staff.approve_several"),
        said=request.args.get("said", ""),
        counts=[request.args.get(name, 0, type=int) for name in ("done", "left")],
    )


def _waiting(row: dict[str, Any], line: Line) -> dict[str, Any]:
    """`chosen` is what ticking it for approval sends; empty for what must be read alone."""
    alone = row["mine"] or row["flags"] > 0
    chosen = "" if alone else f"{row['aid']}.{line.case.version}.{row['state']}"
    return {**row, "url": url_for("staff.review_case", aid=row["aid"]), "chosen": chosen}


@staff.get("/staff/review/<aid>")
def review_case(aid: str) -> Response:
    """One application: taken up first, then read whole."""
    here = present(Role.SUPERVISOR)
    if isinstance(here, Response):
        return here
    held = cases()
    found = reached(held, here.actor, aid, Role.SUPERVISOR)
    if isinstance(found, Refusal):
        return refusal_page(found, url_for("staff.review"))
    if found.state not in {State.SIGNED, State.IN_REVIEW}:
        return redirect(url_for("staff.case", aid=aid), code=303)
    return _page(held, here, found)


@staff.post("/staff/review/<aid>/take")
def take_up(aid: str) -> Response:
    """A supervisor who had no hand in the capture looks at it."""
    here = present(Role.SUPERVISOR)
    if isinstance(here, Response):
        return here
    moved = cases().lifecycle.take_up(order(here, aid))
    if isinstance(moved, Refusal):
        return refusal_page(moved, url_for("staff.review"))
    db.session.commit()
    return redirect(url_for("staff.review_case", aid=aid), code=303)


@staff.post("/staff/review/<aid>/decide")
def decide(aid: str) -> Response:
    """Approve, with a reason for each flagged section; return or reject, with a reason. A fresh factor for each."""
    here = present(Role.SUPERVISOR)
    if isinstance(here, Response):
        return here
    redirected = fresh(here, "staff.review_case", aid=aid)
    if redirected is not None:
        return redirected
    held, decision = cases(), request.form.get("decision", "")
    errors = _errors(decision)
    if errors:
        found = reached(held, here.actor, aid, Role.SUPERVISOR)
        return refusal_page(found) if isinstance(found, Refusal) else _page(held, here, found, errors)
    moved = _decided(held.lifecycle, order(here, aid), decision)
    if isinstance(moved, Refusal):
        return refusal_page(moved, url_for("staff.review_case", aid=aid))
    db.session.commit()
    return redirect(url_for("staff.review", said=decision), code=303)


def _decided(lifecycle: Lifecycle, asked: Order, decision: str) -> Moved | Refusal:
    if decision == "approve":
        given = {section: request.form.get(f"tick-{section.value}", "") for section in Section}
        known = {one.value for one in Tick}
        return lifecycle.approve(asked, {name: Tick(tick) for name, tick in given.items() if tick in known})
    reason = Reason(request.form[f"{decision}_reason"])
    return lifecycle.send_back(asked, reason) if decision == "return" else lifecycle.reject(asked, reason)


def _errors(decision: str) -> list[tuple[str, str]]:
    if decision not in DECISIONS:
        return [("decisions", "decision_missing")]
    reasons = REASONS.get(DECISIONS[decision], frozenset())
    given = request.form.get(f"{decision}_reason", "")
    return [(f"{decision}_reason", "reason_missing")] if reasons and given not in set(reasons) else []


def _page(held: Cases, here: Present, found: Case, errors: list[tuple[str, str]] | None = None) -> Response:
    opened = held.files.open(here.actor, found.aid, Purpose.REVIEW) if found.state is State.IN_REVIEW else None
    if isinstance(opened, Refusal):
        return refusal_page(opened, url_for("staff.review"))
    return shown_page(
        here,
        "officer/review_case.html",
        400 if errors else 200,
        errors=errors or [],
        case=found,
        shown=grouped(found.aid),
        taken=opened is not None,
        **({} if opened is None else _contents(held, opened)),
        ticks=[tick.value for tick in Tick],
        reasons={
            name: sorted(reason.value for reason in REASONS[event])
            for name, event in DECISIONS.items()
            if event in REASONS
        },
        key=new_key(),
        take_action=url_for("staff.take_up", aid=found.aid),
        action=url_for("staff.decide", aid=found.aid),
        back_url=url_for("staff.review"),
    )


def _contents(held: Cases, opened: File) -> dict[str, Any]:
    aid, judged = opened.case.aid, opened.judged
    documents = opened.of(Section.DOCUMENTS)
    return {
        "photograph": photograph_of(opened),
        "fingers": fingers_of(opened),
        "facts": facts_of(opened),
        "changes": changes_of(opened),
        "sections": [(section.value, judged.statuses[section].value) for section in Section],
        "flagged": [(section.value, opened.material.flags.get(section, "")) for section in judged.flagged()],
        "documents": [value for slot, value in sorted(documents.items()) if isinstance(value, dict)],
        "papers": [(kind, url_for("staff.picture", aid=aid, sample_id=one)) for one, kind in papers_of(opened).items()],
        "no_documents": documents.get("none") is True,
        "captured": sum(isinstance(value, dict) for value in opened.of(Section.BIOMETRICS).values()),
        "exceptions": held.exceptions.listed(aid),
        "vouches": opened.material.vouches,
        "consent": held.consents.held(aid),
    }


def _asks(held: Cases, case: Case) -> bool:
    return any(one.granted_by is None and one.photo_id is None for one in held.exceptions.listed(case.aid))
