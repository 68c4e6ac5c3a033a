"""An object store that is made when it is first used: its client takes megabytes, and few web workers ever need it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

from enrollment.storage.kinds import Bucket
from enrollment.storage.store import Listed, ObjectStore

__all__ = ["DeferredObjects"]


class DeferredObjects:
    """What `make` returns, made once. Fulfils `ObjectStore`."""

    def __init__(self, make: Callable[[], ObjectStore]) -> None:
        self._make = make

    @cached_property
    def _store(self) -> ObjectStore:
        return self._make()

    def prepare(self) -> None:
        """As `ObjectStore.prepare`."""
        self._store.prepare()

    def put(self, bucket: Bucket, name: str, content: bytes) -> str:
        """As `ObjectStore.put`."""
        return self._store.put(bucket, name, content)

    def get(self, bucket: Bucket, name: str, version: str, most: int) -> bytes | None:
        """As `ObjectStore.get`."""
        return self._store.get(bucket, name, version, most)

    def remove(self, bucket: Bucket, name: str, version: str) -> None:
        """As `ObjectStore.remove`."""
        self._store.remove(bucket, name, version)

    def hold(self, bucket: Bucket, name: str, version: str) -> bool:
        """As `ObjectStore.hold`."""
        return self._store.hold(bucket, name, version)

    def listed(self, bucket: Bucket, after: str, most: int) -> Sequence[Listed]:
        """As `ObjectStore.listed`."""
        return self._store.listed(bucket, after, most)
