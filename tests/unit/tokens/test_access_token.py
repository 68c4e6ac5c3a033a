import datetime as dt
import json
import uuid
from base64 import urlsafe_b64decode
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.clients.client import Client
from idp.errors import Code, Refusal, StoreUnavailableError
from idp.keys import Keyring, TokenType
from idp.keys.jose import Algorithm, encode_segment
from idp.tokens.access_token import AccessToken, mint_access_token, read_access_token
from idp.tokens.lint import TokenLintError
from tests.factories.clients import make_client
from tests.factories.moments import START
from tests.unit.tokens.ring import keyring, ring_key, verified

ISSUER = "https://id.example"
NOW = int(START.timestamp())
PERMITS = make_client()
EXTRA = {"gid": str(uuid.UUID(int=7)), "auth_time": NOW - 30, "acr": "nid:2", "amr": ["pwd", "otp"]}


def minted(client: Client = PERMITS, ring: Keyring | None = None, **changes: Any) -> str:
    """An access token of this client."""
    members: dict[str, Any] = {
        "issuer": ISSUER,
        "subject": "person",
        "audience": ["https://api.example"],
        "scope": ["openid", "profile"],
        "issued_at": NOW,
        "lifetime": 300,
        "jti": "j1",
        **changes,
    }
    return mint_access_token(ring or keyring(), client, **members)


def read(token: str, now: float = NOW, ring: Keyring | None = None) -> AccessToken:
    """The token, which must be a good one."""
    found = read_access_token(ring or keyring(), token, now)
    assert isinstance(found, AccessToken), found
    return found


def refusal(token: str, now: float = NOW, ring: Keyring | None = None) -> Code:
    """Why the token is not taken."""
    found = read_access_token(ring or keyring(), token, now)
    assert isinstance(found, Refusal)
    return found.code


@pytest.mark.parametrize("algorithm", [Algorithm.ES256, Algorithm.RS256])
def test_an_independent_reader_agrees(algorithm: Algorithm) -> None:
    """RFC 9068 2: the type is at+jwt, the key is found by `kid`, and every member is what was put in."""
    token = minted(make_client(access_token_signing_alg=algorithm.value), extra=EXTRA)
    header, claims = verified(keyring(), token, algorithm)
    assert header == {"alg": algorithm.value, "typ": "at+jwt", "kid": ring_key(algorithm).kid}
    assert claims == {
        "iss": ISSUER,
        "sub": "person",
        "aud": "https://api.example",
        "client_id": "permits",
        "scope": "openid profile",
        "iat": NOW,
        "exp": NOW + 300,
        "jti": "j1",
        **EXTRA,
    }


def test_the_registered_algorithm_is_es256_by_default() -> None:
    """The product's default for access tokens."""
    header, _ = verified(keyring(), minted(), Algorithm.ES256)
    assert header["alg"] == "ES256"


def test_what_was_minted_is_read() -> None:
    """Reader and minter agree on every member, one audience or several, with a grant or without."""
    token = read(minted(extra=EXTRA))
    assert token.subject == "person"
    assert token.client_id == "permits"
    assert token.audience == ("https://api.example",)
    assert token.scope == {"openid", "profile"}
    assert (token.issued_at, token.expires_at, token.jti) == (NOW, NOW + 300, "j1")
    assert token.grant_id == uuid.UUID(int=7)
    assert read(minted()).grant_id is None
    assert read(minted(audience=["https://a.example", "https://b.example"])).audience == (
        "https://a.example",
        "https://b.example",
    )
    assert read(minted(scope=[])).scope == frozenset()


def test_a_token_ends_on_the_second() -> None:
    """RFC 7519 4.1.4: on or after `exp` it must not be accepted."""
    token = minted()
    assert read(token, NOW + 299.999).jti == "j1"
    assert refusal(token, NOW + 300) is Code.TOKEN_EXPIRED
    assert refusal(token, NOW + 10_000) is Code.TOKEN_EXPIRED


def test_a_token_nobody_may_use_is_not_minted() -> None:
    """RFC 9068 2.2: without an audience it would be good everywhere."""
    with pytest.raises(TokenLintError, match="aud"):
        minted(audience=[])


def test_nothing_is_minted_without_a_key() -> None:
    """A ring that has no active key of the algorithm is an error, not another algorithm."""
    ring = Keyring([ring_key(Algorithm.RS256)])
    with pytest.raises(StoreUnavailableError):
        minted(ring=ring)
    with pytest.raises(StoreUnavailableError):
        minted(issued_at=NOW - 2 * 86_400)


