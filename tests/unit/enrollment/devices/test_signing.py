import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from joserfc import jwk, jws

from enrollment.devices.reading import MalformedError
from enrollment.devices.signing import DeviceKey, assembled, jwk_of, read_signed, signer, to_sign
from idp.keys.jose import Algorithm, encode_segment, public_jwk

PRIVATE = ec.generate_private_key(ec.SECP256R1())
RSA = jwk.RSAKey.generate_key(2048, private=True)


def test_our_signature_is_taken_by_an_independent_library() -> None:
    """What a device of ours signs, joserfc verifies with the key that the device is registered by."""
    signed = to_sign(b'{"a":1}')
    text = assembled(signed, signer(PRIVATE)(signed))
    document: Any = jwk_of(PRIVATE)
    assert jws.deserialize_compact(text, jwk.ECKey.import_key(document)).payload == b'{"a":1}'


@pytest.mark.parametrize("algorithm", ["ES256", "RS256"])
def test_devices_sign_in_two_ways(algorithm: str) -> None:
    """A JWS by joserfc, with a key named in its header, verifies under the registered key alone."""
    key: Any = RSA if algorithm == "RS256" else jwk.ECKey.generate_key("P-256", private=True)
    text = jws.serialize_compact({"alg": algorithm, "typ": "JWT", "kid": "x"}, b"{}", key)
    signed = read_signed(text, "data")
    registered = DeviceKey.from_jwk(key.as_dict(private=False))
    other = DeviceKey.from_jwk(jwk_of(PRIVATE))
    assert registered is not None
    assert other is not None
    assert registered.verifies(signed)
    assert not other.verifies(signed)


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"kty": "EC"},
        {"kty": "oct", "k": "AAAA"},
        {**jwk_of(PRIVATE), "crv": "P-384"},
        {**jwk_of(PRIVATE), "x": jwk_of(PRIVATE)["y"]},
        {**jwk_of(PRIVATE), "x": None},
        {**jwk_of(PRIVATE), "d": "AAAA"},
        {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
        {"kty": "RSA", "n": "AQAB", "e": "AQAB"},
    ],
)
def test_other_keys_register_no_device(document: dict[str, Any]) -> None:
    """No key, another curve, no point of it, a private half, another kind, too few bits."""
    assert DeviceKey.from_jwk(document) is None


def test_short_rsa_key_registers_no_device() -> None:
    """Fewer than 2048 bits are too few."""
    private = rsa.generate_private_key(65537, 1024)  # noqa: S505 - that it is refused is the test
    assert DeviceKey.from_jwk(public_jwk(private.public_key(), Algorithm.RS256)) is None


@pytest.mark.parametrize("text", ["", "a", "a.b", "a.b.c.d", "e30.e30.e30", "e30=.e30.e30", "é.é.é", "e30.e31.e30"])
def test_what_is_no_jws(text: str) -> None:
    """Too few parts, too many, no algorithm, padding, bits that are left over."""
    with pytest.raises(MalformedError):
        read_signed(text, "data")


@pytest.mark.parametrize("algorithm", ["none", "RS256", "ES384", "es256"])
def test_header_that_lies_about_the_algorithm(algorithm: str) -> None:
    """A true signature under a header that names another algorithm is none (RFC 8725 section 3.1)."""
    signed = f"{encode_segment(json.dumps({'alg': algorithm}).encode())}.e30".encode()
    key = DeviceKey.from_jwk(jwk_of(PRIVATE))
    assert key is not None
    assert not key.verifies(read_signed(assembled(signed, signer(PRIVATE)(signed)), "data"))
