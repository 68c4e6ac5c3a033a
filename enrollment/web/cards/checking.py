"""Is this card good? For anybody, without an account: in the browser, off the network too; without scripts by us.

The browser keeps the page, the keys and the list of cards that are not good, so that it needs nobody afterwards.
What is checked there leaves the browser never; what is sent here is written down nowhere.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import cast

from flask import current_app, jsonify, make_response, render_template, request, url_for
from werkzeug.wrappers import Response

from enrollment.card import Reason, check
from enrollment.card.envelope import MAX_TEXT
from enrollment.card.listing import CLAIM, MARK_BYTES
from enrollment.web.card_rooms import card_keys, card_lists, standings
from enrollment.web.cards.blueprint import card_pages
from enrollment.web.cards.faces import face_of
from enrollment.web.citizen.beginning import wait_page
from idp.web import headers, language
from idp.web.extensions import db, services
from idp.web.signin.pages import Errors

__all__ = ["ask", "keys", "listed", "verify", "worker"]

WORKER = "verify-worker.js"
# Longer than any QR code; the limit of the check itself is larger.
MAX_TYPED = 4296
_KEPT = ("theme.css", "wangov.css", "card.css", "verify.js")


@card_pages.get("/verify")
def verify() -> Response:
    """Scan, or enter what the code says."""
    return _page()


@card_pages.post("/verify")
def ask() -> Response:
    """Check it here: by the same rules, and by what the register says this moment."""
    text = request.form.get("card", "")[: MAX_TEXT + 1].strip("\r\n\t")
    if language.switched():
        return _page(text)
    if not text.strip():
        return _page(errors=[("card", "card_missing")])
    shared = services()
    refusal = shared.address_limit.count_begun(shared.client_address(request.environ))
    if refusal is not None:
        return wait_page(refusal, url_for("cards.verify"))
    checked = standings().settled(check(text, card_keys().trusted(), shared.clock.now()))
    return _page(text, reason=checked.reason, card=face_of(checked) if checked.valid else None, asked=True)


@card_pages.get("/verify/keys")
def keys() -> Response:
    """The public keys of our cards (RFC 7517), with `kid` as it stands on cards in hex."""
    answer = jsonify(keys=card_keys().published())
    answer.headers["Cache-Control"] = "public, max-age=900"
    return answer


@card_pages.get("/verify/list")
def listed() -> Response:
    """The signed list of cards that are not good, as a CBOR web token (RFC 8392), deflated."""
    found = card_lists().current()
    db.session.commit()
    answer = make_response(found.content)
    answer.mimetype = "application/cwt"
    answer.headers["ETag"] = found.etag
    seconds = max(0, int((found.fresh_until - services().clock.now()).total_seconds()))
    answer.headers["Cache-Control"] = f"public, max-age={seconds}"
    return answer.make_conditional(request.environ)


@card_pages.get("/verify/worker.js")
def worker() -> Response:
    """The script with which the browser keeps the page; it may ask this site and nobody else."""
    headers.allow_own_requests()
    kept = [url_for("cards.verify"), url_for("cards.keys"), url_for("cards.listed")]
    address = cast("Callable[[str], str]", current_app.jinja_env.globals["static_url"])
    kept += [address(name) for name in _KEPT]
    script = Path(current_app.static_folder or "") / WORKER
    answer = make_response(f"const KEPT = {json.dumps(kept)};\n{script.read_text(encoding='utf-8')}")
    answer.mimetype = "text/javascript"
    answer.headers["Service-Worker-Allowed"] = url_for("cards.verify")
    answer.headers["Cache-Control"] = "no-cache"
    return answer


def _page(
    text: str = "", errors: Errors = (), *, reason: Reason | None = None, card: object = None, asked: bool = False
) -> Response:
    headers.allow_own_requests()
    headers.allow_worker()
    headers.allow_camera()
    page = render_template(
        "card/verify.html",
        action=url_for("cards.ask"),
        text=text[:MAX_TYPED],
        most=MAX_TYPED,
        asked=asked,
        reason=None if reason is None else reason.value,
        reasons=[one.value for one in Reason],
        card=card,
        keys_url=url_for("cards.keys"),
        list_url=url_for("cards.listed"),
        worker_url=url_for("cards.worker"),
        scope=url_for("cards.verify"),
        list_claim=CLAIM,
        mark_bytes=MARK_BYTES,
        errors=errors,
    )
    return make_response(page, 400 if errors else 200)
