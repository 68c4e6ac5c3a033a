"""Files of keys as issuers give them: everything that can be used is, and the rest is told."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from enrollment.card import check
from enrollment.card.keyfiles import KeyFile, keys_in
from idp.keys.jose import Algorithm, encode_segment, public_jwk
from tests.factories.cards import Forger

NOW = datetime.fromtimestamp(1_900_000_000, UTC)
RSA = {"kty": "RSA", "n": "x", "e": "AQAB"}
PEM = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo


def read(document: Any) -> KeyFile:
    """What a file with this JSON holds."""
    return keys_in(json.dumps(document).encode())


def good(forger: Forger, found: KeyFile) -> bool:
    """Whether a card of this forger is good by a file."""
    return check(forger.text(), found.trusted, NOW).valid


@pytest.mark.parametrize("algorithm", [Algorithm.ES256, Algorithm.EDDSA])
def test_keys_come_in_every_usual_form(algorithm: Algorithm) -> None:
    """As in the published examples, as a JWK, a set or a list of them, as PEM; with a mark before it or without."""
    forger = Forger(algorithm)
    jwk, raw = public_jwk(forger.public, algorithm), _raw(forger)
    for document in (
        {"signing_key": {"algorithm": algorithm.value, "public_key_hex": raw.hex()}},
        {"algorithm": algorithm.value, "public_key_hex": raw.hex().upper()},
        jwk,
        {"keys": [jwk]},
        [jwk],
    ):
        assert good(forger, read(document)), document
    for content in (forger.public.public_bytes(*PEM), b"\xef\xbb\xbf" + json.dumps(jwk).encode()):
        assert good(forger, keys_in(content))
        assert keys_in(content).faults == ()


def test_a_point_may_be_written_in_three_ways() -> None:
    """Compressed, uncompressed, and without the byte that says so."""
    forger = Forger()
    whole = forger.public.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    for raw in (_raw(forger), whole, whole[1:]):
        assert good(forger, read({"signing_key": {"algorithm": "ES256", "public_key_hex": raw.hex()}}))


def test_a_key_is_known_by_the_id_that_its_issuer_gave_it() -> None:
    """As it stands, and where it is hex or base64url, by the bytes."""
    jwk = public_jwk(Forger().public, Algorithm.ES256)
    [named] = read({**jwk, "kid": "the key of 2030"}).trusted
    assert b"the key of 2030" in named.ids
    [named] = read({**jwk, "kid": "00ff"}).trusted
    assert {b"\0\xff", b"00ff"} <= named.ids


def test_one_key_that_is_no_use_spoils_no_other() -> None:
    """In a set, and among blocks of PEM: the others count, and it is told."""
    forger = Forger()
    found = read({"keys": [RSA, 7, public_jwk(forger.public, Algorithm.ES256), {"kty": "EC"}]})
    assert good(forger, found)
    assert found.faults == (
        "a JWK that is neither Ed25519 nor P-256",
        "not a JSON object",
        "a JWK that is neither Ed25519 nor P-256",
    )
    strange = rsa.generate_private_key(65537, 2048).public_key().public_bytes(*PEM)
    found = keys_in(strange + forger.public.public_bytes(*PEM))
    assert good(forger, found)
    assert len(found.faults) == 1


def test_a_certificate_gives_its_key() -> None:
    """Issuers publish those too; nothing else of it is looked at."""
    forger = Forger()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Cards")])
    builder = x509.CertificateBuilder(name, name, forger.public, x509.random_serial_number(), NOW, NOW + timedelta(1))
    made = builder.sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())
    assert good(forger, keys_in(made.public_bytes(serialization.Encoding.PEM)))


def test_secrets_are_kept_apart() -> None:
    """As in the published examples, and as a JWK: they sign nothing."""
    document = {"signing_key": None, "encryption_key": {"algorithm": "A256GCM", "symmetric_key_hex": "00" * 32}}
    for found in (read(document), read({"kty": "oct", "k": encode_segment(bytes(32))})):
        assert found == KeyFile(secrets=(bytes(32),))
        assert "\\x00" not in repr(found)


@pytest.mark.parametrize(
    "content",
    [
        "", "{}", "[]", "7", '{"keys": [1]}', '{"keys": []}', json.dumps(RSA), '{"kty": "EC"}', "[" * 60_000, "\udcff",
        '{"signing_key": {"algorithm": "HS256", "public_key_hex": "00"}}', '{"kty": "oct", "k": "AA"}',
        '{"signing_key": {"algorithm": "EdDSA", "public_key_hex": "00"}}', '{"signing_key": "x"}',
        '{"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}', "-----BEGIN PUBLIC KEY-----", " " * 70_000,
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
    ],
)  # fmt: skip
def test_what_is_no_key_is_told(content: str) -> None:
    """In words, and never by an error; words never repeat what stood there."""
    found = keys_in(content.encode("utf-8", "surrogateescape"))
    assert not found.trusted
    assert not found.secrets
    assert found.faults
    assert all(len(fault) < 70 for fault in found.faults)


def _raw(forger: Forger) -> bytes:
    if isinstance(forger.public, ec.EllipticCurvePublicKey):
        point = serialization.PublicFormat.CompressedPoint
        return forger.public.public_bytes(serialization.Encoding.X962, point)
    return bytes(forger.public.public_bytes_raw())
