"""Before the first proof: choosing a way, a code by message, a printed code, a visit. Nobody learns who exists."""

from __future__ import annotations

from uuid import UUID

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from idp.authenticators.totp import typed_code
from idp.errors import Code, Refusal
from idp.jobs import Jobs
from idp.recovery import Attempt, Case, Proof
from idp.recovery.errands import SEND_CODE, VISIT
from idp.recovery.visits import reference_of
from idp.subscribers.usernames import fold_username
from idp.telemetry import refused
from idp.web import cookies, language
from idp.web.extensions import db, services
from idp.web.recovery.blueprint import recovery
from idp.web.recovery.limits import may_send, wait_page
from idp.web.recovery.rooms import attempts
from idp.web.recovery.rooms import recovery as steps
from idp.web.signin.pages import Errors

__all__ = ["ask_visit", "choose", "code", "paper", "prove_code", "prove_paper", "send", "visit", "ways"]

# Messages an hour for one user name and way; a known device has as many of its own.
MESSAGES = 3
VISITS = 3
MAX_CODE = 60
_CHOICES = ("email", "sms", "paper", "visit")
_WRONG = frozenset({Code.MESSAGE_CODE_WRONG, Code.MESSAGE_CODE_OVER, Code.RECOVERY_CODE_WRONG})
_BY_MESSAGE = "/recover/<secret>/<any(email, sms):way>"


@recovery.get("/recover/<secret>")
def ways(secret: str) -> Response:
    """The ways to prove who one is; the same for everybody."""
    attempt = _load(secret)
    return attempt if isinstance(attempt, Response) else _ways_page(attempt)


@recovery.post("/recover/<secret>/choose")
def choose(secret: str) -> Response:
    """Take the choice of a way."""
    attempt = _load(secret)
    if isinstance(attempt, Response):
        return attempt
    way = request.form.get("way", "")
    if way not in _CHOICES:
        return _ways_page(attempt, [("", "choice_missing")])
    if way == "paper":
        return redirect(url_for("recovery.paper", secret=secret), code=303)
    if way == "visit":
        return _ask_visit(attempt)
    return _send(attempt, Proof(way))


@recovery.get(_BY_MESSAGE)
def code(secret: str, way: str) -> Response:
    """Ask for the code of a message that may be on its way."""
    attempt = _load(secret)
    return attempt if isinstance(attempt, Response) else _code_page(attempt, Proof(way))


@recovery.post(f"{_BY_MESSAGE}/send")
def send(secret: str, way: str) -> Response:
    """Another message."""
    attempt = _load(secret)
    return attempt if isinstance(attempt, Response) else _send(attempt, Proof(way))


@recovery.post(_BY_MESSAGE)
def prove_code(secret: str, way: str) -> Response:
    """Take the code of a message."""
    attempt = _load(secret)
    if isinstance(attempt, Response):
        return attempt
    typed = request.form.get("code", "")
    if language.switched():
        return _code_page(attempt, Proof(way), typed)
    digits = typed_code(typed)
    if digits is None:
        return _code_page(attempt, Proof(way), typed, [("code", "code_format" if typed.strip() else "code_missing")])
    outcome = steps().first_proof(attempt, Proof(way), digits, cookies.ensure_browser())
    db.session.commit()
    if isinstance(outcome, Refusal) and outcome.code in _WRONG:
        refused(outcome.code.value)
        # Whether a code was sent at all is nobody's business yet.
        return _code_page(attempt, Proof(way), typed, [("code", "message_code.wrong")])
    return _proven(attempt, outcome)


@recovery.get("/recover/<secret>/paper")
def paper(secret: str) -> Response:
    """Ask for a printed code."""
    attempt = _load(secret)
    return attempt if isinstance(attempt, Response) else _paper_page(attempt)


@recovery.post("/recover/<secret>/paper")
def prove_paper(secret: str) -> Response:
    """Take a printed code."""
    attempt = _load(secret)
    if isinstance(attempt, Response):
        return attempt
    typed = request.form.get("recovery_code", "")
    if language.switched():
        return _paper_page(attempt, typed)
    if not typed.strip():
        return _paper_page(attempt, "", [("recovery_code", "recovery_code_missing")])
    outcome = steps().first_proof(attempt, Proof.PAPER, typed, cookies.ensure_browser())
    db.session.commit()
    if isinstance(outcome, Refusal) and outcome.code in _WRONG:
        refused(outcome.code.value)
        return _paper_page(attempt, typed, [("recovery_code", outcome.code.value)])
    return _proven(attempt, outcome)


