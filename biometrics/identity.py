"""Who made a template, a form or a calibration: one text of name, version and a digest of the whole recipe.

`wangov-finger-1+0123456789abcdef` is version 1 of the finger recipe with just these constants and data files. Whatever
carries another text was made otherwise and is refused, so a changed constant cannot pass for the old recipe.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Final

__all__ = ["DIGEST_BYTES", "digest_bytes", "identity", "without_digest"]

# Enough to tell recipes apart; it does not protect against forgery, which sealing does.
DIGEST_BYTES: Final = 8
_DIGEST: Final = re.compile(rf"\+[0-9a-f]{{{2 * DIGEST_BYTES}}}")


def identity(name: str, version: int, constants: Mapping[str, object], data: Sequence[bytes] = ()) -> str:
    """Name and version with the digest of `constants` (plain values, by name in any order) and the bytes of `data`."""
    digest = sha256(repr(sorted(constants.items())).encode())
    for content in data:
        digest.update(sha256(content).digest())
    return f"{name}-{version}+{digest.hexdigest()[: 2 * DIGEST_BYTES]}"


def without_digest(engine: str) -> str:
    """Name, version and mode alone: what a file is called, so that the old one is found and refused, not overlooked."""
    return _DIGEST.sub("", engine)


def digest_bytes(engine: str) -> bytes:
    """The short form of an identity in the head of a record: the first bytes of its SHA-256, `DIGEST_BYTES` long."""
    return sha256(engine.encode()).digest()[:DIGEST_BYTES]
