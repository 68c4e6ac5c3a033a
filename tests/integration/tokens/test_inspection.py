import datetime as dt
import uuid
from typing import Any

import pytest

from idp.audit import Event
from idp.errors import Code
from idp.subscribers.profile import open_profile
from idp.tokens.inspection import Inspected
from idp.tokens.refresh_token import RefreshToken, successor
from tests.factories.keys import sealer
from tests.integration.tokens.world import REFRESH_KEY, Opened, World

pytestmark = pytest.mark.integration


def alive(world: World, **question: Any) -> Inspected:
    """The answer, which must be a yes."""
    found = world.inspect(**question)
    assert isinstance(found, Inspected), found
    return found


def test_a_live_grant(world: World) -> None:
    """RFC 7662 2.2: the grant behind an access token, without anything personal."""
    opened, token = world.family()
    found = alive(world, grant_id=opened.grant.id, jti="j", caller=opened.grant.client_id)
    assert found.grant == opened.grant
    assert found.profile is None
    assert world.audited(opened.grant.client_id)[-1] == ("token.introspected", None)
    assert token.handle_digest() == world.row(opened.grant)["refresh_handle"]


def test_a_live_refresh_token(world: World) -> None:
    """The live token of a family, with its idle end; neither an old nor an early one."""
    opened, token = world.family()
    found = world.inspect_refresh(token)
    assert isinstance(found, Inspected)
    assert found.refresh_expires_at == world.clock.now() + dt.timedelta(days=30)
    assert world.inspect_refresh(successor(token, REFRESH_KEY)) is Code.GRANT_REUSED
    world.rotate(opened, token)
    assert world.inspect_refresh(token) is Code.GRANT_REUSED
    assert isinstance(world.inspect_refresh(successor(token, REFRESH_KEY)), Inspected)
    assert world.inspect_refresh(RefreshToken.first("never issued", world.entropy)) is Code.GRANT_UNKNOWN


def test_looking_changes_nothing(world: World) -> None:
    """An old token that is only looked at does not end the family; the look is audited."""
    opened, token = world.family()
    world.rotate(opened, token)
    before = world.row(opened.grant)
    world.inspect_refresh(token)
    assert world.row(opened.grant) == before


def test_a_clients_own_token(world: World) -> None:
    """Client credentials have no grant: alive unless that one token was revoked."""
    found = alive(world, jti="own-token")
    assert (found.grant, found.profile) == (None, None)
    world.revoke_one("own-token", "somebody")
    assert world.inspect(jti="own-token") is Code.TOKEN_REVOKED


def test_a_revoked_access_token(world: World) -> None:
    """RFC 7009: one token ends, its grant and the other tokens live on."""
    opened, _ = world.family()
    world.revoke_one(f"{opened.grant.id}-one", opened.grant.client_id)
    assert world.inspect(grant_id=opened.grant.id, jti=f"{opened.grant.id}-one") is Code.TOKEN_REVOKED
    alive(world, grant_id=opened.grant.id, jti=f"{opened.grant.id}-two")


def test_a_revoked_grant(world: World) -> None:
    """Every token of a revoked grant is dead."""
    opened, token = world.family()
    world.revoke_family(token, opened.grant.client_id)
    assert world.inspect(grant_id=opened.grant.id, jti="j") is Code.TOKEN_REVOKED
    assert world.inspect_refresh(token) is Code.TOKEN_REVOKED


def test_an_unknown_grant(world: World) -> None:
    """A token whose grant is gone is dead."""
    assert world.inspect(grant_id=uuid.uuid4(), jti="j", caller="nobody-knows") is Code.GRANT_UNKNOWN
    assert world.audited("nobody-knows") == [("token.introspected", "grant.unknown")]


def spoil(world: World, opened: Opened, how: str) -> Code:
    """Close the gate for this grant."""
    grant = opened.grant
    if how == "client":
        world.disable(grant.client_id)
        return Code.CLIENT_DISABLED
    if how == "person":
        world.move(grant.subscriber_id, "suspended")
        return Code.SUBSCRIBER_STATE
    if how == "session ended":
        world.end_session(grant.session_id)
    else:
        world.clock.advance(minutes=30)
    return Code.SESSION_ENDED


@pytest.mark.parametrize("how", ["client", "person", "session ended", "session idle"])
def test_the_gate_is_asked_at_every_look(world: World, how: str) -> None:
    """AC-053, AC-062: long before its end a token dies with person, client or session, and its claims with it."""
    opened, token = world.family()
    world.consent(opened.grant, "name")
    code = spoil(world, opened, how)
    assert world.inspect(grant_id=opened.grant.id, with_profile=True, event=Event.USERINFO_RELEASED) is code
    assert world.inspect_refresh(token) is code
    assert world.audited("somebody")[-1] == ("token.introspected", code.value)


