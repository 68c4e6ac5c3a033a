"""Moments at which a process may be killed: each write, each commit, each call of the object store, as they come."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from enrollment.storage import Bucket, ObjectStore
from enrollment.storage.store import Listed

__all__ = ["Moments", "WatchedObjects", "watch_database"]

_WRITES = ("insert", "update", "delete")


class Moments:
    """Counts what one step does to the stores. `stand` is called at the moment that was asked for; it may never return.

    With `at` None nothing is stopped; `passed` names every moment in order, after the job that it is `during`.
    """

    def __init__(self, stand: Callable[[str], None]) -> None:
        self._stand = stand
        self._at: tuple[str, int] | None = None
        self._unwritten = False
        self.passed: list[str] = []
        self.during = ""

    def begin(self, at: tuple[str, int] | None) -> None:
        """A step begins; stop it at the moment of that name, the first (0) or a later one of them."""
        self._at = at
        self._unwritten = False
        self.passed = []

    def wrote(self, statement: str) -> None:
        """A statement was executed; those that only read are no moments."""
        words = statement.split(None, 3)
        verb = words[0].lower() if words else ""
        if verb in _WRITES or "procrastinate_defer" in statement:
            table = next((word for word in words[1:] if word.lower() not in {"into", "from"}), "")
            self._unwritten = True
            self.reach(f"after {verb} {table}" if verb in _WRITES else "after asking for a job")

    def committing(self) -> None:
        """A transaction that has written is about to be committed."""
        if self._unwritten:
            self.reach("before commit")

    def committed(self) -> None:
        """It was."""
        if self._unwritten:
            self._unwritten = False
            self.reach("after commit")

    def reach(self, what: str) -> None:
        """One moment."""
        self.passed.append(f"{self.during}: {what}" if self.during else what)
        if self._at is not None and self._at == (self.passed[-1], self.passed.count(self.passed[-1]) - 1):
            self._at = None
            self._stand(self.passed[-1])


def watch_database(moments: Moments) -> None:
    """Note what every session of this process does."""

    def executed(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        moments.wrote(statement)

    event.listen(Engine, "after_cursor_execute", executed)
    event.listen(Engine, "commit", lambda _connection: moments.committing())
    event.listen(Session, "after_commit", lambda _session: moments.committed())


class WatchedObjects:
    """An object store, with a moment before and after each call that changes or reads anything."""

    def __init__(self, store: ObjectStore, moments: Moments) -> None:
        self._store = store
        self._moments = moments

    def prepare(self) -> None:
        """As `ObjectStore.prepare`."""
        self._store.prepare()

    def put(self, bucket: Bucket, name: str, content: bytes) -> str:
        """As `ObjectStore.put`."""
        self._moments.reach(f"before put {bucket}")
        version = self._store.put(bucket, name, content)
        self._moments.reach(f"after put {bucket}")
        return version

    def get(self, bucket: Bucket, name: str, version: str, most: int) -> bytes | None:
        """As `ObjectStore.get`."""
        self._moments.reach(f"before get {bucket}")
        return self._store.get(bucket, name, version, most)

    def remove(self, bucket: Bucket, name: str, version: str) -> None:
        """As `ObjectStore.remove`."""
        self._moments.reach(f"before remove {bucket}")
        self._store.remove(bucket, name, version)
        self._moments.reach(f"after remove {bucket}")

    def hold(self, bucket: Bucket, name: str, version: str) -> bool:
        """As `ObjectStore.hold`."""
        return self._store.hold(bucket, name, version)

    def listed(self, bucket: Bucket, after: str, most: int) -> Sequence[Listed]:
        """As `ObjectStore.listed`."""
        return self._store.listed(bucket, after, most)
