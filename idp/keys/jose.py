"""Compact JWS (RFC 7515) for our own tokens, with keys parsed once and headers encoded once.

A token of ours has one of a handful of header segments, known to the byte. Verification therefore starts with a
dictionary look-up of the whole segment: a header that names another algorithm, carries `jwk`, `jku` or `crit`, or is
merely spelled differently is not one of ours and is refused before anything of it is decoded (RFC 8725 3.1, 3.10).
Tokens of others (client assertions, request objects) are joserfc's work, not this module's.
"""

from __future__ import annotations

import hashlib
import json
from base64 import b64decode, urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, cast

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

__all__ = [
    "Algorithm",
    "PrivateKey",
    "SigningKey",
    "TokenType",
    "VerifyingKey",
    "encode_segment",
    "public_jwk",
    "thumbprint",
]

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey
P256_BYTES = 32
_JSON = json.JSONEncoder(separators=(",", ":"))
_PSS = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=32)


class Algorithm(StrEnum):
    """JWS algorithms we sign with (RFC 7518 section 3, RFC 8037)."""

    RS256 = "RS256"
    PS256 = "PS256"
    ES256 = "ES256"
    EDDSA = "EdDSA"


class TokenType(StrEnum):
    """The `typ` header of what we sign; one kind never passes for another (RFC 8725 3.11)."""

    ACCESS = "at+jwt"
    ID = "JWT"
    ERASURE = "erasure+jwt"


def encode_segment(raw: bytes) -> str:
    """Base64url without padding (RFC 7515 section 2)."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode_segment(text: str) -> bytes:
    """The reverse; raises ValueError for anything that `encode_segment` would not have written."""
    raw = b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    if encode_segment(raw) != text:
        message = "not canonical base64url"
        raise ValueError(message)
    return raw


@dataclass(frozen=True, slots=True)
class VerifyingKey:
    """A public key that checks signatures of exactly one algorithm."""

    kid: str
    algorithm: Algorithm
    public: PublicKey

    def verifies(self, signature: bytes, signed: bytes) -> bool:
        """True when `signature` is this key's over `signed`."""
        try:
            _VERIFY[self.algorithm](self.public, signature, signed)
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key with its header segments ready; `sign` is the only thing done with it."""

    kid: str
    algorithm: Algorithm
    private: PrivateKey
    headers: dict[TokenType, str]

    @classmethod
    def of(cls, kid: str, algorithm: Algorithm, private: PrivateKey) -> SigningKey:
        """Prepare a key for signing under its kid."""
        return cls(kid, algorithm, private, {kind: header_segment(algorithm, kind, kid) for kind in TokenType})

    def sign(self, kind: TokenType, claims: dict[str, Any]) -> str:
        """The compact serialisation of `claims` signed as that kind of token."""
        payload = encode_segment(_JSON.encode(claims).encode())
        signed = f"{self.headers[kind]}.{payload}"
        return f"{signed}.{encode_segment(_SIGN[self.algorithm](self.private, signed.encode()))}"


def header_segment(algorithm: Algorithm, kind: TokenType, kid: str) -> str:
    """The one spelling of a header that we write and therefore accept."""
    header = {"alg": algorithm.value, "typ": kind.value, "kid": kid}
    return encode_segment(json.dumps(header, separators=(",", ":")).encode())


def public_jwk(public: PublicKey, algorithm: Algorithm) -> dict[str, str]:
    """The public JWK (RFC 7517, RFC 7518 section 6) with `use`, `alg` and the RFC 7638 thumbprint as `kid`."""
    members = _required_members(public)
    return {**members, "use": "sig", "alg": algorithm.value, "kid": thumbprint(public)}


def thumbprint(public: PublicKey) -> str:
    """RFC 7638: SHA-256 over the required members in lexical order, base64url."""
    canonical = json.dumps(_required_members(public), separators=(",", ":"), sort_keys=True)
    return encode_segment(hashlib.sha256(canonical.encode()).digest())


def _required_members(public: PublicKey) -> dict[str, str]:
    if isinstance(public, rsa.RSAPublicKey):
        numbers = public.public_numbers()
        return {"kty": "RSA", "n": _unsigned(numbers.n), "e": _unsigned(numbers.e)}
    if isinstance(public, ec.EllipticCurvePublicKey):
        point = public.public_numbers()
        x, y = (encode_segment(value.to_bytes(P256_BYTES, "big")) for value in (point.x, point.y))
        return {"kty": "EC", "crv": "P-256", "x": x, "y": y}
    raw = public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return {"kty": "OKP", "crv": "Ed25519", "x": encode_segment(raw)}


def public_key(jwk: dict[str, str]) -> PublicKey:
    """The reverse of `public_jwk` for keys read from our own store."""
    if jwk["kty"] == "RSA":
        n, e = (int.from_bytes(urlsafe_b64decode(jwk[name] + "=="), "big") for name in ("n", "e"))
        return rsa.RSAPublicNumbers(e, n).public_key()
    x = urlsafe_b64decode(jwk["x"] + "==")
    if jwk["kty"] == "EC":
        y = urlsafe_b64decode(jwk["y"] + "==")
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\x04" + x + y)
    return ed25519.Ed25519PublicKey.from_public_bytes(x)


def _unsigned(value: int) -> str:
    return encode_segment(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def _sign_rs256(key: PrivateKey, signed: bytes) -> bytes:
    return cast("rsa.RSAPrivateKey", key).sign(signed, padding.PKCS1v15(), hashes.SHA256())


def _sign_ps256(key: PrivateKey, signed: bytes) -> bytes:
    return cast("rsa.RSAPrivateKey", key).sign(signed, _PSS, hashes.SHA256())


def _sign_es256(key: PrivateKey, signed: bytes) -> bytes:
    r, s = decode_dss_signature(cast("ec.EllipticCurvePrivateKey", key).sign(signed, ec.ECDSA(hashes.SHA256())))
    return r.to_bytes(P256_BYTES, "big") + s.to_bytes(P256_BYTES, "big")


def _sign_eddsa(key: PrivateKey, signed: bytes) -> bytes:
    return cast("ed25519.Ed25519PrivateKey", key).sign(signed)


def _verify_rs256(key: PublicKey, signature: bytes, signed: bytes) -> None:
    cast("rsa.RSAPublicKey", key).verify(signature, signed, padding.PKCS1v15(), hashes.SHA256())


def _verify_ps256(key: PublicKey, signature: bytes, signed: bytes) -> None:
    cast("rsa.RSAPublicKey", key).verify(signature, signed, _PSS, hashes.SHA256())


def _verify_es256(key: PublicKey, signature: bytes, signed: bytes) -> None:
    if len(signature) != 2 * P256_BYTES:
        raise InvalidSignature
    r, s = int.from_bytes(signature[:P256_BYTES], "big"), int.from_bytes(signature[P256_BYTES:], "big")
    cast("ec.EllipticCurvePublicKey", key).verify(encode_dss_signature(r, s), signed, ec.ECDSA(hashes.SHA256()))


def _verify_eddsa(key: PublicKey, signature: bytes, signed: bytes) -> None:
    cast("ed25519.Ed25519PublicKey", key).verify(signature, signed)


_SIGN = {
    Algorithm.RS256: _sign_rs256,
    Algorithm.PS256: _sign_ps256,
    Algorithm.ES256: _sign_es256,
    Algorithm.EDDSA: _sign_eddsa,
}
_VERIFY = {
    Algorithm.RS256: _verify_rs256,
    Algorithm.PS256: _verify_ps256,
    Algorithm.ES256: _verify_es256,
    Algorithm.EDDSA: _verify_eddsa,
}
