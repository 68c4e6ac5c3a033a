"""Our compact JWS against an independent implementation, and the strictness of its encoding."""

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import ECKey, OKPKey, RSAKey

from idp.keys.jose import (
    Algorithm,
    PrivateKey,
    SigningKey,
    TokenType,
    VerifyingKey,
    decode_segment,
    encode_segment,
    public_jwk,
    public_key,
    thumbprint,
)

# RFC 9864 names Ed25519 by itself; relying parties that ask for EdDSA still do.
pytestmark = pytest.mark.filterwarnings("ignore:EdDSA is deprecated via RFC 9864")

_RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
_EC = ec.generate_private_key(ec.SECP256R1())
_ED = ed25519.Ed25519PrivateKey.generate()
KEYS: dict[Algorithm, PrivateKey] = {
    Algorithm.RS256: _RSA,
    Algorithm.PS256: _RSA,
    Algorithm.ES256: _EC,
    Algorithm.EDDSA: _ED,
}
CLAIMS: dict[str, Any] = {"iss": "https://id.example", "n": 7, "name": "Ama \u00c9 \u4e2d", "list": ["a", None, True]}


def foreign(algorithm: Algorithm, *, private: bool = True) -> RSAKey | ECKey | OKPKey:
    """The same key as the other implementation holds it."""
    key = KEYS[algorithm]
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    value: Any = pem if private else public_jwk(key.public_key(), algorithm)
    if algorithm is Algorithm.ES256:
        return ECKey.import_key(value)
    return OKPKey.import_key(value) if algorithm is Algorithm.EDDSA else RSAKey.import_key(value)


def signing(algorithm: Algorithm) -> SigningKey:
    """Our key of that algorithm."""
    return SigningKey.of("kid-1", algorithm, KEYS[algorithm])


@pytest.mark.parametrize("algorithm", Algorithm)
@pytest.mark.parametrize("kind", TokenType)
def test_others_verify_what_we_sign(algorithm: Algorithm, kind: TokenType) -> None:
    """A token of ours holds elsewhere, with the header and the claims we meant."""
    token = signing(algorithm).sign(kind, CLAIMS)
    read = jws.deserialize_compact(token, foreign(algorithm, private=False), algorithms=[algorithm.value])
    assert read.headers() == {"alg": algorithm.value, "typ": kind.value, "kid": "kid-1"}
    assert json.loads(read.payload or b"") == CLAIMS


@pytest.mark.parametrize("algorithm", Algorithm)
def test_we_verify_what_others_sign(algorithm: Algorithm) -> None:
    """A signature made elsewhere with the same key holds here, and for its own bytes alone."""
    header = {"alg": algorithm.value, "typ": "JWT", "kid": "kid-1"}
    token = jws.serialize_compact(header, json.dumps(CLAIMS), foreign(algorithm), algorithms=[algorithm.value])
    signed, _, signature = token.rpartition(".")
    key = VerifyingKey("kid-1", algorithm, KEYS[algorithm].public_key())
    assert key.verifies(decode_segment(signature), signed.encode())
    assert not key.verifies(decode_segment(signature), signed.encode() + b"x")


@pytest.mark.parametrize("algorithm", Algorithm)
@pytest.mark.parametrize("signature", [b"", b"\x00", b"\x00" * 64, b"\x00" * 256, b"\xff" * 64, b"\xff" * 256])
def test_made_up_signatures_do_not_hold(algorithm: Algorithm, signature: bytes) -> None:
    """Empty, all-zero and wrongly sized signatures are refused without an exception."""
    key = VerifyingKey("kid-1", algorithm, KEYS[algorithm].public_key())
    assert not key.verifies(signature, b"header.payload")


@pytest.mark.parametrize("algorithm", Algorithm)
def test_a_key_verifies_its_own_algorithm_alone(algorithm: Algorithm) -> None:
    """A signature of another algorithm by the very same key pair does not hold (RFC 8725 section 3.1)."""
    token = signing(algorithm).sign(TokenType.ID, CLAIMS)
    signed, _, signature = token.rpartition(".")
    for other in set(Algorithm) - {algorithm}:
        key = VerifyingKey("kid-1", other, KEYS[other].public_key())
        assert not key.verifies(decode_segment(signature), signed.encode())


@pytest.mark.parametrize("algorithm", Algorithm)
def test_a_public_jwk_reads_back_and_has_no_private_member(algorithm: Algorithm) -> None:
    """JWKS shows the public half, under the thumbprint that others compute too (RFC 7638)."""
    public = KEYS[algorithm].public_key()
    jwk = public_jwk(public, algorithm)
    assert not {"d", "p", "q", "dp", "dq", "qi", "k"} & jwk.keys()
    assert public_key(jwk) == public
    assert jwk["kid"] == thumbprint(public) == foreign(algorithm, private=False).thumbprint()
    assert (jwk["use"], jwk["alg"]) == ("sig", algorithm.value)


def test_the_thumbprint_is_that_of_the_specification() -> None:
    """The example of RFC 7638 section 3.1."""
    modulus = (
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3okn"
        "jhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6"
        "qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8a"
        "wapJzKnqDKgw"
    )
    key = public_key({"kty": "RSA", "n": modulus, "e": "AQAB"})
    assert thumbprint(key) == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"


@given(st.binary(max_size=80))
def test_segments_read_back(raw: bytes) -> None:
    """Every byte string has one spelling, which decodes to it."""
    assert decode_segment(encode_segment(raw)) == raw


@given(st.text(st.sampled_from("AQgwabz019-_+/= \n.\u00e9"), max_size=12))
def test_only_the_one_spelling_decodes(text: str) -> None:
    """What decodes at all encodes to the same text: no padding, no stray bits, no other alphabet."""
    try:
        raw = decode_segment(text)
    except ValueError:
        return
    assert encode_segment(raw) == text


@pytest.mark.parametrize("text", ["QQ==", "QR", "Q", "+/+/", "QQ\n", " QQ", "Q.Q", "Q\x00Q", "QQQ=", "\u00e9\u00e9"])
def test_loose_spellings_are_refused(text: str) -> None:
    """Padding, loose bits, the other alphabet and white space."""
    with pytest.raises(ValueError, match=r".*"):
        decode_segment(text)


def test_a_signing_key_does_not_show_its_private_half() -> None:
    """The text of a key names it and no number of it."""
    assert str(_EC.private_numbers().private_value) not in repr(signing(Algorithm.ES256))
