"""Cards on paper: which paper, and the page that goes to the printer."""

from __future__ import annotations

from enum import StrEnum

from flask import make_response, render_template, url_for
from werkzeug.wrappers import Response

from enrollment.card import Card
from enrollment.web.cards.faces import face_of
from idp.web.account.qr import qr_code
from idp.web.extensions import services

__all__ = ["Paper", "paper_of", "printed_page"]


class Paper(StrEnum):
    """What is printed on."""

    A4 = "a4"
    CARD = "card"
    ROLL = "roll"


def paper_of(asked: str) -> Paper:
    """The paper of that name; A4 for any other."""
    return next((paper for paper in Paper if paper == asked), Paper.A4)


def printed_page(page: str, card: Card, paper: Paper, back_url: str) -> Response:
    """The card on that paper. The address beside the code is where anybody checks it."""
    rendered = render_template(
        page,
        card=face_of(card.said),
        picture=qr_code(card.text),
        key_id=card.key_id,
        paper=paper.value,
        papers=[one.value for one in Paper],
        verify_at=f"{services().options.issuer}{url_for('cards.verify')}",
        printed_at=services().clock.now(),
        back_url=back_url,
    )
    return make_response(rendered)