def test_another_houses_token_is_refused() -> None:
    """A correct token under a key that we do not publish."""
    theirs = Keyring([ring_key(Algorithm.ES256, number=2)])
    assert refusal(minted(ring=theirs)) is Code.TOKEN_SIGNATURE


def test_an_id_token_is_no_access_token() -> None:
    """AC-051, RFC 9068 4: only `at+jwt` is taken, though the same key signed both."""
    signer = keyring().signer(Algorithm.ES256, START)
    assert signer is not None
    _, claims = verified(keyring(), minted(), Algorithm.ES256)
    assert refusal(signer.sign(TokenType.ID, claims)) is Code.TOKEN_TYPE
    assert read(signer.sign(TokenType.ACCESS, claims)).jti == "j1"


def test_a_grant_identifier_stands_only_where_a_grant_is() -> None:
    """A client's own token names no grant, so nothing of a person can be asked with it."""
    _, claims = verified(keyring(), minted(), Algorithm.ES256)
    assert "gid" not in claims


@pytest.mark.parametrize("algorithm", ["none", "NONE", "nOnE", "HS256", "ES384", ""])
def test_another_algorithm_is_refused(algorithm: str) -> None:
    """AC-044, AC-045, RFC 8725 3.1: the algorithm belongs to the key, the header does not choose it."""
    _, payload, signature = minted().split(".")
    header = {"alg": algorithm, "typ": "at+jwt", "kid": ring_key(Algorithm.ES256).kid}
    forged = encode_segment(json.dumps(header, separators=(",", ":")).encode())
    for end in (signature, ""):
        assert refusal(f"{forged}.{payload}.{end}") is Code.TOKEN_SIGNATURE


@pytest.mark.parametrize(
    "extra",
    [
        {"jwk": {"kty": "oct", "k": "AA"}},
        {"jku": "https://evil.example"},
        {"x5u": "https://evil.example"},
        {"crit": ["b64"], "b64": False},
    ],
)
def test_a_header_of_more_members_is_refused(extra: dict[str, Any]) -> None:
    """AC-046 to AC-048: keys, addresses and extensions in a header are never looked at."""
    header, payload, signature = minted().split(".")
    members = json.loads(urlsafe_b64decode(header + "=="))
    forged = encode_segment(json.dumps({**members, **extra}, separators=(",", ":")).encode())
    assert refusal(f"{forged}.{payload}.{signature}") is Code.TOKEN_SIGNATURE


@given(at=st.integers(0, 10_000), bit=st.integers(0, 6))
def test_any_changed_character_breaks_it(at: int, bit: int) -> None:
    """One flipped bit anywhere in the text is noticed, and is an answer rather than an exception."""
    token = minted(extra=EXTRA)
    at %= len(token)
    changed = token[:at] + chr(ord(token[at]) ^ (1 << bit)) + token[at + 1 :]
    assert isinstance(read_access_token(keyring(), changed, NOW), Refusal)


@given(st.text(max_size=200))
def test_any_text_is_refused(text: str) -> None:
    """Whatever is not a token of ours is refused, never an exception."""
    assert isinstance(read_access_token(keyring(), text, NOW), Refusal)


def test_a_huge_token_is_refused_before_it_is_decoded() -> None:
    """AC-049: more than 16 kB is no token of ours."""
    header, payload, _ = minted().split(".")
    assert refusal(f"{header}.{payload}.{'A' * 16_384}") is Code.TOKEN_MALFORMED


def test_tokens_of_a_retired_key_are_read() -> None:
    """RFC 7517 rollover: a key signs no more after it retired, and what it signed stays good for its time."""
    old = ring_key(Algorithm.ES256)
    fresh = ring_key(Algorithm.ES256, number=3)
    change = START + dt.timedelta(seconds=60)
    ring = Keyring([replace(old, retire_at=change), replace(fresh, activate_at=change)])
    before, after = minted(ring=ring), minted(ring=ring, issued_at=NOW + 61)
    assert verified(ring, before, Algorithm.ES256)[0]["kid"] == old.kid
    assert verified(ring, after, Algorithm.ES256)[0]["kid"] == fresh.kid
    assert read(before, NOW + 100, ring).jti == "j1"
    assert read(after, NOW + 100, ring).jti == "j1"
