"""The second page of a sign-in: which method it shows, and the page that offers the others.

A method's own module says how it is shown (`shows`); a method that no module shows is not offered.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import make_response, render_template, url_for
from werkzeug.wrappers import Response

from idp.authenticators.methods import Method
from idp.signin import Transaction
from idp.signin.acceptance import BODIES, More
from idp.web.biometric_rooms import biometric_locks
from idp.web.code_rooms import recovery_codes
from idp.web.extensions import services
from idp.web.rooms import methods as holdings
from idp.web.rooms import sign_in
from idp.web.signin.pages import Errors, offered, prepare

__all__ = ["Shown", "begin", "bodies_of", "others_url", "second_page", "shows", "ways_of", "ways_page"]

Shown = Callable[[Transaction], Response]
# What is proven before a face or finger counts.
_BEFORE_BODY = (Method.TOTP, Method.SMS_CODE)
_PAGES: dict[Method, Shown] = {}
_BEGINNINGS: dict[Method, Shown] = {}


def shows(method: Method, *, chosen: Shown | None = None) -> Callable[[Shown], Shown]:
    """Declare the page of a method.

    It gets a transaction that stands at its second page. `chosen`, if given, answers the moment a person picks the
    method from the list (it may send a code, and commits); without it the person is led to the page.
    """

    def declare(page: Shown) -> Shown:
        _PAGES[method] = page
        if chosen is not None:
            _BEGINNINGS[method] = chosen
        return page

    return declare


def ways_of(transaction: Transaction) -> More:
    """The methods that can be shown now, best first."""
    found = sign_in().ways(transaction)
    return More(tuple(method for method in found.methods if method in _PAGES), found.optional)


def second_page(transaction: Transaction) -> Response | None:
    """The page of the method chosen, or of the best one; None when nothing leads on.

    A printed code is used up by being shown: where it is the best there is, the person is told and chooses it.
    """
    more = ways_of(transaction)
    if not more.methods:
        return None
    wished = (transaction.chosen, *(_BEFORE_BODY if transaction.chosen in BODIES else ()))
    chosen = next((method for one in wished for method in more.methods if method == one), more.methods[0])
    if chosen is Method.RECOVERY_CODE and chosen != transaction.chosen:
        return ways_page(transaction, more)
    return _PAGES[chosen](transaction)


def bodies_of(transaction: Transaction, more: More) -> tuple[Method, ...]:
    """Face and finger, where they are enrolled and not locked, and a code can be proven before them (AC-105)."""
    if transaction.subscriber_id is None or not set(_BEFORE_BODY) & set(more.methods):
        return ()
    held = holdings().held_by(transaction.subscriber_id)
    return tuple(method for method in BODIES if method in _PAGES and held.has(method))


def locked_bodies(transaction: Transaction, more: More) -> list[str]:
    """Face and finger, where they would be offered and their owner, or too many misses, locked them."""
    verifier = services().biometric_verifier
    if transaction.subscriber_id is None or verifier is None or not set(_BEFORE_BODY) & set(more.methods):
        return []
    locked = biometric_locks().held(transaction.subscriber_id)
    return sorted(one.value for one in locked & verifier.enrolled(transaction.subscriber_id)) if locked else []


def begin(method: Method, transaction: Transaction) -> Response | None:
    """What answers the choice of `method`; None: lead to its page."""
    return _BEGINNINGS[method](transaction) if method in _BEGINNINGS else None


def others_url(transaction: Transaction) -> str:
    """Where the page of a method leads whoever cannot use it."""
    return url_for("signin.ways", transaction_id=transaction.id)


def ways_page(
    transaction: Transaction, more: More, *, chosen: Method | None = None, errors: Errors = (), status: int = 200
) -> Response:
    """The list of methods, `chosen` marked. It says where to turn when none of them can be used."""
    best = next(iter(more.methods), None)
    paper = Method.RECOVERY_CODE in more.methods
    marked = chosen or transaction.chosen or (None if best is Method.RECOVERY_CODE else best)
    page = render_template(
        "signin/choose.html",
        **prepare(transaction),
        action=url_for("signin.choose", transaction_id=transaction.id),
        methods=[method.value for method in (*more.methods, *bodies_of(transaction, more))],
        locked=locked_bodies(transaction, more),
        body_left=bool(BODIES.keys() & set(more.methods)),
        chosen=marked,
        codes_left=_codes_left(transaction) if paper else None,
        paper_best=best is Method.RECOVERY_CODE,
        skip_action=url_for("signin.skip", transaction_id=transaction.id) if more.optional else None,
        restart_action=url_for("signin.restart", transaction_id=transaction.id),
        recover_url=offered("recovery.start"),
        errors=errors,
    )
    return make_response(page, status)


def _codes_left(transaction: Transaction) -> int:
    return 0 if transaction.subscriber_id is None else recovery_codes().left(transaction.subscriber_id)
