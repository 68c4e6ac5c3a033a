"""Access tokens: RFC 9068 JWTs, minted and read. Not stored; what may revoke one is asked of its grant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from idp.clients.client import Client
from idp.errors import Code, Refusal
from idp.keys import Keyring, TokenType
from idp.tokens.lint import lint

__all__ = ["AccessToken", "mint_access_token", "read_access_token"]


@dataclass(frozen=True, slots=True)
class AccessToken:
    """What an access token of ours says. `grant_id` is None for a client's own token."""

    subject: str
    client_id: str
    audience: tuple[str, ...]
    scope: frozenset[str]
    issued_at: int
    expires_at: int
    jti: str
    grant_id: UUID | None
    claims: dict[str, Any]


def mint_access_token(  # noqa: PLR0913 - each is a member of the token
    keyring: Keyring,
    client: Client,
    *,
    issuer: str,
    subject: str,
    audience: Sequence[str],
    scope: Sequence[str],
    issued_at: int,
    lifetime: int,
    jti: str,
    extra: dict[str, Any] | None = None,
) -> str:
    """Sign an access token (RFC 9068 section 2.2) with the client's registered algorithm.

    `extra` holds members that only some grants have (auth_time, acr, the grant's id). Raises `TokenLintError`
    when the result would not be a correct token, LookupError when no key of the algorithm is active.
    """
    claims = {
        "iss": issuer,
        "sub": subject,
        "aud": audience[0] if len(audience) == 1 else list(audience),
        "client_id": client.client_id,
        "scope": " ".join(scope),
        "iat": issued_at,
        "exp": issued_at + lifetime,
        "jti": jti,
        **(extra or {}),
    }
    lint(TokenType.ACCESS, claims)
    return keyring.signer_at(client.access_token_alg, issued_at).sign(TokenType.ACCESS, claims)


def read_access_token(keyring: Keyring, token: str, now: float) -> AccessToken | Refusal:
    """The token behind a text, if we signed it and its time has not passed.

    Audience and revocation are the caller's.
    """
    claims = keyring.read(TokenType.ACCESS, token)
    if isinstance(claims, Refusal):
        return claims
    if claims["exp"] <= now:
        return Refusal(Code.TOKEN_EXPIRED)
    audience = claims["aud"]
    grant_id = claims.get("gid")
    return AccessToken(
        subject=claims["sub"],
        client_id=claims["client_id"],
        audience=(audience,) if isinstance(audience, str) else tuple(audience),
        scope=frozenset(claims["scope"].split()),
        issued_at=claims["iat"],
        expires_at=claims["exp"],
        jti=claims["jti"],
        grant_id=UUID(grant_id) if grant_id else None,
        claims=claims,
    )
