"""Attacks on the authorization endpoint: each is told no, counted, audited where it is named, and leaves nothing."""

from __future__ import annotations

import json

import pytest

from tests.abuse.watch import Watch
from tests.live import MovableClock
from tests.protocol.console import Console
from tests.protocol.driver import Arrival, Browser, Person, RelyingParty, arrived, shown
from tests.protocol.expectations import refused, stopped, turned_away
from tests.protocol.journey import SignedIn, obtain_code, sign_in, told_what_is_missing
from tests.protocol.provider import Provider

OWN = "https://tax.example/callback"
SPELLINGS = [
    pytest.param(f"{OWN}/more", id="AC-001 segment"),
    pytest.param(f"{OWN}/", id="AC-001 slash"),
    pytest.param(f"{OWN}?more=1", id="AC-001 parameter"),
    pytest.param("https://tax.example@evil@x/callback", id="AC-002 two at signs"),
    pytest.param("https://user@tax.example@evil.example/callback", id="AC-002 user part"),
    pytest.param("https://tax.example%40evil.example/callback", id="AC-002 encoded at sign"),
    pytest.param("https://tax.example/x/..;/callback", id="AC-003 semicolon"),
    pytest.param("https://tax.example/%2e%2e%2fcallback", id="AC-003 encoded dots"),
    pytest.param("https://tax.example\\callback", id="AC-003 backslash"),
    pytest.param("https://tax.example/%2fcallback", id="AC-003 encoded slash"),
    pytest.param("Https://tax.example/callback", id="AC-004 scheme"),
    pytest.param("https://tax.Example/callback", id="AC-004 host"),
    pytest.param("https://tax.example/Callback", id="AC-004 path"),
    pytest.param("https://tax-example/callback", id="AC-004 dot"),
]
OTHER_FAULTS: list[dict[str, str | None]] = [
    {"response_type": "id_token"},
    {"prompt": "none"},
    {"scope": "unheard-of"},
    {"code_challenge": None},
    {"response_mode": "fragment"},
    {"request_uri": "urn:x"},
]
# Every refusal that a client is told without a person, by the error that must be sent.
TOLD_TO_THE_CLIENT: list[tuple[str, dict[str, str | None]]] = [
    ("unsupported_response_type", {"response_type": "token"}),
    ("unsupported_response_type", {"response_type": "id_token token"}),
    ("invalid_request", {"response_type": None}),
    ("invalid_request", {"response_mode": "fragment"}),
    ("invalid_request", {"code_challenge": None, "code_challenge_method": None}),
    ("invalid_request", {"code_challenge_method": "plain"}),
    ("invalid_request", {"max_age": "soon"}),
    ("invalid_request", {"id_token_hint": "x"}),
    ("invalid_scope", {"scope": "openid admin"}),
    ("invalid_target", {"resource": "https://nobody.example/api"}),
    ("request_not_supported", {"request": "eyJhbGciOiJub25lIn0.e30."}),
    ("request_uri_not_supported", {"request_uri": "urn:ietf:params:oauth:request_uri:x"}),
    ("login_required", {"prompt": "none"}),
]


@pytest.mark.parametrize("uri", SPELLINGS)
def test_address_that_is_spelled_otherwise_is_no_address(
    watch: Watch, tax: RelyingParty, visitor: Browser, uri: str
) -> None:
    """AC-001, AC-002, AC-003, AC-004: a page and no Location, one count, one audit row with the address, no state."""
    with watch.attack() as scene:
        stopped(visitor.open(tax.ask(redirect_uri=uri).url))
    assert scene.counted == {"authorize.redirect_mismatch": 1}
    assert scene.names == ["client.redirect_mismatch"]
    assert scene.events[0]["client_id"] == tax.client_id
    assert scene.events[0]["body"] == {"redirect_uri": uri}
    assert scene.left_nothing()


@pytest.mark.parametrize("changes", OTHER_FAULTS, ids=[next(iter(fault)) for fault in OTHER_FAULTS])
def test_nothing_is_judged_before_the_address(
    watch: Watch, tax: RelyingParty, visitor: Browser, changes: dict[str, str | None]
) -> None:
    """AC-006, AC-007: whatever else is wrong, or silent, an address of the attacker's hears nothing."""
    with watch.attack() as scene:
        stopped(visitor.open(tax.ask(redirect_uri="https://evil.example/cb", **changes).url))
        stopped(visitor.open(tax.ask(client_id="nobody", redirect_uri="https://evil.example/cb", **changes).url))
    assert scene.counted == {"authorize.redirect_mismatch": 1, "authorize.client_unknown": 1}
    assert scene.left_nothing()


