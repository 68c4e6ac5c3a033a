import hashlib
import uuid
from typing import Any

import pytest

from idp.clients.client import Client
from idp.errors import Code, Refusal
from idp.keys import TokenType
from idp.keys.jose import Algorithm, encode_segment
from idp.tokens.grant import Grant
from idp.tokens.id_token import mint_id_token, read_id_token_hint
from tests.factories.clients import make_client
from tests.factories.moments import START
from tests.unit.tokens.ring import keyring, ring_key, verified

ISSUER = "https://id.example"
NOW = int(START.timestamp())
ACCESS_TOKEN = "an.access.token"


def grant(**changes: Any) -> Grant:
    """What a person let the client do."""
    members: dict[str, Any] = {
        "id": uuid.UUID(int=1),
        "client_id": "permits",
        "subscriber_id": uuid.UUID(int=2),
        "session_id": uuid.UUID(int=3),
        "scope": ("openid",),
        "audience": (ISSUER,),
        "id_token_claims": (),
        "userinfo_claims": (),
        "authenticated_at": START,
        "acr": "nid:2",
        "amr": ("pwd", "otp"),
        "nonce": "n0",
        "offline": False,
        **changes,
    }
    return Grant(**members)


def minted(client: Client | None = None, given: Grant | None = None, **changes: Any) -> str:
    """An ID token for this client."""
    members: dict[str, Any] = {
        "issuer": ISSUER,
        "subject": "person",
        "sid": "session-here",
        "issued_at": NOW + 5,
        "lifetime": 600,
        "access_token": ACCESS_TOKEN,
        "claims": {},
        "with_nonce": True,
        **changes,
    }
    return mint_id_token(keyring(), client or make_client(), given or grant(), **members)


@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_an_independent_reader_agrees(algorithm: Algorithm) -> None:
    """OpenID Connect Core 2: signed with the registered algorithm, and every member tells the truth."""
    client = make_client(id_token_signed_response_alg=algorithm.value)
    header, claims = verified(keyring(), minted(client), algorithm)
    assert header == {"alg": algorithm.value, "typ": "JWT", "kid": ring_key(algorithm).kid}
    assert claims.pop("at_hash")
    assert claims == {
        "iss": ISSUER,
        "sub": "person",
        "aud": "permits",
        "iat": NOW + 5,
        "exp": NOW + 605,
        "auth_time": NOW,
        "acr": "nid:2",
        "amr": ["pwd", "otp"],
        "sid": "session-here",
        "nonce": "n0",
    }


def test_the_default_algorithm_is_rs256() -> None:
    """OpenID Connect Registration 2: RS256 unless the client registered another."""
    assert verified(keyring(), minted(), Algorithm.RS256)[0]["alg"] == "RS256"


@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_at_hash_binds_the_access_token(algorithm: Algorithm) -> None:
    """Core 3.1.3.6: the left half of the hash whose size the algorithm names (SHA-512 for Ed25519)."""
    client = make_client(id_token_signed_response_alg=algorithm.value)
    hashed = (hashlib.sha512 if algorithm is Algorithm.EDDSA else hashlib.sha256)(ACCESS_TOKEN.encode()).digest()
    _, claims = verified(keyring(), minted(client), algorithm)
    assert claims["at_hash"] == encode_segment(hashed[: len(hashed) // 2])
    _, other = verified(keyring(), minted(client, access_token="another"), algorithm)
    assert other["at_hash"] != claims["at_hash"]


def test_a_nonce_is_repeated_once() -> None:
    """Core 3.1.2.1, 12.2: the code's ID token repeats the nonce, a refreshed one carries none, nobody invents one."""
    assert verified(keyring(), minted(), Algorithm.RS256)[1]["nonce"] == "n0"
    assert "nonce" not in verified(keyring(), minted(with_nonce=False), Algorithm.RS256)[1]
    assert "nonce" not in verified(keyring(), minted(given=grant(nonce=None)), Algorithm.RS256)[1]


def test_auth_time_is_of_the_sign_in() -> None:
    """Core 2: when the person signed in, not when the token was made; the same in a refreshed token (12.2)."""
    for issued_at in (NOW + 5, NOW + 5_000):
        _, claims = verified(keyring(), minted(issued_at=issued_at), Algorithm.RS256)
        assert claims["auth_time"] == NOW
        assert claims["iat"] == issued_at


def test_personal_claims_stand_beside_the_protocol() -> None:
    """A personal claim is added; none can take the place of a member of the protocol."""
    protocol = {"iss": "https://evil.example", "sub": "another", "aud": "evil", "acr": "nid:3", "amr": ["face"]}
    times = {"iat": 1, "exp": 1, "auth_time": 1}
    bound = {"sid": "x", "at_hash": "y", "nonce": "theirs"}
    hostile = {"name": "Testa", **protocol, **times, **bound}
    _, claims = verified(keyring(), minted(claims=hostile), Algorithm.RS256)
    _, plain = verified(keyring(), minted(), Algorithm.RS256)
    assert claims == {**plain, "name": "Testa"}


def test_a_hint_is_read_even_when_it_has_expired() -> None:
    """RP-Initiated Logout 2: an ID token that ended long ago still says who it was about."""
    token = minted(issued_at=NOW - 86_000)
    claims = read_id_token_hint(keyring(), token, ISSUER)
    assert isinstance(claims, dict)
    assert (claims["sub"], claims["aud"], claims["sid"]) == ("person", "permits", "session-here")


def test_a_hint_of_another_issuer_is_refused() -> None:
    """Signed by us, but under another name: the issuer moved, or the key is shared with a test system."""
    refusal = read_id_token_hint(keyring(), minted(issuer="https://other.example"), ISSUER)
    assert isinstance(refusal, Refusal)
    assert refusal.code is Code.TOKEN_MALFORMED


def test_an_access_token_is_no_hint() -> None:
    """RFC 8725 3.11: one kind never passes for the other."""
    signer = keyring().signer(Algorithm.RS256, START)
    assert signer is not None
    refusal = read_id_token_hint(keyring(), signer.sign(TokenType.ACCESS, {"iss": ISSUER, "sub": "person"}), ISSUER)
    assert isinstance(refusal, Refusal)
    assert refusal.code is Code.TOKEN_TYPE


def test_a_forged_hint_is_refused() -> None:
    """A foreign signature, no signature, no token at all."""
    header, payload, signature = minted().split(".")
    for forged in (
        f"{header}.{payload}.{signature[:-4]}AAAA",
        f"{header}.{payload}.",
        f"{header}.{payload}",
        "",
        "x.y.z",
    ):
        assert isinstance(read_id_token_hint(keyring(), forged, ISSUER), Refusal)