@recovery.post("/recover/<secret>/visit")
def ask_visit(secret: str) -> Response:
    """Give out a reference for a visit."""
    attempt = _load(secret)
    return attempt if isinstance(attempt, Response) else _ask_visit(attempt)


@recovery.get("/recover/<secret>/visit/<uuid:case_id>")
def visit(secret: str, case_id: UUID) -> Response:
    """The reference to write down, and what to bring. It is shown to whoever has the address; it opens nothing."""
    attempt = _load(secret)
    if isinstance(attempt, Response):
        return attempt
    return make_response(render_template("recovery/visit.html", reference=reference_of(case_id)))


@recovery.get("/recover/<secret>/choose")
@recovery.get("/recover/<secret>/visit")
def reread(secret: str) -> Response:
    """An address that only takes forms, opened again: back to the ways."""
    return redirect(url_for("recovery.ways", secret=secret, lang=request.args.get("lang")), code=303)


@recovery.get(f"{_BY_MESSAGE}/send")
def reread_code(secret: str, way: str) -> Response:
    """As above: back to the code."""
    return redirect(url_for("recovery.code", secret=secret, way=way, lang=request.args.get("lang")), code=303)


def _load(secret: str) -> Attempt | Response:
    attempt = attempts().load(secret, cookies.browser())
    if not isinstance(attempt, Refusal):
        return attempt
    refused(attempt.code.value)
    return make_response(render_template("recovery/over.html", why="unknown", case=None), 400)


def _proven(attempt: Attempt, outcome: Case | Refusal) -> Response:
    if isinstance(outcome, Refusal):
        if outcome.code is Code.THROTTLED:
            return wait_page(outcome, url_for("recovery.ways", secret=attempt.secret))
        refused(outcome.code.value)
        return make_response(render_template("recovery/over.html", why="changed", case=None), 409)
    attempts().close(attempt)
    return redirect(url_for("recovery.case", case_id=outcome.id), code=303)


def _about(attempt: Attempt) -> str:
    whose = fold_username(attempt.typed) or ""
    return f"{whose}|{attempt.device_id or 'elsewhere'}"


def _send(attempt: Attempt, proof: Proof) -> Response:
    wait = may_send(f"recovery|{proof}|{_about(attempt)}", MESSAGES)
    if wait:
        refused(Code.THROTTLED.value)
        page = _code_page(attempt, proof, errors=[("", "message_wait")], status=429, wait=wait)
        page.headers["Retry-After"] = str(wait)
        return page
    Jobs(db.session()).defer(SEND_CODE, attempt=attempt.name, proof=proof.value)
    db.session.commit()
    return redirect(url_for("recovery.code", secret=attempt.secret, way=proof.value), code=303)


def _ask_visit(attempt: Attempt) -> Response:
    case_id = services().entropy.opaque_uuid()
    if not may_send(f"visit|{_about(attempt)}", VISITS):
        Jobs(db.session()).defer(VISIT, attempt=attempt.name, case_id=str(case_id))
        db.session.commit()
    return redirect(url_for("recovery.visit", secret=attempt.secret, case_id=case_id), code=303)


def _ways_page(attempt: Attempt, errors: Errors = ()) -> Response:
    page = render_template(
        "recovery/ways.html",
        action=url_for("recovery.choose", secret=attempt.secret),
        signin_url=url_for("signin.start"),
        errors=errors,
    )
    return make_response(page, 400 if errors else 200)


def _code_page(
    attempt: Attempt, proof: Proof, typed: str = "", errors: Errors = (), status: int = 0, wait: int = 0
) -> Response:
    page = render_template(
        "recovery/code.html",
        kind=proof.value,
        step=1,
        known=False,
        action=url_for("recovery.prove_code", secret=attempt.secret, way=proof.value),
        send_action=url_for("recovery.send", secret=attempt.secret, way=proof.value),
        ways_url=url_for("recovery.ways", secret=attempt.secret),
        typed=typed[:MAX_CODE],
        wait=wait,
        errors=errors,
    )
    return make_response(page, status or (400 if errors else 200))


def _paper_page(attempt: Attempt, typed: str = "", errors: Errors = ()) -> Response:
    page = render_template(
        "recovery/paper.html",
        step=1,
        action=url_for("recovery.prove_paper", secret=attempt.secret),
        ways_url=url_for("recovery.ways", secret=attempt.secret),
        typed=typed[:MAX_CODE],
        errors=errors,
    )
    return make_response(page, 400 if errors else 200)
