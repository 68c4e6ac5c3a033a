"""The clients of a storm: honest ones that keep asking, retry as the specifications allow, and note what they heard.

Each has connections and a chance of its own. A refusal of what is live, or a grant of what is spent, breaks a promise.
"""

from __future__ import annotations

import random
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence

import requests
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.faults.ledger import Family, Ledger, RecordingSession
from tests.protocol.driver import ALGORITHMS, Arrival, Browser, Person, RelyingParty, Request
from tests.protocol.provider import Provider

__all__ = ["Client", "Machine", "Reader", "ServiceUser", "Visitor", "World"]

BACK_OFF_SECONDS = 0.1
# Longer than any outage of a storm: who still cannot sign in then meets a dead end.
PATIENT_SECONDS = 60.0
GRACE_SECONDS = 8.0
_UNAVAILABLE = 503
Send = Callable[[], requests.Response]


class World:
    """What the clients of one storm share: whom they ask, where they write, and when to stop."""

    def __init__(self, provider: Provider, ledger: Ledger, *, pause: float, excuses: bool) -> None:
        self.provider = provider
        self.ledger = ledger
        self.pause = pause
        self.excuses = excuses
        self.stop = threading.Event()
        self.keys = KeySet.import_key_set(provider.live.get("/oauth/jwks").json())
        self.machine = provider.register(
            redirect_uris=[], post_logout_redirect_uris=[], grant_types=["client_credentials"], scope="records.read"
        )
        # People who sign in and out have a service of their own: what they decide there ends nothing elsewhere.
        self.service, self.visited = provider.register(), provider.register()


class Client(threading.Thread, ABC):
    """One client; `turn` is what it does again and again."""

    def __init__(self, world: World, seed: str) -> None:
        super().__init__(name=seed, daemon=True)
        self.world = world
        self.ledger = world.ledger
        self.chance = random.Random(seed)  # noqa: S311 - what to do next, no secret

    def run(self) -> None:
        """Take turns until told to stop. A client that breaks is a broken promise too."""
        while not self.world.stop.wait(self.chance.random() * 2 * self.world.pause):
            try:
                self.turn()
            except requests.RequestException:
                self.world.stop.wait(BACK_OFF_SECONDS)
            except Exception as error:  # noqa: BLE001 - whatever it is, it must reach the judge
                self.ledger.broke(f"{type(self).__name__}: {type(error).__name__}: {error}")

    @abstractmethod
    def turn(self) -> None:
        """One round of this client's business."""

    def party(self, of: RelyingParty) -> RelyingParty:
        """A registered party with recorded connections of this client's own."""
        party = RelyingParty(of.issuer, of.registered, of.discovery)
        RecordingSession(self.ledger).take_over(party)
        return party

    def browser(self) -> Browser:
        """A browser with recorded connections."""
        browser = self.world.provider.browser()
        RecordingSession(self.ledger).take_over(browser)
        return browser

    def arrive(self, browser: Browser, url: str, person: Person, tick: Sequence[str] | None = None) -> Arrival | None:
        """Walk from an authorization request to the service and its code; None where a page stood in the way."""
        try:
            step = person.go_on(browser, browser.open(url), tick=tick)
        except requests.RequestException:
            step = None
        if isinstance(step, Arrival):
            if "code" in step.parameters:
                return step
            self.ledger.broke(f"instead of a code the service is told {step.parameters}")
        elif step is not None and step.status not in {400, 429, _UNAVAILABLE}:
            self.ledger.broke(f"a sign-in ends on a page: {step.status} {step.heading}")
        self.world.stop.wait(BACK_OFF_SECONDS)
        return None

    def once(self, send: Send) -> requests.Response | None:
        """The answer to one request, or None where there was none or a store was away."""
        try:
            answer = send()
        except requests.RequestException:
            answer = None
        if answer is None or answer.status_code == _UNAVAILABLE:
            self.world.stop.wait(BACK_OFF_SECONDS)
            return None
        return answer

    def until_answered(self, send: Send) -> requests.Response | None:
        """Ask until an answer comes; None when the storm is over first."""
        while not self.world.stop.is_set():
            if (answer := self.once(send)) is not None:
                return answer
        return None

    def promised(
        self, answer: requests.Response | None, promise: str, *, excusable: bool = True
    ) -> requests.Response | None:
        """The answer where it is a 200, None where there was none; a refusal is noted, or excused by the fault."""
        if answer is None or answer.status_code == 200:
            return answer
        self.unkept(f"{promise}: {answer.status_code} {answer.text[:160]}", excusable=excusable)
        return None

    def unkept(self, promise: str, *, excusable: bool = True) -> None:
        """Note a broken promise, unless what was issued may be too old by the clock."""
        if excusable and self.world.excuses:
            self.ledger.excuse()
        else:
            self.ledger.broke(promise)


