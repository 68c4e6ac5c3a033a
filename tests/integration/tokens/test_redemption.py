import datetime as dt
import threading
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from idp.entropy import SecretKind, digest
from idp.errors import Code
from idp.tokens.inspection import Inspected
from idp.tokens.redemption import Redeemed, redeemed
from idp.tokens.refresh_token import RefreshToken
from tests.integration.tokens.world import CHALLENGE, REFRESH_IDLE, Opened, World

pytestmark = pytest.mark.integration


def test_a_code_becomes_a_grant(world: World) -> None:
    """RFC 6749 4.1.3: what was opened is what comes out; the family is opened, and the audit has both steps."""
    opened = world.opened()
    token = RefreshToken.first(opened.code, world.entropy)
    outcome = world.redeem(opened, refresh=token)
    assert isinstance(outcome, Redeemed)
    assert outcome.grant == opened.grant
    assert outcome.profile is None
    row = world.row(opened.grant)
    assert row["code_spent_at"] == world.clock.now()
    assert row["revoked_at"] is None
    assert (row["refresh_handle"], row["refresh_digest"]) == (token.handle_digest(), token.secret_digest())
    assert row["refresh_expires_at"] == world.clock.now() + REFRESH_IDLE
    assert world.audited(opened.grant.client_id) == [("token.issued", None)]


def test_neither_code_nor_token_is_stored(world: World) -> None:
    """A copy of the database redeems nothing."""
    opened, token = world.family()
    stored = repr(world.row(opened.grant)) + repr(
        world.connection.execute("select * from audit_event where client_id = %s", (opened.grant.client_id,)).fetchall()
    )
    assert opened.code not in stored
    assert token.text() not in stored
    assert repr(token.handle)[2:-1] not in stored
    assert repr(token.secret)[2:-1] not in stored


def test_a_client_without_the_refresh_grant_gets_no_family(world: World) -> None:
    """RFC 6749 1.5: no token of it ever was, so nothing can be refreshed or is found to be active."""
    opened = world.opened()
    token = RefreshToken.first(opened.code, world.entropy)
    assert isinstance(world.redeem(opened, refresh=None), Redeemed)
    row = world.row(opened.grant)
    assert (row["refresh_digest"], row["refresh_expires_at"]) == (None, None)
    assert world.rotate(opened, token) is Code.GRANT_UNKNOWN
    assert world.inspect_refresh(token) is Code.GRANT_UNKNOWN
    assert isinstance(world.inspect(grant_id=opened.grant.id), Inspected)


def test_an_unknown_code(world: World) -> None:
    """RFC 6749 5.2: refused and audited, without a person, for nobody is known."""
    opened = world.opened()
    unknown = Opened(opened.grant, world.entropy.secret(SecretKind.AUTHORIZATION_CODE))
    assert world.redeem(unknown) is Code.GRANT_UNKNOWN
    assert world.audited(opened.grant.client_id) == [("token.refused", "grant.unknown")]
    assert isinstance(world.redeem(opened), Redeemed)


@pytest.mark.parametrize("kind", [kind for kind in SecretKind if kind is not SecretKind.AUTHORIZATION_CODE])
def test_a_secret_of_another_kind_is_no_code(world: World, kind: SecretKind) -> None:
    """AC-029: each kind of secret has its own digest, so the same text of another kind finds nothing."""
    opened = world.opened()
    assert world.redeem(opened, code_digest=digest(kind, opened.code)) is Code.GRANT_UNKNOWN


WRONG: dict[str, tuple[dict[str, Any], Code]] = {
    "another client": ({"client_id": "somebody-else"}, Code.GRANT_CLIENT),
    "another redirect URI": ({"redirect_uri": "https://permits.example/callback/"}, Code.GRANT_REDIRECT_URI),
    "no redirect URI": ({"redirect_uri": None}, Code.GRANT_REDIRECT_URI),
    "another verifier": ({"challenge": CHALLENGE[::-1]}, Code.GRANT_VERIFIER),
    "no verifier": ({"challenge": None}, Code.GRANT_VERIFIER),
    "a resource that was not granted": ({"audience": ["https://evil.example"]}, Code.RESOURCE_NOT_ALLOWED),
}


@pytest.mark.parametrize("name", list(WRONG))
def test_any_wrong_presentation_burns_the_code(world: World, name: str) -> None:
    """AC-014, AC-028, RFC 9700 4.5: refused, audited, and the right presentation afterwards is refused too."""
    opened = world.opened()
    wrong, code = WRONG[name]
    assert world.redeem(opened, **wrong) is code
    row = world.row(opened.grant)
    assert row["code_spent_at"] == row["revoked_at"] == world.clock.now()
    assert row["revoke_reason"] == code.value
    assert row["refresh_digest"] is None
    assert world.redeem(opened) is Code.GRANT_REPLAYED
    caller = wrong.get("client_id", opened.grant.client_id)
    event = "token.foreign" if code is Code.GRANT_CLIENT else "token.refused"
    assert (event, code.value) in world.audited(caller)


