"""Cards that others lock: COSE_Encrypt0 with AES-GCM (RFC 9052 section 5.2, RFC 9053 section 4.1). Ours never are."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from enrollment.card import cbor
from enrollment.card.cbor import MalformedError

__all__ = ["unlocked"]

_ALG, _CRIT, _IV = 1, 2, 5
_KEY_BYTES = {1: 16, 2: 24, 3: 32}
_NONCE_BYTES = 12


def unlocked(value: Any, secrets: Iterable[bytes]) -> bytes | None:
    """What is locked in three parts, by the secret that fits; None where none does, or another lock was used.

    Raises `MalformedError` for other shapes. The algorithm stands in the protected header, and is what is
    authenticated with the content.
    """
    match value:
        case [bytes(protected), dict(unprotected), bytes(locked)]:
            header = cbor.read(protected) if protected else {}
        case _:
            raise MalformedError
    if not isinstance(header, dict) or _CRIT in header or header.keys() & unprotected.keys():
        raise MalformedError
    algorithm, nonce = header.get(_ALG), header.get(_IV, unprotected.get(_IV))
    size = _KEY_BYTES.get(algorithm) if type(algorithm) is int else None
    if size is None or not isinstance(nonce, bytes) or len(nonce) != _NONCE_BYTES:
        return None
    about = cbor.encoded(["Encrypt0", protected, b""])
    for secret in secrets:
        if len(secret) == size:
            try:
                return AESGCM(secret).decrypt(nonce, locked, about)
            except InvalidTag:
                continue
    return None
