"""The data folder: made, checked for room, locked against a second start, given its secrets."""

from __future__ import annotations

import dataclasses
import errno
import fcntl
import os
import secrets
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from embedded.errors import StartError
from embedded.ports import free_ports, is_free
from embedded.state import (
    EmbeddedState,
    ObjectPorts,
    StateError,
    StorePorts,
    StoreSecrets,
    load_state,
    lock_file,
    write_state,
)

__all__ = ["MEBIBYTE", "DataFolder", "check_room", "new_ports", "new_secrets"]

MEBIBYTE = 1 << 20
_ROOM_FIRST_START = 512 * MEBIBYTE
_ROOM_LATER = 128 * MEBIBYTE
_PORTS = 10
_LOCK_TRIES = 5


class DataFolder:
    """Holds one data folder for one supervisor; use it as a context manager.

    Entering makes the folder and takes its lock; leaving gives it back. Raises `StartError` when the folder
    cannot be written, the disk is full or another supervisor holds it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self._lock = -1

    def __enter__(self) -> Self:
        self._make()
        self._lock = self._take_lock()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._lock)

    def prepare(self, *, port: int, issuer: str, embedded: bool) -> EmbeddedState:
        """The state for this start: kept secrets and ports, or new ones at the first start.

        A port that another program has taken meanwhile is replaced; the stores find their data under any.
        """
        first = not (self.path / "state.json").exists()
        check_room(self.path, _ROOM_FIRST_START if first else _ROOM_LATER)
        try:
            known = load_state(self.path)
        except StateError as error:
            raise StartError(str(error)) from None
        self._ensure_key_files(first=known is None)
        if known is None:
            state = EmbeddedState(
                data=self.path, home=self.path, port=port, issuer=issuer, embedded=embedded, demo="",
                ports=new_ports({port, port + 1, port + 2}), secrets=new_secrets(),
            )  # fmt: skip
        else:
            state = dataclasses.replace(known, port=port, issuer=issuer, embedded=embedded)
            reserved = {port, port + 1, port + 2}
            if reserved & set(state.ports.all()) or (embedded and not all(map(is_free, state.ports.all()))):
                state = dataclasses.replace(state, ports=new_ports(reserved))
        self.save(state)
        return state

    def save(self, state: EmbeddedState) -> None:
        """Write the state file."""
        write_state(state)

    def note_owner(self, text: str) -> None:
        """Say in the lock file who holds it, for the message that a second start prints."""
        os.ftruncate(self._lock, 0)
        os.pwrite(self._lock, text.encode(), 0)

    def _make(self) -> None:
        # A server that drops from root must pass through; what lies below has its own narrower mode.
        mode = 0o711 if os.geteuid() == 0 else 0o700
        try:
            self.path.mkdir(mode=mode, parents=True, exist_ok=True)
        except FileExistsError:
            raise StartError(f"{self.path} is a file, not a folder: choose another with WANGOV_DATA=FOLDER") from None
        except OSError as error:
            raise _unwritable(self.path, error) from None

    def _take_lock(self) -> int:
        try:
            descriptor = os.open(lock_file(self.path), os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise _unwritable(self.path, error) from None
        for attempt in range(_LOCK_TRIES):
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if attempt == _LOCK_TRIES - 1:
                    break
                # Someone may only be asking whether a supervisor runs; that takes microseconds.
                time.sleep(0.05)
            else:
                return descriptor
        owner = os.pread(descriptor, 200, 0).decode("utf-8", "replace").strip()
        os.close(descriptor)
        raise StartError(
            f"already running on {self.path}{f' ({owner})' if owner else ''}: stop it there with Ctrl-C, "
            "or start another one with its own WANGOV_DATA=FOLDER and PORT=NUMBER"
        )

    def _ensure_key_files(self, *, first: bool) -> None:
        folder = self.path / "keys"
        folder.mkdir(mode=0o700, exist_ok=True)
        for name, content in (
            ("root.key", secrets.token_bytes(32)),
            ("flask.key", secrets.token_hex(32).encode()),
        ):
            path = folder / name
            if path.exists():
                continue
            if not first and name == "root.key":
                raise StartError(
                    f"{path} is missing and nothing stored can be read without it: restore the file, "
                    "or remove the data with `make clean-data`"
                )
            _write_new(path, content)


def check_room(path: Path, needed: int) -> None:
    """Raise `StartError` unless `needed` bytes are free for ordinary users where `path` lies."""
    status = os.statvfs(path)
    free = status.f_bavail * status.f_frsize
    if free < needed:
        raise StartError(
            f"the disk is full: {path} has {free // MEBIBYTE} MB free and needs {needed // MEBIBYTE}. "
            "Make room, or choose another place with WANGOV_DATA=FOLDER"
        )


def new_ports(reserved: set[int]) -> StorePorts:
    """Free ports for all stores, none of `reserved`."""
    postgres, valkey, *objects = free_ports(_PORTS, reserved)
    return StorePorts(postgres=postgres, valkey=valkey, objects=ObjectPorts(*objects))


def new_secrets() -> StoreSecrets:
    """Fresh secrets of 256 random bits each (the S3 key pair in its customary shape)."""
    return StoreSecrets(
        postgres_admin=secrets.token_hex(32),
        postgres=secrets.token_hex(32),
        valkey=secrets.token_hex(32),
        s3_access_key=secrets.token_hex(10).upper(),
        s3_secret_key=secrets.token_hex(32),
        objects_write_key=secrets.token_hex(32),
        objects_read_key=secrets.token_hex(32),
        objects_filer_write_key=secrets.token_hex(32),
        objects_filer_read_key=secrets.token_hex(32),
        objects_encryption_key=secrets.token_hex(32),
        metrics_token=secrets.token_hex(32),
    )


def _write_new(path: Path, content: bytes) -> None:
    # Under another name first: a file of this name is always whole.
    fresh = path.with_suffix(".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "wb") as stream:  # noqa: PTH123 - a descriptor: the mode must hold from the start
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    fresh.replace(path)


def _unwritable(path: Path, error: OSError) -> StartError:
    if error.errno == errno.ENOSPC:
        return StartError(f"the disk is full at {path}: make room, or choose another place with WANGOV_DATA=FOLDER")
    return StartError(f"cannot write to {path} ({error.strerror}): choose another folder with WANGOV_DATA=FOLDER")
