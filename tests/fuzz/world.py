"""The people and services whose values the fuzz uses, kept alive while it signs them out and spends what they hold.

Every value stands in a slot of its own, so that a request made from the same seed takes the same slots, whatever the
provider put in them this time. One person, the bystander, is never in a slot but by what everybody may know of her.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.fuzz.answers import Answer
from tests.fuzz.shots import Shot
from tests.protocol.driver import Browser, Page, Person, RelyingParty, challenge_of
from tests.protocol.journey import SignedIn, sign_in
from tests.protocol.provider import Provider

__all__ = ["CHALLENGE", "LEDGER", "ORIGIN", "RECORDS", "SETTINGS", "VERIFIER", "Actor", "World"]

VERIFIER = "v" * 43
CHALLENGE = challenge_of(VERIFIER)
RECORDS, LEDGER = "https://records.example/api", "https://ledger.example/api"
ORIGIN = "https://clinic.example"
SCOPE = "openid profile email offline_access"
ACTORS = 4
# One proxy is believed, so that addresses are fuzzed too; no worker is replaced, so that one that ends did so wrongly.
# A session that nobody uses outlasts the run: whether it is still there is what is looked at in the end.
SETTINGS = {
    "WANGOV_TRUSTED_PROXIES": "1",
    "WANGOV_WORKER_REQUESTS": "0",
    "WANGOV_SESSION_IDLE_SECONDS": "36000",
}
# The bystander's password is nobody else's.
HERS = "quiet lantern over the ferry 41"
_COOKIES = ("browser", "session", "device")
_STEPS = {"signin": "signing", "consent": "consenting"}
_SET = re.compile(r"(?:__Host-)?wangov_(browser|session|device)=([^;]*)")
_STEP = re.compile(r"/(signin|consent)/(wt_[A-Za-z0-9_-]{43})$")


@dataclass(slots=True)
class Actor:
    """A person whose browser and tokens the fuzz may use up.

    `values` are the slots: cookies, form token, transactions in each state, tokens, a code, a consent.
    """

    number: int
    browser: Browser
    values: dict[str, str] = field(default_factory=dict)
    signed_in: SignedIn | None = None
    alive: bool = False


class World:
    """Everything the generators draw from. Making it takes about two seconds."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        self.issuer = provider.issuer
        self.parties = dict(_registered(provider))
        self.tax = self.parties["tax"]
        self.etag = provider.live.get("/oauth/jwks").headers["ETag"]
        self.sheets = re.findall(r'href="(/static/[^"]+)"', provider.live.get("/").text)
        self.bystander = sign_in(self.tax, provider.enrol("bystander", password=HERS), provider.browser(), scope=SCOPE)
        self.foreign = self._consent_of(self.bystander)
        self.foreign_subject = str(self.bystander.id_claims["sub"])
        self.machine_token = ""
        self.metrics_token = provider.live.environment.get("WANGOV_METRICS_TOKEN", "")
        self._guarded: Person | None = None
        self.actors = [Actor(number, provider.browser()) for number in range(ACTORS)]
        self.renew()

    def renew(self) -> int:
        """Bring everybody back who was signed out or whose tokens were spent; how many that were."""
        answer = self.parties["machine"].post("token_endpoint", {"grant_type": "client_credentials"})
        self.machine_token = answer.json()["access_token"]
        self._guarded = self.provider.enrol(totp=True)
        renewed = 0
        for actor in self.actors:
            if not (actor.alive and self._in_order(actor)):
                self._sign_in(actor)
                renewed += 1
            self._park(actor)
        return renewed

    def learn(self, shot: Shot, answer: Answer) -> None:
        """Keep what an answer handed to an actor: a session, a code, tokens, a transaction."""
        if shot.actor < 0:
            return
        actor = self.actors[shot.actor]
        fresh = False
        for line in answer.all(b"set-cookie"):
            found = _SET.match(line.decode("latin-1"))
            if found and found[2]:
                fresh = fresh or found[1] == "browser"
                if found[1] != "browser":
                    actor.values[found[1]] = found[2]
            elif found and found[1] == "session":
                actor.alive = False
        location = answer.get(b"location").decode("latin-1")
        step = _STEP.search(location)
        if step and not fresh:
            actor.values[_STEPS[step[1]]] = step[2]
        elif location.startswith(self.tax.redirect_uri) and "?code=" in location:
            actor.values["code"] = location.partition("?code=")[2].partition("&")[0]
        elif shot.route == "/oauth/token" and answer.status == 200 and not shot.forged:
            self._learn_tokens(actor, answer)

    def _learn_tokens(self, actor: Actor, answer: Answer) -> None:
        document = answer.json()
        if isinstance(document, dict) and "refresh_token" in document:
            actor.values["refresh"] = document["refresh_token"]
            actor.values["access"] = document["access_token"]
            actor.values["id_token"] = document.get("id_token", actor.values["id_token"])

    def _in_order(self, actor: Actor) -> bool:
        """True while the session is there and the access token is good."""
        cookies = {f"wangov_{name}": actor.values[name] for name in _COOKIES}
        page = self.provider.live.get("/account", cookies=cookies)
        return page.status_code == 200 and self.tax.userinfo(actor.values["access"]).status_code == 200

    def _sign_in(self, actor: Actor) -> None:
        person = self.provider.enrol()
        actor.browser = self.provider.browser()
        signed_in = sign_in(self.tax, person, actor.browser, scope=SCOPE)
        actor.signed_in, actor.alive = signed_in, True
        cookies = {name: actor.browser.cookie(f"wangov_{name}") or "" for name in _COOKIES}
        actor.values.update(
            cookies,
            username=person.username,
            password=person.password,
            access=signed_in.access_token,
            refresh=signed_in.refresh_token,
            id_token=signed_in.id_token,
            subject=signed_in.id_claims["sub"],
            consent_id=self._consent_of(signed_in),
        )

    def _park(self, actor: Actor) -> None:
        """A transaction in each state, a form token and an unspent code, all of the actor's own browser."""
        browser = actor.browser
        values = actor.values
        pages: dict[str, Page] = {}
        asked = {"signing": {"prompt": "login"}, "coding": {"prompt": "login"}, "consenting": {"prompt": "consent"}}
        for name, changes in asked.items():
            step = browser.open(self.tax.ask(**changes).url)
            if name == "coding" and isinstance(step, Page) and self._guarded is not None:
                person = self._guarded
                step = browser.submit(step, "identifier", identifier=person.username, password=person.password)
            if isinstance(step, Page) and step.status == 200:
                pages[name] = step
                values[name] = step.url.rpartition("/")[2]
        if "signing" in pages:
            values["csrf"] = dict(pages["signing"].form("identifier").held)["csrf_token"]
        if self._guarded is not None:
            values["otp"] = self._guarded.code()
        values.setdefault("code", "wc_" + "A" * 43)

    def _consent_of(self, signed_in: SignedIn) -> str:
        rows = self.provider.query(
            "select consent_id from consent where citizen_id = %(id)s and status = 'active' order by granted_at desc",
            {"id": signed_in.person.id},
        )
        return str(rows[0]["consent_id"]) if rows else "0" * 8