class Machine(Client):
    """A service on its own account: gets a token, asks about it, at times gives it up."""

    def __init__(self, world: World, seed: str) -> None:
        super().__init__(world, seed)
        self._party = self.party(world.machine)

    def turn(self) -> None:
        """A token, a question, at times a revocation that must hold."""
        answer = self.once(lambda: self._party.post("token_endpoint", {"grant_type": "client_credentials"}))
        answer = self.promised(answer, "a client gets its own token", excusable=False)
        if answer is None:
            return
        token = answer.json()["access_token"]
        self._told(token, active=True)
        if self.chance.random() < 0.3:
            revoked = self.until_answered(lambda: self._party.revoke(token))
            if self.promised(revoked, "a client may give up its token", excusable=False) is not None:
                self.ledger.revoked.append((self._party, token))
                self._told(token, active=False)

    def _told(self, token: str, *, active: bool) -> None:
        """What introspection says must be true."""
        answer = self.once(lambda: self._party.post("introspection_endpoint", {"token": token}))
        if answer is not None and answer.json().get("active") is not active:
            state = "live" if active else "ended"
            self.unkept(f"introspection says {answer.text[:80]} of a token that is {state}", excusable=active)


class ServiceUser(Client):
    """A signed-in person at a service: codes, tokens, refreshes, and every way in which an authorization ends."""

    def __init__(self, world: World, seed: str) -> None:
        super().__init__(world, seed)
        self._party = self.party(world.service)
        self._browser = self.browser()
        self._person = world.provider.enrol()

    def turn(self) -> None:
        """One authorization from its code to its end."""
        offline = self.chance.random() < 0.5
        scope = "openid email offline_access" if offline else "openid email"
        request = self._party.ask(scope=scope, prompt="consent" if offline and self.chance.random() < 0.1 else None)
        tick = ["email", "offline_access"] if offline else None
        arrival = self.arrive(self._browser, request.url, self._person, tick)
        if arrival is None:
            return
        family = self._redeem(request, arrival)
        if family is None:
            return
        self.ledger.families.append(family)
        for _ in range(self.chance.randint(1, 4)):
            if not self._refresh(family):
                return
            self._look(family)
        self._finish(family)

    def _redeem(self, request: Request, arrival: Arrival) -> Family | None:
        answer = self.once(lambda: self._party.redeem(request, arrival))
        if answer is None:
            # Spent or not, nobody knows. A second try may be refused, and then ends what the first one began.
            if self.until_answered(lambda: self._party.redeem(request, arrival)) is not None:
                self.ledger.codes.append((self._party, request, arrival))
            return None
        self.ledger.codes.append((self._party, request, arrival))
        answer = self.promised(answer, "a fresh code is redeemed")
        if answer is None:
            return None
        tokens = answer.json()
        claims = jwt.decode(tokens["access_token"], self.world.keys, algorithms=ALGORITHMS).claims
        offline = "offline_access" in tokens["scope"].split()
        return Family(self._party, claims["gid"], offline, tokens["refresh_token"], tokens["access_token"])

    def _refresh(self, family: Family) -> bool:
        """Use the live token; where no answer comes, ask the very same again, as the grace allows."""
        began = time.monotonic()
        family.doubtful = True
        answer = self.until_answered(lambda: self._party.refresh(family.live))
        if answer is None or (answer.status_code == 400 and time.monotonic() - began > GRACE_SECONDS):
            return False
        promise = f"the live refresh token of {family.grant} is exchanged"
        answer = self.promised(answer, promise, excusable=not family.offline)
        if answer is None:
            return False
        tokens = answer.json()
        family.doubtful = False
        family.spent.append(family.live)
        family.live, family.access = tokens["refresh_token"], tokens["access_token"]
        return True

    def _look(self, family: Family) -> None:
        answer = self.promised(self.once(lambda: self._party.userinfo(family.access)), "userinfo answers")
        if answer is not None and "email" not in answer.json():
            self.ledger.broke("userinfo leaves out what was agreed to")
        told = self.once(lambda: self._party.post("introspection_endpoint", {"token": family.access}))
        if told is not None and told.json().get("active") is not True:
            self.unkept(f"introspection says {told.text[:80]} of a token that is live")

    def _finish(self, family: Family) -> None:
        fate = self.chance.random()
        if fate < 0.25:
            self._end(family, "revoked", family.live, 200, self._party.revoke)
        elif fate < 0.45 and len(family.spent) > 1:
            old = family.spent[self.chance.randrange(len(family.spent) - 1)]
            self._end(family, "reused", old, 400, self._party.refresh)

    def _end(self, family: Family, how: str, token: str, status: int, send: Callable[[str], requests.Response]) -> None:
        family.doubtful = True
        answer = self.until_answered(lambda: send(token))
        if answer is None:
            return
        if answer.status_code != status:
            self.ledger.broke(f"to what should have {how} an authorization the answer is {answer.status_code}")
        family.ended, family.doubtful = how, False
        after = self.once(lambda: self._party.refresh(family.live))
        if after is not None and after.status_code != 400:
            self.ledger.broke(f"an authorization that was {how} lives on: {after.status_code}")


