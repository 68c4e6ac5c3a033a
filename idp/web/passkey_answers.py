"""What pages and their script are told about passkeys: where to ask, the answer as JSON, plain words for a refusal."""

from __future__ import annotations

from html import unescape
from typing import Any

from flask import get_template_attribute, jsonify
from werkzeug.wrappers import Response

from idp.errors import Code, Refusal
from idp.telemetry import THROTTLED, refused
from idp.web import headers
from idp.web.extensions import services

__all__ = ["FIELD", "go_to", "offer", "plain_words", "problem", "said", "to_ask"]

FIELD = "passkey"
# Said as they are; every other reason is one sentence, so that nobody learns from it which check failed.
_TOLD = frozenset(
    {
        Code.PASSKEY_CHALLENGE,
        Code.PASSKEY_UNKNOWN,
        Code.PASSKEY_MODEL,
        Code.PASSKEY_EXISTS,
        Code.PASSKEY_LIMIT,
        Code.THROTTLED,
    }
)
_REFUSED = "passkey.refused"


def offer(action: str, options: str) -> dict[str, str] | None:
    """Where a page's passkey form goes; lets its script ask us. None where our address is a number, not a name."""
    if not services().passkey_rules.party.usable:
        return None
    headers.allow_own_requests()
    return {"action": action, "options": options}


def to_ask(options: dict[str, Any]) -> Response:
    """What the script hands to the device."""
    return jsonify(publicKey=options)


def go_to(address: str) -> Response:
    """Where the script goes instead: a page that says more."""
    return jsonify(next=address)


def problem(refusal: Refusal) -> Response:
    """What the script says to the person."""
    response = jsonify(problem=refusal.code.value, words=plain_words("messages.html", "words", said(refusal)))
    response.status_code = 400
    if refusal.retry_after is not None:
        THROTTLED.labels(refusal.detail).inc()
        response.status_code = 429
        response.headers["Retry-After"] = str(refusal.retry_after)
    return response


def plain_words(page: str, macro: str, code: str) -> str:
    """What a macro of a page says for a code, as text and not as markup."""
    return unescape(str(get_template_attribute(page, macro)(code))).strip()


def said(refusal: Refusal) -> str:
    """The code of the words for a refusal, which is counted."""
    refused(refusal.code.value)
    return refusal.code.value if refusal.code in _TOLD else _REFUSED
