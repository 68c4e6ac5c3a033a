"""The operator's command and the worker's round remove what is over, in batches, and say how much."""

import datetime as dt
import json

import pytest
from sqlalchemy import text

from idp.cli.purge import AT_ONCE, KINDS
from idp.cli.worker import ROUNDS
from idp.jobs import Jobs
from idp.notices import LinkKind
from idp.sessions.models import SessionRow
from idp.web.extensions import db
from idp.web.rooms import links
from tests.integration.web.conftest import Site

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("test_clock")]
DAYS = 24 * 3600


def _links(site: Site, number: int) -> None:
    person = site.person()
    with site.app.app_context():
        for _ in range(number):
            links().make(LinkKind.NOT_ME, person.id, None, dt.timedelta(days=1))
        db.session.commit()


def _left(site: Site, table: str) -> int:
    with site.app.app_context():
        return int(db.session.scalar(text(f"select count(*) from {table}")) or 0)  # noqa: S608 - a name of this module


def _purged(site: Site) -> dict[str, int]:
    done = site.app.test_cli_runner().invoke(args=["purge", "--json"])
    assert done.exit_code == 0, done.output
    removed: dict[str, int] = json.loads(done.stdout)["removed"]
    return removed


def test_the_command_says_how_many_of_each_kind(site: Site) -> None:
    """Every kind is named, also where nothing was over; in more than one batch; a second time there is nothing."""
    whole = AT_ONCE + 2
    _links(site, whole)
    site.clock.advance(7 * DAYS)
    before = _purged(site)
    assert list(before)[: len(KINDS)] == list(KINDS)
    assert _left(site, "security_link") == whole
    site.clock.advance(1 * DAYS + 60)
    done = site.app.test_cli_runner().invoke(args=["purge"])
    assert f"{whole} links in notices\n" in done.output
    assert _left(site, "security_link") == 0
    assert _purged(site)["links in notices"] == 0


def test_the_worker_does_it_as_a_round(site: Site) -> None:
    """Once an hour, by the same list; the audit trail is as long as it was."""
    every, work = ROUNDS["purge"]
    assert every == dt.timedelta(hours=1)
    person, visitor = site.person(), site.visitor()
    visitor.get("/signin")
    site.sign_in(visitor, person)
    audited = _left(site, "audit_event")
    with site.app.app_context():
        assert db.session.scalar(db.select(db.func.count()).select_from(SessionRow)) == 1
    site.clock.advance(91 * DAYS)
    with site.app.app_context():
        assert work() >= 1
    assert _left(site, "session") == 0
    assert _left(site, "audit_event") == audited
    with site.app.app_context():
        assert work() == 0


def test_jobs_that_were_given_up_go_after_a_month(site: Site) -> None:
    """One that waits stays, however old, and so does one that failed lately."""
    with site.app.app_context():
        for name in ("waits", "failed"):
            Jobs(db.session()).defer(name)
        # As the queue does; its trigger notes when.
        db.session.execute(text("update procrastinate_jobs set status = 'doing' where task_name = 'failed'"))
        db.session.execute(text("update procrastinate_jobs set status = 'failed' where task_name = 'failed'"))
        db.session.commit()
    site.clock.advance(29 * DAYS)
    assert _purged(site)["jobs given up"] == 0
    site.clock.advance(2 * DAYS)
    assert _purged(site)["jobs given up"] == 1
    assert _left(site, "procrastinate_jobs where task_name = 'waits'") == 1
