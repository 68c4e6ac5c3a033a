"""The links of notices: shown by GET, done once by POST, and over for everybody else alike."""

import datetime as dt
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import insert, select

from idp.errors import Code, Refusal
from idp.notices import LinkKind, SecurityLink
from idp.recovery.models import RecoveryCaseRow
from idp.selfservice.models import AccountClosingRow
from idp.subscribers.models import SubscriberRow
from idp.web.extensions import db
from idp.web.notice.answers import ANSWERS
from idp.web.rooms import links
from tests.integration.web.conftest import Person, Site

pytestmark = pytest.mark.integration
LIFE = dt.timedelta(days=3)


def _link(site: Site, person: Person, kind: LinkKind, concerns: UUID | None = None) -> str:
    with site.app.app_context():
        secret = links().make(kind, person.id, concerns, LIFE)
        db.session.commit()
    return secret


def _insert(site: Site, row: type[Any], **values: Any) -> UUID:
    with site.app.app_context():
        values = {"id": uuid4(), **values}
        db.session.execute(insert(row).values(**values))
        db.session.commit()
    made: UUID = values["id"]
    return made


def _now(site: Site) -> dt.datetime:
    return dt.datetime.fromtimestamp(site.clock.now(), dt.UTC)


def test_every_kind_has_an_answer() -> None:
    """No link is sent that nobody could answer."""
    assert set(ANSWERS) == set(LinkKind)


def test_looking_does_nothing(site: Site) -> None:
    """A mail scanner that follows the link, with GET or HEAD, changes nothing; the page says what would happen."""
    person = site.person()
    secret = _link(site, person, LinkKind.NOT_ME)
    visitor = site.visitor()
    for _ in range(3):
        visitor.get(f"/notice/{secret}")
        assert visitor.page.status_code == 200
        assert "Was this not you?" in visitor.title
    assert visitor.page.headers["Cache-Control"] == "no-store"
    with site.app.app_context():
        assert isinstance(links().peek(secret), SecurityLink)
    assert site.events(person) == []


def test_this_was_not_me_signs_out_and_locks(site: Site) -> None:
    """The link ends every session and locks changes for three days; a second use finds it over."""
    person = site.person()
    inside = site.visitor()
    inside.get("/account")
    site.sign_in(inside, person)
    (session_id,) = [row.session_id for row in site.audit(subscriber_id=person.id, event="session.started")]
    secret = _link(site, person, LinkKind.NOT_ME, session_id)
    owner = site.visitor()
    owner.get(f"/notice/{secret}")
    owner.submit(f"/notice/{secret}")
    assert owner.page.status_code == 200
    assert "Every device is signed out" in owner.title
    inside.get("/account")
    assert inside.page.status_code == 303 or "Sign in" in inside.title
    with site.app.app_context():
        row = db.session.get(SubscriberRow, person.id)
        assert row is not None
        assert row.changes_locked_until is not None
        assert row.changes_locked_until > _now(site) + dt.timedelta(hours=71)
    used = site.audit(subscriber_id=person.id, event="notice.link_used")
    assert [row.body for row in used] == [{"kind": "not_me"}]
    owner.get(f"/notice/{secret}")
    assert owner.page.status_code == 404


def test_recovery_is_stopped(site: Site) -> None:
    """The recovery that the notice told of ends, and no other."""
    person, now = site.person(), _now(site)
    values = {
        "subscriber_id": person.id,
        "state": "cooling",
        "proofs": ["email"],
        "level": 1,
        "browser": b"x" * 32,
        "opened_at": now,
        "ready_at": now + LIFE,
        "expires_at": now + 2 * LIFE,
    }
    case, other = _insert(site, RecoveryCaseRow, **values), _insert(site, RecoveryCaseRow, **values)
    _use(site, _link(site, person, LinkKind.STOP_RECOVERY, case), "The recovery is stopped")
    with site.app.app_context():
        states = {row.id: row.state for row in db.session.scalars(select(RecoveryCaseRow))}
    assert (states[case], states[other]) == ("stopped", "cooling")


