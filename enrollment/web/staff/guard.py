"""What stands before every page of the staff: a session with a passkey at `nid:3`, a role, a posting; and every no.

A view does:

    here = present(Role.OFFICER)
    if isinstance(here, Response):
        return here

Refusals are audited by the services; `refusal_page` commits those rows and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from flask import current_app, g, jsonify, make_response, redirect, render_template, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from enrollment.cases import Order
from enrollment.centres import Actor, Role
from enrollment.errors import Code, Refusal
from enrollment.web.rooms import cases, centres, founding, members
from idp.audit import AuditEvent, Event
from idp.sessions import Session
from idp.signin import Wish
from idp.signin.staff_entry import Presence, Shut, enter
from idp.telemetry import refused, request_id
from idp.web import cookies
from idp.web.extensions import db, services
from idp.web.guards import current_session
from idp.web.rooms import directory, trail
from idp.web.signin.pages import too_many_page

__all__ = ["FRESH", "Present", "fresh", "order", "present", "refusal_page", "shown_page", "sign_in_again", "status_of"]

# As long as a factor counts for what is signed or decided (`CasePolicy.factor_fresh`), less the time to press a button.
FRESH = timedelta(minutes=4)
_STATUS: Mapping[Code, int] = MappingProxyType(
    {
        Code.ENR_ROLE: 403,
        Code.ENR_OWN: 403,
        Code.ENR_UNKNOWN: 404,
        Code.ENR_STATE: 409,
        Code.ENR_IDEMP: 409,
        Code.ENR_EXISTS: 409,
        Code.ENR_FOUREYES: 409,
        Code.ENR_GUARD: 409,
        Code.BIO_REPLAY: 409,
        Code.BIO_TOOLARGE: 413,
    }
)

# In the address of a page to which a sign-in came back from a form: what was pressed there has to be pressed again.
_NOTHING_DONE = "again"

# What is open to whoever is posted to a centre for training: everything else is about real people.
_PRACTISED = frozenset(
    f"staff.{name}"
    for name in (
        "again", "appeal", "approve_several", "ask_device", "begin", "begin_again", "cancel", "capture", "case",
        "compare", "confirm", "consent", "decide", "find", "find_named", "flag", "grant_exception", "look",
        "note_exception", "open_case", "photograph", "picture", "preview", "print_slip", "put_blocks", "put_picture",
        "put_signature", "receipt", "remove_exception", "review", "review_case", "save", "shown_exception", "sign",
        "slip", "take_up",
        "today", "withdraw_consent",
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Present:
    """Somebody of the staff at this page. `founding`: one of the first two, below `nid:3`."""

    actor: Actor
    session: Session
    acr: str
    founding: bool


def present(*roles: Role) -> Present | Response:
    """Whoever is signed in, where they may enter and hold one of these roles (none named: any role at all).

    Otherwise the redirect to a sign-in that comes back here, or a page of status 403, with its audit row.
    """
    session = current_session()
    if session is None:
        return sign_in_again()
    person = directory().get(session.subscriber_id)
    if person is None:
        return sign_in_again()
    now = services().clock.now()
    presence = Presence(person.id, person.group, person.ial, session.aal, session.amr)
    entered = enter(presence, founding(), now)
    if isinstance(entered, Shut):
        return _shut(session, entered.why.value)
    actor = members().actor(person.id, now)
    if isinstance(actor, Refusal) or (roles and not actor.holds(*roles)):
        return _shut(session, "role")
    g.staff_centre = actor.centre_id
    closed = request.endpoint not in _PRACTISED and request.blueprint != "managing"
    if closed and cases().access.practises(actor.centre_id):
        return _shut(session, "training")
    return Present(actor, session, entered.acr, entered.founding)


def fresh(here: Present, endpoint: str | None = None, **arguments: str) -> Response | None:
    """None when a factor was proven these minutes; else the way to prove one, and back here or to `endpoint`.

    The page says then that nothing was done yet, where something was posted.
    """
    if services().clock.now() - here.session.authenticated_at <= FRESH:
        return None
    return sign_in_again("too_long_ago", endpoint, **arguments)


def sign_in_again(reason: str = "", endpoint: str | None = None, **arguments: str) -> Response:
    """To a sign-in that comes back to this page, or to the page of `endpoint`. What was posted is not posted again."""
    shared = services()
    if request.form.get("script"):
        return make_response(jsonify(code="sign_in", sign_in=url_for("staff.today")), 401)
    refusal = shared.address_limit.count_begun(shared.client_address(request.environ))
    if refusal is not None:
        return too_many_page(refusal, url_for("signin.start"))
    name, values = (endpoint, arguments) if endpoint else _this_page()
    if request.method == "POST":
        values = values | {_NOTHING_DONE: "yes"}
    wish = Wish(reason, 0, next_page=name, next_arguments=tuple(values.items()))
    transaction = shared.transactions.open(None, cookies.ensure_browser(), wish=wish)
    return redirect(url_for("signin.step", transaction_id=transaction.id), code=303)


def order(here: Present, aid: str) -> Order:
    """The request for a transition that a form carries: its version and idempotency key, and the factor's time."""
    version = request.form.get("version", "")
    known = int(version) if version.isascii() and version.isdigit() and len(version) < 10 else None
    return Order(here.actor, aid, known, request.form.get("key", ""), here.session.authenticated_at)


