"""Who calls: a registered client with a token of its own (client credentials) that has the scope of this interface."""

from __future__ import annotations

from flask import request
from sqlalchemy import select
from werkzeug.wrappers import Response

from enrollment.web.abis.answers import challenge
from idp.errors import Refusal
from idp.tokens.access_token import read_access_token
from idp.tokens.models import RevokedTokenRow
from idp.web.extensions import db, services

__all__ = ["SCOPE", "caller"]

SCOPE = "abis"
_MOST_CHARS = 16_400


def caller() -> str | Response:
    """The client's identifier, or the answer that refuses it (RFC 6750 section 3.1).

    The token must be ours, live, not revoked, the client's own (no person behind it), for us or for this interface,
    with the scope; the client must still be enabled and have the scope. Nobody else's references can be named by it.
    """
    scheme, _, text = (request.headers.get("Authorization") or "")[:_MOST_CHARS].partition(" ")
    if scheme.lower() != "bearer" or not text.strip():
        return challenge(401, "")
    shared = services()
    token = read_access_token(shared.keyring(), text.strip(), shared.clock.epoch())
    if isinstance(token, Refusal):
        return challenge(401, "invalid_token")
    issuer = shared.options.issuer
    if token.grant_id is not None or token.subject != token.client_id:
        return challenge(401, "invalid_token")
    if not {issuer, f"{issuer}/abis/v1"} & set(token.audience):
        return challenge(401, "invalid_token")
    client = shared.registry.get(token.client_id)
    revoked = select(RevokedTokenRow.jti).where(RevokedTokenRow.jti == token.jti)
    if client is None or not client.enabled or db.session.scalar(revoked) is not None:
        return challenge(401, "invalid_token")
    if SCOPE not in token.scope or SCOPE not in client.scopes:
        return challenge(403, "insufficient_scope")
    return token.client_id
