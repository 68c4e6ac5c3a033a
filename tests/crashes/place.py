"""Where the crashes happen: stores that may be killed, and the settings of the processes that use them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from embedded.account import server_account
from embedded.objects import Objects, ObjectsSettings
from embedded.state import EmbeddedState
from tests.faults.installation import Installation
from tests.faults.stores import Store, Stores
from tests.live import SHIPPED_PATIENCE, MovableClock
from tests.stack import ROOT, Stack

__all__ = ["Place", "own_place", "place_of"]

_NAME = "crashes"
# One job after the other: the same moments come in the same order every time.
_SETTINGS = {"WANGOV_WORKER_JOBS": "1", "WANGOV_LOG_LEVEL": "ERROR", **SHIPPED_PATIENCE}


@dataclass(frozen=True, slots=True)
class Place:
    """`environment` is that of a process; `stores` are PostgreSQL and the S3 server, by the name of the victim."""

    environment: Mapping[str, str]
    database: str
    clock: MovableClock
    stores: Mapping[str, Store]

    def query(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        """Ask the database past the product."""
        with psycopg.connect(self.database, autocommit=True) as connection:
            cursor = connection.execute(statement, values)
            return cursor.fetchall() if cursor.description is not None else []


@contextmanager
def own_place(folder: Path) -> Iterator[Place]:
    """Stores of one's own, migrated, with keys."""
    stores = Stores(folder / "stores", small_disk=False)
    try:
        stores.start()
        stack = Stack(stores.folder)
        database = stack.create(_NAME, "template0")
        clock = MovableClock(folder / "offset")
        environment = stack.settings(database_url=database, issuer="http://localhost", redis_prefix=_NAME)
        environment |= {"WANGOV_TEST_CLOCK": str(clock.file), "WANGOV_DATA": str(folder), **_SETTINGS}
        for command in (("db", "upgrade"), ("keys", "init")):
            subprocess.run(
                [sys.executable, "-m", "flask", "--app", "wsgi", *command],
                cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, check=True, timeout=120,
            )  # fmt: skip
        with _objects(stores.state) as objects:
            yield Place(environment, database, clock, {"postgres": stores.postgres, "objects": objects})
    finally:
        stores.stop()


@contextmanager
def place_of(installation: Installation) -> Iterator[Place]:
    """An installation that may be broken, with an S3 server beside it."""
    live = installation.live
    with _objects(installation.state) as objects:
        stores = {"postgres": installation.stores.postgres, "objects": objects}
        database = Stack(installation.stores.folder).address(installation.database_name)
        environment = {**live.environment, "WANGOV_DATABASE_URL": database, **_SETTINGS}
        yield Place(environment, database, installation.clock, stores)


@contextmanager
def _objects(state: EmbeddedState) -> Iterator[Store]:
    settings = ObjectsSettings(
        home=state.home, ports=state.ports.objects, secrets=state.secrets, bucket=state.s3_bucket,
        account=server_account(),
    )  # fmt: skip
    store = Store(Objects(settings))
    try:
        store.start()
        yield store
    finally:
        store.stop()
