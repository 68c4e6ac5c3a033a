"""Tokens that an attacker could make out of what is public, to be offered wherever a token is taken."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

from cryptography.hazmat.primitives import hashes, hmac, serialization
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey

__all__ = ["forgeries", "segment"]

HOSTILE = "https://evil.example/keys"


def segment(document: Any) -> str:
    """A document as a segment of a compact JWS."""
    raw = document if isinstance(document, bytes) else json.dumps(document, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def forgeries(token: str, keys: KeySet) -> Iterator[tuple[str, str]]:
    """Named forgeries that carry the claims of a good token: AC-044 to AC-048, AC-054."""
    encoded_header, encoded_claims, signature = token.split(".")
    header = json.loads(base64.urlsafe_b64decode(encoded_header + "=="))
    claims = json.loads(base64.urlsafe_b64decode(encoded_claims + "=="))
    for name in ("none", "NONE", "nOnE", "None"):
        bare = {**header, "alg": name}
        yield f"AC-044 alg {name}", f"{segment(bare)}.{encoded_claims}."
        yield f"AC-044 alg {name} with the old signature", f"{segment(bare)}.{encoded_claims}.{signature}"
    yield from _keyed_by_the_public_key(header, encoded_claims, keys)
    yield from _signed_by_a_stranger(header, claims)
    yield from _spelled_otherwise(token, header, claims, encoded_header, encoded_claims, signature)


def _keyed_by_the_public_key(header: dict[str, Any], claims: str, keys: KeySet) -> Iterator[tuple[str, str]]:
    key = next(key for key in keys.keys if key.kid == header["kid"])
    public = key.as_dict(private=False)
    native = key.public_key
    assert not isinstance(native, bytes)
    texts = {
        "JWK": json.dumps(public).encode(),
        "PEM": native.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo),
        "DER": native.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo),
    }
    for name, secret in texts.items():
        signed = f"{segment({**header, 'alg': 'HS256'})}.{claims}"
        mac = hmac.HMAC(secret, hashes.SHA256())
        mac.update(signed.encode())
        yield f"AC-045 HS256 keyed by the {name} text", f"{signed}.{segment(mac.finalize())}"


def _signed_by_a_stranger(header: dict[str, Any], claims: dict[str, Any]) -> Iterator[tuple[str, str]]:
    stranger = ECKey.generate_key("P-256", private=True)
    algorithms = ["ES256", "RS256"]
    public = stranger.as_dict(private=False)
    own = {"alg": "ES256", "typ": header["typ"]}
    for name, extra in {
        "under our kid": {"kid": header["kid"]},
        "AC-046 with its key in jwk": {"jwk": public},
        "AC-046 with its key in jwk and our kid": {"jwk": public, "kid": header["kid"]},
        "AC-047 with jku": {"jku": HOSTILE, "kid": header["kid"]},
        "AC-047 with x5u": {"x5u": HOSTILE, "kid": header["kid"]},
        "under an unknown kid": {"kid": "nobody"},
        "without kid": {},
    }.items():
        yield f"stranger's key {name}", jwt.encode({**own, **extra}, claims, stranger, algorithms=algorithms)
    rsa = RSAKey.generate_key(2048, private=True)
    weak = {"alg": "RS256", "typ": header["typ"], "kid": header["kid"]}
    yield "stranger's RSA key under our kid", jwt.encode(weak, claims, rsa, algorithms=algorithms)


def _spelled_otherwise(
    token: str, header: dict[str, Any], claims: dict[str, Any], encoded_header: str, encoded_claims: str, signature: str
) -> Iterator[tuple[str, str]]:
    spellings: dict[str, dict[str, Any]] = {
        "unknown crit": {"crit": ["exp"], "exp": 1},
        "crit listing b64": {"crit": ["b64"], "b64": False},
        "empty crit": {"crit": []},
        "jku beside a good kid": {"jku": HOSTILE},
    }
    for name, extra in spellings.items():
        yield f"AC-048 {name}", f"{segment({**header, **extra})}.{encoded_claims}.{signature}"
    raised = {**claims, "scope": "openid profile email", "exp": claims["exp"] + 9999}
    yield "changed claims", f"{encoded_header}.{segment(raised)}.{signature}"
    yield "AC-054 cut", token[:-4]
    yield "AC-054 lengthened", f"{token}AAAA"
    yield "AC-054 padded", f"{token}=="
    yield "no signature", f"{encoded_header}.{encoded_claims}."
    yield "two segments", f"{encoded_header}.{encoded_claims}"
    yield "AC-050 five segments, as an encrypted token has", f"{token}.x.y"
    yield "no token", "x"
    yield "nothing but dots", ".."
