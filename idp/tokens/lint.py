"""The last look at a token before it is signed: a malformed one must never leave the house."""

from __future__ import annotations

from typing import Any

from idp.keys import TokenType

__all__ = ["TokenLintError", "lint"]

_REQUIRED: dict[TokenType, dict[str, type | tuple[type, ...]]] = {
    # RFC 9068 section 2.2
    TokenType.ACCESS: {
        "iss": str,
        "sub": str,
        "aud": (str, list),
        "client_id": str,
        "scope": str,
        "iat": int,
        "exp": int,
        "jti": str,
    },
    # OpenID Connect Core section 2
    TokenType.ID: {
        "iss": str,
        "sub": str,
        "aud": str,
        "iat": int,
        "exp": int,
        "auth_time": int,
        "acr": str,
        "amr": list,
    },
}
MAX_SUBJECT_CHARS = 255


class TokenLintError(Exception):
    """A token would have left with a wrong or missing member: a bug of ours."""


def lint(kind: TokenType, claims: dict[str, Any]) -> None:
    """Raise `TokenLintError` unless `claims` make a correct token of that kind."""
    for name, wanted in _REQUIRED[kind].items():
        value = claims.get(name)
        if not isinstance(value, wanted) or value in ("", []):
            if name == "scope" and value == "":
                continue
            message = f"{kind}: {name} is missing or of the wrong type"
            raise TokenLintError(message)
    if claims["exp"] <= claims["iat"]:
        message = f"{kind}: expires before it is issued"
        raise TokenLintError(message)
    if len(claims["sub"]) > MAX_SUBJECT_CHARS:
        message = f"{kind}: sub is longer than {MAX_SUBJECT_CHARS} characters (OpenID Connect Core section 2)"
        raise TokenLintError(message)