def _registered(provider: Provider) -> Iterable[tuple[str, RelyingParty]]:
    yield "tax", provider.register(host="tax.example", purpose="To fill in your tax return")
    yield (
        "clinic",
        provider.register(
            host="clinic.example", token_endpoint_auth_method="client_secret_post", claims_in_id_token=True,
            id_token_signed_response_alg="ES256", access_token_signing_alg="RS256", resources=[RECORDS],
            client_uri="https://clinic.example/", logo_uri="https://clinic.example/logo.png",
            policy_uri="https://clinic.example/p", tos_uri="https://clinic.example/t",
        ),
    )  # fmt: skip
    yield (
        "app",
        provider.register(
            client_name="Pocket", application_type="native", token_endpoint_auth_method="none",
            redirect_uris=["com.example.pocket:/callback", "http://127.0.0.1/callback"], post_logout_redirect_uris=[],
        ),
    )  # fmt: skip
    yield (
        "old",
        provider.register(host="old.example", require_pkce=False, response_modes=["form_post"], min_acr="nid:2"),
    )
    machine = {"redirect_uris": [], "post_logout_redirect_uris": [], "grant_types": ["client_credentials"]}
    yield (
        "machine",
        provider.register(
            client_name="Nightly", scope="records.read records.write", resources=[RECORDS, LEDGER], **machine
        ),
    )
    guardian = provider.register(client_name="Records", **machine)
    document = {"audience": RECORDS, "name": "Records", "scopes": ["records.read"], "client_ids": [guardian.client_id]}
    provider.operate("resource", "create", document=document)
    yield "guardian", guardian
    closed = provider.register(host="closed.example")
    provider.operate("client", "disable", closed.client_id)
    yield "closed", closed
