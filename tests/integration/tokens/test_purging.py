import datetime as dt
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from idp.audit import Event
from idp.errors import Code
from idp.selfservice.history import History
from idp.sessions.purging import purge_sessions
from idp.tokens.models import GrantRow
from idp.tokens.purging import purge_grants
from idp.tokens.refresh_token import RefreshToken
from idp.tokens.rotation import Refreshed
from tests.integration.tokens.test_rotation import ended, following, used
from tests.integration.tokens.world import REFRESH_IDLE, Opened, World

pytestmark = pytest.mark.integration
KEPT = dt.timedelta(days=30)


def _purged(world: World) -> int:
    """How many went; the sessions' turn comes after, as in the command."""
    with Session(world.engine) as session, session.begin():
        gone = purge_grants(session, world.clock.now(), 1000)
        purge_sessions(session, world.clock.now(), 1000)
    return gone


def _stands(world: World, opened: Opened) -> bool:
    with Session(world.engine) as session:
        found = session.scalar(select(func.count()).where(GrantRow.id == opened.grant.id))
    return bool(found)


def _at(world: World, moment: dt.datetime) -> None:
    world.clock.advance(seconds=(moment - world.clock.now()).total_seconds())


def test_reuse_is_found_out_for_as_long_as_a_token_could_be_good(world: World) -> None:
    """RFC 9700 4.14.2: rounds of purging every few days take nothing from a family that is in use, nor from a thief."""
    opened, token = world.family(offline=True)
    stolen = token
    for _ in range(3):
        world.clock.advance(days=29)
        _purged(world)
        used(world, opened, token)
        token = following(token)
    assert world.rotate(opened, stolen) is Code.GRANT_REUSED
    _purged(world)
    ended(world, opened, token, "grant.reused")


def test_reuse_on_the_last_day_is_found_out(world: World) -> None:
    """Until its very end a family that nobody used stands, and a month longer."""
    opened, token = world.family(offline=True)
    used(world, opened, token)
    ends = world.clock.now() + REFRESH_IDLE
    _at(world, ends - dt.timedelta(seconds=1))
    _purged(world)
    assert world.rotate(opened, token) is Code.GRANT_REUSED
    _at(world, ends + KEPT - dt.timedelta(seconds=1))
    _purged(world)
    assert _stands(world, opened)
    world.clock.advance(seconds=2)
    assert _purged(world) >= 1
    assert not _stands(world, opened)
    assert world.rotate(opened, token) is Code.GRANT_UNKNOWN
    assert world.inspect(grant_id=opened.grant.id) is Code.GRANT_UNKNOWN


def test_a_code_nobody_spent_goes_after_a_month(world: World) -> None:
    """Presented late it is refused, while its row stands and afterwards."""
    opened = world.opened()
    world.clock.advance(days=30)
    _purged(world)
    assert _stands(world, opened)
    world.clock.advance(minutes=2)
    _purged(world)
    assert not _stands(world, opened)
    assert world.redeem(opened) is Code.GRANT_UNKNOWN


def test_what_was_read_stays_in_the_history(world: World) -> None:
    """An authorization under which details were read is filed: what it names stays, what it could open is gone."""
    read, unread = (world.family(offline=True) for _ in range(2))
    world.inspect(grant_id=read[0].grant.id, event=Event.USERINFO_RELEASED, caller=read[0].grant.client_id)
    world.clock.advance(days=100)
    _purged(world)
    assert not _stands(world, unread[0])
    assert _fields(world, read[0]) == [("name", "email")]
    row = world.row(read[0].grant)
    assert row["filed_at"] == world.clock.now()
    secrets = ("nonce", "code_challenge", "refresh_handle", "refresh_digest", "refresh_previous_digest")
    assert [row[name] for name in secrets] == [None] * len(secrets)
    assert world.rotate(*read) is Code.GRANT_UNKNOWN
    assert _purged(world) == 0


def test_the_same_person_at_another_service_does_not_keep_it(world: World) -> None:
    """Only what was read under this very authorization keeps it."""
    person = world.person()
    read, unread = world.opened(subscriber_id=person), world.opened(subscriber_id=person)
    world.inspect(grant_id=read.grant.id, event=Event.USERINFO_RELEASED, caller=read.grant.client_id)
    world.clock.advance(days=31)
    _purged(world)
    assert (_stands(world, read), _stands(world, unread)) == (True, False)


def test_a_family_goes_on_after_its_session_is_long_over(world: World) -> None:
    """Access while away: the session's row is judged at every use, so it stays as long as the family may."""
    opened, token = world.family(offline=True)
    for _ in range(4):
        world.clock.advance(days=22)
        _purged(world)
        assert isinstance(_rotated(world, opened, token), Refreshed)
        token = following(token)


def _rotated(world: World, opened: Opened, token: RefreshToken) -> Any:
    return world.rotate(opened, token)


def _fields(world: World, opened: Opened) -> list[tuple[str, ...]]:
    with Session(world.engine) as session:
        entries = History(session).whole(opened.grant.subscriber_id)
    return [entry.fields for entry in entries if entry.event == Event.USERINFO_RELEASED.value]
