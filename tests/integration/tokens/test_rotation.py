import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from idp.errors import Code
from idp.tokens.inspection import Inspected
from idp.tokens.refresh_token import RefreshToken, successor
from idp.tokens.rotation import Refreshed, rotated
from tests.integration.tokens.world import REFRESH_IDLE, REFRESH_KEY, Opened, World

pytestmark = pytest.mark.integration


def following(token: RefreshToken, steps: int = 1) -> RefreshToken:
    """The token that many uses later."""
    for _ in range(steps):
        token = successor(token, REFRESH_KEY)
    return token


def used(world: World, opened: Opened, token: RefreshToken, **changes: Any) -> Refreshed:
    """The use, which must have succeeded."""
    outcome = world.rotate(opened, token, **changes)
    assert isinstance(outcome, Refreshed), outcome
    return outcome


def ended(world: World, opened: Opened, live: RefreshToken, reason: str) -> None:
    """The family is over: not one of its tokens works, and the store says why."""
    assert world.rotate(opened, live) is Code.TOKEN_REVOKED
    assert world.inspect(grant_id=opened.grant.id) is Code.TOKEN_REVOKED
    assert world.row(opened.grant)["revoke_reason"] == reason


def test_a_use_rotates(world: World) -> None:
    """RFC 9700 4.14.2: the successor is live, the used one is not, and the idle time begins anew."""
    opened, token = world.family()
    world.clock.advance(minutes=20)
    outcome = used(world, opened, token)
    assert outcome.grant == opened.grant
    assert (outcome.generation, outcome.rotated_at) == (1, world.clock.now())
    row = world.row(opened.grant)
    assert row["refresh_digest"] == following(token).secret_digest()
    assert row["refresh_handle"] == token.handle_digest()
    assert row["refresh_expires_at"] == world.clock.now() + REFRESH_IDLE
    assert used(world, opened, following(token)).generation == 2
    assert world.audited(opened.grant.client_id)[1:] == [("token.refreshed", None)] * 2


def test_a_long_chain(world: World) -> None:
    """Fifty uses one after the other, each with the token of the last."""
    opened, token = world.family()
    for number in range(1, 51):
        world.clock.advance(seconds=11)
        assert used(world, opened, token).generation == number
        token = following(token)
    assert isinstance(world.inspect_refresh(token), Inspected)


def test_an_identical_retry_within_ten_seconds(world: World) -> None:
    """AC-039: a lost answer is given again, the same one, as often as it is asked, and the live token stays live."""
    opened, token = world.family()
    first = used(world, opened, token)
    for _ in range(3):
        world.clock.advance(seconds=3)
        assert used(world, opened, token) == first
    row = world.row(opened.grant)
    assert row["refresh_digest"] == following(token).secret_digest()
    assert row["refresh_generation"] == 1
    assert used(world, opened, following(token)).generation == 2


def test_a_retry_after_ten_seconds_ends_the_family(world: World) -> None:
    """AC-039: at ten seconds it is reuse: refused, audited as such, every token of the family dead."""
    opened, token = world.family()
    used(world, opened, token)
    world.clock.advance(seconds=10)
    assert world.rotate(opened, token) is Code.GRANT_REUSED
    assert world.audited(opened.grant.client_id)[-1] == ("token.reused", "grant.reused")
    ended(world, opened, following(token), "grant.reused")


def test_a_clock_set_back_does_not_open_the_ten_seconds_again(world: World) -> None:
    """AC-039: a token spent some seconds from now, by the clock as it is, is not taken for one that was just spent."""
    opened, token = world.family()
    world.clock.advance(minutes=20)
    used(world, opened, token)
    world.clock.advance(seconds=-10)
    assert isinstance(world.rotate(opened, token), Refreshed)
    world.clock.advance(seconds=-1)
    assert world.rotate(opened, token) is Code.GRANT_REUSED
    world.clock.advance(seconds=11)


def test_a_retry_that_is_not_identical_ends_the_family(world: World) -> None:
    """AC-039: within the ten seconds, but asking for something else."""
    opened, token = world.family()
    used(world, opened, token)
    world.clock.advance(seconds=1)
    assert world.rotate(opened, token, request=b"another") is Code.GRANT_REUSED
    ended(world, opened, following(token), "grant.reused")


def test_an_older_token_ends_the_family(world: World) -> None:
    """RFC 9700 4.14.2: the one before the one before is reuse at any time, identical or not."""
    opened, token = world.family()
    used(world, opened, token)
    used(world, opened, following(token))
    assert world.rotate(opened, token) is Code.GRANT_REUSED
    ended(world, opened, following(token, 2), "grant.reused")


@pytest.mark.parametrize("steps", [1, 2, 5])
def test_a_token_not_issued_yet_ends_the_family(world: World, steps: int) -> None:
    """Whoever presents a successor before its time knows more than a client can."""
    opened, token = world.family()
    assert world.rotate(opened, following(token, steps)) is Code.GRANT_REUSED
    ended(world, opened, token, "grant.reused")