def test_a_verifier_nobody_asked_for(world: World) -> None:
    """RFC 9700 4.8.2: a verifier for a code without a challenge is a downgrade attempt."""
    opened = world.opened(code_challenge=None)
    assert world.redeem(opened) is Code.GRANT_VERIFIER
    fine = world.opened(code_challenge=None)
    assert isinstance(world.redeem(fine, challenge=None), Redeemed)


def test_a_code_lives_for_a_minute(world: World) -> None:
    """AC-030: good at 59 seconds, too late at 60, and then burnt."""
    early, late = world.opened(), world.opened()
    world.clock.advance(seconds=59)
    assert isinstance(world.redeem(early), Redeemed)
    world.clock.advance(seconds=1)
    assert world.redeem(late) is Code.GRANT_EXPIRED
    assert world.row(late.grant)["revoked_at"] == world.clock.now()


def test_a_replay_revokes_what_was_issued(world: World) -> None:
    """RFC 6749 4.1.2, AC-027: a second presentation ends the tokens of the first, however right or late it is."""
    opened, token = world.family()
    world.clock.advance(days=3)
    assert world.redeem(opened) is Code.GRANT_REPLAYED
    assert world.row(opened.grant)["revoke_reason"] == "grant.replayed"
    assert world.rotate(opened, token) is Code.TOKEN_REVOKED
    assert world.inspect(grant_id=opened.grant.id) is Code.TOKEN_REVOKED
    assert ("token.reused", "grant.replayed") in world.audited(opened.grant.client_id)


def test_a_replay_by_another_client_revokes_too(world: World) -> None:
    """RFC 9700 4.5: whoever replays a code, it is in wrong hands."""
    opened, token = world.family()
    assert world.redeem(opened, client_id="thief") is Code.GRANT_REPLAYED
    assert world.rotate(opened, token) is Code.TOKEN_REVOKED
    assert world.audited("thief") == [("token.reused", "grant.replayed")]


def test_a_later_replay_keeps_the_first_reason(world: World) -> None:
    """When and why a grant ended first is what stays written."""
    opened = world.opened()
    world.redeem(opened, challenge=None)
    ended = world.row(opened.grant)["revoked_at"]
    world.clock.advance(minutes=5)
    assert world.redeem(opened) is Code.GRANT_REPLAYED
    row = world.row(opened.grant)
    assert (row["revoked_at"], row["code_spent_at"], row["revoke_reason"]) == (ended, ended, "grant.verifier")


def test_a_revoked_grant_is_not_redeemed(world: World) -> None:
    """Consent taken back between code and token: nothing is issued."""
    opened = world.opened()
    world.change("authorization_grant", "id", opened.grant.id, revoked_at=world.clock.now(), revoke_reason="x")
    assert world.redeem(opened) is Code.TOKEN_REVOKED
    assert world.row(opened.grant)["revoke_reason"] == "x"


def shut(world: World, gate: str, opened: Opened) -> Code:
    """Close the gate for this grant, and say with which words."""
    grant = opened.grant
    if gate == "client":
        world.disable(grant.client_id)
        return Code.CLIENT_DISABLED
    if gate in {"suspended", "closed", "pending", "deceased", "erased"}:
        world.move(grant.subscriber_id, gate)
        return Code.SUBSCRIBER_STATE
    if gate == "ended":
        world.end_session(grant.session_id)
    elif gate == "expired":
        world.change("session", "id", grant.session_id, expires_at=world.clock.now())
    else:
        world.change("session", "id", grant.session_id, seen_at=world.clock.now() - dt.timedelta(seconds=1800))
    return Code.SESSION_ENDED


GATES = ["client", "suspended", "closed", "pending", "deceased", "erased", "ended", "expired", "idle"]


@pytest.mark.parametrize("gate", GATES)
@pytest.mark.parametrize("offline", [False, True])
def test_the_gate_is_asked_at_redemption(world: World, gate: str, offline: bool) -> None:
    """AC-062: whoever may no longer proceed gets no token, offline access or not, and the code is burnt."""
    opened = world.opened(offline=offline)
    code = shut(world, gate, opened)
    assert world.redeem(opened) is code
    assert world.row(opened.grant)["revoke_reason"] == code.value
    assert world.redeem(opened) is Code.GRANT_REPLAYED


def test_the_gate_is_open_until_the_last_second(world: World) -> None:
    """The counterpart: a session almost idle and almost over still counts."""
    opened = world.opened()
    now = world.clock.now()
    world.change(
        "session", "id", opened.grant.session_id,
        expires_at=now + dt.timedelta(seconds=1), seen_at=now - dt.timedelta(seconds=1799),
    )  # fmt: skip
    assert isinstance(world.redeem(opened), Redeemed)


def test_fifty_at_once(world: World) -> None:
    """AC-027: of fifty parallel presentations over two processes exactly one succeeds, and its tokens die."""
    opened = world.opened()
    everybody = threading.Barrier(50)

    def present(number: int) -> Redeemed | Code:
        everybody.wait()
        return world.redeem(opened, process=number % 2)

    with ThreadPoolExecutor(50) as threads:
        outcomes = Counter(
            outcome if isinstance(outcome, Code) else "token" for outcome in threads.map(present, range(50))
        )
    assert outcomes == {"token": 1, Code.GRANT_REPLAYED: 49}
    assert world.inspect(grant_id=opened.grant.id) is Code.TOKEN_REVOKED
    audited = Counter(world.audited(opened.grant.client_id))
    assert audited[("token.issued", None)] == 1
    assert audited[("token.reused", "grant.replayed")] == 49


