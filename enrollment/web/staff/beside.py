"""What is asked beside the form: the one fact of whoever lost their number, and the guardian of a child."""

from __future__ import annotations

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from enrollment.cases import Case, Kind, State, grouped
from enrollment.cases.policy import CasePolicy
from enrollment.centres import Role
from enrollment.errors import Code, Refusal
from enrollment.life_events.children import GUARDIAN
from enrollment.life_events.told import FIELDS
from enrollment.register import Birth, Status
from enrollment.web.centre_rooms import identifiers, proven_accounts, register
from enrollment.web.life_rooms import life
from enrollment.web.rooms import cases
from enrollment.web.staff.blueprint import staff
from enrollment.web.staff.guard import Present, present, refusal_page, shown_page
from enrollment.web.staff.reach import reached
from idp.web.extensions import db, services

__all__ = ["CHILDREN", "guardian", "put_guardian", "put_told", "told"]

MAX_TYPED = 200
MAX_NUMBER = 40
CHILDREN = frozenset({Kind.CHILD, Kind.REENROL})


@staff.get("/staff/cases/<aid>/told")
def told(aid: str) -> Response:
    """One fact, of those that the register may know."""
    here = present(Role.OFFICER)
    return here if isinstance(here, Response) else _told_page(here, aid)


@staff.post("/staff/cases/<aid>/told")
def put_told(aid: str) -> Response:
    """Keep it: nobody is told here whether it is right."""
    here = present(Role.OFFICER)
    if isinstance(here, Response):
        return here
    field, text = request.form.get("field", ""), request.form.get("text", "")[: MAX_TYPED + 1]
    refusal = life().told.tell(here.actor, aid, field, text)
    if refusal is not None and refusal.about == "fact":
        return _told_page(here, aid, [("text", "fact_missing")])
    if refusal is not None:
        return refusal_page(refusal, url_for("staff.case", aid=aid))
    db.session.commit()
    return redirect(url_for("staff.case", aid=aid, saved="told"), code=303)


@staff.get("/staff/cases/<aid>/guardian")
def guardian(aid: str) -> Response:
    """Whose child it is, by a national number."""
    here = present(Role.OFFICER)
    return here if isinstance(here, Response) else _guardian_page(here, aid)


@staff.post("/staff/cases/<aid>/guardian")
def put_guardian(aid: str) -> Response:
    """Note the guardian, who is of age and registered; they are told when the child is to come again."""
    here = present(Role.OFFICER)
    if isinstance(here, Response):
        return here
    case = _capturing(here, aid, CHILDREN)
    if isinstance(case, Refusal):
        return refusal_page(case, url_for("staff.case", aid=aid))
    found = identifiers().find(request.form.get("number", "")[:MAX_NUMBER].strip())
    fault = "nin_wrong" if isinstance(found, Refusal) and found.code is Code.NIN_CHECK else "nin_unknown"
    if isinstance(found, Refusal) or not found.active:
        # Somebody who tries numbers is to be seen.
        cases().access.refuse(here.actor, case.aid, "guardian", Refusal(Code.NIN_UNKNOWN), case)
        return _guardian_page(here, aid, [("number", fault)])
    person, version = register().get(found.person_id), register().current(found.person_id)
    held = proven_accounts().of_person(found.person_id)
    fit = person is not None and person.status is Status.ACTIVE and version is not None and _of_age(version.facts.birth)
    if not fit or not held or found.person_id == case.person_id:
        return _guardian_page(here, aid, [("number", "guardian_unfit")])
    refusal = cases().files.relate(here.actor, case.aid, held[0], GUARDIAN)
    if refusal is not None:
        return refusal_page(refusal, url_for("staff.case", aid=aid))
    db.session.commit()
    return redirect(url_for("staff.case", aid=aid, saved="guardian"), code=303)


def _told_page(here: Present, aid: str, errors: list[tuple[str, str]] | None = None) -> Response:
    case = _capturing(here, aid, frozenset({Kind.LOST}))
    if isinstance(case, Refusal):
        return refusal_page(case, url_for("staff.case", aid=aid))
    return shown_page(
        here,
        "officer/told.html",
        400 if errors else 200,
        errors=errors or [],
        shown=grouped(case.aid),
        fields=FIELDS,
        field=life().told.told(case.aid) or request.form.get("field", FIELDS[0]),
        action=url_for("staff.put_told", aid=case.aid),
        back_url=url_for("staff.case", aid=case.aid),
    )


def _guardian_page(here: Present, aid: str, errors: list[tuple[str, str]] | None = None) -> Response:
    case = _capturing(here, aid, CHILDREN)
    if isinstance(case, Refusal):
        return refusal_page(case, url_for("staff.case", aid=aid))
    return shown_page(
        here,
        "officer/guardian.html",
        400 if errors else 200,
        errors=errors or [],
        shown=grouped(case.aid),
        action=url_for("staff.put_guardian", aid=case.aid),
        back_url=url_for("staff.case", aid=case.aid),
    )


def _capturing(here: Present, aid: str, kinds: frozenset[Kind]) -> Case | Refusal:
    """The application while it is captured, where it is of such a kind."""
    found = reached(cases(), here.actor, aid, Role.OFFICER)
    if isinstance(found, Refusal) or (found.state is State.CAPTURING and found.kind in kinds):
        return found
    return cases().access.refuse(here.actor, found.aid, "beside", Refusal(Code.ENR_STATE, found.state.value), found)


def _of_age(birth: Birth) -> bool:
    """Surely: where only the year is known, the last day of it counts."""
    today = services().clock.now().date()
    born = (birth.year, birth.month or 12, birth.day or 31)
    return (today.year - CasePolicy().of_age, today.month, today.day) >= born
