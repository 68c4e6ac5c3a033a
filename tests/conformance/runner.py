"""One module's run: a relying party that asks as the suite's does, a person at a fresh browser, strict checks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.conformance.answers import check_authorization, check_id_token, check_tokens, check_userinfo
from tests.conformance.modules import BASIC, FORM_POST
from tests.live import MovableClock
from tests.protocol.driver import Arrival, Browser, Person, RelyingParty, Request, Step, arrived
from tests.protocol.expectations import turned_away
from tests.protocol.journey import SignedIn
from tests.protocol.provider import Provider

__all__ = ["ModuleRun"]

Changes = str | list[str] | None
MODES = {BASIC: None, FORM_POST: "form_post"}


@dataclass(slots=True)
class ModuleRun:
    """What a module works with. `refusals` fills when the run ends in one that its profile permits."""

    provider: Provider
    first: RelyingParty
    person: Person
    browser: Browser
    clock: MovableClock
    profile: str = BASIC
    refusals: list[str] = field(default_factory=list)

    def ask(self, party: RelyingParty | None = None, **changes: Changes) -> Request:
        """A request as plain as the suite's: state and nonce, no PKCE, the profile's response mode."""
        plain: dict[str, Changes] = {
            "code_challenge": None,
            "code_challenge_method": None,
            "response_mode": MODES[self.profile],
        }
        return (party or self.first).ask(**{**plain, **changes})

    def answered(self, request: Request, step: Step | None = None) -> Arrival:
        """Walk through whatever pages come; the positive response, checked."""
        first = self.browser.open(request.url) if step is None else step
        return self.received(request, self.person.go_on(self.browser, first))

    def received(self, request: Request, step: Step) -> Arrival:
        """The step as a positive response, without any further page; checked."""
        arrival = arrived(step)
        assert "code" in arrival.parameters, arrival.parameters
        check_authorization(arrival, request, self.provider.issuer, self.browser.trail[-1])
        return arrival

    def redeemed(self, request: Request, arrival: Arrival, party: RelyingParty | None = None) -> SignedIn:
        """Exchange the code and check tokens, ID token and the `sub` of userinfo."""
        party = party or self.first
        tokens = check_tokens(party.redeem(request, arrival))
        nonce = dict(request.parameters).get("nonce")
        claims = check_id_token(party, tokens, nonce=nonce, now=self.clock.now())
        check_userinfo(party.userinfo(tokens["access_token"]), claims["sub"])
        return SignedIn(party, self.person, self.browser, request, arrival, tokens)

    def sign_in(self, party: RelyingParty | None = None, **changes: Changes) -> SignedIn:
        """A whole sign-in, every answer checked."""
        request = self.ask(party, **changes)
        return self.redeemed(request, self.answered(request), party)

    def at_once(self, party: RelyingParty | None = None, **changes: Changes) -> SignedIn:
        """A sign-in during which nobody is shown a page."""
        request = self.ask(party, **changes)
        return self.redeemed(request, self.received(request, self.browser.open(request.url)), party)

    def told(self, request: Request, step: Step, error: str) -> None:
        """The relying party was told no, by the profile's response mode."""
        state = dict(request.parameters).get("state")
        arrival = turned_away(step, error, issuer=self.provider.issuer, state=state)
        assert arrival.mode == (MODES[self.profile] or "query")
        assert arrival.address == request.get("redirect_uri")
        assert self.browser.trail[-1].headers["Cache-Control"] == "no-store"

    def permitted_refusal(self, request: Request, error: str) -> None:
        """What the request uses is not supported, and the relying party is told so by the registered error."""
        self.told(request, self.browser.open(request.url), error)
        self.refusals.append(error)

    def unregistrable(self, **metadata: Any) -> None:
        """The operator's command refuses a registration."""
        document = {"client_name": "Refused", "redirect_uris": ["https://refused.example/callback"], **metadata}
        answer = self.provider.refused("client", "create", document=document)
        assert answer["error"] == "invalid_client_metadata"
        self.refusals.append(answer["error"])