@pytest.mark.parametrize(
    "uri", ["https://*.gov.example/cb", "https://gov.example/*", ".*", "https://gov.example/.*", "https://*/cb", "*"]
)
def test_pattern_cannot_be_registered_as_an_address(watch: Watch, provider: Provider, uri: str) -> None:
    """AC-005: invalid_redirect_uri by the operator's command, at registration and at change, and nothing is stored."""
    party = provider.register()
    with watch.attack() as scene:
        refusal = provider.refused("client", "create", document={"redirect_uris": [uri]})
        changed = provider.refused("client", "update", party.client_id, document={"redirect_uris": [uri]})
    assert refusal["error"] == changed["error"] == "invalid_redirect_uri"
    assert scene.events == []
    assert scene.left_nothing()


def test_web_client_on_loopback_is_refused_outside_development(provider: Provider) -> None:
    """AC-008: as staging and production judge it, loopback is for native apps; those may use it."""
    console = Console({**_without_clock(provider.live.environment), "WANGOV_ENVIRONMENT": "staging"})
    native = {
        "redirect_uris": ["http://127.0.0.1/cb"],
        "application_type": "native",
        "token_endpoint_auth_method": "none",
    }
    try:
        answers = [
            console.run("client", "create", document={"redirect_uris": [uri]})
            for uri in ("http://localhost:7001/cb", "http://127.0.0.1/cb", "http://[::1]:7001/cb")
        ]
        permitted, _ = console.run("client", "create", document=native)
    finally:
        console.close()
    assert [(code, answer["error"]) for code, answer in answers] == [(1, "invalid_redirect_uri")] * 3
    assert permitted == 0


def _without_clock(environment: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name != "WANGOV_TEST_CLOCK"}


def test_parameter_in_query_and_body_is_judged_by_neither(watch: Watch, tax: RelyingParty, visitor: Browser) -> None:
    """AC-009: a page, invalid_request for the log, no redirect to either address."""
    url = f"{tax.discovery['authorization_endpoint']}?redirect_uri=https%3A%2F%2Fevil.example%2Fcb"
    with watch.attack() as scene:
        page = stopped(visitor.open(url, tax.ask().parameters))
    assert "evil" not in page.text
    assert scene.counted == {"authorize.request_invalid": 1}
    assert scene.left_nothing()


@pytest.mark.parametrize("mode", ["query", "form_post"])
@pytest.mark.parametrize(
    ("error", "changes"), TOLD_TO_THE_CLIENT, ids=[f"{error}-{next(iter(by))}" for error, by in TOLD_TO_THE_CLIENT]
)
def test_refusal_is_told_with_the_issuer_and_leaves_nothing(
    watch: Watch,
    provider: Provider,
    tax: RelyingParty,
    visitor: Browser,
    mode: str,
    error: str,
    changes: dict[str, str | None],
) -> None:
    """AC-010, AC-012, AC-013, AC-015, AC-019: the registered error with iss and state, one count, no code, no state."""
    request = tax.ask(**{"response_mode": mode, **changes})
    with watch.attack() as scene:
        step = visitor.open(request.url)
    arrival = turned_away(step, error, issuer=provider.discovery["issuer"], state=request.get("state"))
    assert arrival.address == tax.redirect_uri
    assert scene.counted == {f"authorize.{error}": 1}
    assert set(scene.names) <= {"authorization.refused"}
    assert scene.left_nothing()


