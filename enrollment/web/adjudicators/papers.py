"""What was said and shown, where the application itself is decided: nothing is compared then, and no name is hidden."""

from __future__ import annotations

from uuid import UUID

from flask import url_for
from werkzeug.wrappers import Response

from enrollment.adjudication import number_of
from enrollment.centres import Role
from enrollment.errors import Code, Refusal
from enrollment.web.adjudicators.blueprint import adjudicators
from enrollment.web.adjudicators.pictures import counted, pictured
from enrollment.web.adjudicators.refusing import no
from enrollment.web.rooms import adjudication
from enrollment.web.staff.guard import present, shown_page
from enrollment.web.staff.preview import person_facts

__all__ = ["paper", "papers"]

# Small print can be read.
PAPER_SIDE = 1600


@adjudicators.get("/adjudicate/<uuid:case_id>/papers")
def papers(case_id: UUID) -> Response:
    """The personal details, and a picture of each paper."""
    here = present(Role.ADJUDICATOR)
    if isinstance(here, Response):
        return here
    found = adjudication().desk.papers(here.actor, case_id)
    if isinstance(found, Refusal):
        return no(found)
    return shown_page(
        here,
        "adjudication/papers.html",
        shown=number_of(case_id),
        facts=person_facts(found.person),
        exceptions=found.exceptions,
        vouches=found.vouches,
        documents=[
            {"type": kind, "url": url_for("adjudicators.paper", case_id=case_id, number=number)}
            for number, (kind, _) in enumerate(found.documents, 1)
        ],
        back_url=url_for("adjudicators.sheet", case_id=case_id),
    )


@adjudicators.get("/adjudicate/<uuid:case_id>/papers/<number>")
def paper(case_id: UUID, number: str) -> Response:
    """One paper as a picture."""
    here = present(Role.ADJUDICATOR)
    if isinstance(here, Response):
        return here
    found = adjudication().desk.papers(here.actor, case_id)
    if isinstance(found, Refusal):
        return no(found)
    place = counted(number) or 0
    if not 1 <= place <= len(found.documents):
        return no(Refusal(Code.ENR_UNKNOWN))
    return pictured(found.documents[place - 1][1], PAPER_SIDE)
