"""Votes, with a factor of these minutes; and what came of a case, for whoever voted on it."""

from __future__ import annotations

from math import log
from typing import Any
from uuid import UUID

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from enrollment.adjudication import Ballot, Desk, Result, Sheet, number_of
from enrollment.centres import Role
from enrollment.errors import Refusal
from enrollment.web.adjudicators import parking
from enrollment.web.adjudicators.bench import bench_page
from enrollment.web.adjudicators.blueprint import adjudicators
from enrollment.web.adjudicators.looking import Draft, draft_of, first_look, look_of, missing, votes_of
from enrollment.web.adjudicators.refusing import no
from enrollment.web.rooms import adjudication
from enrollment.web.staff.guard import Present, fresh, present, shown_page
from idp.web.extensions import db

__all__ = ["result", "vote"]


@adjudicators.post("/adjudicate/<uuid:case_id>/vote")
def vote(case_id: UUID) -> Response:
    """Give the votes on a case, all at once. What is chosen outlives the sign-in that may be asked for."""
    here = present(Role.ADJUDICATOR)
    if isinstance(here, Response):
        return here
    desk = adjudication().desk
    opened = desk.open(here.actor, case_id)
    if isinstance(opened, Refusal):
        return no(opened)
    draft = draft_of(opened, request.form)
    if not opened.voted:
        wrong = missing(opened, draft)
        if wrong:
            return _asked_again(desk, here, opened, draft, wrong[0])
        parking.keep(here.actor, case_id, draft)
    redirected = fresh(here, "adjudicators.sheet", case_id=str(case_id))
    if redirected is not None:
        db.session.commit()
        return redirected
    ballot = Ballot(
        here.actor, case_id, votes_of(opened, draft), request.form.get("key", ""), here.session.authenticated_at
    )
    voted = desk.vote(ballot)
    if isinstance(voted, Refusal):
        return no(voted)
    db.session.commit()
    parking.drop(here.actor, case_id)
    return redirect(url_for("adjudicators.result", case_id=case_id), code=303)


@adjudicators.get("/adjudicate/<uuid:case_id>/result")
def result(case_id: UUID) -> Response:
    """One's own votes with the figures of the search; once the case is decided, the outcome and the names."""
    here = present(Role.ADJUDICATOR)
    if isinstance(here, Response):
        return here
    found = adjudication().desk.result(here.actor, case_id)
    if isinstance(found, Refusal):
        return no(found)
    return shown_page(
        here,
        "adjudication/result.html",
        shown=number_of(case_id),
        outcome=found.outcome,
        names=found.names,
        rows=_rows(found),
        back_url=url_for("adjudicators.queue"),
    )


def _asked_again(desk: Desk, here: Present, opened: Sheet, draft: Draft, first: tuple[int, str]) -> Response:
    """The page of the first question whose answer is not whole."""
    rank, part = first
    shown = look_of(opened, request.form)
    shown = shown if shown.rank == rank else first_look(opened, rank)
    return bench_page(desk, here, opened, shown, draft, errors=[(f"{part}-{rank}", f"{part}_missing")])


def _rows(found: Result) -> list[dict[str, Any]]:
    """By rank: what one voted, and what the computer had found; evidence in powers of ten."""
    figures = {figure.rank: figure for figure in found.figures}
    rows = []
    for rank, given in sorted(found.votes.items()):
        figure = figures.get(rank)
        rows.append(
            {
                "rank": rank,
                "choice": given.choice.value,
                "ground": None if given.ground is None else given.ground.value,
                "ratio": None if figure is None or figure.ratio is None else figure.ratio / log(10),
                "demographic": None if figure is None else figure.demographic,
                "swapped": figure is not None and figure.swapped,
                "parts": []
                if figure is None
                else [(position.value, value / log(10)) for position, value in figure.parts.items()],
            }
        )
    return rows
