"""An officer prints somebody's card: at whatever centre the person comes to, compared, for them alone."""

from __future__ import annotations

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from enrollment.card.handing import Handing
from enrollment.cases import aid_of, grouped
from enrollment.centres import Role
from enrollment.errors import Refusal
from enrollment.web.card_rooms import accounts, cards, register
from enrollment.web.cards.blueprint import card_pages
from enrollment.web.cards.faces import face_of
from enrollment.web.cards.papers import Paper, paper_of
from enrollment.web.rooms import cases
from enrollment.web.staff.guard import Present, fresh, present, refusal_page, shown_page
from idp.web.account.qr import qr_code
from idp.web.extensions import db, services
from idp.web.rooms import trail

__all__ = ["hand_over", "look", "offered"]

MAX_TYPED = 60


@card_pages.get("/staff/cards")
def offered() -> Response:
    """The number of an application leads to the card of whoever it is of."""
    here = present(Role.OFFICER)
    if isinstance(here, Response):
        return here
    number = request.args.get("number", "")[:MAX_TYPED].strip()
    aid = aid_of(number)
    if aid is not None:
        return redirect(url_for("cards.look", aid=aid), code=303)
    return shown_page(
        here,
        "card/find.html",
        400 if number else 200,
        errors=[("number", "number_wrong")] if number else [],
        number=number,
        action=url_for("cards.offered"),
    )


@card_pages.get("/staff/cases/<aid>/card")
def look(aid: str) -> Response:
    """Whom to compare, before a card is printed."""
    here = present(Role.OFFICER)
    if isinstance(here, Response):
        return here
    redirected = fresh(here)
    if redirected is not None:
        return redirected
    found = _handing().look(here.actor, aid)
    if isinstance(found, Refusal):
        return refusal_page(found, url_for("cards.offered"))
    return shown_page(
        here,
        "card/hand.html",
        errors=[],
        shown=grouped(found.aid),
        name=found.facts.name,
        born=found.facts.birth.text,
        papers=[one.value for one in Paper],
        action=url_for("cards.hand_over", aid=found.aid),
        back_url=url_for("cards.offered"),
    )


@card_pages.post("/staff/cases/<aid>/card")
def hand_over(aid: str) -> Response:
    """Print it. Where there is none yet, or a new one is asked for, it is made now."""
    here = present(Role.OFFICER)
    if isinstance(here, Response):
        return here
    redirected = fresh(here, "cards.look", aid=aid)
    if redirected is not None:
        return redirected
    if request.form.get("compared") != "yes":
        return _again(here, aid)
    made = _handing().print(here.actor, aid, new=request.form.get("new") == "yes")
    if isinstance(made, Refusal):
        return refusal_page(made, url_for("cards.offered"))
    db.session.commit()
    return shown_page(
        here,
        "card/handed.html",
        card=face_of(made.said),
        picture=qr_code(made.text),
        key_id=made.key_id,
        paper=paper_of(request.form.get("paper", "")).value,
        verify_at=f"{services().options.issuer}{url_for('cards.verify')}",
        printed_at=services().clock.now(),
        back_url=url_for("cards.offered"),
    )


def _again(here: Present, aid: str) -> Response:
    found = _handing().look(here.actor, aid)
    if isinstance(found, Refusal):
        return refusal_page(found, url_for("cards.offered"))
    return shown_page(
        here,
        "card/hand.html",
        400,
        errors=[("compared", "compared_missing")],
        shown=grouped(found.aid),
        name=found.facts.name,
        born=found.facts.birth.text,
        papers=[one.value for one in Paper],
        action=url_for("cards.hand_over", aid=found.aid),
        back_url=url_for("cards.offered"),
    )


def _handing() -> Handing:
    return Handing(db.session(), cases().access, cards(), register(), accounts(), trail())
