"""The report of a death: the civil register's paper, signed by one registrar and approved by another."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from uuid import UUID

from flask import make_response, redirect, request, url_for
from werkzeug.wrappers import Response

from enrollment.capture.documents import DocumentType
from enrollment.cases import Kind, Lifecycle, Moved, Order, Purpose, Reason, Section, aid_of, grouped
from enrollment.cases.case import State
from enrollment.cases.reasons import REASONS
from enrollment.cases.transitions import Event, rule_for
from enrollment.centres import Role
from enrollment.errors import Code, Refusal
from enrollment.register import Status
from enrollment.web.capture_rooms import showing
from enrollment.web.centre_rooms import accounts, proven_accounts, register
from enrollment.web.life_rooms import life
from enrollment.web.registrars.blueprint import registrars
from enrollment.web.registrars.looking import record_of, typed_person
from enrollment.web.rooms import capture_desk, cases
from enrollment.web.staff.guard import Present, fresh, order, present, refusal_page, shown_page
from enrollment.web.staff.reach import new_key
from idp.web.extensions import db

__all__ = ["begin", "paper", "picture", "report", "step"]

SLOT = "document_1"
PAPERS = (DocumentType.DEATH_CERTIFICATE, DocumentType.COURT_ORDER)
MAX_TYPED = 100
# Small print can be read.
PAPER_SIDE = 1600
# What the registrar can do about, beside the input.
_HINTS = frozenset({Code.BIO_TOOLARGE, Code.BIO_FORMAT, Code.BIO_QUALITY, Code.BIO_COUNT, Code.BIO_ENGINE})

_STEPS: Mapping[Event, Callable[[Lifecycle, Order, Reason], Moved | Refusal]] = MappingProxyType(
    {
        Event.SIGN: lambda life, order, _: life.sign(order),
        Event.TAKE_UP: lambda life, order, _: life.take_up(order),
        Event.APPROVE: lambda life, order, _: life.approve(order),
        Event.SEND_BACK: lambda life, order, reason: life.send_back(order, reason),
        Event.REJECT: lambda life, order, reason: life.reject(order, reason),
        Event.RESUME: lambda life, order, _: life.resume(order),
        Event.APPEAL: lambda life, order, reason: life.appeal(order, reason),
        Event.CANCEL: lambda life, order, reason: life.cancel(order, reason),
    }
)
_PROVEN = frozenset({Event.SIGN, Event.APPROVE, Event.REJECT})


@registrars.post("/staff/life/deaths")
def begin() -> Response:
    """Begin a report about the person of a number. Refused for whoever is dead already, merged or erased."""
    here = present(Role.REGISTRAR)
    if isinstance(here, Response):
        return here
    person_id = typed_person(here.actor, request.form.get("number", ""))
    if isinstance(person_id, Refusal):
        return refusal_page(person_id, url_for("registrars.home"))
    person = register().get(person_id)
    if person is None or person.status not in {Status.ACTIVE, Status.SUSPENDED}:
        refusal = cases().access.refuse(here.actor, "", "life", Refusal(Code.ENR_STATE, "status"))
        return refusal_page(refusal, url_for("registrars.home"), "registrar/refused.html")
    own = here.actor.subscriber_id if here.actor.subscriber_id in accounts().of_person(person_id) else None
    opened = cases().lifecycle.open(
        here.actor,
        Kind.DEATH,
        request.form.get("key", ""),
        person_id=person_id,
        subscriber_id=own or next(iter(proven_accounts().of_person(person_id)), None),
    )
    if isinstance(opened, Refusal):
        return refusal_page(opened, url_for("registrars.home"))
    db.session.commit()
    return redirect(url_for("registrars.report", aid=opened.aid), code=303)


@registrars.get("/staff/life/deaths/<aid>")
def report(aid: str) -> Response:
    """A report, and what this registrar may do with it."""
    here = present(Role.REGISTRAR)
    return here if isinstance(here, Response) else _report_page(here, aid)


@registrars.post("/staff/life/deaths/<aid>/paper")
def paper(aid: str) -> Response:
    """What the civil register gave: its kind, its number there, and a picture of it."""
    here = present(Role.REGISTRAR)
    if isinstance(here, Response):
        return here
    desk, form = capture_desk(), request.form
    kind, number = form.get("type", ""), form.get("reference", "").strip()[:MAX_TYPED]
    if kind not in set(PAPERS) or not number:
        return _report_page(here, aid, [("reference", "missing")])
    typed = {"type": kind, "number": number, "issued_on": form.get("issued_on", "").strip()[:MAX_TYPED]}
    value = {name: text for name, text in typed.items() if text}
    saved = cases().sections.save_field(here.actor, aid, Section.DOCUMENTS, SLOT, value)
    if isinstance(saved, Refusal):
        return refusal_page(saved, url_for("registrars.home"))
    given = request.files.get("picture")
    content = b"" if given is None else given.read()
    if content:
        taken = (
            Refusal(Code.ENR_SCHEMA, "picture")
            if desk is None
            else desk.document(here.actor, aid, SLOT, DocumentType(kind), content)
        )
        if isinstance(taken, Refusal) and taken.code in _HINTS:
            db.session.commit()
            return _report_page(here, aid, [("picture", taken.about or "other_file")])
        if isinstance(taken, Refusal):
            return refusal_page(taken, url_for("registrars.report", aid=aid))
    db.session.commit()
    return redirect(url_for("registrars.report", aid=aid, said="saved"), code=303)


@registrars.get("/staff/life/deaths/<aid>/picture")
def picture(aid: str) -> Response:
    """The paper as a picture, for both registrars; looks are audited."""
    here = present(Role.REGISTRAR)
    if isinstance(here, Response):
        return here
    opened, shown = cases().files.open(here.actor, aid_of(aid) or aid[:20], Purpose.REVIEW), showing()
    if isinstance(opened, Refusal):
        return refusal_page(opened, url_for("registrars.home"))
    kept = opened.of(Section.DOCUMENTS).get(f"{SLOT}_object")
    none = opened.case.kind is not Kind.DEATH or kept is None
    png = Refusal(Code.ENR_UNKNOWN) if none or shown is None else shown.paper(UUID(kept), PAPER_SIDE)
    if isinstance(png, Refusal):
        return refusal_page(png, url_for("registrars.report", aid=aid))
    db.session.commit()
    answer = make_response(png)
    answer.headers["Content-Type"] = "image/png"
    answer.headers["Cache-Control"] = "no-store"
    return answer


@registrars.post("/staff/life/deaths/<aid>/step")
def step(aid: str) -> Response:
    """One step of the report, with a fresh factor where it is signed or decided."""
    here = present(Role.REGISTRAR)
    if isinstance(here, Response):
        return here
    wanted, back_url = request.form.get("step", ""), url_for("registrars.report", aid=aid)
    if wanted not in set(_STEPS):
        return refusal_page(Refusal(Code.ENR_SCHEMA, "step"), back_url)
    event = Event(wanted)
    redirected = fresh(here, "registrars.report", aid=aid) if event in _PROVEN else None
    if redirected is not None:
        return redirected
    reason = request.form.get("reason", "")
    if event in REASONS and reason not in REASONS[event]:
        return refusal_page(Refusal(Code.ENR_SCHEMA, "reason"), back_url)
    known = Reason(reason) if event in REASONS else Reason.OTHER
    moved = _STEPS[event](cases().lifecycle, order(here, aid_of(aid) or aid[:20]), known)
    if isinstance(moved, Refusal):
        return refusal_page(moved, back_url)
    db.session.commit()
    return redirect(url_for("registrars.report", aid=aid, said=event.value), code=303)


def _report_page(here: Present, aid: str, errors: list[tuple[str, str]] | None = None) -> Response:
    held = cases()
    opened = held.files.open(here.actor, aid_of(aid) or aid[:20], Purpose.REVIEW)
    if isinstance(opened, Refusal) or opened.case.kind is not Kind.DEATH:
        no = opened if isinstance(opened, Refusal) else Refusal(Code.ENR_UNKNOWN)
        return refusal_page(no, url_for("registrars.home"))
    case, documents = opened.case, opened.of(Section.DOCUMENTS)
    rules = {event: rule_for(case.kind, case.state, event) for event in _STEPS}
    can = {event for event, rule in rules.items() if rule is not None and Role.REGISTRAR in rule.roles}
    if here.actor.subscriber_id in held.access.hands(case.aid):
        can -= {Event.TAKE_UP, Event.APPROVE, Event.SEND_BACK, Event.REJECT}
    done = [one for one in life().events.of_person(case.person_id) if one.aid == case.aid] if case.person_id else []
    return shown_page(
        here,
        "registrar/report.html",
        400 if errors else 200,
        errors=errors or [],
        case=case,
        shown=grouped(case.aid),
        record=None if case.person_id is None else record_of(case.person_id),
        paper=documents.get(SLOT) or {},
        pictured=bool(documents.get(f"{SLOT}_object")),
        papers=[one.value for one in PAPERS],
        can={event.value for event in can},
        writes=case.state is State.CAPTURING,
        reasons={
            event.value: sorted(REASONS[event]) for event in (Event.SEND_BACK, Event.REJECT, Event.APPEAL, Event.CANCEL)
        },
        undo_until=done[0].undo_until if done else None,
        said=request.args.get("said", ""),
        key=new_key(),
        address=url_for("registrars.report", aid=case.aid),
        back_url=url_for("registrars.home"),
    )
