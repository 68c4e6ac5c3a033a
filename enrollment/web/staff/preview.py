"""The second screen: everything that was written down, in plain words, for the applicant to confirm."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

import flask_babel
from flask import current_app, redirect, request, url_for
from werkzeug.wrappers import Response

from enrollment.cases import FACE, FINGERS, Cases, File, Purpose, Section, grouped
from enrollment.cases.sections import DOCUMENTS
from enrollment.centres import Role
from enrollment.errors import Code, Refusal
from enrollment.web.rooms import OBJECTS, cases, divisions
from enrollment.web.staff.blueprint import staff
from enrollment.web.staff.guard import Present, present, refusal_page, shown_page
from enrollment.web.staff.typed import inputs_of
from idp.web import language
from idp.web.extensions import db
from idp.web.formats import locale_of

__all__ = [
    "confirm",
    "day_in_words",
    "facts_of",
    "fingers_of",
    "papers_of",
    "person_facts",
    "photograph_of",
    "preview",
    "stage_of",
]

_ORDER = (
    "given_names", "family_name", "other_names", "local_name", "birth_date", "sex", "nationality", "birth_country",
    "birth_division", "birth_place", "address_division", "address_lines", "phone", "email", "contact_person",
    "contact_phone", "guardian_name", "guardian_relation",
)  # fmt: skip
_COUNTRIES = ("nationality", "birth_country")
# The applicant speaks here; nothing of it is the officer's to answer.
ANSWERS = ("right", "wrong")


@staff.get("/staff/cases/<aid>/preview")
def preview(aid: str) -> Response:
    """What the applicant sees; once confirmed, thanks."""
    here = present(Role.OFFICER)
    if isinstance(here, Response):
        return here
    opened = cases().files.open(here.actor, aid, Purpose.CAPTURE)
    if isinstance(opened, Refusal):
        return refusal_page(opened)
    return shown_page(
        here,
        "officer/preview.html",
        shown=grouped(opened.case.aid),
        stage=stage_of(opened),
        facts=facts_of(opened),
        documents=_documents(opened),
        captured=sorted(set(opened.of(Section.BIOMETRICS)) - {"looked_at_face", "looked_at_fingers"}),
        seen=opened.material.shown(),
        action=url_for("staff.confirm", aid=aid),
        again_url=url_for("staff.preview", aid=aid),
        back_url=url_for("staff.case", aid=aid, _anchor="preview"),
        said=request.args.get("said", ""),
    )


@staff.post("/staff/cases/<aid>/preview")
def confirm(aid: str) -> Response:
    """The applicant says that it is right, of just what the page showed; or that something is not."""
    here = present(Role.OFFICER)
    if isinstance(here, Response):
        return here
    if request.form.get("answer") not in ANSWERS:
        return refusal_page(Refusal(Code.ENR_SCHEMA, "answer"), url_for("staff.preview", aid=aid))
    if request.form["answer"] == "wrong":
        return redirect(url_for("staff.preview", aid=aid, said="wrong"), code=303)
    refusal = _confirmed(cases(), here, aid, request.form.get("seen", ""))
    if refusal is not None:
        return refusal_page(refusal, url_for("staff.preview", aid=aid))
    db.session.commit()
    return redirect(url_for("staff.preview", aid=aid, said="right"), code=303)


def _confirmed(held: Cases, here: Present, aid: str, seen: str) -> Refusal | None:
    """Nothing may have changed between what was shown and the yes: the case is held while both are compared."""
    case = held.sections.reach(here.actor, aid)
    if isinstance(case, Refusal):
        return case
    if seen != held.sections.read(case).shown():
        return Refusal(Code.ENR_STATE, "preview")
    done = held.sections.confirm(here.actor, aid, language.current().tag)
    return done if isinstance(done, Refusal) else None


def stage_of(opened: File) -> str:
    """Whether there is something to confirm: `missing` sections, `ask`, or `confirmed`."""
    missing = [section for section in opened.judged.missing() if section is not Section.PREVIEW]
    if opened.judged.statuses[Section.PREVIEW].done:
        return "confirmed"
    return "missing" if missing else "ask"


def facts_of(opened: File) -> list[tuple[str, str]]:
    """The personal details as pairs of field and text, in the order in which people say them."""
    return person_facts(opened.of(Section.PERSON))


def person_facts(content: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The same from what a section holds."""
    person = inputs_of(content, divisions())
    names = locale_of(language.current().tag).territories
    facts = []
    for field in _ORDER:
        value = str(person.get(field) or "")
        if value and field in _COUNTRIES:
            value = str(names.get(value, value))
        if field == "birth_date":
            value = day_in_words(value)
        if value:
            facts.append((field, value))
    return facts


def photograph_of(opened: File) -> str | None:
    """The address of the photograph that is kept; None where there is none, or nowhere to keep it."""
    face = opened.of(Section.BIOMETRICS).get(FACE)
    if not isinstance(face, Mapping) or OBJECTS not in current_app.extensions:
        return None
    return url_for("staff.picture", aid=opened.case.aid, sample_id=face["sample"])


def fingers_of(opened: File) -> list[tuple[str, str, int | None]]:
    """The first impressions that are kept, as they lie on a hand: position, address of the picture, quality."""
    content = opened.of(Section.BIOMETRICS)
    kept = [(name, content.get(name)) for name in FINGERS]
    if OBJECTS not in current_app.extensions:
        return []
    return [
        (name, url_for("staff.picture", aid=opened.case.aid, sample_id=one["sample"]), one.get("quality"))
        for name, one in kept
        if isinstance(one, Mapping)
    ]


def papers_of(opened: File) -> dict[UUID, str]:
    """The photographs of documents that are kept: object, and the kind of paper."""
    content = opened.of(Section.DOCUMENTS)
    kept = [(slot, content.get(f"{slot}_object")) for slot in DOCUMENTS]
    return {UUID(str(one)): str((content.get(slot) or {}).get("type") or "other") for slot, one in kept if one}


def day_in_words(written: str) -> str:
    """A birth date in words, as exactly as it is known; as it was typed where it is no date."""
    parts = written.split("-")
    try:
        born = date.fromisoformat("-".join([*parts, "01", "01"][:3]))
    except ValueError:
        return written
    return str(flask_babel.format_date(born, ("y", "MMMM y", "d MMMM y")[min(len(parts), 3) - 1], rebase=False))


def _documents(opened: File) -> list[dict[str, Any]]:
    content = opened.of(Section.DOCUMENTS)
    return [
        {"type": content[slot].get("type", "other"), "number": content[slot].get("number", "")}
        for slot in DOCUMENTS
        if content.get(slot)
    ]
