import datetime as dt

import pytest

from idp.errors import Code
from idp.tokens.inspection import Inspected
from idp.tokens.refresh_token import RefreshToken, successor
from idp.tokens.rotation import Refreshed
from tests.integration.tokens.world import REFRESH_KEY, World

pytestmark = pytest.mark.integration


def test_a_refresh_token_takes_its_grant_along(world: World) -> None:
    """RFC 7009 2.1: the family, its access tokens and a code that is shown again are all over."""
    opened, token = world.family()
    world.revoke_family(token, opened.grant.client_id)
    row = world.row(opened.grant)
    assert (row["revoked_at"], row["revoke_reason"]) == (world.clock.now(), "revoked_by_client")
    assert world.rotate(opened, token) is Code.TOKEN_REVOKED
    assert world.inspect(grant_id=opened.grant.id) is Code.TOKEN_REVOKED
    assert world.redeem(opened) is Code.GRANT_REPLAYED
    assert ("token.revoked", None) in world.audited(opened.grant.client_id)


def test_an_old_refresh_token_takes_it_along_too(world: World) -> None:
    """A client that signs somebody out with the token it has, though that is not the newest."""
    opened, token = world.family()
    world.rotate(opened, token)
    world.revoke_family(token, opened.grant.client_id)
    assert world.rotate(opened, successor(token, REFRESH_KEY)) is Code.TOKEN_REVOKED


def test_another_client_finds_nothing(world: World) -> None:
    """RFC 7009 2.1: only the client it was issued to; nothing changes for anybody, and the attempt is audited."""
    opened, token = world.family()
    before = world.row(opened.grant)
    events = world.events(opened.grant.client_id)
    stranger = world.client().client_id
    world.revoke_family(token, stranger)
    world.revoke_family(RefreshToken.first("never issued", world.entropy), opened.grant.client_id)
    assert world.row(opened.grant) == before
    assert world.events(opened.grant.client_id) == events
    assert world.audited(stranger) == [("token.foreign", "grant.client")]
    assert isinstance(world.rotate(opened, token), Refreshed)


def test_revoking_twice(world: World) -> None:
    """RFC 7009 2.2: the second time nothing happens, and the first reason stays."""
    opened, token = world.family()
    world.revoke_family(token, opened.grant.client_id)
    first = world.row(opened.grant)
    world.clock.advance(minutes=1)
    world.revoke_family(token, opened.grant.client_id)
    assert world.row(opened.grant) == first
    assert world.audited(opened.grant.client_id).count(("token.revoked", None)) == 1


def test_one_access_token(world: World) -> None:
    """RFC 7009 2.1: that token alone, remembered until its own end, audited each time it is asked."""
    opened, token = world.family()
    jti = f"jti-{opened.grant.id}"
    for _ in range(2):
        world.revoke_one(jti, opened.grant.client_id, seconds=120)
    assert world.inspect(grant_id=opened.grant.id, jti=jti) is Code.TOKEN_REVOKED
    assert isinstance(world.inspect_refresh(token), Inspected)
    row = world.connection.execute("select expires_at from revoked_token where jti = %s", (jti,)).fetchone()
    assert row == (world.clock.now() + dt.timedelta(seconds=120),)
    assert world.audited(opened.grant.client_id).count(("token.revoked", None)) == 2
