"""Turning a grant into the token response: access, ID and refresh token (RFC 6749 5.1, OpenID Connect Core 3.1.3.3)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from idp.authorization.server import Deps
from idp.clients.client import Client
from idp.keys import Keyring
from idp.subscribers.profile import open_profile
from idp.tokens.access_token import mint_access_token
from idp.tokens.grant import Grant, SealedProfile
from idp.tokens.id_token import mint_id_token

__all__ = ["answer_with_tokens", "released_claims"]


def released_claims(deps: Deps, profile: SealedProfile | None, wanted: Sequence[str]) -> dict[str, Any]:
    """The claims that were wanted, that consent covers at this instant, and that the person has."""
    if profile is None or not wanted:
        return {}
    allowed = profile.consented.intersection(wanted)
    if not allowed:
        return {}
    claims = open_profile(deps.sealer, profile.key, profile.sealed)
    return {name: value for name, value in claims.items() if name in allowed}


def answer_with_tokens(  # noqa: PLR0913 - what the answer is made of
    deps: Deps,
    keyring: Keyring,
    client: Client,
    grant: Grant,
    profile: SealedProfile | None,
    *,
    scope: Sequence[str],
    audience: Sequence[str],
    issued_at: int,
    jti: str,
    refresh_token: str | None,
    first: bool,
) -> dict[str, Any]:
    """The token response for a person's grant. `first` is true for the code's own answer, which carries the nonce."""
    subject = deps.subjects.for_client(grant.subscriber_id, client)
    access_token = mint_access_token(
        keyring,
        client,
        issuer=deps.issuer,
        subject=subject,
        audience=audience,
        scope=scope,
        issued_at=issued_at,
        lifetime=deps.lifetimes.access_token,
        jti=jti,
        extra={
            "gid": str(grant.id),
            "auth_time": int(grant.authenticated_at.timestamp()),
            "acr": grant.acr,
            "amr": list(grant.amr),
        },
    )
    answer: dict[str, Any] = {
        "access_token": access_token,
        "token_type": "Bearer",
        "expires_in": deps.lifetimes.access_token,
        "scope": " ".join(scope),
    }
    if refresh_token is not None:
        answer["refresh_token"] = refresh_token
    if "openid" in scope:
        answer["id_token"] = mint_id_token(
            keyring,
            client,
            grant,
            issuer=deps.issuer,
            subject=subject,
            sid=deps.subjects.session_id(grant.session_id, client.client_id),
            issued_at=issued_at,
            lifetime=deps.lifetimes.id_token,
            access_token=access_token,
            claims=released_claims(deps, profile, grant.id_token_claims),
            with_nonce=first,
        )
    return answer