def test_two_processes_at_one_code(world: World) -> None:
    """Both statements began before either had an effect: still exactly one succeeds, for each looks under its lock."""
    opened = world.opened()
    with world.held(opened.grant) as wait_for:
        pending = [world.begin(committer, world.redeem_operation(opened)) for committer in world.committers]
        wait_for(2)
    outcomes = {type(redeemed(one.result()[0])).__name__ for one in pending}
    assert outcomes == {"Redeemed", "Refusal"}
    assert world.inspect(grant_id=opened.grant.id) is Code.TOKEN_REVOKED


def test_the_same_code_twice_in_one_batch(world: World) -> None:
    """Two presentations that wait together never share a statement, so the second one sees the first."""
    opened, stranger = world.opened(), world.opened()
    committer = world.committers[0]
    with world.held(stranger.grant) as wait_for:
        blocking = world.begin(committer, world.redeem_operation(stranger))
        wait_for(1)
        waiting = [world.begin(committer, world.redeem_operation(opened)) for _ in range(3)]
    assert isinstance(redeemed(blocking.result()[0]), Redeemed)
    outcomes = [redeemed(pending.result()[0]) for pending in waiting]
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Redeemed", "Refusal", "Refusal"]


def test_many_codes_in_one_batch(world: World) -> None:
    """Good and bad presentations of different codes commit together, each with its own answer."""
    opened = [world.opened() for _ in range(20)]
    committer = world.committers[0]
    changes = [{"challenge": None} if number % 3 == 0 else {} for number in range(20)]
    with world.held(opened[0].grant) as wait_for:
        first = world.begin(committer, world.redeem_operation(opened[0], **changes[0]))
        wait_for(1)
        rest = [
            world.begin(committer, world.redeem_operation(one, **change))
            for one, change in zip(opened[1:], changes[1:], strict=True)
        ]
    outcomes = [redeemed(pending.result()[0]) for pending in [first, *rest]]
    for one, change, outcome in zip(opened, changes, outcomes, strict=True):
        if change:
            assert not isinstance(outcome, Redeemed)
        else:
            assert isinstance(outcome, Redeemed)
            assert outcome.grant == one.grant


def test_a_lost_answer_is_a_spent_code(world: World) -> None:
    """Decisions 6: an unknown outcome counts as spent; sending the very same operation again writes no second event."""
    opened = world.opened()
    operation = world.redeem_operation(opened)
    assert isinstance(redeemed(world.run(operation)), Redeemed)
    assert not isinstance(redeemed(world.run(operation)), Redeemed)
    assert world.audited(opened.grant.client_id) == [("token.issued", None)]


def test_claims_of_the_id_token_come_with_the_grant(world: World) -> None:
    """OpenID Connect Core 5.5: the sealed profile comes along where the ID token wants it, with what consent covers."""
    opened = world.opened(id_token_claims=("name", "email"))
    world.consent(opened.grant, "name")
    outcome = world.redeem(opened)
    assert isinstance(outcome, Redeemed)
    assert outcome.profile is not None
    assert outcome.profile.key.person_id == opened.grant.subscriber_id
    assert outcome.profile.consented == {"name"}


@pytest.mark.parametrize("change", [{"status": "withdrawn"}, {"status": "replaced"}, {"expires_at": 0}])
def test_without_a_consent_in_force_no_code_is_redeemed(world: World, change: dict[str, Any]) -> None:
    """A consent that ended between the code and its redemption ends the grant: there is nothing left to do for it."""
    opened = world.opened(id_token_claims=("name",))
    world.consent(opened.grant, "name", **({"expires_at": world.clock.now()} if "expires_at" in change else change))
    assert world.redeem(opened) is Code.CONSENT_MISSING
    assert world.inspect(grant_id=opened.grant.id) is Code.TOKEN_REVOKED


def test_audit_rows_name_whom_it_concerns(world: World) -> None:
    """References only: person, client, session, request; a code that nobody knows names nobody."""
    opened = world.opened()
    world.redeem(opened, client_id="thief")
    row = world.connection.execute(
        "select subscriber_id, session_id, request_id, at, body->>'grant' from audit_event where client_id = 'thief'"
        " order by id desc limit 1"
    ).fetchone()
    assert row == (
        opened.grant.subscriber_id, opened.grant.session_id, "r-redeem", world.clock.now(), str(opened.grant.id),
    )  # fmt: skip


def test_inspection_agrees(world: World) -> None:
    """A redeemed grant is alive for everybody who asks."""
    opened, token = world.family()
    found = world.inspect(grant_id=opened.grant.id)
    assert isinstance(found, Inspected)
    assert found.grant == opened.grant
    assert isinstance(world.inspect_refresh(token), Inspected)
    assert world.inspect(grant_id=uuid.uuid4()) is Code.GRANT_UNKNOWN
