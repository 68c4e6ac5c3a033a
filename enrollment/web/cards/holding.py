"""A person's own card: made, printed as often as they like, and made anew when it is lost."""

from __future__ import annotations

from uuid import UUID

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from enrollment.card import Asked, Card
from enrollment.card.policy import CardPolicy
from enrollment.errors import Refusal
from enrollment.issuance.ownership import proven_owner
from enrollment.register import Status
from enrollment.web.card_rooms import cards, register
from enrollment.web.cards.blueprint import card_pages
from enrollment.web.cards.faces import face_of
from enrollment.web.cards.papers import paper_of, printed_page
from idp.sessions import Session
from idp.web.account.changing import counted, proven, proven_and_counted
from idp.web.account.guard import signed_in
from idp.web.extensions import db

__all__ = ["end", "make", "mine", "paper", "say_lost"]

_DONE = frozenset({"made", "ended"})
# Longer chains are nobody's.
_MERGES = 8


@card_pages.get("/account/card")
def mine() -> Response:
    """What card there is, and what can be done with it."""
    session = signed_in()
    return session if isinstance(session, Response) else _page(session)


@card_pages.post("/account/card")
def make() -> Response:
    """Make one, or a new one in place of a lost or outdated one; the person proved who they are a moment ago."""
    session = proven_and_counted()
    if isinstance(session, Response):
        return session
    person_id = _person_of(session)
    if person_id is None:
        return _page(session)
    asked = Asked(session.subscriber_id, new=request.form.get("new") == "yes")
    made = cards().issue(person_id, asked)
    if isinstance(made, Refusal):
        db.session.rollback()
        return _page(session, made)
    db.session.commit()
    return redirect(url_for("cards.mine", done="made"), code=303)


@card_pages.get("/account/card/lost")
def say_lost() -> Response:
    """What happens when a card is lost."""
    session = signed_in()
    if isinstance(session, Response):
        return session
    if _held(session) is None:
        return redirect(url_for("cards.mine"), code=303)
    page = render_template(
        "card/lost.html",
        new_action=url_for("cards.make"),
        end_action=url_for("cards.end"),
        back_url=url_for("cards.mine"),
    )
    return make_response(page)


@card_pages.post("/account/card/end")
def end() -> Response:
    """Make the card worthless, at once and without another: who wants to be safer is asked for nothing more."""
    session = signed_in()
    if isinstance(session, Response):
        return session
    waiting = counted(session)
    if waiting is not None:
        return waiting
    person_id = _person_of(session)
    if person_id is not None:
        cards().revoke(person_id, Asked(session.subscriber_id))
        db.session.commit()
    return redirect(url_for("cards.mine", done="ended"), code=303)


@card_pages.get("/account/card/print")
def paper() -> Response:
    """The card, for the printer: A4, a card's size, or a roll of 80 mm."""
    session = proven()
    if isinstance(session, Response):
        return session
    card = _held(session)
    if card is None:
        return redirect(url_for("cards.mine"), code=303)
    return printed_page("card/print.html", card, paper_of(request.args.get("paper", "")), url_for("cards.mine"))


def _person_of(session: Session) -> UUID | None:
    """Who was proven to hold this account: after a merge, the person who goes on."""
    person_id = proven_owner(db.session(), session.subscriber_id)
    for _ in range(_MERGES):
        person = None if person_id is None else register().get(person_id)
        if person is None or person.merged_into is None:
            break
        person_id = person.merged_into
    return person_id


def _held(session: Session) -> Card | None:
    person_id = _person_of(session)
    return None if person_id is None else cards().present(person_id)


def _page(session: Session, refusal: Refusal | None = None) -> Response:
    person_id = _person_of(session)
    card = None if person_id is None else cards().present(person_id)
    done = request.args.get("done")
    page = render_template(
        "card/mine.html",
        why=_why_none(person_id),
        refusal=None if refusal is None else (refusal.about or refusal.code.value),
        card=None if card is None else face_of(card.said),
        outdated=card is not None and card.outdated,
        action=url_for("cards.make"),
        lost_url=url_for("cards.say_lost"),
        print_url=url_for("cards.paper"),
        verify_url=url_for("cards.verify"),
        done=done if done in _DONE else None,
    )
    return make_response(page, 409 if refusal is not None else 200)


def _why_none(person_id: UUID | None) -> str | None:
    """Why nobody can have a card here; None where they can."""
    person = None if person_id is None else register().get(person_id)
    if person is None:
        return "unregistered"
    if person.status is not Status.ACTIVE:
        return "status"
    return "level" if person.ial < CardPolicy().least_level else None
