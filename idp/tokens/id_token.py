"""ID tokens (OpenID Connect Core section 2): that somebody signed in, when and how strongly, said to one client."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from idp.clients.client import Client
from idp.errors import Code, Refusal
from idp.keys import Keyring, TokenType
from idp.keys.jose import Algorithm, encode_segment
from idp.tokens.grant import Grant
from idp.tokens.lint import lint

__all__ = ["mint_id_token", "read_id_token_hint"]


def mint_id_token(  # noqa: PLR0913 - each is a member of the token
    keyring: Keyring,
    client: Client,
    grant: Grant,
    *,
    issuer: str,
    subject: str,
    sid: str,
    issued_at: int,
    lifetime: int,
    access_token: str,
    claims: Mapping[str, Any],
    with_nonce: bool,
) -> str:
    """Sign an ID token with the client's registered algorithm.

    `claims` are the personal ones that consent covers; a protocol member can never be overwritten by them.
    `with_nonce` is false for a refreshed token (section 12.2).
    """
    body: dict[str, Any] = {
        **claims,
        "iss": issuer,
        "sub": subject,
        "aud": client.client_id,
        "iat": issued_at,
        "exp": issued_at + lifetime,
        "auth_time": int(grant.authenticated_at.timestamp()),
        "acr": grant.acr,
        "amr": list(grant.amr),
        "sid": sid,
        "at_hash": _half_hash(access_token, client.id_token_alg),
    }
    if with_nonce and grant.nonce is not None:
        body["nonce"] = grant.nonce
    lint(TokenType.ID, body)
    return keyring.signer_at(client.id_token_alg, issued_at).sign(TokenType.ID, body)


def read_id_token_hint(keyring: Keyring, token: str, issuer: str) -> dict[str, Any] | Refusal:
    """The claims of an ID token of ours, expired or not (RP-Initiated Logout section 2: it SHOULD be accepted)."""
    claims = keyring.read(TokenType.ID, token)
    if isinstance(claims, Refusal):
        return claims
    return claims if claims.get("iss") == issuer else Refusal(Code.TOKEN_MALFORMED, "another issuer")


def _half_hash(access_token: str, algorithm: Algorithm) -> str:
    # Core 3.1.3.6: the hash of the algorithm's own size; Ed25519 signs over SHA-512.
    hashed = (hashlib.sha512 if algorithm is Algorithm.EDDSA else hashlib.sha256)(access_token.encode()).digest()
    return encode_segment(hashed[: len(hashed) // 2])
