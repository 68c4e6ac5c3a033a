"""Whose signatures count: public keys by their ids, ours and those of other issuers."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from enrollment.card.envelope import Envelope
from idp.keys.jose import Algorithm, VerifyingKey, decode_segment, thumbprint

__all__ = ["Found", "Trusted", "key_id_of", "named", "own", "signer_of"]

KEY_ID_BYTES = 8
PublicKey = ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey


def key_id_of(public: PublicKey) -> bytes:
    """The id of a key on a card: the first eight bytes of its RFC 7638 thumbprint, to keep the code small."""
    return decode_segment(thumbprint(public))[:KEY_ID_BYTES]


@dataclass(frozen=True, slots=True)
class Trusted:
    """A key whose signatures count. `ids` are all the ids that an issuer may call it by; `own`: the register's."""

    key: VerifyingKey
    ids: frozenset[bytes]
    own: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """What became of looking for the key: that which made the signature, or whether it was known at all."""

    signer: Trusted | None
    known: bool


def signer_of(envelope: Envelope, trusted: Iterable[Trusted]) -> Found:
    """The key that signed. An id is a hint only (RFC 9052 section 3.1): whatever it says, the signature decides.

    A card that names no key and is by none of these may be changed, or a stranger's: nobody can tell, and no key is
    known.
    """
    held = list(trusted)
    fitting = (one for one in held if one.key.algorithm == envelope.algorithm)
    signer = next((one for one in fitting if one.key.verifies(envelope.signature, envelope.signed)), None)
    return Found(signer, known=envelope.key_id is not None and any(envelope.key_id in one.ids for one in held))


def own(public: PublicKey) -> Trusted:
    """A key of the register's own."""
    made = named(public)
    return Trusted(made.key, made.ids, own=True)


def named(public: object, kid: object = None) -> Trusted:
    """A key by whatever issuers call it: `kid` as text, as base64url, as hex, or a thumbprint, whole or shortened.

    ValueError for any but Ed25519 and P-256.
    """
    if isinstance(public, ed25519.Ed25519PublicKey):
        algorithm = Algorithm.EDDSA
    elif isinstance(public, ec.EllipticCurvePublicKey) and isinstance(public.curve, ec.SECP256R1):
        algorithm = Algorithm.ES256
    else:
        message = "the key must be Ed25519 or P-256"
        raise ValueError(message)  # noqa: TRY004 - what a file holds, not what a caller passes
    print_ = thumbprint(public)
    whole = decode_segment(print_)
    ids = {whole, whole[:KEY_ID_BYTES], print_.encode(), hashlib.sha256(_raw(public)).digest()[:KEY_ID_BYTES]}
    if isinstance(kid, str):
        ids.add(kid.encode())
        for read in (decode_segment, bytes.fromhex):
            try:
                ids.add(read(kid))
            except ValueError:
                continue
    return Trusted(VerifyingKey(print_, algorithm, public), frozenset(ids))


def _raw(public: PublicKey) -> bytes:
    if isinstance(public, ed25519.Ed25519PublicKey):
        return public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return public.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.CompressedPoint)
