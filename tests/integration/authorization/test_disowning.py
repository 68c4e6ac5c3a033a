import datetime as dt
import uuid

import pytest
from sqlalchemy import select, update

from idp.audit.models import AuditRow
from idp.authorization.disowning import Disowning
from idp.sessions import SessionStart
from idp.sessions.models import SessionRow
from idp.signin import Completed
from idp.subscribers.hold import HELD_FOR
from idp.subscribers.models import SubscriberRow
from idp.tokens.models import GrantRow
from tests.factories.signin import PASSWORD, Desk, browser

pytestmark = pytest.mark.integration


def signed_in(desk: Desk, name: str) -> Completed:
    """A sign-in on a new device."""
    outcome = desk.signin.submit_password(desk.open(), name, PASSWORD, browser())
    assert isinstance(outcome, Completed)
    return outcome


def disowning(desk: Desk) -> Disowning:
    """The room."""
    return Disowning(desk.session, desk.sessions, desk.devices, desk.clock, desk.trail)


def test_a_sign_in_that_was_not_theirs_is_undone(desk: Desk) -> None:
    """Every session ends, the device is forgotten, changes are locked for 72 hours, and it is audited."""
    person = desk.person("testa")
    own = signed_in(desk, "testa")
    desk.clock.advance(hours=1)
    stranger = signed_in(desk, "testa")
    assert stranger.new_device
    done = disowning(desk).disown(person, stranger.session.id)
    assert (done.sessions, done.device, done.locked_until) == (2, True, desk.clock.now() + HELD_FOR)
    assert desk.sessions.find(own.session_secret) is None
    assert desk.sessions.find(stranger.session_secret) is None
    assert desk.devices.find(stranger.device_cookie, person) is None
    assert desk.devices.find(own.device_cookie, person) is not None
    account = desk.directory.get(person)
    assert account is not None
    assert account.changes_locked_until == desk.clock.now() + dt.timedelta(hours=72)
    row = desk.session.scalars(select(AuditRow).where(AuditRow.event == "signin.disowned")).one()
    assert (row.subscriber_id, row.session_id, row.body) == (
        person,
        stranger.session.id,
        {"sessions": 2, "device": True},
    )
    assert signed_in(desk, "testa").session.subscriber_id == person


def test_a_longer_lock_stays(desk: Desk) -> None:
    """Saying it again never shortens what is locked."""
    person = desk.person("testa")
    until = desk.clock.now() + dt.timedelta(days=30)
    desk.session.execute(update(SubscriberRow).where(SubscriberRow.id == person).values(changes_locked_until=until))
    assert disowning(desk).disown(person, None).locked_until == until


def test_somebody_elses_session_is_not_touched(desk: Desk) -> None:
    """AC-090: a session of another person neither ends nor loses its device."""
    person, other = desk.person("testa"), desk.person("testb")
    theirs = signed_in(desk, "testb")
    done = disowning(desk).disown(person, theirs.session.id)
    assert (done.sessions, done.device) == (0, False)
    assert desk.sessions.find(theirs.session_secret) is not None
    assert desk.devices.find(theirs.device_cookie, other) is not None


def test_unknown_session_still_locks(desk: Desk) -> None:
    """The link is about a session that is gone: the rest is done all the same."""
    person = desk.person("testa")
    signed_in(desk, "testa")
    assert disowning(desk).disown(person, uuid.uuid4()).sessions == 1
    left = desk.session.scalars(
        select(SessionRow.id).where(SessionRow.subscriber_id == person, SessionRow.ended_at.is_(None))
    )
    assert list(left) == []


def test_a_session_that_changed_its_device_is_old_as_it_began(desk: Desk) -> None:
    """A session renewed on another device: the device that it began on is a stranger's too."""
    person = desk.person("testa")
    own = signed_in(desk, "testa")
    desk.clock.advance(hours=1)
    stranger = signed_in(desk, "testa")
    desk.clock.advance(hours=1)
    other = desk.devices.remember(None, person)
    again = desk.sessions.start(SessionStart(person, ("pwd",), 1, other.device_id), stranger.session)
    assert again.session.id == stranger.session.id
    disowning(desk).disown(person, again.session.id)
    assert desk.devices.find(stranger.device_cookie, person) is None
    assert desk.devices.find(other.cookie, person) is None
    assert desk.devices.find(own.device_cookie, person) is not None


def test_a_session_on_an_old_device_is_no_older_than_itself(desk: Desk) -> None:
    """A stranger at the owner's own browser: what stood before this session stands."""
    person = desk.person("testa")
    own = signed_in(desk, "testa")
    desk.clock.advance(hours=24 * 30)
    other = signed_in(desk, "testa")
    desk.clock.advance(hours=1)
    stolen = desk.sessions.start(SessionStart(person, ("pwd",), 1, own.session.device_id))
    since: list[dt.datetime] = []
    room = Disowning(
        desk.session, desk.sessions, desk.devices, desk.clock, desk.trail, [lambda _, moment: since.append(moment)]
    )
    room.disown(person, stolen.session.id)
    assert desk.clock.now() - since[0] < dt.timedelta(minutes=2)
    assert desk.devices.find(own.device_cookie, person) is None
    assert desk.devices.find(other.device_cookie, person) is not None


@pytest.mark.parametrize("named", [True, False])
def test_accesses_of_the_strangers_other_sessions_end(desk: Desk, *, named: bool) -> None:
    """Offline access that began in another session of the same time ends; what the owner allowed before stays."""
    person = desk.person("testa")
    before = granted(desk, person, signed_in(desk, "testa"))
    desk.clock.advance(hours=24 * 5)
    first = signed_in(desk, "testa")
    desk.clock.advance(seconds=5)
    second = granted(desk, person, signed_in(desk, "testa"))
    disowning(desk).disown(person, first.session.id if named else None)
    revoked = desk.session.scalars(select(GrantRow.id).where(GrantRow.revoked_at.is_not(None)))
    assert (list(revoked), before != second) == ([second], True)


def granted(desk: Desk, person: uuid.UUID, completed: Completed) -> uuid.UUID:
    """A long access that a service got in this session."""
    grant_id, now = uuid.uuid4(), desk.clock.now()
    desk.session.add(
        GrantRow(
            id=grant_id,
            client_id="wc_test",
            subscriber_id=person,
            session_id=completed.session.id,
            created_at=now,
            scope=["openid", "offline_access"],
            audience=[],
            id_token_claims=[],
            userinfo_claims=[],
            authenticated_at=now,
            acr="nid:1",
            amr=["pwd"],
            redirect_uri="https://permits.example/callback",
            code_digest=grant_id.bytes,
            code_expires_at=now,
            offline=True,
        )
    )
    desk.session.flush()
    return grant_id
