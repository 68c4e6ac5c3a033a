"""From the first proof on: the next one, the wait, the fresh code after it. The case is this browser's alone."""

from __future__ import annotations

from uuid import UUID

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from idp.authenticators.masked import masked
from idp.authenticators.totp import typed_code
from idp.errors import Code, Refusal
from idp.recovery import Case, Proof, State
from idp.recovery.ladder import CONTACTS, Circumstances, reached
from idp.recovery.steps import CHANNELS
from idp.recovery.visits import reference_of
from idp.subscribers import Subscriber
from idp.telemetry import refused
from idp.web import cookies, language
from idp.web.extensions import db, services
from idp.web.recovery.blueprint import recovery
from idp.web.recovery.endings import case_over, password_page
from idp.web.recovery.limits import wait_page
from idp.web.recovery.rooms import cases
from idp.web.recovery.rooms import recovery as steps
from idp.web.rooms import devices
from idp.web.signin.pages import Errors

__all__ = ["case", "choose_next", "prove", "prove_step", "send_again", "stop_own", "visit_of_case"]

MAX_CODE = 60
# How long a browser keeps what binds a case to it: the longest wait and the week after it.
KEPT_SECONDS = 15 * 24 * 3600
_CHOICES = frozenset({*(proof.value for proof in Proof), "none"})
_WRONG = frozenset(
    {
        Code.MESSAGE_CODE_WRONG,
        Code.MESSAGE_CODE_OVER,
        Code.RECOVERY_CODE_WRONG,
        Code.TOTP_WRONG,
        Code.TOTP_REPLAYED,
    }
)
_UNSENT = frozenset({Code.MESSAGE_BUDGET, Code.MESSAGE_ADDRESS})
_PROOF = "/recover/case/<uuid:case_id>/<any(email, sms, paper, app):way>"


@recovery.get("/recover/case/<uuid:case_id>")
def case(case_id: UUID) -> Response:
    """Where this case stands."""
    found = _load(case_id)
    return found if isinstance(found, Response) else _page(*found)


@recovery.post("/recover/case/<uuid:case_id>/choose")
def choose_next(case_id: UUID) -> Response:
    """Take the choice of the next proof, or that there is none."""
    found = _load(case_id)
    if isinstance(found, Response):
        return found
    held, person = found
    way = request.form.get("way", "")
    if way == "none":
        return _settle(held)
    if way not in _CHOICES or Proof(way) not in steps().asked(held, person):
        return _next_page(held, person, [("", "choice_missing")])
    if Proof(way) in CONTACTS:
        return _send(held, person, Proof(way))
    return redirect(url_for("recovery.prove_step", case_id=case_id, way=way), code=303)


@recovery.get(_PROOF)
def prove_step(case_id: UUID, way: str) -> Response:
    """Ask for one proof."""
    found = _load(case_id)
    if isinstance(found, Response):
        return found
    return _proof_page(*found, Proof(way))


@recovery.post(_PROOF)
def prove(case_id: UUID, way: str) -> Response:
    """Take one proof."""
    found = _load(case_id)
    if isinstance(found, Response):
        return found
    held, person = found
    proof = Proof(way)
    name = "recovery_code" if proof is Proof.PAPER else "code"
    typed = request.form.get(name, "")
    if language.switched():
        return _proof_page(held, person, proof, typed)
    given = typed if proof is Proof.PAPER else typed_code(typed)
    if not given or not given.strip():
        missing = "recovery_code_missing" if proof is Proof.PAPER else "code_missing"
        return _proof_page(held, person, proof, typed, [(name, "code_format" if typed.strip() else missing)])
    outcome = steps().further_proof(held, proof, given, devices().find(cookies.device(), person.id))
    db.session.commit()
    if isinstance(outcome, Refusal) and outcome.code in _WRONG:
        refused(outcome.code.value)
        return _proof_page(held, person, proof, typed, [(name, outcome.code.value)])
    return _went_on(held, outcome)


@recovery.post("/recover/case/<uuid:case_id>/<any(email, sms):way>/send")
def send_again(case_id: UUID, way: str) -> Response:
    """Another message."""
    found = _load(case_id)
    return found if isinstance(found, Response) else _send(*found, Proof(way))


@recovery.post("/recover/case/<uuid:case_id>/stop")
def stop_own(case_id: UUID) -> Response:
    """Whoever began a case changes their mind."""
    found = _load(case_id)
    if isinstance(found, Response):
        return found
    steps().stop(found[0].subscriber_id, case_id, "page")
    db.session.commit()
    return redirect(url_for("recovery.case", case_id=case_id), code=303)


@recovery.get("/recover/case/<uuid:case_id>/visit/<uuid:visit_id>")
def visit_of_case(case_id: UUID, visit_id: UUID) -> Response:
    """The reference for a visit, and what to bring."""
    found = _load(case_id)
    if isinstance(found, Response):
        return found
    return make_response(render_template("recovery/visit.html", reference=reference_of(visit_id)))


@recovery.get("/recover/case/<uuid:case_id>/choose")
@recovery.get("/recover/case/<uuid:case_id>/stop")
@recovery.get("/recover/case/<uuid:case_id>/password")
def reread_case(case_id: UUID) -> Response:
    """An address that only takes forms, opened again: back to the case."""
    return redirect(url_for("recovery.case", case_id=case_id, lang=request.args.get("lang")), code=303)


@recovery.get("/recover/case/<uuid:case_id>/<any(email, sms):way>/send")
def reread_proof(case_id: UUID, way: str) -> Response:
    """As above: back to the proof."""
    return redirect(url_for("recovery.prove_step", case_id=case_id, way=way, lang=request.args.get("lang")), code=303)