def refusal_page(
    refusal: Refusal, back_url: str | None = None, page: str = "officer/refused.html", status: int | None = None
) -> Response:
    """A no in plain words with a next step; keeps its audit row. Another centre's application does not exist (404)."""
    db.session.commit()
    refused(refusal.code.value)
    status = status or _STATUS.get(refusal.code, 422)
    if request.form.get("script"):
        return make_response(jsonify(code=refusal.code.value, about=refusal.about), status)
    rendered = render_template(
        page,
        code=refusal.code.value,
        about=refusal.about,
        back_url=back_url or url_for("staff.today"),
        today_url=url_for("staff.today"),
        reference=request_id.get(),
        training=cases().access.practises(g.get("staff_centre")),
    )
    return make_response(rendered, status)


def status_of(code: Code) -> int:
    """The HTTP status of a refusal."""
    return _STATUS.get(code, 422)


def shown_page(here: Present, page: str, status: int = 200, **context: Any) -> Response:
    """A page of the staff, with what its frame says about whoever is there."""
    centre = None if here.actor.centre_id is None else centres().find(here.actor.centre_id)
    frame = {
        "centre": None if centre is None or isinstance(centre, Refusal) else centre.name,
        "training": centre is not None and not isinstance(centre, Refusal) and centre.training,
        "roles": sorted(role.value for role in here.actor.roles),
        "acr": here.acr,
        "founding": here.founding,
        "sign_out_action": url_for("account.sign_out"),
        "nothing_done": request.method == "GET" and _NOTHING_DONE in request.args,
    }
    rendered = render_template(page, here=frame, **context)
    db.session.commit()
    return make_response(rendered, status)


def _shut(session: Session, why: str) -> Response:
    body = {"action": "enter", "reason": Code.ENR_ROLE.value, "about": why, "person": None}
    trail().append(AuditEvent(Event.STAFF_REFUSED, actor=str(session.subscriber_id), body=body))
    db.session.commit()
    refused(Code.ENR_ROLE.value)
    if request.form.get("script"):
        return make_response(jsonify(code=Code.ENR_ROLE.value, about=why), 403)
    page = render_template("officer/shut.html", why=why, again_url=url_for("staff.again"), reference=request_id.get())
    return make_response(page, 403)


def _this_page() -> tuple[str | None, dict[str, str]]:
    adapter = current_app.create_url_adapter(request)
    try:
        endpoint, arguments = (None, {}) if adapter is None else adapter.match(request.path, method="GET")
    except HTTPException:
        return "staff.today", {}
    return endpoint, {name: str(value) for name, value in arguments.items()}