def test_closing_is_stopped(site: Site) -> None:
    """The account stays; a link of a closing that was stopped before is over."""
    person, now = site.person(), _now(site)
    closing = _insert(
        site, AccountClosingRow, subscriber_id=person.id, asked_at=now, closes_at=now + dt.timedelta(days=1)
    )
    _use(site, _link(site, person, LinkKind.STOP_CLOSING, closing), "Your account stays open")
    visitor = site.visitor()
    again = _link(site, person, LinkKind.STOP_CLOSING, closing)
    visitor.get(f"/notice/{again}")
    visitor.submit(f"/notice/{again}")
    assert visitor.page.status_code == 404


def test_link_of_somebody_else_stops_nothing(site: Site) -> None:
    """A link can only ever act on what belongs to the person it was made for."""
    person, stranger, now = site.person(), site.person(), _now(site)
    closing = _insert(
        site, AccountClosingRow, subscriber_id=person.id, asked_at=now, closes_at=now + dt.timedelta(days=1)
    )
    visitor = site.visitor()
    secret = _link(site, stranger, LinkKind.STOP_CLOSING, closing)
    visitor.get(f"/notice/{secret}")
    visitor.submit(f"/notice/{secret}")
    assert visitor.page.status_code == 404
    with site.app.app_context():
        row = db.session.get(AccountClosingRow, closing)
        assert row is not None
        assert row.ended_at is None


def test_wrong_used_and_old_links_look_alike(site: Site) -> None:
    """AC-083: one page, one status, for a guess, a used link, an old one, and one cut off by a mail program."""
    person = site.person()
    used, old = _link(site, person, LinkKind.NOT_ME), _link(site, person, LinkKind.NOT_ME)
    with site.app.app_context():
        assert isinstance(links().spend(used), SecurityLink)
        db.session.commit()
    site.clock.advance(LIFE.total_seconds() + 1)
    answers = set()
    for secret in (used, old, old[:-1], f"wl_{'A' * 43}", f"wc_{old[3:]}", "x", "x" * 5000):
        visitor = site.visitor()
        visitor.get(f"/notice/{secret}")
        answers.add((visitor.page.status_code, visitor.title))
    assert answers == {(404, "This link does nothing any more - WanGov ID")}
    for secret in (used, old):
        with site.app.app_context():
            assert links().spend(secret) == Refusal(Code.LINK_UNKNOWN)


def test_form_of_another_site_is_refused(site: Site) -> None:
    """Without the form's token of this very browser nothing is done."""
    person = site.person()
    secret = _link(site, person, LinkKind.NOT_ME)
    with site.app.test_client() as client:
        assert client.post(f"/notice/{secret}", base_url="http://localhost:8000").status_code in {400, 403}
    with site.app.app_context():
        assert isinstance(links().peek(secret), SecurityLink)


def test_link_is_used_once_by_fifty_at_once(site: Site) -> None:
    """Of fifty uses at the same moment one succeeds."""
    person = site.person()
    secret = _link(site, person, LinkKind.NOT_ME)
    barrier = threading.Barrier(4)

    def race(first: int) -> int:
        barrier.wait()
        found = 0
        for _ in range(first, 50, 4):
            with site.app.app_context():
                found += isinstance(links().spend(secret), SecurityLink)
                db.session.commit()
        return found

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(race, range(4))) == 1


@pytest.mark.parametrize(
    "headers",
    [{"X-Forwarded-Host": "evil.example"}, {"Forwarded": "host=evil.example"}, {"X-Forwarded-Proto": "gopher"}],
)
def test_link_is_built_from_the_issuer_alone(site: Site, headers: dict[str, str]) -> None:
    """AC-081: whatever host a request names, the message it queues and the page it shows lead to our own address."""
    person = site.person(email="testa@people.example", email_verified=True)
    with site.app.test_request_context("/", headers={"Host": "evil.example", **headers}):
        from idp.cli.worker import deliver_due
        from idp.notices import Notice
        from idp.web.rooms import notices

        secret = links().make(LinkKind.NOT_ME, person.id, None, LIFE)
        notices().tell(person.id, Notice.NEW_DEVICE, {"link": secret})
        db.session.commit()
        deliver_due()
    folder = site.services.options.data / "outbox"
    text = max(folder.glob("*.txt")).read_text(encoding="utf-8")
    assert f"http://localhost:8000/notice/{secret}" in text
    assert "evil" not in text


def _use(site: Site, secret: str, done: str) -> None:
    visitor = site.visitor()
    visitor.get(f"/notice/{secret}")
    visitor.submit(f"/notice/{secret}")
    assert visitor.page.status_code == 200
    assert done in visitor.title
