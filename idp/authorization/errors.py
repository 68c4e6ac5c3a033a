"""OAuth errors beyond RFC 6749, in the shape of Authlib's, and what a refusal of ours is called in that vocabulary."""

from __future__ import annotations

from authlib.oauth2.rfc6749.errors import InvalidGrantError, InvalidScopeError, OAuth2Error

from idp.errors import Code, Refusal

__all__ = [
    "AuthenticationFailedError",
    "InsufficientAuthenticationError",
    "InsufficientScopeError",
    "InvalidTargetError",
    "InvalidTokenError",
    "WaitError",
    "grant_error",
]


class _Error(OAuth2Error):
    def __init__(self, description: str) -> None:
        super().__init__(description=description)


class InvalidTargetError(_Error):
    """The resource is unknown or not for this client (RFC 8707 section 2)."""

    error = "invalid_target"


class InvalidTokenError(_Error):
    """The token is malformed, expired, revoked or not for this resource (RFC 6750 section 3.1)."""

    error = "invalid_token"
    status_code = 401


class InsufficientScopeError(_Error):
    """The token is good but does not carry the scope that is needed (RFC 6750 section 3.1)."""

    error = "insufficient_scope"
    status_code = 403


class InsufficientAuthenticationError(_Error):
    """The token is good, but its sign-in was worth too little for what it asks (RFC 9470 section 3)."""

    error = "insufficient_user_authentication"
    status_code = 401

    def __init__(self, acr_values: str) -> None:
        super().__init__("a stronger sign-in is needed")
        self.acr_values = acr_values


class AuthenticationFailedError(_Error):
    """Client authentication failed (RFC 6749 section 5.2). `client_id` is what was claimed, for the audit."""

    error = "invalid_client"
    status_code = 401

    def __init__(self, refusal: Refusal, client_id: str | None) -> None:
        super().__init__("client authentication failed")
        self.refusal = refusal
        self.client_id = client_id


class WaitError(_Error):
    """Too many failed authentications of this client; `retry_after` is in seconds."""

    error = "temporarily_unavailable"
    status_code = 429

    def __init__(self, retry_after: int) -> None:
        super().__init__("too many failed attempts, wait and try again")
        self.retry_after = retry_after


def grant_error(refusal: Refusal) -> OAuth2Error:
    """The registered error for a refused code or refresh token. It never says which of the many reasons it was."""
    if refusal.code is Code.GRANT_SCOPE:
        return InvalidScopeError("scope is wider than what was granted")
    if refusal.code is Code.RESOURCE_NOT_ALLOWED:
        return InvalidTargetError("a resource is not part of the grant")
    return InvalidGrantError("the grant is not valid")
