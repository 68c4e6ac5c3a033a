import datetime as dt
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from idp.errors import Code
from idp.tokens.inspection import Inspected, inspected
from idp.tokens.redemption import Redeemed
from idp.tokens.refresh_token import RefreshToken, successor
from idp.tokens.rotation import Refreshed
from tests.integration.tokens.world import IDLE, REFRESH_ABSOLUTE, REFRESH_IDLE, REFRESH_KEY, World

pytestmark = pytest.mark.integration

SECONDS = st.sampled_from([1, 1, 4, 9, 10, 59, 60, 600, 1799, 1800, 43_200, 25 * 86_400, 30 * 86_400])
# What ends a grant happens seldom, or no grant would live long enough for anything to go wrong.
SELDOM = st.sampled_from([False] * 5 + [True])
MOSTLY = st.sampled_from([True] * 5 + [False])
# A failure is told once and briefly: each step is a statement on a real database.
FEW = settings(
    max_examples=40,
    stateful_step_count=30,
    deadline=None,
    report_multiple_bugs=False,
    phases=set(Phase) - {Phase.explain},
)
HANDS = st.sampled_from(["own"] * 7 + ["foreign"])
REQUESTS = st.sampled_from([b"one"] * 5 + [b"two"])


@dataclass
class Model:
    """What ought to be true, in plain words of Python."""

    offline: bool
    opened_at: dt.datetime
    seen_at: dt.datetime
    session_ends: dt.datetime
    spent: bool = False
    revoked: bool = False
    session_ended: bool = False
    active: bool = True
    enabled: bool = True
    tokens: list[RefreshToken] = field(default_factory=list)
    request: bytes | None = None
    rotated_at: dt.datetime | None = None
    idle_until: dt.datetime | None = None

    def gate(self, now: dt.datetime, *, offline: bool) -> Code | None:
        """May person, client and session proceed?"""
        if not self.enabled:
            return Code.CLIENT_DISABLED
        if not self.active:
            return Code.SUBSCRIBER_STATE
        idle = now - self.seen_at >= dt.timedelta(seconds=IDLE)
        if not offline and (self.session_ended or idle or now >= self.session_ends):
            return Code.SESSION_ENDED
        return None

    def over(self, now: dt.datetime) -> bool:
        """True when the family has become too old or was unused for too long."""
        assert self.idle_until is not None
        return now >= self.idle_until or now - self.opened_at >= REFRESH_ABSOLUTE

    def may_redeem(self, now: dt.datetime, hand: str, *, verifier: bool) -> Code | None:
        """What a presentation of the code should hear; None is a grant."""
        if self.spent:
            return Code.GRANT_REPLAYED
        if hand == "foreign":
            return Code.GRANT_CLIENT
        if now - self.opened_at >= dt.timedelta(seconds=60):
            return Code.GRANT_EXPIRED
        if self.revoked:
            return Code.TOKEN_REVOKED
        return self.gate(now, offline=False) if verifier else Code.GRANT_VERIFIER

    def may_rotate(self, now: dt.datetime, hand: str, index: int, request: bytes) -> Code | None:
        """What a use of the token of that generation should hear; None is an answer."""
        if self.revoked:
            return Code.TOKEN_REVOKED
        if hand == "foreign":
            return Code.GRANT_CLIENT
        if index != len(self.tokens) - 1 and not self.retries(now, index, request):
            return Code.GRANT_REUSED
        return Code.GRANT_EXPIRED if self.over(now) else self.gate(now, offline=self.offline)

    def retries(self, now: dt.datetime, index: int, request: bytes) -> bool:
        """True for the identical request of a moment ago."""
        if self.rotated_at is None or index != len(self.tokens) - 2:
            return False
        return request == self.request and now - self.rotated_at < dt.timedelta(seconds=10)