class Visitor(Client):
    """Somebody who signs in with the password in a new browser, and at times signs out again."""

    def __init__(self, world: World, seed: str) -> None:
        super().__init__(world, seed)
        self._person = world.provider.enrol()

    def turn(self) -> None:
        """One visit. However often a store was away, the way to the service stays open."""
        party, browser = self.party(self.world.visited), self.browser()
        again = {"prompt": "consent"} if self.chance.random() < 0.3 else {}
        began = time.monotonic()
        while time.monotonic() < began + PATIENT_SECONDS:
            request = party.ask(**again)
            arrival = self.arrive(browser, request.url, self._person)
            if arrival is not None:
                return self._stay_or_leave(party, browser, request, arrival)
            if self.world.stop.is_set():
                return None
        return self.ledger.broke("a person cannot sign in, however often they try")

    def _stay_or_leave(self, party: RelyingParty, browser: Browser, request: Request, arrival: Arrival) -> None:
        cookies = browser.http.cookies.get_dict()
        if self.chance.random() < 0.5:
            self.ledger.sessions.append(cookies)
            return
        answer = self.once(lambda: party.redeem(request, arrival))
        if answer is None or answer.status_code != 200:
            return
        self.ledger.codes.append((party, request, arrival))
        leave = party.logout_url(id_token_hint=answer.json()["id_token"])
        left = self.until_answered(lambda: browser.raw("GET", leave))
        if self.promised(left, "a person may sign out") is not None:
            self.ledger.left.append(cookies)


class Reader(Client):
    """Reads what must always be there, and checks that it is whole."""

    def __init__(self, world: World, seed: str) -> None:
        super().__init__(world, seed)
        self._party = self.party(world.machine)

    def turn(self) -> None:
        """Discovery, keys, health."""
        for path in ("/.well-known/openid-configuration", "/oauth/jwks", "/health/live"):
            answer = self._party.http.get(self._party.issuer + path, timeout=20)
            if answer.status_code != 200:
                self.ledger.broke(f"{path} answers {answer.status_code}")
            elif path == "/oauth/jwks":
                KeySet.import_key_set(answer.json())