def _load(case_id: UUID) -> tuple[Case, Subscriber] | Response:
    held = cases().find(case_id, cookies.browser())
    if isinstance(held, Refusal):
        refused(held.code.value)
        return make_response(render_template("recovery/over.html", why="unknown", case=None), 400)
    person = steps().person(held)
    return case_over("stopped") if person is None else (held, person)


def _page(held: Case, person: Subscriber) -> Response:
    if held.state in {State.STOPPED, State.EXPIRED}:
        return case_over(held.state.value)
    if held.state is State.DONE:
        return make_response(
            render_template("recovery/done.html", signin_url=url_for("signin.start"), level=held.level)
        )
    if held.state is State.READY:
        return password_page(held, person)
    if held.state is State.COOLING and not held.ripe(services().clock.now()):
        page = render_template(
            "recovery/waiting.html",
            ready_at=held.ready_at,
            expires_at=held.expires_at,
            long=held.proofs == {Proof.EMAIL} and not steps().circumstances(person).bare,
            stop_action=url_for("recovery.stop_own", case_id=held.id),
        )
        return make_response(page)
    return _next_page(held, person)


def _settle(held: Case) -> Response:
    moved = steps().settle(held)
    if isinstance(moved, Refusal):
        visit_id = steps().ask_visit(held.subscriber_id)
        db.session.commit()
        return redirect(url_for("recovery.visit_of_case", case_id=held.id, visit_id=visit_id), code=303)
    db.session.commit()
    return _went_on(held, moved)


def _went_on(held: Case, outcome: Case | Refusal) -> Response:
    if isinstance(outcome, Refusal):
        if outcome.code is Code.THROTTLED:
            return wait_page(outcome, url_for("recovery.case", case_id=held.id))
        refused(outcome.code.value)
        if outcome.code is Code.RECOVERY_CHANGED:
            return case_over("changed")
    response = redirect(url_for("recovery.case", case_id=held.id), code=303)
    secret = cookies.browser()
    if isinstance(outcome, Case) and outcome.state is State.COOLING and secret is not None:
        cookies.set_browser(response, secret, KEPT_SECONDS)
    return response


def _send(held: Case, person: Subscriber, proof: Proof) -> Response:
    sent = steps().send(held, proof, language.current().tag)
    db.session.commit()
    if not isinstance(sent, Refusal):
        return redirect(url_for("recovery.prove_step", case_id=held.id, way=proof.value), code=303)
    refused(sent.code.value)
    if sent.code is Code.RECOVERY_STATE:
        return redirect(url_for("recovery.case", case_id=held.id), code=303)
    if sent.code in _UNSENT:
        return _proof_page(held, person, proof, errors=[("", sent.code.value)], status=409)
    page = _proof_page(held, person, proof, errors=[("", "message_wait")], status=429, wait=sent.retry_after or 1)
    page.headers["Retry-After"] = str(sent.retry_after or 1)
    return page


def _next_page(held: Case, person: Subscriber, errors: Errors = ()) -> Response:
    asked = steps().asked(held, person)
    account = steps().circumstances(person)
    rungs = [reached(held.proofs | {proof}, account) for proof in asked]
    page = render_template(
        "recovery/next.html",
        action=url_for("recovery.choose_next", case_id=held.id),
        ways=[proof.value for proof in asked],
        addresses=_addresses(person, asked),
        ripe=held.state is State.COOLING,
        alone=_alone(held, account),
        waits=held.state is State.PROVING and any(rung is not None and rung.waits for rung in rungs),
        stop_action=url_for("recovery.stop_own", case_id=held.id),
        errors=errors,
    )
    return make_response(page, 400 if errors else 200)


def _alone(held: Case, account: Circumstances) -> str:
    """Where whoever has nothing more goes on: after a `day` or a `week`, `then` after the wait of two addresses."""
    rung = reached(held.proofs, account)
    if rung is None:
        return "visit"
    return ("week" if rung.slow else "day") if rung.alone else "then"


def _proof_page(
    held: Case,
    person: Subscriber,
    proof: Proof,
    typed: str = "",
    errors: Errors = (),
    status: int = 0,
    wait: int = 0,
) -> Response:
    if proof not in steps().asked(held, person):
        return redirect(url_for("recovery.case", case_id=held.id), code=303)
    shown = {
        "step": 0 if held.state is State.COOLING else 2,
        "action": url_for("recovery.prove", case_id=held.id, way=proof.value),
        "ways_url": url_for("recovery.case", case_id=held.id),
        "typed": typed[:MAX_CODE],
        "errors": errors,
    }
    if proof is Proof.PAPER:
        return make_response(render_template("recovery/paper.html", **shown), status or (400 if errors else 200))
    sent = steps().under_way(held, proof) if proof in CONTACTS else None
    now = services().clock.now()
    page = render_template(
        "recovery/code.html",
        **shown,
        kind=proof.value,
        known=True,
        send_action=url_for("recovery.send_again", case_id=held.id, way=proof.value) if proof in CONTACTS else None,
        address=_addresses(person, (proof,)).get(proof.value),
        sent=sent,
        wait=wait or (0 if sent is None else max(0, -int((now - sent.again_at).total_seconds() // 1))),
    )
    return make_response(page, status or (400 if errors else 200))


def _addresses(person: Subscriber, proofs: tuple[Proof, ...]) -> dict[str, str]:
    shown = (proof for proof in proofs if proof in CONTACTS)
    return {proof.value: masked(CHANNELS[proof], steps().address(person, proof)) for proof in shown}