class GrantLife(RuleBasedStateMachine):
    """One grant from its code to its end, in any order of events."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world
        self.successes = 0

    @property
    def now(self) -> dt.datetime:
        """The present moment."""
        return self.world.clock.now()

    @initialize(offline=st.booleans(), redeemed=MOSTLY)
    def open(self, offline: bool, redeemed: bool) -> None:
        """A person lets a client do something, and mostly the client begins to."""
        self.opened = self.world.opened(offline=offline)
        self.model = Model(offline, self.now, self.now, self.now + dt.timedelta(hours=12))
        if redeemed:
            self.redeem("own", verifier=True)

    @rule(hand=HANDS, verifier=MOSTLY, again=SELDOM)
    def present(self, hand: str, verifier: bool, again: bool) -> None:
        """The code is presented, perhaps not for the first time."""
        if again or not self.model.spent:
            self.redeem(hand, verifier=verifier)

    def redeem(self, hand: str, *, verifier: bool) -> None:
        """Present the code."""
        expected = self.model.may_redeem(self.now, hand, verifier=verifier)
        token = RefreshToken.first(self.opened.code, self.world.entropy)
        changes: dict[str, Any] = {} if verifier else {"challenge": None}
        if hand == "foreign":
            changes["client_id"] = "thief"
        outcome = self.world.redeem(self.opened, refresh=token, **changes)
        self.model.spent = True
        if expected is None:
            assert isinstance(outcome, Redeemed), outcome
            self.successes += 1
            self.model.tokens = [token]
            self.model.idle_until = self.now + REFRESH_IDLE
        else:
            assert outcome is expected
            self.model.revoked = True

    @precondition(lambda self: bool(self.model.tokens))
    @rule(hand=HANDS, back=st.sampled_from([0] * 8 + [1, 2]), request=REQUESTS)
    def use(self, hand: str, back: int, request: bytes) -> None:
        """A refresh token of any generation is used."""
        self._use(hand, max(0, len(self.model.tokens) - 1 - back), request)

    @precondition(lambda self: len(self.model.tokens) > 1)
    @rule()
    def repeat(self) -> None:
        """The answer was lost, and the last use is tried again."""
        assert self.model.request is not None
        self._use("own", len(self.model.tokens) - 2, self.model.request)

    def _use(self, hand: str, index: int, request: bytes) -> None:
        token = self.model.tokens[index]
        expected = self.model.may_rotate(self.now, hand, index, request)
        retried = self.model.retries(self.now, index, request)
        changes: dict[str, Any] = {"client_id": "thief"} if hand == "foreign" else {}
        outcome = self.world.rotate(self.opened, token, request=request, **changes)
        if expected is not None:
            assert outcome is expected
            self.model.revoked |= expected in {Code.GRANT_CLIENT, Code.GRANT_REUSED}
            return
        assert isinstance(outcome, Refreshed), outcome
        assert outcome.generation == index + 1
        if not retried:
            self.model.tokens.append(successor(token, REFRESH_KEY))
            self.model.request, self.model.rotated_at = request, self.now
            self.model.idle_until = self.now + REFRESH_IDLE
        assert outcome.rotated_at == self.model.rotated_at

    @precondition(lambda self: bool(self.model.tokens))
    @rule(own=SELDOM, back=st.integers(0, 3))
    def revoke(self, own: bool, back: int) -> None:
        """A refresh token of any generation is given up, mostly by somebody who has no right to it."""
        index = max(0, len(self.model.tokens) - 1 - back)
        client_id = self.opened.grant.client_id if own else "thief"
        self.world.revoke_family(self.model.tokens[index], client_id)
        self.model.revoked |= own

    @rule(seconds=SECONDS)
    def advance(self, seconds: int) -> None:
        """Time passes."""
        self.world.clock.advance(seconds=seconds)

    @rule()
    def visit(self) -> None:
        """The person is seen in the browser."""
        if not self.model.session_ended and self.now < self.model.session_ends:
            self.world.change("session", "id", self.opened.grant.session_id, seen_at=self.now)
            self.model.seen_at = self.now

    @rule(now=SELDOM)
    def sign_out(self, now: bool) -> None:
        """The session ends."""
        if now:
            self.world.end_session(self.opened.grant.session_id)
            self.model.session_ended = True

    @rule(active=MOSTLY)
    def move(self, active: bool) -> None:
        """The person is suspended, or may come back."""
        self.world.move(self.opened.grant.subscriber_id, "active" if active else "suspended")
        self.model.active = active

    @rule(enabled=MOSTLY)
    def switch(self, enabled: bool) -> None:
        """The client is switched off or on."""
        self.world.disable(self.opened.grant.client_id, "enabled" if enabled else "disabled")
        self.model.enabled = enabled

    @invariant()
    def a_code_succeeds_once(self) -> None:
        """However often it was shown."""
        assert self.successes <= 1

    @invariant()
    def what_lives_is_what_should(self) -> None:
        """At most one refresh token of all that ever were is alive, and none after the end."""
        model, world, tokens = self.model, self.world, self.model.tokens[-4:]
        access = world.inspect(grant_id=self.opened.grant.id)
        gate = model.gate(self.now, offline=model.offline)
        assert isinstance(access, Inspected) == (not model.revoked and gate is None), access
        if not tokens:
            return
        ahead = successor(tokens[-1], REFRESH_KEY)
        digests = [(token.handle_digest(), token.secret_digest()) for token in [*tokens, ahead]]
        rows = world.committers[0].run(*(world.inspect_operation(refresh_digests=pair) for pair in digests))
        alive = [isinstance(inspected(row), Inspected) for row in rows]
        usable = not model.revoked and not model.over(self.now) and gate is None
        assert alive == [False] * (len(tokens) - 1) + [usable, False]


def test_one_grants_life(world: World) -> None:
    """Whatever happens in whatever order: one success of the code, one live token, nothing after the end."""

    class Here(GrantLife):
        def __init__(self) -> None:
            super().__init__(world)

    run_state_machine_as_test(Here, settings=FEW)
