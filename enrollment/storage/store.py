"""What the house needs of an object store; `objects.S3Objects` is the one that fulfils it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from enrollment.storage.kinds import Bucket

__all__ = ["Listed", "ObjectStore"]


@dataclass(frozen=True, slots=True)
class Listed:
    """An object as the store lists it; `version` is the store's own, empty where it keeps none."""

    name: str
    version: str
    written_at: datetime


class ObjectStore(Protocol):
    """Sealed bytes by name. Every call raises `idp.errors.StoreUnavailableError` when the store does not answer."""

    def prepare(self) -> None:
        """Make the buckets that are missing, with object lock where the server has it."""
        ...

    def put(self, bucket: Bucket, name: str, content: bytes) -> str:
        """Store under a name that is free, and only then; the store's version. `FileExistsError` where it is not."""
        ...

    def get(self, bucket: Bucket, name: str, version: str, most: int) -> bytes | None:
        """The first `most` bytes; None when there is no such object."""
        ...

    def remove(self, bucket: Bucket, name: str, version: str) -> None:
        """Remove that version, a hold on it too. Nothing happens where there is none."""
        ...

    def hold(self, bucket: Bucket, name: str, version: str) -> bool:
        """Let nobody remove that version until `remove`; False where the server cannot."""
        ...

    def listed(self, bucket: Bucket, after: str, most: int) -> Sequence[Listed]:
        """At most `most` objects, every version of them, whose names follow `after`, by name."""
        ...