@pytest.mark.parametrize("how", ["none", "client", "person", "session ended", "session idle", "revoked", "unknown"])
def test_a_verdict_alone_is_the_same_verdict(world: World, how: str) -> None:
    """RFC 7662 2.2: asked without the grant, the answer is as with it, and audited as well; nothing else is read."""
    opened, _ = world.family()
    asked: dict[str, Any] = {"grant_id": opened.grant.id, "jti": f"{opened.grant.id}-verdict"}
    if how == "revoked":
        world.revoke_one(asked["jti"], opened.grant.client_id)
    elif how == "unknown":
        asked["grant_id"] = uuid.uuid4()
    elif how != "none":
        spoil(world, opened, how)
    whole, alone = world.inspect(**asked), world.inspect(**asked, with_grant=False, caller="verdict")
    assert alone == (Inspected(None, None, None) if isinstance(whole, Inspected) else whole)
    assert isinstance(whole, Inspected) == (how == "none")
    assert world.audited("verdict")[-1] == ("token.introspected", None if how == "none" else str(whole))


@pytest.mark.parametrize("how", ["session ended", "session idle"])
def test_offline_access_outlives_the_session(world: World, how: str) -> None:
    """OpenID Connect Core 11: that is what the person agreed to; person and client still count."""
    opened, token = world.family(offline=True)
    spoil(world, opened, how)
    alive(world, grant_id=opened.grant.id)
    assert isinstance(world.inspect_refresh(token), Inspected)
    assert spoil(world, opened, "person") is world.inspect(grant_id=opened.grant.id)


def test_a_profile_for_userinfo(world: World) -> None:
    """OpenID Connect Core 5.3: the sealed claims and what consent covers at this moment, audited as a release."""
    opened, _ = world.family()
    world.consent(opened.grant, "name", "email")
    found = alive(
        world, grant_id=opened.grant.id, with_profile=True, event=Event.USERINFO_RELEASED, caller=opened.grant.client_id
    )
    assert found.profile is not None
    assert found.profile.consented == {"name", "email"}
    claims = open_profile(sealer(world.keys), found.profile.key, found.profile.sealed)
    assert claims["name"] == "Testa Madeup Person"
    assert world.audited(opened.grant.client_id)[-1] == ("userinfo.released", None)


def test_a_profile_is_fetched_only_when_asked(world: World) -> None:
    """Introspection never holds a sealed claim in its hands."""
    opened, _ = world.family()
    world.consent(opened.grant, "name")
    assert alive(world, grant_id=opened.grant.id).profile is None


def covered(world: World, opened: Opened) -> frozenset[str]:
    """What may be told now."""
    found = alive(world, grant_id=opened.grant.id, with_profile=True)
    assert found.profile is not None
    return found.profile.consented


def test_consent_counts_at_this_very_instant(world: World) -> None:
    """Decisions 10: not given, withdrawn, replaced, expired, of another client or person: no field."""
    opened, _ = world.family()
    stranger, _ = world.family(subscriber_id=opened.grant.subscriber_id)
    world.consent(stranger.grant, "name")
    assert covered(world, opened) == frozenset()
    now = world.clock.now()
    consent = world.consent(opened.grant, "name", expires_at=now + dt.timedelta(seconds=60))
    assert covered(world, opened) == {"name"}
    world.clock.advance(seconds=60)
    assert covered(world, opened) == frozenset()
    world.change("consent", "consent_id", consent, expires_at=None)
    assert covered(world, opened) == {"name"}
    world.change("consent", "consent_id", consent, status="withdrawn")
    assert covered(world, opened) == frozenset()
    world.consent(opened.grant, "email")
    assert covered(world, opened) == {"email"}


def test_an_erased_person_has_no_profile(world: World) -> None:
    """The key is destroyed: even with everything else in order nothing can be opened."""
    opened, _ = world.family()
    world.consent(opened.grant, "name")
    world.connection.execute("delete from person_key where person_id = %s", (opened.grant.subscriber_id,))
    assert alive(world, grant_id=opened.grant.id, with_profile=True).profile is None


def test_many_looks_in_one_batch(world: World) -> None:
    """Questions of every kind share a statement and get each its own answer."""
    opened, token = world.family()
    other, _ = world.family()
    world.revoke_one(f"{other.grant.id}", other.grant.client_id)
    digests = (token.handle_digest(), token.secret_digest())
    rows = world.committers[0].run(
        world.inspect_operation(grant_id=opened.grant.id, jti="a"),
        world.inspect_operation(grant_id=other.grant.id, jti=str(other.grant.id)),
        world.inspect_operation(refresh_digests=digests),
        world.inspect_operation(jti="b"),
        world.inspect_operation(grant_id=uuid.uuid4()),
        world.inspect_operation(grant_id=opened.grant.id, jti="a"),
    )
    refused = [row[0] if row else "none" for row in rows]
    assert refused == [None, "token.revoked", None, None, "grant.unknown", None]
    assert [row[2] if row else None for row in rows] == [
        opened.grant.id, other.grant.id, opened.grant.id, None, None, opened.grant.id,
    ]  # fmt: skip
