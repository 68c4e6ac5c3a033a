"""Taking the consent back to keep face and fingers: what is lost by it, a day to think, and the proof after it."""

from __future__ import annotations

import json
from uuid import UUID

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from enrollment.erasure import Erasure, Outcome
from enrollment.erasure.models import ErasureRow
from enrollment.erasure.values import erasure_of
from enrollment.errors import Code, Refusal
from enrollment.issuance.ownership import proven_owner
from enrollment.verification import Enrolled
from enrollment.web.citizen.blueprint import citizen
from enrollment.web.standing_rooms import erasures
from idp.authenticators.methods import STAFF
from idp.keys.jose import decode_segment
from idp.notices import Notice
from idp.sessions import Session
from idp.telemetry import refused
from idp.web.account.changing import proven_and_counted
from idp.web.account.guard import signed_in
from idp.web.extensions import db, services
from idp.web.rooms import directory, notices
from idp.web.signin.pages import Errors

__all__ = ["ask_erasure", "erasure_proof", "erasure_proof_file", "keep_body", "own_body"]


@citizen.get("/account/body")
def own_body() -> Response:
    """What is kept of the body, what for, and the way to have it erased."""
    session = signed_in()
    return session if isinstance(session, Response) else _page(session)


@citizen.post("/account/body/erase")
def ask_erasure() -> Response:
    """Have it erased in a day; by somebody who proved who they are a moment ago, and says that they mean it."""
    session = proven_and_counted()
    if isinstance(session, Response):
        return session
    if request.form.get("sure") != "erase":
        return _page(session, [("sure-erase", "body_sure")])
    account = directory().get(session.subscriber_id)
    made = erasures().ask(session.subscriber_id, staff=account is not None and account.group == STAFF)
    if isinstance(made, Refusal):
        refused(made.code.value)
        words = {"staff": "body_staff", "nothing": "body_nothing"}
        known = words.get(made.about, "body_waits" if made.code is Code.ENR_EXISTS else "body_not_now")
        return _page(session, [("sure-erase", known)], 409)
    notices().tell(session.subscriber_id, Notice.LIFE_EVENT, {"what": "body_erasure_asked"})
    db.session.commit()
    return redirect(url_for("citizen.own_body", done="asked"), code=303)


@citizen.post("/account/body/<uuid:erasure_id>/keep")
def keep_body(erasure_id: UUID) -> Response:
    """Stop it within the day, at once."""
    session = signed_in()
    if isinstance(session, Response):
        return session
    done = erasures().stop(session.subscriber_id, erasure_id)
    if isinstance(done, Refusal) and done.code is Code.ENR_UNKNOWN:
        raise NotFound
    if done is None:
        notices().tell(session.subscriber_id, Notice.LIFE_EVENT, {"what": "body_kept"})
    db.session.commit()
    said = "kept" if done is None else "late"
    return redirect(url_for("citizen.own_body", done=said), code=303)


@citizen.get("/proof/<uuid:erasure_id>")
def erasure_proof(erasure_id: UUID) -> Response:
    """The proof of an erasure for whoever has its address, which is not to be guessed: nothing in it is personal."""
    done = _done(erasure_id)
    claims = json.loads(decode_segment((done.proof or "").split(".")[1]))
    page = render_template(
        "citizen/proof.html",
        scope=done.scope.value,
        at=done.ended_at,
        keys=claims["keys"],
        objects=claims["objects"],
        digest=claims["digest"],
        statement=done.proof,
        file_url=url_for("citizen.erasure_proof_file", erasure_id=done.id),
        jwks_url=f"{services().options.issuer}/oauth/jwks",
    )
    return make_response(page)


@citizen.get("/proof/<uuid:erasure_id>/statement.jws")
def erasure_proof_file(erasure_id: UUID) -> Response:
    """The signed statement as a file, as an operator's command checks it."""
    response = make_response(_done(erasure_id).proof or "")
    response.headers["Content-Type"] = "application/jose"
    response.headers["Content-Disposition"] = 'attachment; filename="erasure.jws"'
    return response


def _done(erasure_id: UUID) -> Erasure:
    row = db.session.get(ErasureRow, erasure_id)
    found = None if row is None else erasure_of(row)
    if found is None or found.outcome is not Outcome.DONE or found.proof is None:
        raise NotFound
    return found


def _page(session: Session, errors: Errors = (), status: int = 400) -> Response:
    person_id = proven_owner(db.session(), session.subscriber_id)
    room, done = erasures(), request.args.get("done")
    waiting = room.waiting(session.subscriber_id)
    kept = () if person_id is None else Enrolled(db.session(), services().purpose_keys).of(person_id)
    page = render_template(
        "citizen/body.html",
        registered=person_id is not None,
        kept=list(dict.fromkeys(one.position.value for one in kept)),
        waiting=waiting,
        stop_action=None if waiting is None else url_for("citizen.keep_body", erasure_id=waiting.id),
        proofs=[
            {"at": one.ended_at, "scope": one.scope.value, "url": url_for("citizen.erasure_proof", erasure_id=one.id)}
            for one in room.of(session.subscriber_id)
            if one.outcome is Outcome.DONE
        ],
        locks_url=url_for("account.biometrics"),
        record_url=url_for("citizen.my_record"),
        action=url_for("citizen.ask_erasure"),
        errors=errors,
        done=done if done in {"asked", "kept", "late"} else None,
    )
    return make_response(page, status if errors else 200)
