"""The ring: who signs at a moment, and which tokens are ours."""

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import ECKey

from idp.errors import Code, Refusal
from idp.keys.jose import Algorithm, SigningKey, TokenType, encode_segment, public_jwk
from idp.keys.keyring import MAX_TOKEN_CHARS, Keyring, RingKey

NOW = datetime(2030, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
CLAIMS = {"sub": "s", "exp": 1}
_RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
_EC = ec.generate_private_key(ec.SECP256R1())
_ATTACKER = ec.generate_private_key(ec.SECP256R1())


def ring_key(
    private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey,
    algorithm: Algorithm,
    start: datetime = NOW - HOUR,
    end: datetime | None = None,
    *,
    signs: bool = True,
) -> RingKey:
    """A published key with its moments."""
    jwk = public_jwk(private.public_key(), algorithm)
    signing = SigningKey.of(jwk["kid"], algorithm, private) if signs else None
    return RingKey(jwk["kid"], algorithm, jwk, start, end, signing)


RING = Keyring([ring_key(_RSA, Algorithm.RS256), ring_key(_EC, Algorithm.ES256)])
EC_KID = public_jwk(_EC.public_key(), Algorithm.ES256)["kid"]
RSA_KID = public_jwk(_RSA.public_key(), Algorithm.RS256)["kid"]


def token(algorithm: Algorithm = Algorithm.ES256, kind: TokenType = TokenType.ACCESS) -> str:
    """A token of ours."""
    signer = RING.signer(algorithm, NOW)
    assert signer is not None
    return signer.sign(kind, CLAIMS)


def forged(header: dict[str, Any], signature: bytes = b"", payload: dict[str, Any] | None = None) -> str:
    """A token put together by hand."""
    first = encode_segment(json.dumps(header, separators=(",", ":")).encode())
    second = encode_segment(json.dumps(payload or CLAIMS).encode())
    return f"{first}.{second}.{encode_segment(signature)}"


def refused(text: str, kind: TokenType = TokenType.ACCESS) -> Code:
    """Why the ring does not read it."""
    outcome = RING.read(kind, text)
    assert isinstance(outcome, Refusal), outcome
    return outcome.code


@pytest.mark.parametrize("algorithm", [Algorithm.RS256, Algorithm.ES256])
def test_a_token_of_ours_is_read(algorithm: Algorithm) -> None:
    """What a key of the ring signed reads back."""
    assert RING.read(TokenType.ACCESS, token(algorithm)) == CLAIMS


def test_one_kind_never_passes_for_another() -> None:
    """An ID token is no access token (AC-051)."""
    assert refused(token(kind=TokenType.ID)) is Code.TOKEN_TYPE
    assert refused(token(kind=TokenType.ACCESS), TokenType.ID) is Code.TOKEN_TYPE


@pytest.mark.parametrize("name", ["none", "NONE", "nOnE", "None", ""])
@pytest.mark.parametrize("typ", ["at+jwt", "JWT"])
def test_no_token_without_a_signature_is_read(name: str, typ: str) -> None:
    """AC-044: alg none in every spelling, with and without a kid of ours."""
    assert refused(forged({"alg": name, "typ": typ, "kid": EC_KID})) is Code.TOKEN_SIGNATURE
    assert refused(forged({"alg": name})) is Code.TOKEN_SIGNATURE


@pytest.mark.parametrize(
    "secret",
    [
        _RSA.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo),
        _RSA.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo),
        json.dumps(public_jwk(_RSA.public_key(), Algorithm.RS256)).encode(),
    ],
    ids=["pem", "der", "jwk"],
)
def test_the_public_key_is_no_hmac_secret(secret: bytes) -> None:
    """AC-045: the algorithm belongs to the key, not to the token."""
    unsigned = forged({"alg": "HS256", "typ": "at+jwt", "kid": RSA_KID}).rpartition(".")[0]
    mac = hmac.digest(secret, unsigned.encode(), hashlib.sha256)
    assert refused(f"{unsigned}.{encode_segment(mac)}") is Code.TOKEN_SIGNATURE


@pytest.mark.parametrize(
    "extra",
    [
        {"jwk": public_jwk(_ATTACKER.public_key(), Algorithm.ES256)},
        {"jku": "https://evil.example/jwks"},
        {"x5u": "https://evil.example/chain"},
        {"x5c": ["MIIB"]},
        {"crit": ["b64"], "b64": False},
        {"crit": ["unheard-of"], "unheard-of": 1},
        {"zip": "DEF"},
        {"cty": "JWT"},
    ],
)
@pytest.mark.parametrize("signer", [_ATTACKER, _EC])
def test_a_header_with_anything_more_is_not_ours(extra: dict[str, Any], signer: ec.EllipticCurvePrivateKey) -> None:
    """AC-046 to AC-048: keys, addresses and extensions in a header are never followed, whoever signed."""
    header = {"alg": "ES256", "typ": "at+jwt", "kid": EC_KID, **extra}
    raw = signer.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    unsigned = forged(header).rpartition(".")[0]
    plain = jws.serialize_compact({"alg": "ES256"}, unsigned, ECKey.import_key(raw))
    assert refused(f"{unsigned}.{plain.rpartition('.')[2]}") is Code.TOKEN_SIGNATURE


def test_a_known_header_with_the_signature_of_another_key_is_refused() -> None:
    """The kid names the key that must have signed."""
    genuine = token()
    other = SigningKey.of(EC_KID, Algorithm.ES256, _ATTACKER).sign(TokenType.ACCESS, CLAIMS)
    assert genuine.partition(".")[0] == other.partition(".")[0]
    assert refused(other) is Code.TOKEN_SIGNATURE


