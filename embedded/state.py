"""The state file of the embedded servers: where they listen and the secrets they were given.

`config` reads it so that `./wangov` finds the servers of `make run`; it imports the standard library only.
"""

from __future__ import annotations

import dataclasses
import fcntl
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = [
    "EmbeddedState",
    "ObjectPorts",
    "StateError",
    "StorePorts",
    "StoreSecrets",
    "environment",
    "is_running",
    "load_state",
    "lock_file",
    "read_state",
    "write_state",
]

VERSION = 1
BUCKET = "wangov"
DATABASE = "wangov"


class StateError(Exception):
    """The state file is there but cannot be used; the text says why and what to do, and holds no secret."""


@dataclass(frozen=True, slots=True)
class ObjectPorts:
    """The ports of the object store: each of its parts has one for HTTP and one for gRPC."""

    master: int
    master_grpc: int
    volume: int
    volume_grpc: int
    filer: int
    filer_grpc: int
    s3: int
    s3_grpc: int


@dataclass(frozen=True, slots=True)
class StorePorts:
    """Every port of the three stores, on 127.0.0.1."""

    postgres: int
    valkey: int
    objects: ObjectPorts

    def all(self) -> tuple[int, ...]:
        """All of them, for checks."""
        return (self.postgres, self.valkey, *dataclasses.astuple(self.objects))


@dataclass(frozen=True, slots=True, repr=False)
class StoreSecrets:
    """What the servers were given at the first start; letters and digits only, so they fit into URLs."""

    postgres_admin: str
    postgres: str
    valkey: str
    s3_access_key: str
    s3_secret_key: str
    objects_write_key: str
    objects_read_key: str
    objects_filer_write_key: str
    objects_filer_read_key: str
    objects_encryption_key: str
    metrics_token: str


@dataclass(frozen=True, slots=True, repr=False)
class EmbeddedState:
    """One data folder's servers.

    `data` is the folder (absolute), `home` where the servers keep their data (the same, or a folder that the
    unprivileged account can reach), `port` where the provider itself listens, `demo` the address for which
    demo data was loaded (empty: not yet), `embedded` whether the last start used the embedded stores.
    """

    data: Path
    home: Path
    port: int
    issuer: str
    embedded: bool
    demo: str
    ports: StorePorts
    secrets: StoreSecrets

    @property
    def database_url(self) -> str:
        """PostgreSQL as the unprivileged owner of the database."""
        return f"postgresql://wangov:{self.secrets.postgres}@127.0.0.1:{self.ports.postgres}/{DATABASE}"

    @property
    def redis_url(self) -> str:
        """Valkey, database 0."""
        return f"redis://:{self.secrets.valkey}@127.0.0.1:{self.ports.valkey}/0"

    @property
    def s3_endpoint(self) -> str:
        """The S3 server's address as a URL."""
        return f"http://127.0.0.1:{self.ports.objects.s3}"

    @property
    def s3_access_key(self) -> str:
        """Access key of the only S3 identity."""
        return self.secrets.s3_access_key

    @property
    def s3_secret_key(self) -> str:
        """Secret key of the only S3 identity."""
        return self.secrets.s3_secret_key

    @property
    def s3_bucket(self) -> str:
        """The bucket made at the first start."""
        return BUCKET

    @property
    def root_key_file(self) -> Path:
        """File with the 32 random bytes of the root key."""
        return self.data / "keys" / "root.key"

    @property
    def secret_key_file(self) -> Path:
        """File with the secret of Flask's form tokens, 64 hexadecimal characters."""
        return self.data / "keys" / "flask.key"


def state_file(data: Path) -> Path:
    """Where the state of a data folder is kept."""
    return data / "state.json"


def lock_file(data: Path) -> Path:
    """The file whose lock says that a supervisor runs on this data folder."""
    return data / "lock"


def read_state(data: Path) -> EmbeddedState | None:
    """The state of the embedded servers of `data`; None when there are none or the operator's are in use.

    They need not be running at this moment (`is_running`). Raises `StateError` when the file cannot be used.
    """
    state = load_state(data)
    return state if state is not None and state.embedded else None


def load_state(data: Path) -> EmbeddedState | None:
    """As `read_state`, but also where the last start used the operator's stores."""
    path = state_file(data)
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except PermissionError:
        raise StateError(f"{path} belongs to another user: run this as the user who runs `make run`") from None
    except (OSError, ValueError):
        raise StateError(f"{path} cannot be read: restore it, or remove the data with `make clean-data`") from None
    try:
        return _from_document(data, document)
    except (KeyError, TypeError, ValueError):
        raise StateError(f"{path} is not of this version: remove the data with `make clean-data`") from None


def write_state(state: EmbeddedState) -> None:
    """Replace the state file in one step, mode 0600."""
    document = {"version": VERSION, **dataclasses.asdict(state)}
    del document["data"]
    document["home"] = str(state.home)
    path = state_file(state.data)
    fresh = path.with_suffix(".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "w", encoding="utf-8") as stream:  # noqa: PTH123 - a descriptor: the mode must hold from the start
        json.dump(document, stream, indent=1)
        stream.flush()
        os.fsync(stream.fileno())
    fresh.replace(path)


def is_running(data: Path) -> bool:
    """True while a supervisor holds this data folder."""
    try:
        with lock_file(data).open("rb") as stream:
            fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def environment(state: EmbeddedState) -> dict[str, str]:
    """The settings that a process of the provider needs to work on these servers."""
    return {
        "WANGOV_DATA": str(state.data),
        "WANGOV_EMBEDDED": "true",
        "WANGOV_ENVIRONMENT": "development",
        "WANGOV_ISSUER": state.issuer,
        "WANGOV_DATABASE_URL": state.database_url,
        "WANGOV_REDIS_URL": state.redis_url,
        "WANGOV_S3_ENDPOINT": state.s3_endpoint,
        "WANGOV_S3_ACCESS_KEY": state.s3_access_key,
        "WANGOV_S3_SECRET_KEY": state.s3_secret_key,
        "WANGOV_S3_BUCKET": state.s3_bucket,
        "WANGOV_ROOT_KEY_FILE": str(state.root_key_file),
        "WANGOV_SECRET_KEY_FILE": str(state.secret_key_file),
        "WANGOV_METRICS_TOKEN": state.secrets.metrics_token,
    }


def _from_document(data: Path, document: dict[str, Any]) -> EmbeddedState:
    if document["version"] != VERSION:
        raise ValueError("another version")
    ports = document["ports"]
    return EmbeddedState(
        data=data.absolute(),
        home=Path(document["home"]),
        port=int(document["port"]),
        issuer=str(document["issuer"]),
        embedded=bool(document["embedded"]),
        demo=str(document["demo"]),
        ports=StorePorts(ports["postgres"], ports["valkey"], ObjectPorts(**ports["objects"])),
        secrets=StoreSecrets(**document["secrets"]),
    )
