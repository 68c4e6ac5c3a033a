"""The worker as a process: it does what is due, survives being killed, and stops when it is told to."""

import contextlib
import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import text

from idp.keys.sealing import KeysMissingError
from idp.outbox import Channel, Message
from idp.outbox.delivery import LEASE
from idp.web.extensions import db
from idp.web.rooms import outbox
from tests.factories.mail_servers import MailBox, mail_server, talking
from tests.integration.web.conftest import OpenSite, Site
from tests.stack import ROOT

pytestmark = pytest.mark.integration
PATIENCE = 60.0


class Working:
    """A worker of a site."""

    def __init__(self, site: Site, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "flask", "--app", "wsgi", "worker", *arguments],
            cwd=ROOT, env=site.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def ready(self) -> None:
        """Wait until it takes jobs."""
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "worker: takes jobs\n"

    def end(self, number: signal.Signals) -> tuple[int, str]:
        """Send it a signal; its status and what it logged."""
        self.process.send_signal(number)
        _, said = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, said


@contextlib.contextmanager
def working(site: Site) -> Iterator[Working]:
    """A worker that takes jobs; killed at the end if it still runs."""
    worker = Working(site)
    try:
        worker.ready()
        yield worker
    finally:
        worker.process.kill()
        worker.process.communicate()


def _queue(site: Site, number: int) -> list[str]:
    with site.app.app_context():
        queued = [
            outbox().queue(
                Message(None, Channel.EMAIL, f"person{one}@people.example", "code", "en", {"code": f"{one:06}"})
            )
            for one in range(number)
        ]
        db.session.commit()
    return [str(one) for one in queued if isinstance(one, UUID)]


def _states(site: Site) -> dict[str, int]:
    with site.app.app_context():
        rows = db.session.execute(text("select state, count(*) from outbox_message group by state")).all()
    return {str(row[0]): int(row[1]) for row in rows}


def _until(site: Site, states: dict[str, int]) -> None:
    deadline = time.monotonic() + PATIENCE
    while _states(site) != states:
        assert time.monotonic() < deadline, _states(site)
        time.sleep(0.05)


def test_worker_does_what_is_due_and_ends(site: Site) -> None:
    """`worker --once` sends every message, leaves no job behind, says what became of them, and ends with 0."""
    ids = _queue(site, 3)
    worker = Working(site, "--once", "--json")
    answer, said = worker.process.communicate(timeout=60)
    assert worker.process.returncode == 0, said
    assert json.loads(answer)["messages"] == {"sent": 3}
    folder: Path = site.services.options.data / "outbox"
    assert {path.stem for path in folder.glob("*.json")} == set(ids)
    with site.app.app_context():
        assert db.session.scalar(text("select count(*) from procrastinate_jobs")) == 0


def test_worker_is_woken_by_a_commit_and_stops_cleanly(site: Site) -> None:
    """A running worker sends a message after its commit, and SIGTERM ends it with status 0."""
    before = _states(site).get("sent", 0)
    with working(site) as worker:
        _queue(site, 1)
        _until(site, {"sent": before + 1})
        status, said = worker.end(signal.SIGTERM)
    assert status == 0, said
    assert "Traceback" not in said


def test_killed_worker_loses_nothing(open_site: OpenSite) -> None:
    """Killed (-9) in the middle of a hand-over: after the lease another worker sends every message."""

    def swallow(wire: socket.socket) -> None:
        wire.sendall(b"220 here\r\n")
        while wire.recv(1000):
            time.sleep(0.02)

    with talking(swallow) as port, open_site(**_settings(port)) as site:
        ids = _queue(site, 8)
        with working(site) as worker:
            deadline = time.monotonic() + PATIENCE
            while not (_claimed(site) and _jobs(site, "doing")):
                assert time.monotonic() < deadline
                time.sleep(0.02)
            status, _ = worker.end(signal.SIGKILL)
        assert status == -signal.SIGKILL
        assert _states(site) == {"waiting": 8}
        assert _jobs(site, "doing") > 0
        with site.app.app_context():  # as if its heart had been silent for long
            db.session.execute(text("update procrastinate_workers set last_heartbeat = now() - interval '5 minutes'"))
            db.session.commit()
        box = MailBox()
        with mail_server(box) as port_of_another:
            site.clock.advance(LEASE.total_seconds() + 1)
            with working(_elsewhere(site, port_of_another)):
                _until(site, {"sent": 8})
                deadline = time.monotonic() + PATIENCE
                while _jobs(site, "todo") + _jobs(site, "doing"):
                    assert time.monotonic() < deadline, "the jobs of the killed worker are never done"
                    time.sleep(0.05)
    assert sorted(box.recipients) == [f"person{number}@people.example" for number in range(8)]
    assert len({mail["Message-ID"] for mail in box.mails}) == len(ids)


def _jobs(site: Site, status: str) -> int:
    with site.app.app_context():
        wanted = text(
            "select count(*) from procrastinate_jobs where status = cast(:status as procrastinate_job_status)"
        )
        return int(db.session.scalar(wanted, {"status": status}) or 0)


def _claimed(site: Site) -> bool:
    with site.app.app_context():
        return bool(db.session.scalar(text("select count(*) from outbox_message where tries > 0")))


def _elsewhere(site: Site, port: int) -> Site:
    other = Site(site.app, site.clock)
    other.environment = site.environment | {"WANGOV_MAIL_PORT": str(port)}
    return other


def _settings(port: int) -> dict[str, str]:
    return {
        "WANGOV_MAIL_SERVER": "localhost",
        "WANGOV_MAIL_PORT": str(port),
        "WANGOV_MAIL_SECURITY": "none",
        "WANGOV_MAIL_FROM": "no-reply@id.example",
        "WANGOV_MAIL_TIMEOUT_SECONDS": "20",
    }


def test_keys_of_a_later_version_are_made_for_an_existing_installation(open_site: OpenSite) -> None:
    """`keys init` makes the key of a purpose that is new; a process that runs already finds it, and waits till then."""
    with open_site() as site:
        with site.app.app_context():
            db.session.execute(text("delete from purpose_key where purpose = 'message'"))
            db.session.commit()
        with pytest.raises(KeysMissingError):
            _queue(site, 1)
        done = site.app.test_cli_runner().invoke(args=["keys", "init", "--json"])
        assert json.loads(done.stdout)["purpose_keys"] == ["message"]
        assert len(_queue(site, 1)) == 1


def test_every_step_of_the_queue_is_taken_by_a_migration() -> None:
    """A newer version of the queue's library brings further steps of its schema: they need a migration of ours."""
    steps = sorted(step.name for step in files("procrastinate").joinpath("sql/migrations").iterdir())
    newest = max(name for name in steps if name.endswith(".sql"))
    taken = [path.read_text(encoding="utf-8") for path in (ROOT / "migrations" / "versions").glob("*.py")]
    assert any(f'"{newest}"' in migration for migration in taken), newest
