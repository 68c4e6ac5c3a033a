"""The officer signs, with a factor proven in these minutes; and the receipt, printed as often as it is asked for."""

from __future__ import annotations

from flask import redirect, url_for
from werkzeug.wrappers import Response

from enrollment.capture import Position
from enrollment.cases import Cases, File, Purpose, Section, State, grouped
from enrollment.cases.contents import NO_DEVICE
from enrollment.centres import Role
from enrollment.errors import Code, Refusal
from enrollment.web.capture_rooms import close_captures, overview
from enrollment.web.rooms import capture_desk, cases, centres
from enrollment.web.staff.blueprint import staff
from enrollment.web.staff.guard import Present, fresh, order, present, refusal_page, shown_page
from enrollment.web.staff.preview import facts_of, stage_of
from enrollment.web.staff.reach import new_key, reached
from idp.web.account.qr import qr_code
from idp.web.extensions import db, services

__all__ = ["put_signature", "receipt", "sign"]

_ON_RECEIPT = ("given_names", "family_name", "birth_date")
_NONE_YET = frozenset({State.PRE_DRAFT, State.PRE_SUBMITTED, State.BOOKED, State.PRE_EXPIRED, State.CAPTURING})


@staff.get("/staff/cases/<aid>/sign")
def sign(aid: str) -> Response:
    """What the officer's signature says. A factor that is older than some minutes is asked for first."""
    here = present(Role.OFFICER)
    if isinstance(here, Response):
        return here
    redirected = fresh(here)
    if redirected is not None:
        return redirected
    opened = cases().files.open(here.actor, aid, Purpose.CAPTURE)
    if isinstance(opened, Refusal):
        return refusal_page(opened)
    if opened.case.state is not State.CAPTURING:
        return redirect(url_for("staff.case", aid=aid), code=303)
    desk, fingers_url = capture_desk(), url_for("staff.capture", aid=aid, what="fingers")
    mixed = None if desk is None else desk.signable(here.actor, aid)
    if mixed is not None and mixed.code is not Code.ENR_GUARD:
        return refusal_page(mixed, fingers_url)
    stage = stage_of(opened)
    if stage != "confirmed":
        missing = [one.value for one in opened.judged.missing()] or [Section.PREVIEW.value]
        return refusal_page(Refusal(Code.ENR_GUARD, missing[0]), url_for("staff.case", aid=aid, _anchor=missing[0]))
    if mixed is not None:
        return refusal_page(mixed, fingers_url)
    return shown_page(
        here,
        "officer/sign.html",
        shown=grouped(aid),
        facts=facts_of(opened),
        flagged=[section.value for section in opened.judged.flagged()],
        exceptions=len(cases().exceptions.listed(aid)),
        version=opened.case.version,
        key=new_key(),
        action=url_for("staff.put_signature", aid=aid),
        back_url=url_for("staff.case", aid=aid),
    )


@staff.post("/staff/cases/<aid>/sign")
def put_signature(aid: str) -> Response:
    """Sign, once for each form."""
    here = present(Role.OFFICER)
    if isinstance(here, Response):
        return here
    redirected = fresh(here, "staff.sign", aid=aid)
    if redirected is not None:
        return redirected
    held = cases()
    moved = _flag_unproven(held, here, aid) or held.lifecycle.sign(order(here, aid))
    if isinstance(moved, Refusal):
        return refusal_page(moved, url_for("staff.case", aid=aid))
    close_captures(aid)
    db.session.commit()
    return redirect(url_for("staff.receipt", aid=aid), code=303)


@staff.get("/staff/cases/<aid>/receipt")
def receipt(aid: str) -> Response:
    """A sheet for the applicant: the number to ask with, what happens next, and nothing of the body."""
    here = present(Role.OFFICER, Role.SUPERVISOR)
    if isinstance(here, Response):
        return here
    opened = cases().files.open(here.actor, aid, Purpose.RECEIPT)
    if isinstance(opened, Refusal):
        return refusal_page(opened)
    if opened.case.state in _NONE_YET:
        return refusal_page(Refusal(Code.ENR_STATE, opened.case.state.value), url_for("staff.case", aid=aid))
    return shown_page(
        here,
        "officer/receipt.html",
        shown=grouped(opened.case.aid),
        picture=qr_code(opened.case.aid),
        facts=[(field, value) for field, value in facts_of(opened) if field in _ON_RECEIPT],
        kind=opened.case.kind.value,
        place=_place(opened),
        printed_at=services().clock.now(),
        back_url=url_for("staff.case", aid=aid),
        today_url=url_for("staff.today"),
    )


def _flag_unproven(held: Cases, here: Present, aid: str) -> Refusal | None:
    """Fingers that no registered device vouches for are for the supervisor to look at, whatever the officer asked."""
    fingers = [one for one in overview().kept(aid, best=True) if one.position is not Position.FACE]
    if all(one.device for one in fingers):
        return None
    case = reached(held, here.actor, aid, Role.OFFICER)
    if isinstance(case, Refusal):
        return case
    # Another word that the officer chose for it would hide this one.
    if case.state is State.CAPTURING and held.sections.read(case).flags.get(Section.BIOMETRICS) != NO_DEVICE:
        held.sections.flag(here.actor, aid, Section.BIOMETRICS, NO_DEVICE)
    return None


def _place(opened: File) -> str:
    found = None if opened.case.centre_id is None else centres().find(opened.case.centre_id)
    return "" if found is None or isinstance(found, Refusal) else found.name