@pytest.mark.parametrize("size", [MAX_TOKEN_CHARS + 1, 5_000_000])
@pytest.mark.parametrize("part", [0, 1, 2])
def test_an_oversized_token_is_refused_by_its_size(size: int, part: int) -> None:
    """AC-049: before anything is decoded."""
    parts = token().split(".")
    parts[part] = "A" * size
    assert refused(".".join(parts)) is Code.TOKEN_MALFORMED


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "..",
        "...",
        "a.b.c",
        "\x00",
        "\ud800.\ud800.\ud800",
        "e30.e30.e30",
        "a" * MAX_TOKEN_CHARS,
    ],
)
def test_what_is_no_token_at_all_is_refused(text: str) -> None:
    """Empty, short and strange texts give a refusal, not an exception."""
    assert refused(text) in {Code.TOKEN_SIGNATURE, Code.TOKEN_MALFORMED}


def test_more_or_fewer_parts_are_refused() -> None:
    """A token of ours has three parts, no more."""
    genuine = token()
    header, payload, signature = genuine.split(".")
    for text in (
        f"{genuine}.",
        f"{genuine}.x",
        f"{header}.{payload}",
        f"{header}.{payload}.",
        f"{header}..{signature}",
    ):
        assert refused(text) in {Code.TOKEN_MALFORMED, Code.TOKEN_SIGNATURE}


@given(st.data())
def test_a_changed_character_breaks_a_token(data: st.DataObject) -> None:
    """Any one character changed, dropped or added makes it another's (AC-054)."""
    genuine = token()
    position = data.draw(st.integers(0, len(genuine) - 1))
    character = data.draw(st.sampled_from("AZaz09-_.=+/ \u00e9"))
    for changed in (
        genuine[:position] + character + genuine[position + 1 :],
        genuine[:position] + genuine[position + 1 :],
        genuine[:position] + character + genuine[position:],
    ):
        if changed != genuine:
            assert isinstance(RING.read(TokenType.ACCESS, changed), Refusal)


def test_jwks_has_the_public_halves_in_order_and_a_tag_that_follows_them() -> None:
    """Ready bytes; another ring has another tag."""
    keys = json.loads(RING.jwks)["keys"]
    assert {key["kid"] for key in keys} == {EC_KID, RSA_KID}
    assert not any({"d", "p", "q"} & key.keys() for key in keys)
    again = Keyring([ring_key(_EC, Algorithm.ES256), ring_key(_RSA, Algorithm.RS256)])
    assert (again.jwks, again.jwks_etag) == (RING.jwks, RING.jwks_etag)
    assert Keyring([ring_key(_EC, Algorithm.ES256)]).jwks_etag != RING.jwks_etag


def test_the_key_that_signs_follows_the_clock() -> None:
    """Before its moment a key does not sign, at the moment it takes over, and there is no gap between."""
    old = ring_key(_EC, Algorithm.ES256, NOW - HOUR, NOW + HOUR)
    new = ring_key(_ATTACKER, Algorithm.ES256, NOW + HOUR)
    ring = Keyring([new, old])
    for moment, kid in (
        (NOW, old.kid),
        (NOW + HOUR - timedelta(microseconds=1), old.kid),
        (NOW + HOUR, new.kid),
        (NOW + 50 * HOUR, new.kid),
    ):
        signer = ring.signer(Algorithm.ES256, moment)
        assert signer is not None
        assert signer.kid == kid
    assert ring.signer(Algorithm.ES256, NOW - 2 * HOUR) is None
    assert ring.algorithms(NOW) == [Algorithm.ES256]
    assert ring.signer(Algorithm.RS256, NOW) is None


def test_a_retired_key_still_verifies_and_one_that_left_the_ring_does_not() -> None:
    """Tokens live on until their key is withdrawn."""
    retired = Keyring([ring_key(_EC, Algorithm.ES256, NOW - 2 * HOUR, NOW - HOUR, signs=False)])
    assert retired.read(TokenType.ACCESS, token()) == CLAIMS
    assert retired.signer(Algorithm.ES256, NOW) is None
    assert isinstance(Keyring([]).read(TokenType.ACCESS, token()), Refusal)


def test_a_remembered_token_is_remembered_to_the_letter() -> None:
    """What held once is found again without a signature check; one letter more, another kind or another ring is not."""
    text = token()
    claims = RING.read(TokenType.ACCESS, text)
    assert RING.read(TokenType.ACCESS, text) is claims
    assert refused(text + "A") is Code.TOKEN_SIGNATURE
    assert refused(text, TokenType.ID) is Code.TOKEN_TYPE
    assert isinstance(Keyring([ring_key(_RSA, Algorithm.RS256)]).read(TokenType.ACCESS, text), Refusal)


def test_no_more_is_remembered_than_fits() -> None:
    """The memory of tokens is bounded and empties itself; every token still reads."""
    ring = Keyring([ring_key(_EC, Algorithm.ES256)], remembering=2)
    texts = [token() for _ in range(5)]
    first = [ring.read(TokenType.ACCESS, text) for text in texts]
    assert first == [CLAIMS] * 5
    assert ring.read(TokenType.ACCESS, texts[-1]) is first[-1]
    assert ring.read(TokenType.ACCESS, texts[0]) is not first[0]
