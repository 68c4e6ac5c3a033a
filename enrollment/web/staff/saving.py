"""Saving what was typed, at every field by the page's script or a section at once by its button; and consent."""

from __future__ import annotations

from typing import Any

from flask import jsonify, make_response, redirect, request, url_for
from werkzeug.wrappers import Response

from enrollment.cases import Case, Cases, How, Section
from enrollment.cases.contents import FLAGS
from enrollment.centres import Role
from enrollment.errors import Code, Refusal
from enrollment.web.rooms import cases, divisions
from enrollment.web.staff.blueprint import staff
from enrollment.web.staff.form import CONSENT_TEXT, form_page
from enrollment.web.staff.guard import Present, present, refusal_page
from enrollment.web.staff.typed import typed_fields
from idp.web import language
from idp.web.extensions import db, services

__all__ = ["consent", "flag", "save", "withdraw_consent"]

_SAVED = "<any(person, documents, biometrics):section>"


@staff.post(f"/staff/cases/<aid>/save/{_SAVED}")
def save(aid: str, section: str) -> Response:
    """Keep these inputs, right or wrong. `version` is the section's as it was shown; an older one changes nothing.

    To the script (`script`): the statuses of all sections, and what is wrong with the fields it sent.
    """
    here = present(Role.OFFICER)
    if isinstance(here, Response):
        return here
    held, part = cases(), Section(section)
    case = held.sections.reach(here.actor, aid)
    if isinstance(case, Refusal):
        return refusal_page(case)
    typed = typed_fields(part, request.form, divisions())
    outcome = _kept(held, here, case, part, typed)
    if isinstance(outcome, Refusal) and outcome.about == "section_version" and "script" not in request.form:
        db.session.rollback()
        return form_page(here, aid, conflict=part, typed=typed)
    if isinstance(outcome, Refusal):
        return refusal_page(outcome, url_for("staff.case", aid=aid))
    db.session.commit()
    if "script" in request.form:
        return _told(held, case, part, outcome, typed)
    return redirect(url_for("staff.case", aid=aid, saved=section, _anchor=section), code=303)


def _kept(held: Cases, here: Present, case: Case, section: Section, typed: dict[str, Any]) -> int | Refusal:
    """The section's version afterwards. Only what differs is written, the first of it against the version shown."""
    material = held.sections.read(case)
    content = material.of(section)
    version = _version()
    for field, value in typed.items():
        if value == content.get(field):
            continue
        saved = held.sections.save_field(here.actor, case.aid, section, field, value, version)
        if isinstance(saved, Refusal):
            return saved
        version = saved.version if saved.changed else version
    return held.sections.read(case).versions[section]


def _version() -> int | None:
    given = request.form.get("version", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else None


def _told(held: Cases, case: Case, section: Section, version: int, typed: dict[str, Any]) -> Response:
    judged = held.sections.judge(case)
    return make_response(
        jsonify(
            version=version,
            statuses={name.value: status.value for name, status in judged.statuses.items()},
            done=sum(judged.statuses[name].done for name in judged.needed.sections),
            needed=len(judged.needed.sections),
            faults={fault.field: fault.problem.value for fault in judged.faults if fault.field in typed}
            if section is Section.PERSON
            else {},
            at=services().clock.now().strftime("%H:%M:%S"),
        )
    )


@staff.post("/staff/cases/<aid>/consent")
def consent(aid: str) -> Response:
    """The applicant agreed to the text that the page shows, in the language that it speaks."""
    here = present(Role.OFFICER)
    if isinstance(here, Response):
        return here
    how = request.form.get("how", "")
    if how not in {one.value for one in How}:
        return form_page(here, aid, errors=[("how-signed", "consent_how")])
    given = cases().consents.give(here.actor, aid, CONSENT_TEXT, language.current().tag.partition("-")[0], How(how))
    return _back(aid, given if isinstance(given, Refusal) else None, "consent", "person")


@staff.post("/staff/cases/<aid>/consent/withdraw")
def withdraw_consent(aid: str) -> Response:
    """The applicant takes it back."""
    here = present(Role.OFFICER)
    if isinstance(here, Response):
        return here
    return _back(aid, cases().consents.withdraw(here.actor, aid), "consent", "consent")


@staff.post("/staff/cases/<aid>/flag")
def flag(aid: str) -> Response:
    """Ask the supervisor to look at a section, or take that back."""
    here = present(Role.OFFICER)
    if isinstance(here, Response):
        return here
    section, reason = request.form.get("section", ""), request.form.get("reason", "")
    if section not in set(Section) or reason not in FLAGS | {""}:
        return refusal_page(Refusal(Code.ENR_SCHEMA, "flag"), url_for("staff.case", aid=aid))
    done = cases().sections.flag(here.actor, aid, Section(section), reason or None)
    return _back(aid, done if isinstance(done, Refusal) else None, "flag", "sign")


def _back(aid: str, refusal: Refusal | None, said: str, anchor: str) -> Response:
    if refusal is not None:
        return refusal_page(refusal, url_for("staff.case", aid=aid))
    db.session.commit()
    return redirect(url_for("staff.case", aid=aid, saved=said, _anchor=anchor), code=303)
