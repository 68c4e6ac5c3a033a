"""The run's own stores: who may log in, where they listen, what a neighbour on the machine can see."""

import json
import os
import pwd
import stat
from pathlib import Path

import psycopg
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from embedded.account import server_account
from embedded.folder import new_ports, new_secrets
from embedded.postgres import Postgres, PostgresSettings
from embedded.process import started_at
from tests.integration.embedded.prying import listening
from tests.stack import OBJECTS, Stack

pytestmark = pytest.mark.integration

STORES = ("postgres", "valkey", "objects")


@pytest.fixture(scope="module")
def processes(stack: Stack) -> dict[str, int]:
    """The stores' main processes by name."""
    stack.wait_for(OBJECTS)
    rows = json.loads((stack.folder / "processes.json").read_text(encoding="utf-8"))
    return {row["name"]: row["pid"] for row in rows}


@pytest.mark.parametrize("password", ["", "wrong", "postgres"])
@pytest.mark.parametrize("role", ["wangov", "postgres", "nobody"])
def test_postgresql_wants_the_password(stack: Stack, role: str, password: str) -> None:
    """No role gets in without its password: neither the provider's nor the superuser."""
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(
            host="127.0.0.1", port=stack.state.ports.postgres, user=role, password=password, dbname="postgres"
        )


def test_the_providers_role_is_no_superuser(stack: Stack) -> None:
    """It owns its database and can make neither roles nor databases; its password is stored by scram."""
    with stack.admin() as connection:
        row = connection.execute(
            "SELECT rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolpassword LIKE 'SCRAM-SHA-256$%%'"
            " FROM pg_authid WHERE rolname = %s",
            ("wangov",),
        ).fetchone()
    assert row == (False, False, False, False, True)


def test_valkey_wants_the_password(stack: Stack) -> None:
    """Without it no command is answered; with a wrong one neither."""
    for password in (None, "wrong"):
        with (
            redis.Redis(port=stack.state.ports.valkey, password=password, retry=Retry(NoBackoff(), 0)) as client,
            pytest.raises(redis.AuthenticationError),
        ):
            client.get("anything")


@pytest.mark.parametrize("name", STORES)
def test_stores_listen_on_the_loopback_address_only(processes: dict[str, int], name: str) -> None:
    """No store can be reached from another machine; PostgreSQL and Valkey have no socket in the file system."""
    places = listening(processes[name])
    assert places.addresses
    assert {address for address, _ in places.addresses} == {"0100007F"}
    assert name == "objects" or not places.sockets


@pytest.mark.parametrize("name", STORES)
def test_no_secret_is_in_the_process_list(stack: Stack, processes: dict[str, int], name: str) -> None:
    """Everybody on the machine can read a command line."""
    line = Path(f"/proc/{processes[name]}/cmdline").read_bytes().decode()
    secrets = stack.state.secrets
    assert not [field for field in secrets.__slots__ if getattr(secrets, field) in line]


@pytest.mark.parametrize("name", STORES)
def test_stores_do_not_run_as_root(processes: dict[str, int], name: str) -> None:
    """Started by root they run as nobody, with no group of root's; else as who started them."""
    status = Path(f"/proc/{processes[name]}/status").read_text(encoding="utf-8")
    fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    expected = pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else os.geteuid()
    assert set(fields["Uid"].split()) == {str(expected)}
    if os.geteuid() == 0:
        assert not fields["Groups"].split()


@pytest.mark.parametrize("name", STORES)
def test_what_stores_keep_is_closed_to_others(stack: Stack, name: str) -> None:
    """No other account may even enter the folder of a store, and the files with secrets have one reader."""
    folder = stack.state.home / name
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for file in ("valkey.conf", "identities.json", "grpc.key"):
        if (folder / file).exists():
            assert stat.S_IMODE((folder / file).stat().st_mode) == 0o600
    assert not (folder / "password").exists()


def test_a_store_gets_nothing_of_the_callers_environment(processes: dict[str, int]) -> None:
    """No variable of ours, such as a proxy or an operator's setting, reaches a store (Valkey overwrites its own)."""
    for name in ("postgres", "objects"):
        entries = Path(f"/proc/{processes[name]}/environ").read_bytes().split(b"\0")
        names = {entry.split(b"=")[0].decode() for entry in entries if entry}
        assert not {each for each in names if not each.startswith("WEED_")} - {"PATH", "LANG", "TZ", "HOME"}, name


def test_a_used_number_does_not_keep_postgresql_from_starting(tmp_path: Path) -> None:
    """After a kill the lock names a process number; where another program has it now, the lock is dropped."""
    server = Postgres(
        PostgresSettings(
            home=tmp_path,
            programs=tmp_path,
            port=new_ports(set()).postgres,
            admin_password=new_secrets().postgres_admin,
            password=new_secrets().postgres,
            account=server_account(),
        )
    )
    cluster = tmp_path / "postgres" / "cluster"
    cluster.mkdir(parents=True)
    (cluster / "PG_VERSION").write_text("18\n", encoding="ascii")
    lock = cluster / "postmaster.pid"
    lock.write_text(f"{os.getpid()}\n{cluster}\n", encoding="utf-8")
    assert started_at(os.getpid()) is not None
    assert server.prepare() is None
    assert not lock.exists()
