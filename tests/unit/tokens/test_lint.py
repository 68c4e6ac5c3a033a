from typing import Any

import pytest

from idp.keys import TokenType
from idp.tokens.lint import TokenLintError, lint

ACCESS: dict[str, Any] = {
    "iss": "https://id.example",
    "sub": "person",
    "aud": "https://api.example",
    "client_id": "permits",
    "scope": "openid",
    "iat": 1_000,
    "exp": 1_300,
    "jti": "j1",
}
ID: dict[str, Any] = {
    "iss": "https://id.example",
    "sub": "person",
    "aud": "permits",
    "iat": 1_000,
    "exp": 1_300,
    "auth_time": 900,
    "acr": "nid:1",
    "amr": ["pwd"],
}
CORRECT = [(TokenType.ACCESS, ACCESS), (TokenType.ID, ID)]
MEMBERS = [(kind, claims, name) for kind, claims in CORRECT for name in claims]


@pytest.mark.parametrize(("kind", "claims"), CORRECT)
def test_a_correct_token_passes(kind: TokenType, claims: dict[str, Any]) -> None:
    """Nothing is said of a token that has all it needs, extra members included."""
    lint(kind, claims)
    lint(kind, {**claims, "extra": 1})


@pytest.mark.parametrize(("kind", "claims", "name"), MEMBERS)
def test_a_missing_member_never_leaves(kind: TokenType, claims: dict[str, Any], name: str) -> None:
    """RFC 9068 2.2, OpenID Connect Core 2: each required member stops the token when it is absent."""
    with pytest.raises(TokenLintError, match=name):
        lint(kind, {other: value for other, value in claims.items() if other != name})


@pytest.mark.parametrize(("kind", "claims", "name"), MEMBERS)
@pytest.mark.parametrize("value", [None, 1.5, {}, b"x", ()])
def test_a_member_of_the_wrong_type_never_leaves(
    kind: TokenType, claims: dict[str, Any], name: str, value: object
) -> None:
    """A required member is of its own JSON type, never a number for a text or the reverse."""
    with pytest.raises(TokenLintError, match=name):
        lint(kind, {**claims, name: value})


@pytest.mark.parametrize(
    ("kind", "claims", "name", "value"),
    [
        *(
            (kind, claims, name, "")
            for kind, claims, name in MEMBERS
            if isinstance(claims[name], str) and name != "scope"
        ),
        (TokenType.ACCESS, ACCESS, "aud", []),
        (TokenType.ID, ID, "amr", []),
    ],
)
def test_an_empty_member_never_leaves(kind: TokenType, claims: dict[str, Any], name: str, value: object) -> None:
    """An empty text or list says nothing, so it counts as missing; only a scope may be empty."""
    with pytest.raises(TokenLintError, match=name):
        lint(kind, {**claims, name: value})


def test_a_token_without_scope_may_leave() -> None:
    """A client's own token may carry no scope at all."""
    lint(TokenType.ACCESS, {**ACCESS, "scope": ""})


def test_an_id_token_has_one_audience() -> None:
    """An ID token goes to one client, an access token may go to several services."""
    lint(TokenType.ACCESS, {**ACCESS, "aud": ["https://a.example", "https://b.example"]})
    with pytest.raises(TokenLintError, match="aud"):
        lint(TokenType.ID, {**ID, "aud": ["permits", "clinic"]})


@pytest.mark.parametrize(("kind", "claims"), CORRECT)
@pytest.mark.parametrize("expires", [1_000, 999, -1])
def test_a_token_lives_for_some_time(kind: TokenType, claims: dict[str, Any], expires: int) -> None:
    """A token that is expired when it is issued is a bug."""
    with pytest.raises(TokenLintError, match="expires"):
        lint(kind, {**claims, "exp": expires})


@pytest.mark.parametrize(("kind", "claims"), CORRECT)
def test_a_subject_is_short(kind: TokenType, claims: dict[str, Any]) -> None:
    """OpenID Connect Core 2: `sub` has at most 255 characters."""
    lint(kind, {**claims, "sub": "s" * 255})
    with pytest.raises(TokenLintError, match="255"):
        lint(kind, {**claims, "sub": "s" * 256})
