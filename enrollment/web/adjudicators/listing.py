"""The work list: cases that whoever is here may decide, the oldest first, without a word of whose they are."""

from __future__ import annotations

from flask import url_for
from werkzeug.wrappers import Response

from enrollment.adjudication import number_of
from enrollment.centres import Role
from enrollment.web.adjudicators.blueprint import adjudicators
from enrollment.web.rooms import adjudication
from enrollment.web.staff.guard import present, shown_page

__all__ = ["queue"]


@adjudicators.get("/adjudicate")
def queue() -> Response:
    """Cases to decide."""
    here = present(Role.ADJUDICATOR)
    if isinstance(here, Response):
        return here
    waiting = [
        {
            "shown": number_of(one.case_id),
            "kind": one.kind.value,
            "stage": one.stage.value,
            "appeal": one.appeal,
            "since": one.since,
            "url": url_for("adjudicators.sheet", case_id=one.case_id),
        }
        for one in adjudication().desk.queue(here.actor)
    ]
    return shown_page(here, "adjudication/queue.html", waiting=waiting)
