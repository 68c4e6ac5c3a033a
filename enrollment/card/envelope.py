"""The envelope of what is signed: COSE_Sign1 (RFC 9052) around a CBOR web token (RFC 8392), deflated, in Base45.

Strict where it matters: the algorithm stands in the protected header and is one of two, no critical header is passed
over, nothing is inflated beyond 64 KiB. Liberal in the rest: tags may be there or not, the key id in either header.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from enrollment.card import base45, cbor
from enrollment.card.cbor import MalformedError, Tagged
from enrollment.card.locks import unlocked
from idp.keys.jose import Algorithm, PrivateKey

__all__ = ["Envelope", "Fault", "opened", "sealed", "unwrapped"]

MAX_TEXT = 1 << 16
MAX_PLAIN = 1 << 16
_SIGN1, _CWT, _CBOR, _ENCRYPT0 = 18, 61, 55_799, 16
_ENCRYPTED = frozenset({_ENCRYPT0, 96})
_ALG, _CRIT, _KID = 1, 2, 4
# RFC 9053 and, fully specified, RFC 9864.
_ALGORITHMS = {-8: Algorithm.EDDSA, -19: Algorithm.EDDSA, -7: Algorithm.ES256, -9: Algorithm.ES256}
_NUMBERS = {Algorithm.EDDSA: -8, Algorithm.ES256: -7}
_P256 = 32
_ZLIB, _ZLIB_WINDOW, _ZLIB_DICTIONARY = 8, 7, 0x20
# What Brotli can need beyond what it holds, where nothing can be made smaller.
_BROTLI_EXTRA = 16


class Fault(StrEnum):
    """Why a text is no envelope that can be checked; closed words."""

    MALFORMED = "malformed"
    TOO_LARGE = "too-large"
    ENCRYPTED = "encrypted"
    COMPRESSION = "compression"
    ALGORITHM = "algorithm"


@dataclass(frozen=True, slots=True)
class Envelope:
    """What stood in it, believed by nobody yet. `algorithm` is None for one that we do not check.

    `signed` are the bytes that `signature` is over; an empty signature is none.
    """

    algorithm: Algorithm | None
    key_id: bytes | None
    claims: Mapping[int | str, Any] = field(repr=False)
    signed: bytes = field(repr=False)
    signature: bytes = field(repr=False)


def sealed(claims: Mapping[int, Any], algorithm: Algorithm, private: PrivateKey, key_id: bytes) -> bytes:
    """The claims signed and deflated. Algorithms are EdDSA and ES256; both write 64 bytes."""
    protected = cbor.encoded({_ALG: _NUMBERS[algorithm], _KID: key_id})
    payload = cbor.encoded(dict(claims))
    signature = _signature(private, _signed(protected, payload))
    return zlib.compress(cbor.encoded(Tagged(_SIGN1, [protected, {}, payload, signature])), 9)


def opened(text: str, secrets: Collection[bytes] = ()) -> Envelope | Fault:
    """What a QR code says: Base45 of an envelope, deflated or as it is; one that is locked, by one of `secrets`."""
    if len(text) > MAX_TEXT:
        return Fault.TOO_LARGE
    try:
        return unwrapped(base45.decoded(text.strip("\r\n\t")), secrets)
    except ValueError:
        return Fault.MALFORMED


def unwrapped(content: bytes, secrets: Collection[bytes] = (), most: int = MAX_PLAIN) -> Envelope | Fault:
    """The same from bytes. What is neither deflated nor an envelope may be Brotli, which is told apart."""
    plain = _inflated(content, most) if _deflated(content) else content
    if isinstance(plain, Fault):
        return plain
    try:
        value = cbor.read(plain)
    except MalformedError:
        return Fault.COMPRESSION if plain is content and _may_be_brotli(content) else Fault.MALFORMED
    try:
        return _parsed(value, secrets)
    except MalformedError:
        return Fault.MALFORMED


def _deflated(content: bytes) -> bool:
    """True for the two bytes that a stream without a dictionary begins with (RFC 1950 section 2.2)."""
    if len(content) < 2 or int.from_bytes(content[:2], "big") % 31 or content[1] & _ZLIB_DICTIONARY:
        return False
    return content[0] & 15 == _ZLIB and content[0] >> 4 <= _ZLIB_WINDOW


def _may_be_brotli(content: bytes) -> bool:
    """True where the bytes begin as Brotli does: a window, then a block of plain text of a card's size.

    RFC 7932 section 9.1 and 9.2; the length of such a block stands in sixteen bits.
    """
    bits = int.from_bytes(content[:4], "little")
    place = 1 if not bits & 1 else 4 if bits & 0b1110 else 7
    last = bits >> place & 1
    if bits & 0x7F == 0b0010001 or (last and bits >> place + 1 & 1):
        return False
    place += 1 + last
    if len(content) < 4 or bits >> place & 3:
        return False
    return (bits >> place + 2 & 0xFFFF) + 1 + _BROTLI_EXTRA >= len(content)


def _inflated(content: bytes, most: int) -> bytes | Fault:
    machine = zlib.decompressobj()
    try:
        plain = machine.decompress(content, most + 1)
    except zlib.error:
        return Fault.MALFORMED
    if len(plain) > most:
        return Fault.TOO_LARGE
    return plain if machine.eof and not machine.unused_data else Fault.MALFORMED


def _parsed(value: Any, secrets: Collection[bytes]) -> Envelope | Fault:
    for _ in range(4):
        if not isinstance(value, Tagged):
            break
        if value.tag in _ENCRYPTED:
            return _behind_lock(value, secrets)
        if value.tag not in {_CBOR, _CWT, _SIGN1}:
            return Fault.MALFORMED
        value = value.value
    match value:
        case [bytes(protected), dict(unprotected), bytes(payload), bytes(signature)]:
            header = cbor.read(protected) if protected else {}
            claims = _claims(cbor.read(payload))
        case _:
            return Fault.MALFORMED
    if not isinstance(header, dict) or _CRIT in header or header.keys() & unprotected.keys():
        return Fault.MALFORMED
    algorithm = header.get(_ALG)
    known = _ALGORITHMS.get(algorithm) if type(algorithm) is int else None
    key_id = header.get(_KID, unprotected.get(_KID))
    if key_id is not None and not isinstance(key_id, bytes):
        return Fault.MALFORMED
    return Envelope(known, key_id, claims, _signed(protected, payload), signature)


def _behind_lock(value: Tagged, secrets: Collection[bytes]) -> Envelope | Fault:
    """A lock around another is not opened; claims that stand in one bare are signed by nobody."""
    plain = unlocked(value.value, secrets) if secrets and value.tag == _ENCRYPT0 else None
    if plain is None:
        return Fault.ENCRYPTED
    inner = cbor.read(plain)
    if isinstance(inner, dict):
        return Envelope(None, None, inner, b"", b"")
    return _parsed(inner, ())


def _claims(value: Any) -> dict[int | str, Any]:
    while isinstance(value, Tagged) and value.tag == _CWT:
        value = value.value
    if not isinstance(value, dict):
        raise MalformedError
    return value


def _signed(protected: bytes, payload: bytes) -> bytes:
    """RFC 9052 section 4.4, without external data."""
    return cbor.encoded(["Signature1", protected, b"", payload])


def _signature(private: PrivateKey, signed: bytes) -> bytes:
    if isinstance(private, ed25519.Ed25519PrivateKey):
        return private.sign(signed)
    if not isinstance(private, ec.EllipticCurvePrivateKey):
        message = "cards are signed with Ed25519 or P-256"
        raise TypeError(message)
    r, s = decode_dss_signature(private.sign(signed, ec.ECDSA(hashes.SHA256())))
    return r.to_bytes(_P256, "big") + s.to_bytes(_P256, "big")
