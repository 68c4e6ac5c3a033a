"""Samples that devices seal for a verification: AES-256-GCM under a fresh key, which is wrapped for our RSA key.

As the interface has it: the nonce and the associated data are the last 12 and 16 bytes of the timestamp, exclusive-or
the transaction, each as text, the shorter one with zero bytes in front. The key is made for one sample only, so a
nonce that two samples of one second share harms neither.
"""

from __future__ import annotations

import hashlib

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from enrollment.devices.blocks import SampleFacts
from idp.keys.jose import decode_segment, encode_segment

__all__ = ["KEY_BYTES", "DomainKey", "seal", "thumbprint_of"]

KEY_BYTES = 32
_NONCE, _ASSOCIATED = 12, 16
_WRAPPING = OAEP(mgf=MGF1(SHA256()), algorithm=SHA256(), label=None)


def thumbprint_of(public: rsa.RSAPublicKey) -> str:
    """How a block names the key that it is sealed for: upper hexadecimal SHA-256 of its SubjectPublicKeyInfo."""
    return hashlib.sha256(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest().upper()


def seal(
    public: rsa.RSAPublicKey, key: bytes, sample: bytes, timestamp: str, transaction: str
) -> tuple[bytes, str, str]:
    """The sealed sample, the wrapped key and the thumbprint. `key`: 32 random bytes, never used before."""
    nonce, associated = _bound_to(timestamp, transaction)
    wrapped = encode_segment(public.encrypt(key, _WRAPPING))
    return AESGCM(key).encrypt(nonce, sample, associated), wrapped, thumbprint_of(public)


class DomainKey:
    """Our private half. Fulfils `chain.Opener`."""

    def __init__(self, private: rsa.RSAPrivateKey) -> None:
        self._private = private
        self._thumbprint = thumbprint_of(private.public_key())

    def open(self, facts: SampleFacts, session_key: str, thumbprint: str) -> bytes | None:
        """The sample; None when it is not for this key or anything of it was changed."""
        if thumbprint != self._thumbprint:
            return None
        nonce, associated = _bound_to(facts.timestamp, facts.transaction)
        try:
            key = self._private.decrypt(decode_segment(session_key), _WRAPPING)
            return AESGCM(key).decrypt(nonce, facts.value, associated) if len(key) == KEY_BYTES else None
        except (ValueError, InvalidTag):
            return None


def _bound_to(timestamp: str, transaction: str) -> tuple[bytes, bytes]:
    """Nonce and associated data."""
    one, other = timestamp.encode(), transaction.encode()
    size = max(len(one), len(other), _ASSOCIATED)
    mixed = bytes(a ^ b for a, b in zip(one.rjust(size, b"\0"), other.rjust(size, b"\0"), strict=True))
    return mixed[-_NONCE:], mixed[-_ASSOCIATED:]