def test_a_guessed_secret_ends_the_family(world: World) -> None:
    """The handle of a family with another secret."""
    opened, token = world.family()
    assert world.rotate(opened, RefreshToken(token.handle, bytes(32))) is Code.GRANT_REUSED
    ended(world, opened, token, "grant.reused")


def test_an_unknown_token(world: World) -> None:
    """RFC 6749 5.2: refused and audited; no family is touched."""
    opened, token = world.family()
    assert world.rotate(opened, RefreshToken.first("never issued", world.entropy)) is Code.GRANT_UNKNOWN
    assert world.audited(opened.grant.client_id)[-1] == ("token.refused", "grant.unknown")
    used(world, opened, token)


def test_another_client_ends_the_family(world: World) -> None:
    """AC-042, RFC 6749 10.4: a token in the hands of another client is a stolen one."""
    opened, token = world.family()
    assert world.rotate(opened, token, client_id="thief") is Code.GRANT_CLIENT
    assert world.audited("thief")[-1] == ("token.foreign", "grant.client")
    ended(world, opened, token, "grant.client")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"scope": ["openid", "phone"]}, Code.GRANT_SCOPE),
        ({"scope": ["OPENID"]}, Code.GRANT_SCOPE),
        ({"audience": ["https://evil.example"]}, Code.RESOURCE_NOT_ALLOWED),
        ({"audience": ["https://api.example", "https://evil.example"]}, Code.RESOURCE_NOT_ALLOWED),
    ],
)
def test_more_than_was_granted(world: World, changes: dict[str, Any], code: Code) -> None:
    """AC-041, RFC 6749 6, RFC 8707 2: refused; an honest mistake does not end the family or spend the token."""
    opened, token = world.family()
    assert world.rotate(opened, token, **changes) is code
    assert world.audited(opened.grant.client_id)[-1] == ("token.refused", code.value)
    assert used(world, opened, token).generation == 1


def test_less_than_was_granted(world: World) -> None:
    """RFC 6749 6: a narrower use narrows that token, not the grant."""
    opened, token = world.family()
    narrow = used(world, opened, token, scope=["openid"], audience=["https://api.example"])
    assert narrow.grant.scope == opened.grant.scope
    assert used(world, opened, following(token), scope=["email", "openid"]).generation == 2
    assert isinstance(world.rotate(opened, following(token, 2), scope=[], audience=[]), Refreshed)


def test_idle_families_expire(world: World) -> None:
    """Thirty days without a use: refused, not revoked, for nobody did anything wrong; a second before it works."""
    opened, token = world.family(offline=True)
    for _ in range(2):
        world.clock.advance(days=30, seconds=-1)
        used(world, opened, token)
        token = following(token)
    world.clock.advance(days=30)
    assert world.rotate(opened, token) is Code.GRANT_EXPIRED
    assert world.inspect_refresh(token) is Code.GRANT_EXPIRED
    assert world.row(opened.grant)["revoked_at"] is None


def test_used_families_expire_too(world: World) -> None:
    """Ninety days after it was granted a family ends, however busy it is."""
    opened, token = world.family(offline=True)
    for _ in range(89):
        world.clock.advance(days=1)
        used(world, opened, token)
        token = following(token)
    world.clock.advance(days=1, seconds=-1)
    used(world, opened, token)
    token = following(token)
    world.clock.advance(seconds=1)
    assert world.rotate(opened, token) is Code.GRANT_EXPIRED
    assert world.inspect_refresh(token) is Code.GRANT_EXPIRED


def test_reuse_of_an_expired_family_is_still_reuse(world: World) -> None:
    """A stolen token does not become harmless by waiting."""
    opened, token = world.family(offline=True)
    used(world, opened, token)
    world.clock.advance(days=31)
    assert world.rotate(opened, token) is Code.GRANT_REUSED
    ended(world, opened, following(token), "grant.reused")


@pytest.mark.parametrize("offline", [False, True])
@pytest.mark.parametrize("how", ["ended", "expired", "idle"])
def test_the_end_of_the_session(world: World, how: str, offline: bool) -> None:
    """Decisions 4: without offline_access the family ends with the session; with it the session no longer counts."""
    opened, token = world.family(offline=offline)
    if how == "ended":
        world.end_session(opened.grant.session_id)
    else:
        world.clock.advance(hours=12 if how == "expired" else 0.5)
    if how == "expired":
        world.change("session", "id", opened.grant.session_id, seen_at=world.clock.now())
    if offline:
        used(world, opened, token)
    else:
        assert world.rotate(opened, token) is Code.SESSION_ENDED
        assert world.audited(opened.grant.client_id)[-1] == ("token.refused", "session.ended")


@pytest.mark.parametrize("offline", [False, True])
@pytest.mark.parametrize("state", ["suspended", "closed", "deceased", "erased", "pending"])
def test_a_person_who_is_not_active(world: World, state: str, offline: bool) -> None:
    """AC-062: nothing for nobody, while away or not; the gate itself ends nothing for good (`Lifecycle.move` does)."""
    opened, token = world.family(offline=offline)
    world.move(opened.grant.subscriber_id, state)
    assert world.rotate(opened, token) is Code.SUBSCRIBER_STATE
    world.move(opened.grant.subscriber_id, "active")
    used(world, opened, token)


