"""The one-page form of an application, as values for its page: every section, how far it is, what is missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import current_app, request, url_for
from werkzeug.wrappers import Response

from enrollment.cases import (
    FACE,
    FINGERS,
    Cases,
    File,
    How,
    Kind,
    Problem,
    Purpose,
    Reason,
    Relation,
    Section,
    Status,
    Why,
)
from enrollment.cases.contents import FLAGS, NO_DEVICE
from enrollment.cases.countries import COUNTRIES
from enrollment.cases.reasons import REASONS
from enrollment.cases.sections import DOCUMENTS
from enrollment.cases.transitions import Event
from enrollment.centres import Divisions
from enrollment.errors import Refusal
from enrollment.life_events.promises import promised_by
from enrollment.web.life_rooms import life
from enrollment.web.rooms import OBJECTS, cases, divisions
from enrollment.web.staff.body import level
from enrollment.web.staff.guard import Present, refusal_page, shown_page
from enrollment.web.staff.reach import new_key
from enrollment.web.staff.typed import DOCUMENT_FIELDS, RELATIONS, SEXES, TYPES, inputs_of
from idp.web import headers, language
from idp.web.formats import locale_of

__all__ = ["CONSENT_TEXT", "country_choices", "form_page"]

# Changes with every word of the text in `officer/_consent.html`.
CONSENT_TEXT = "2026-11"
_HOME = "SL"


def form_page(
    here: Present,
    aid: str,
    *,
    conflict: Section | None = None,
    typed: Mapping[str, Any] | None = None,
    errors: Sequence[tuple[str, str]] = (),
) -> Response:
    """The form of an application that is being captured; reading it is audited.

    `conflict`: a section that somebody else changed meanwhile, with what was `typed` into it and is not saved.
    """
    held, places = cases(), divisions()
    opened = held.files.open(here.actor, aid, Purpose.CAPTURE)
    if isinstance(opened, Refusal):
        return refusal_page(opened)
    headers.allow_own_requests()
    said = request.args.get("saved", "")
    shown = [*errors, *([(conflict.value, "conflict")] if conflict else [])]
    return shown_page(
        here,
        "officer/form.html",
        409 if conflict else 400 if errors else 200,
        case=opened.case,
        errors=shown,
        said=said if said in {*Section, "flag", "told", "guardian"} and not shown else "",
        sections=_bar(opened),
        versions={name.value: version for name, version in opened.material.versions.items()},
        needed={section.value for section in opened.judged.needed.sections},
        consent=held.consents.held(aid),
        person=_person(opened, places, typed if conflict is Section.PERSON else None),
        faults=_faults(opened),
        missing=_missing(opened),
        documents=_documents(opened, typed if conflict is Section.DOCUMENTS else None),
        photographs=OBJECTS in current_app.extensions,
        no_documents=opened.of(Section.DOCUMENTS).get("none") is True,
        body=_body(opened, held),
        looked=opened.of(Section.BIOMETRICS),
        exceptions=held.exceptions.listed(aid),
        noted=_noted(),
        vouches=opened.material.vouches,
        flags={section.value: reason for section, reason in opened.material.flags.items()},
        choices=_choices(places),
        promised=promised_by(opened.case),
        told_fact=life().told.told(aid) if opened.case.kind is Kind.LOST else None,
        key=new_key(),
        **_addresses(aid),
    )


def _bar(opened: File) -> list[dict[str, Any]]:
    """The section bar, in the order of the form."""
    judged = opened.judged
    return [
        {
            "name": section.value,
            "status": judged.statuses[section].value,
            "needed": section in judged.needed.sections,
            "done": judged.statuses[section].done,
        }
        for section in Section
    ]


def _person(opened: File, places: Divisions, typed: Mapping[str, Any] | None) -> dict[str, Any]:
    content = {**opened.of(Section.PERSON), **(typed or {})}
    return {name: value for name, value in inputs_of(content, places).items() if value is not None}


def _faults(opened: File) -> dict[str, str]:
    """What is wrong with what was typed; what is only not there yet stands in the list before signing."""
    missing = Problem.MISSING
    return {fault.field: fault.problem.value for fault in opened.judged.faults if fault.problem is not missing}


def _missing(opened: File) -> list[tuple[str, list[str]]]:
    """Sections that stand between the applicant and signing, with the fields of the person that do."""
    fields = [fault.field for fault in opened.judged.faults]
    missing = [section for section in opened.judged.missing() if section is not Section.PREVIEW]
    return [(section.value, fields if section is Section.PERSON else []) for section in missing]


def _documents(opened: File, typed: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """The documents that were begun, and an empty place for the next."""
    content = {**opened.of(Section.DOCUMENTS), **(typed or {})}
    begun = [slot for slot in DOCUMENTS if content.get(slot) or content.get(f"{slot}_object")]
    free = [slot for slot in DOCUMENTS if slot not in begun]
    return [
        {
            "slot": slot,
            "number": DOCUMENTS.index(slot) + 1,
            "values": {field: (content.get(slot) or {}).get(field, "") for field in DOCUMENT_FIELDS},
            "photographed": bool(content.get(f"{slot}_object")),
            "begun": slot in begun,
        }
        for slot in sorted([*begun, *free[:1]])
    ]


def _body(opened: File, held: Cases) -> list[dict[str, Any]]:
    """Every position: how far it is, and of what quality its best sample is."""
    content = opened.of(Section.BIOMETRICS)
    excepted = {one.position for one in held.exceptions.listed(opened.case.aid)}
    return [
        {"position": position, **_standing(content.get(position), excepted=position in excepted)}
        for position in (FACE, *FINGERS)
    ]


def _standing(sample: Any, *, excepted: bool) -> dict[str, Any]:
    known = isinstance(sample, Mapping)
    quality = sample.get("quality") if known else None
    if known and sample.get("flag"):
        standing = "flagged"
    elif excepted:
        standing = "excepted"
    elif not known:
        standing = "empty"
    else:
        standing = "captured" if sample.get("accepted") else "low"
    told = level(quality, accepted=standing == "captured") if isinstance(quality, int) else ""
    return {"standing": standing, "quality": quality, "level": told}


def _noted() -> dict[str, Any]:
    """An exception that was typed and not taken."""
    typed = request.form
    return {
        "positions": typed.getlist("position"),
        "why": typed.get("why", ""),
        "recall_on": typed.get("recall_on", ""),
        "lasting": typed.get("lasting") == "yes",
    }


def country_choices() -> list[tuple[str, str]]:
    """Countries as (code, name in the language of the page), this one first and the others by name."""
    names = locale_of(language.current().tag).territories
    others = sorted((str(names.get(code, code)), code) for code in COUNTRIES - {_HOME})
    return [(_HOME, str(names.get(_HOME, _HOME))), *((code, name) for name, code in others)]


def _choices(places: Divisions) -> dict[str, Any]:
    return {
        "countries": country_choices(),
        "places": [one.name for one in places.all() if one.parent is not None],
        "sexes": SEXES,
        "relations": sorted(RELATIONS),
        "vouching": [one.value for one in Relation],
        "types": TYPES,
        "hows": [one.value for one in How],
        "whys": [one.value for one in Why],
        "flags": sorted(FLAGS - {NO_DEVICE}),
        "cancel": sorted(reason.value for reason in REASONS[Event.CANCEL] - {Reason.DIED}),
        "positions": (FACE, *FINGERS),
        "statuses": [status.value for status in Status],
        "problems": [problem.value for problem in Problem],
    }


def _addresses(aid: str) -> dict[str, str]:
    """Where the forms of the page go."""
    own = {
        "consent_action": "staff.consent",
        "withdraw_action": "staff.withdraw_consent",
        "flag_action": "staff.flag",
        "exception_action": "staff.note_exception",
        "photograph_action": "staff.photograph",
        "preview_url": "staff.preview",
        "sign_url": "staff.sign",
        "cancel_action": "staff.cancel",
    }
    return {name: url_for(endpoint, aid=aid) for name, endpoint in own.items()} | {
        "face_url": url_for("staff.capture", aid=aid, what="face"),
        "fingers_url": url_for("staff.capture", aid=aid, what="fingers"),
        "introduce_url": url_for("staff.introduce", _external=True),
        "today_url": url_for("staff.today"),
        "find_url": url_for("staff.find"),
    }
