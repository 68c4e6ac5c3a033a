"""`make run` from start to stop, on a checkout in miniature."""

import contextlib
import io
import os
import secrets
import signal
import ssl
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import psycopg
import pytest
import redis
import requests
from minio import Minio

from embedded.state import EmbeddedState, is_running
from tests.integration.embedded.small_checkout import RunningCheckout, Tree
from tests.stack import ROOT, Stack

pytestmark = pytest.mark.integration

Start = Callable[..., RunningCheckout]


@pytest.fixture(scope="module")
def used_data(reachable: Path) -> Path:
    """A data folder that later tests find used: a later start takes half the time."""
    return reachable / "var"


@pytest.fixture
def start(checkout: Path, used_data: Path) -> Iterator[Start]:
    """Start runs; what a test leaves running is stopped."""
    running: list[RunningCheckout] = []

    def begin(settings: Mapping[str, str] | None = None, *, data: Path | None = None, port: int = 0) -> RunningCheckout:
        run = RunningCheckout(checkout, data or used_data, settings=settings, port=port)
        running.append(run)
        return run

    yield begin
    trees = [Tree(run.process.pid) for run in running]
    for run in running:
        run.process.terminate()
        run.process.wait()
    for tree in trees:
        assert not tree.wait_until_gone()


def notes(run: RunningCheckout) -> dict[str, int]:
    """What the miniature provider has counted in its database."""
    answer: dict[str, int] = requests.get(f"http://localhost:{run.port}/notes", timeout=5).json()
    return answer


def s3(state: EmbeddedState) -> Minio:
    """The object store's client."""
    return Minio(
        state.s3_endpoint.removeprefix("http://"),
        state.s3_access_key,
        state.s3_secret_key,
        secure=False,
        region="us-east-1",
    )


def leave_marks(state: EmbeddedState) -> str:
    """Write something new into each store."""
    mark = f"mark-{secrets.token_hex(8)}"
    with psycopg.connect(state.database_url) as connection:
        connection.execute("INSERT INTO marks VALUES (%s)", (mark,))
    with redis.Redis.from_url(state.redis_url) as client:
        client.set(mark, "here")
    s3(state).put_object(state.s3_bucket, mark, io.BytesIO(b"here"), 4)
    return mark


def assert_marks(state: EmbeddedState, mark: str) -> None:
    """Each store still has what was written."""
    with psycopg.connect(state.database_url) as connection:
        assert connection.execute("SELECT * FROM marks WHERE what = %s", (mark,)).fetchall() == [(mark,)]
    with redis.Redis.from_url(state.redis_url) as client:
        assert client.get(mark) == b"here"
    with s3(state).get_object(state.s3_bucket, mark) as answer:
        assert answer.data == b"here"


def test_the_first_start_serves_and_the_second_finds_everything(start: Start, used_data: Path) -> None:
    """Migrations run at each start, demo data is loaded once, SIGTERM ends all, the data is there again."""
    first = start()
    tree = first.wait_until_served()
    assert notes(first) == {"migrated": 1, "demo": 1}
    assert "first start, creating the database" in first.log
    assert is_running(used_data)
    mark = leave_marks(first.state)
    assert first.end(signal.SIGTERM) == 0
    assert not tree.wait_until_gone()
    assert not is_running(used_data)

    second = start(port=first.port)
    second.wait_until_served()
    assert notes(second) == {"migrated": 2, "demo": 1}
    assert_marks(second.state, mark)
    assert second.end(signal.SIGINT) == 0
    assert "Traceback" not in first.log + second.log


def test_nothing_survives_a_killed_supervisor(start: Start) -> None:
    """A kill -9 takes every child along; a start at once waits for the last of them and finds the data.

    It serves on another port, so the demo data, which names the demo services' addresses, is loaded again.
    """
    run = start()
    tree = run.wait_until_served()
    mark, demo = leave_marks(run.state), notes(run)["demo"]
    run.process.kill()
    again = start()
    run.process.wait()
    assert not tree.wait_until_gone()
    again.wait_until_served()
    assert_marks(again.state, mark)
    assert notes(again)["demo"] == demo + 1


def test_data_survives_a_kill_of_everything(start: Start) -> None:
    """All processes are killed at the same moment, as when the machine's memory runs out."""
    run = start()
    tree = run.wait_until_served()
    mark = leave_marks(run.state)
    for pid in tree.members:
        with contextlib.suppress(ProcessLookupError):  # a server's passing child may have ended by itself
            os.kill(pid, signal.SIGKILL)
    run.process.wait()
    assert not tree.wait_until_gone()
    again = start()
    again.wait_until_served()
    assert_marks(again.state, mark)


