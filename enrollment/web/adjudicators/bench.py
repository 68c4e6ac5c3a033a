"""The workbench: applicant and candidate side by side, part by part of the body, and what is chosen of each candidate.

Looking at something else sends the form as well, so that without a script nothing of it is lost.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import redirect, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from enrollment.adjudication import WHOLE, Desk, Sheet, number_of
from enrollment.capture import Position
from enrollment.centres import Role
from enrollment.errors import Refusal
from enrollment.web.adjudicators import parking
from enrollment.web.adjudicators.blueprint import adjudicators
from enrollment.web.adjudicators.drawing import drawn
from enrollment.web.adjudicators.looking import (
    Chosen,
    Draft,
    Look,
    draft_of,
    first_look,
    grounds_of,
    look_of,
    positions_of,
)
from enrollment.web.adjudicators.refusing import no
from enrollment.web.rooms import adjudication, examiner, vault
from enrollment.web.staff.guard import Present, present, shown_page
from enrollment.web.staff.reach import new_key
from idp.web import language

__all__ = ["bench_page", "look", "sheet"]


@adjudicators.get("/adjudicate/<uuid:case_id>")
def sheet(case_id: UUID) -> Response:
    """A case, with whatever was chosen of it before. For whoever voted: what came of it."""
    here = present(Role.ADJUDICATOR)
    if isinstance(here, Response):
        return here
    desk = adjudication().desk
    opened = desk.open(here.actor, case_id)
    if isinstance(opened, Refusal):
        return no(opened)
    if opened.voted:
        return redirect(url_for("adjudicators.result", case_id=case_id), code=303)
    draft = parking.kept(here.actor, opened)
    begun = any(chosen.choice for chosen in draft.values())
    return bench_page(desk, here, opened, first_look(opened), draft, kept=begun)


@adjudicators.post("/adjudicate/<uuid:case_id>/look")
def look(case_id: UUID) -> Response:
    """Look at something else of the same case, or at the same in another language."""
    language.switched()
    here = present(Role.ADJUDICATOR)
    if isinstance(here, Response):
        return here
    desk = adjudication().desk
    opened = desk.open(here.actor, case_id)
    if isinstance(opened, Refusal):
        return no(opened)
    if opened.voted:
        return redirect(url_for("adjudicators.result", case_id=case_id), code=303)
    draft = draft_of(opened, request.form)
    parking.keep(here.actor, case_id, draft)
    return bench_page(desk, here, opened, look_of(opened, request.form), draft)


def bench_page(
    desk: Desk,
    here: Present,
    opened: Sheet,
    shown: Look,
    draft: Draft,
    *,
    errors: list[tuple[str, str]] | None = None,
    kept: bool = False,
) -> Response:
    """The page of one case. `errors`: the field of the shown question and what is missing there."""
    case_id, rank = opened.case_id, shown.rank
    candidate = next((one for one in opened.candidates if one.rank == rank), None)
    return shown_page(
        here,
        "adjudication/sheet.html",
        400 if errors else 200,
        shown=number_of(case_id),
        kind=opened.kind.value,
        stage=opened.stage.value,
        appeal=opened.appeal,
        look=shown,
        asked=opened.questions()[rank].value,
        why=None if candidate is None else candidate.why.value,
        count=len(opened.candidates),
        questions=[_question(one, draft) for one in sorted(opened.questions())],
        strip=_strip(opened, rank),
        others=positions_of(opened, rank),
        sides=None if candidate is None else _sides(desk, here, opened, shown),
        choices=[choice.value for choice in opened.choices(rank)],
        grounds=[ground.value for ground in grounds_of(opened, rank)],
        chosen=draft.get(rank, Chosen()),
        hidden=[_question(one, draft) for one in sorted(opened.questions()) if one != rank],
        errors=errors or [],
        kept=kept,
        key=new_key(),
        look_action=url_for("adjudicators.look", case_id=case_id, _anchor="bench"),
        action=url_for("adjudicators.vote", case_id=case_id),
        papers_url=url_for("adjudicators.papers", case_id=case_id) if opened.whole is not None else "",
        back_url=url_for("adjudicators.queue"),
    )


def _question(rank: int, draft: Draft) -> dict[str, Any]:
    chosen = draft.get(rank, Chosen())
    return {
        "rank": rank,
        "choice": "" if chosen.choice is None else chosen.choice.value,
        "ground": "" if chosen.ground is None else chosen.ground.value,
    }


def _strip(opened: Sheet, rank: int) -> list[dict[str, Any]]:
    both = positions_of(opened, rank)
    ordered = sorted(opened.applicant, key=lambda position: position.number)
    return [{"position": position, "both": position in both} for position in ordered]


def _sides(desk: Desk, here: Present, opened: Sheet, shown: Look) -> list[dict[str, Any]]:
    """The applicant's picture and the candidate's, with the points of each where they are asked for."""
    places = (
        (WHOLE, shown.position, shown.position in opened.applicant),
        (shown.rank, shown.against, shown.against in positions_of(opened, shown.rank)),
    )
    return [_side(desk, here, opened.case_id, shown, place) for place in places]


def _side(desk: Desk, here: Present, case_id: UUID, shown: Look, place: tuple[int, Position, bool]) -> dict[str, Any]:
    rank, position, there = place
    url = url_for("adjudicators.picture", case_id=case_id, rank=rank, position=position.value) if there else ""
    wanted = there and shown.points and position is not Position.FACE
    points = _points(desk, here, case_id, rank, position) if wanted else None
    return {"rank": rank, "position": position.value, "url": url, "points": points, "lost": wanted and points is None}


def _points(desk: Desk, here: Present, case_id: UUID, rank: int, position: Position) -> Markup | None:
    """None where there is no record, and where it cannot be read: the picture is looked at without them."""
    held = vault()
    found = desk.minutiae(here.actor, case_id, rank, position)
    if held is None or found is None or isinstance(found, Refusal):
        return None
    content = held.read(found)
    points = content if isinstance(content, Refusal) else examiner().ridge_points(content)
    return None if isinstance(points, Refusal) else drawn(points)