def test_refusal_after_a_person_was_asked_names_the_issuer_too(
    provider: Provider, tax: RelyingParty, visitor: Browser
) -> None:
    """AC-015: consent_required, access_denied and unmet_authentication_requirements, and the success beside them."""
    person, issuer = provider.enrol(), provider.discovery["issuer"]
    _, arrival = obtain_code(tax, person, visitor, tick=[])
    assert arrival.parameters["iss"] == issuer
    wider = tax.ask(scope="openid email", prompt="none")
    turned_away(visitor.open(wider.url), "consent_required", issuer=issuer, state=wider.get("state"))
    asked = tax.ask(scope="openid email")
    denied = person.go_on(visitor, visitor.open(asked.url), decision="deny")
    turned_away(denied, "access_denied", issuer=issuer, state=asked.get("state"))
    claims = json.dumps({"id_token": {"acr": {"essential": True, "values": ["nid:3"]}}})
    high = tax.ask(claims=claims)
    step = told_what_is_missing(visitor, person.go_on(visitor, visitor.open(high.url)))
    turned_away(step, "unmet_authentication_requirements", issuer=issuer, state=high.get("state"))


@pytest.mark.parametrize(("registered", "other"), [("query", "form_post"), ("form_post", "query")])
@pytest.mark.parametrize("mode", [None, "fragment"])
def test_mode_that_is_not_registered_yields_no_code(
    watch: Watch, provider: Provider, resident: Person, visitor: Browser, registered: str, other: str, mode: str | None
) -> None:
    """AC-011: refused in the registered mode, for a person who is signed in and agreed before, and no grant is made."""
    party = provider.register(response_modes=[registered])
    sign_in(party, resident, visitor)
    with watch.attack() as scene:
        arrival = arrived(visitor.open(party.ask(response_mode=mode or other).url))
    assert arrival.mode == registered
    assert arrival.parameters["error"] == "invalid_request"
    assert "code" not in arrival.parameters
    assert scene.counted == {"authorize.invalid_request": 1}
    assert scene.left_nothing()


def test_verifier_left_out_burns_the_code(watch: Watch, tax: RelyingParty, resident: Person, visitor: Browser) -> None:
    """AC-014: invalid_grant, counted and audited, and its owner cannot use the code either."""
    request, arrival = obtain_code(tax, resident, visitor)
    with watch.attack() as scene:
        refused(tax.redeem(request, arrival, code_verifier=None), "invalid_grant")
    assert scene.counted == {"grant.verifier": 1}
    assert scene.names == ["token.refused"]
    assert scene.changed == {"authorization_grant"}
    refused(tax.redeem(request, arrival), "invalid_grant")


@pytest.mark.parametrize("changes", [{"max_age": "0"}, {"prompt": "login"}, {"prompt": "login", "acr_values": "nid:2"}])
def test_session_does_not_stand_in_for_a_fresh_sign_in(
    provider: Provider, tax: RelyingParty, visitor: Browser, clock: MovableClock, changes: dict[str, str]
) -> None:
    """AC-016: the password is asked again, with the code where the person has one; auth_time and acr are true."""
    person = provider.enrol(totp=True, ial=2)
    before = sign_in(tax, person, visitor)
    clock.advance(40)
    request = tax.ask(**changes)
    page = shown(visitor.open(request.url))
    assert page.offers("password")
    code = shown(visitor.submit(page, "identifier", identifier=person.username, password=person.password))
    assert code.offers("code")
    arrival = arrived(person.go_on(visitor, code))
    claims = tax.read(tax.redeem(request, arrival).json()["id_token"]).claims
    assert claims["auth_time"] >= before.id_claims["auth_time"] + 40
    assert claims["acr"] == "nid:2"
    assert set(claims["amr"]) == {"pwd", "otp", "mfa"}


def test_level_that_cannot_be_reached_is_told_and_never_claimed(
    watch: Watch, provider: Provider, held: SignedIn
) -> None:
    """AC-016: with a session of the lower level: an error where it is essential, the truth where it is a wish."""
    claims = json.dumps({"id_token": {"acr": {"essential": True, "values": ["nid:2", "nid:3"]}}})
    request = held.party.ask(claims=claims, prompt="none")
    with watch.attack() as scene:
        step = held.browser.open(request.url)
    assert isinstance(step, Arrival)
    assert step.parameters["error"] in {"unmet_authentication_requirements", "login_required"}
    assert sum(scene.counted.values()) == 1
    assert scene.names == ["authorization.refused"]
    assert scene.left_nothing()
    wish = sign_in(held.party, held.person, held.browser, acr_values="nid:3 nid:2")
    assert wish.id_claims["acr"] == "nid:1"
    assert provider.issuer == wish.id_claims["iss"]