@pytest.mark.parametrize(
    ("part", "title"),
    [
        ("postgres", "PostgreSQL"),
        ("valkey", "Valkey"),
        ("objects", "SeaweedFS"),
        ("web", "web server"),
        ("tax", "Tax filing"),
    ],
)
def test_the_end_of_one_part_ends_all(start: Start, part: str, title: str) -> None:
    """A part that dies is named, everything else is stopped, and the exit status says that something was wrong."""
    run = start()
    tree = run.wait_until_served()
    os.kill(run.part(part), signal.SIGKILL)
    assert run.process.wait(timeout=30) == 1
    assert not tree.wait_until_gone()
    assert f"{title}" in run.log
    assert "stopped unexpectedly (killed by SIGKILL)" in run.log
    assert "Traceback" not in run.log


def test_nothing_survives_a_killed_parent(checkout: Path, used_data: Path) -> None:
    """A killed `make` takes the supervisor along, and that everything else."""
    program = (
        "import subprocess, sys, time;"
        "from pathlib import Path;"
        "from tests.integration.embedded.small_checkout import RunningCheckout;"
        "run = RunningCheckout(Path(sys.argv[1]), Path(sys.argv[2]));"
        "run.wait_until_served();"
        "print(run.process.pid, flush=True);"
        "run.process.wait()"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", program, str(checkout), str(used_data)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    with parent:
        assert parent.stdout is not None
        supervisor = int(parent.stdout.readline())
        tree = Tree(supervisor)
        assert len(tree.members) > 8
        parent.kill()
    assert not tree.wait_until_gone()


def test_two_instances_run_side_by_side(start: Start, used_data: Path) -> None:
    """With a port and a data folder of its own a second instance does not touch the first."""
    first = start()
    first.wait_until_served()
    second = start(data=used_data.with_name("second"))
    second.wait_until_served()
    assert notes(second) == {"migrated": 1, "demo": 1}
    assert second.state.secrets.postgres != first.state.secrets.postgres
    second.end()
    assert notes(first)["migrated"] >= 1


@pytest.mark.parametrize("server", ["gunicorn", "granian"])
def test_both_servers_serve_over_https(start: Start, server: str) -> None:
    """A client that trusts the private authority is served, another is not; the issuer says https.

    The demo services are strangers: no setting of the provider reaches them.
    """
    run = start({"TLS": "1", "WANGOV_SERVER": server})
    tree = run.wait_until_served()
    context = ssl.create_default_context(cafile=run.data / "authority" / "authority.pem")
    address = f"https://localhost:{run.port}/environment"
    with urllib.request.urlopen(address, context=context, timeout=5) as answer:
        assert f'"WANGOV_ISSUER":"https://localhost:{run.port}"' in answer.read().decode()
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(address, timeout=5)
    for step in (1, 2):
        names = requests.get(f"http://localhost:{run.port + step}/", timeout=5).text.split()
        assert {"DEMO_ISSUER", "DEMO_PORT", "DEMO_CLIENT_FILE", "DEMO_CA_FILE"} <= set(names)
        assert not [name for name in names if name.startswith("WANGOV")]
    assert run.end() == 0
    assert not tree.wait_until_gone()


def test_the_operators_stores_are_left_as_they_are(
    start: Start, stack: Stack, used_data: Path, fresh_database: str
) -> None:
    """With own stores set nothing embedded starts, the database is migrated, and no demo data goes into it."""
    state = stack.state
    run = start(
        {
            "WANGOV_DATABASE_URL": fresh_database,
            "WANGOV_REDIS_URL": state.redis_url,
            "WANGOV_S3_ENDPOINT": state.s3_endpoint,
            "WANGOV_S3_ACCESS_KEY": state.s3_access_key,
            "WANGOV_S3_SECRET_KEY": state.s3_secret_key,
        },
        data=used_data.with_name("own"),
    )
    tree = run.wait_until_served()
    assert notes(run) == {"migrated": 1}
    assert "PostgreSQL: " not in run.log
    settings = requests.get(f"http://localhost:{run.port}/environment", timeout=5).json()
    assert settings["WANGOV_EMBEDDED"] == "false"
    assert not (run.data / "postgres").exists()
    assert run.state.secrets.postgres not in (run.data / "processes.json").read_text(encoding="utf-8")
    assert run.end() == 0
    assert not tree.wait_until_gone()