@pytest.mark.parametrize("offline", [False, True])
def test_a_client_that_is_switched_off(world: World, offline: bool) -> None:
    """AC-062: the same for a client, without waiting for any cache."""
    opened, token = world.family(offline=offline)
    world.disable(opened.grant.client_id)
    assert world.rotate(opened, token) is Code.CLIENT_DISABLED
    world.disable(opened.grant.client_id, "enabled")
    used(world, opened, token)


def test_the_gate_is_asked_of_a_retry_as_well(world: World) -> None:
    """A lost answer is not given again to somebody who may not proceed any more."""
    opened, token = world.family()
    used(world, opened, token)
    world.end_session(opened.grant.session_id)
    assert world.rotate(opened, token) is Code.SESSION_ENDED


def test_twenty_identical_uses_at_once(world: World) -> None:
    """AC-040: one live branch; everybody hears the same answer, whichever process asks."""
    opened, token = world.family()
    everybody = threading.Barrier(20)

    def use(number: int) -> Refreshed | Code:
        everybody.wait()
        return world.rotate(opened, token, process=number % 2)

    with ThreadPoolExecutor(20) as threads:
        outcomes = list(threads.map(use, range(20)))
    assert all(outcome == outcomes[0] for outcome in outcomes)
    assert isinstance(outcomes[0], Refreshed)
    assert world.row(opened.grant)["refresh_generation"] == 1
    retried = world.connection.execute(
        "select body->>'retried', count(*) from audit_event"
        " where client_id = %s and event = 'token.refreshed' group by 1",
        (opened.grant.client_id,),
    ).fetchall()
    assert dict(retried) == {"false": 1, "true": 19}


def test_twenty_different_uses_at_once(world: World) -> None:
    """AC-040: of uses that ask for different things at most one is answered, and the family is over."""
    opened, token = world.family()
    everybody = threading.Barrier(20)

    def use(number: int) -> Refreshed | Code:
        everybody.wait()
        return world.rotate(opened, token, process=number % 2, request=b"request-%d" % number)

    with ThreadPoolExecutor(20) as threads:
        outcomes = list(threads.map(use, range(20)))
    kinds = Counter(outcome if isinstance(outcome, Code) else "token" for outcome in outcomes)
    assert kinds == {"token": 1, Code.GRANT_REUSED: 1, Code.TOKEN_REVOKED: 18}
    ended(world, opened, following(token), "grant.reused")


@pytest.mark.parametrize("same", [True, False])
def test_two_processes_at_one_token(world: World, same: bool) -> None:
    """Both statements began before either had an effect: one answer for both, or one answer and the end."""
    opened, token = world.family()
    requests = [b"one", b"one" if same else b"two"]
    with world.held(opened.grant) as wait_for:
        pending = [
            world.begin(committer, world.rotate_operation(opened, token, request=request))
            for committer, request in zip(world.committers, requests, strict=True)
        ]
        wait_for(2)
    first, second = (rotated(one.result()[0]) for one in pending)
    assert (first == second) == same
    assert world.row(opened.grant)["refresh_generation"] == 1
    assert isinstance(world.inspect_refresh(following(token)), Inspected) == same


def test_uses_of_many_families_in_one_batch(world: World) -> None:
    """A reuse among good uses ends its own family and no other."""
    families = [world.family() for _ in range(10)]
    old, oldest = families[5]
    used(world, old, oldest)
    world.clock.advance(seconds=10)
    committer = world.committers[0]
    with world.held(families[0][0].grant) as wait_for:
        first = world.begin(committer, world.rotate_operation(*families[0]))
        wait_for(1)
        rest = [world.begin(committer, world.rotate_operation(*family)) for family in families[1:]]
    outcomes = [rotated(one.result()[0]) for one in [first, *rest]]
    for number, (family, outcome) in enumerate(zip(families, outcomes, strict=True)):
        assert isinstance(outcome, Refreshed) == (number != 5)
        if isinstance(outcome, Refreshed):
            assert outcome.grant == family[0].grant


def test_a_family_does_not_outlive_its_code(world: World) -> None:
    """A replayed code ends the family at any generation."""
    opened, token = world.family()
    used(world, opened, token)
    world.redeem(opened)
    ended(world, opened, following(token), "grant.replayed")


def test_claims_of_a_refreshed_id_token(world: World) -> None:
    """OpenID Connect Core 12.2, decisions 10: consent is looked at again each time."""
    opened, token = world.family(id_token_claims=("name",))
    consent = world.consent(opened.grant, "name", "email")
    outcome = used(world, opened, token)
    assert outcome.profile is not None
    assert outcome.profile.consented == {"name", "email"}
    world.change("consent", "consent_id", consent, status="withdrawn")
    later = used(world, opened, following(token))
    assert later.profile is not None
    assert later.profile.consented == frozenset()
