"""OpenID Connect Core 3.1.2.1, 3.1.2.3, 3.1.2.6: prompt, max_age, auth_time, hints and levels."""

import json

import pytest

from tests.live import MovableClock
from tests.protocol.driver import Browser, Person, RelyingParty, Step, arrived, shown
from tests.protocol.expectations import turned_away
from tests.protocol.journey import SignedIn, obtain_code, sign_in, told_what_is_missing
from tests.protocol.provider import Provider


@pytest.fixture
def held(tax: RelyingParty, resident: Person, visitor: Browser) -> SignedIn:
    """The resident, signed in at the tax service."""
    return sign_in(tax, resident, visitor)


def silently(held: SignedIn, **changes: str | list[str] | None) -> Step:
    """A request of the same service in the same browser that shows nobody anything."""
    return held.browser.open(held.party.ask(**{"prompt": "none", **changes}).url)


# --- prompt -----------------------------------------------------------------------------------------------------


def test_silent_request_without_session_is_login_required(
    provider: Provider, tax: RelyingParty, visitor: Browser
) -> None:
    """3.1.2.6 (oidcc-prompt-none-not-logged-in): an error at the client, never a page, and nothing is parked."""
    request = tax.ask(prompt="none")
    turned_away(visitor.open(request.url), "login_required", issuer=provider.issuer, state=request.get("state"))


def test_silent_request_with_session_succeeds(held: SignedIn, clock: MovableClock) -> None:
    """3.1.2.3 (oidcc-prompt-none-logged-in): same sub and auth_time, without a page."""
    clock.advance(5)
    request = held.party.ask(prompt="none")
    again = held.party.redeem(request, arrived(held.browser.open(request.url))).json()
    claims = held.party.read(again["id_token"]).claims
    assert claims["sub"] == held.id_claims["sub"]
    assert claims["auth_time"] == held.id_claims["auth_time"]
    assert claims["nonce"] == request.get("nonce")


def test_silent_request_that_needs_consent_says_so(provider: Provider, held: SignedIn, clinic: RelyingParty) -> None:
    """3.1.2.6: consent_required for a service or for details that were never agreed to."""
    wider = held.party.ask(prompt="none", scope="openid address phone")
    turned_away(held.browser.open(wider.url), "consent_required", issuer=provider.issuer, state=wider.get("state"))
    fresh = provider.register()
    request = fresh.ask(prompt="none")
    turned_away(held.browser.open(request.url), "consent_required", issuer=provider.issuer, state=request.get("state"))


@pytest.mark.parametrize("prompt", ["none login", "none consent", "login none", "surprise", "login surprise", "NONE"])
def test_prompt_none_stands_alone_and_values_are_known(provider: Provider, held: SignedIn, prompt: str) -> None:
    """3.1.2.1: none with any other value is an error; unknown values are too."""
    request = held.party.ask(prompt=prompt)
    turned_away(held.browser.open(request.url), "invalid_request", issuer=provider.issuer, state=request.get("state"))


@pytest.mark.parametrize("prompt", ["login", "select_account", "login consent"])
def test_prompt_login_asks_for_the_password_again(held: SignedIn, clock: MovableClock, prompt: str) -> None:
    """3.1.2.1, AC-016 (oidcc-prompt-login): re-authentication; auth_time moves on, sub stays."""
    clock.advance(5)
    request = held.party.ask(prompt=prompt)
    page = shown(held.browser.open(request.url))
    assert page.offers("password")
    again = held.party.redeem(request, arrived(held.person.go_on(held.browser, page))).json()
    claims = held.party.read(again["id_token"]).claims
    assert claims["sub"] == held.id_claims["sub"]
    assert claims["auth_time"] >= held.id_claims["auth_time"] + 5


def test_prompt_login_is_not_satisfied_by_walking_round_it(held: SignedIn) -> None:
    """AC-016, AC-070: the pending transaction cannot be resumed with the old session."""
    page = shown(held.browser.open(held.party.ask(prompt="login").url))
    transaction = page.url.rpartition("/signin/")[2].partition("?")[0]
    for path in (f"/oauth/resume/{transaction}", f"/consent/{transaction}", f"/signin/{transaction}"):
        assert shown(held.browser.open(path)).offers("password")


def test_prompt_consent_asks_again(held: SignedIn) -> None:
    """3.1.2.1: consent is asked although it was given before; a no leaves the earlier agreement in force."""
    request = held.party.ask(prompt="consent")
    page = shown(held.browser.open(request.url))
    assert page.offers("decision")
    refusal = arrived(held.browser.submit(page, "decision", decision="deny"))
    assert refusal.parameters["error"] == "access_denied"
    assert "code" in arrived(silently(held)).parameters


def test_switching_to_another_account_signs_the_other_person_in(held: SignedIn, provider: Provider) -> None:
    """3.1.2.1 select_account: the page takes another account, whose session replaces the first one."""
    other = provider.enrol()
    again = sign_in(held.party, other, held.browser, prompt="select_account")
    assert again.id_claims["sub"] != held.id_claims["sub"]
    assert held.party.userinfo(held.access_token).status_code == 401


# --- max_age ----------------------------------------------------------------------------------------------------


def test_max_age_in_the_past_asks_again(held: SignedIn, clock: MovableClock) -> None:
    """3.1.2.1, AC-016 (oidcc-max-age-1): older than max_age means re-authentication, auth_time recent."""
    clock.advance(3)
    request = held.party.ask(max_age="1")
    page = shown(held.browser.open(request.url))
    assert page.offers("password")
    again = held.party.redeem(request, arrived(held.person.go_on(held.browser, page))).json()
    claims = held.party.read(again["id_token"]).claims
    assert claims["auth_time"] >= held.id_claims["auth_time"] + 3
    assert claims["iat"] - claims["auth_time"] <= 2


def test_max_age_not_yet_reached_does_not_ask(held: SignedIn, clock: MovableClock) -> None:
    """3.1.2.1 (oidcc-max-age-10000): the session is young enough; auth_time is there and unchanged."""
    clock.advance(60)
    arrival = silently(held, max_age="10000")
    assert "code" in arrived(arrival).parameters


def test_max_age_zero_always_asks(provider: Provider, held: SignedIn) -> None:
    """AC-016: max_age=0 is a fresh sign-in, like prompt=login."""
    assert shown(held.browser.open(held.party.ask(max_age="0").url)).offers("password")
    request = held.party.ask(max_age="0", prompt="none")
    turned_away(held.browser.open(request.url), "login_required", issuer=provider.issuer, state=request.get("state"))


@pytest.mark.parametrize("value", ["-1", "soon", "1.5", "1e3", "\u0661", "99999999999", " 5"])
def test_max_age_that_is_no_number_is_refused(
    provider: Provider, tax: RelyingParty, visitor: Browser, value: str
) -> None:
    """3.1.2.1: a count of seconds."""
    request = tax.ask(max_age=value)
    turned_away(visitor.open(request.url), "invalid_request", issuer=provider.issuer, state=request.get("state"))


def test_default_max_age_of_the_client_holds(
    provider: Provider, resident: Person, visitor: Browser, clock: MovableClock
) -> None:
    """Registration 2: `default_max_age` applies where the request names none, and a request may ask for another."""
    party = provider.register(default_max_age=100)
    signed_in = sign_in(party, resident, visitor)
    clock.advance(50)
    assert "code" in arrived(silently(signed_in)).parameters
    clock.advance(60)
    assert arrived(silently(signed_in)).parameters["error"] == "login_required"
    assert "code" in arrived(silently(signed_in, max_age="1000")).parameters


# --- hints ------------------------------------------------------------------------------------------------------


def test_hint_of_the_signed_in_person_is_no_obstacle(held: SignedIn) -> None:
    """3.1.2.1 (oidcc-id-token-hint): silent success with the same sub."""
    request = held.party.ask(prompt="none", id_token_hint=held.id_token)
    again = held.party.redeem(request, arrived(held.browser.open(request.url))).json()
    assert held.party.read(again["id_token"]).claims["sub"] == held.id_claims["sub"]


def test_hint_that_expired_is_still_a_hint(held: SignedIn, clock: MovableClock) -> None:
    """3.1.2.1: the ID token need not be current; 20 minutes later it still names the person."""
    clock.advance(20 * 60)
    assert "code" in arrived(silently(held, id_token_hint=held.id_token)).parameters


def test_hint_of_another_person_is_login_required(provider: Provider, held: SignedIn, guarded: Person) -> None:
    """3.1.2.1: the server must not return somebody else's ID token to a request with a hint."""
    other = sign_in(held.party, guarded, provider.browser())
    request = held.party.ask(prompt="none", id_token_hint=other.id_token)
    turned_away(held.browser.open(request.url), "login_required", issuer=provider.issuer, state=request.get("state"))
    asking = held.party.ask(id_token_hint=other.id_token)
    page = shown(held.browser.open(asking.url))
    assert page.offers("password")
    step = held.person.go_on(held.browser, page)
    turned_away(step, "login_required", issuer=provider.issuer, state=asking.get("state"))


def test_hint_of_another_client_or_maker_is_refused(provider: Provider, held: SignedIn, clinic: RelyingParty) -> None:
    """3.1.2.1: a hint that is not an ID token of ours for this client is an invalid request."""
    foreign = sign_in(clinic, held.person, held.browser).id_token
    header, claims, signature = held.id_token.split(".")
    for hint in (
        foreign,
        f"{header}.{claims}.",
        f"{header}.{claims}.{signature[::-1]}",
        "x",
        held.access_token,
        held.refresh_token,
    ):
        request = held.party.ask(prompt="none", id_token_hint=hint)
        turned_away(
            held.browser.open(request.url), "invalid_request", issuer=provider.issuer, state=request.get("state")
        )


def test_claims_parameter_may_ask_for_one_subject(provider: Provider, held: SignedIn, guarded: Person) -> None:
    """3.1.2.1, 5.5.1: with a sub value for the ID token only that person may get a positive response."""
    mine = json.dumps({"id_token": {"sub": {"value": held.id_claims["sub"]}}})
    assert "code" in arrived(silently(held, claims=mine)).parameters
    other = sign_in(held.party, guarded, provider.browser()).id_claims["sub"]
    request = held.party.ask(prompt="none", claims=json.dumps({"id_token": {"sub": {"value": other}}}))
    turned_away(held.browser.open(request.url), "login_required", issuer=provider.issuer, state=request.get("state"))


def test_login_hint_fills_the_field_and_nothing_more(tax: RelyingParty, visitor: Browser) -> None:
    """3.1.2.1 (oidcc-login-hint), AC-018: the hint is shown escaped; it signs nobody in."""
    hint = 'amara"><script>alert(1)</script>'
    page = shown(visitor.open(tax.ask(login_hint=hint).url))
    assert dict(page.form("identifier").held)["identifier"] == hint
    assert "<script>alert" not in page.text


@pytest.mark.parametrize("hint", ["x" * 10_000, "a\r\nSet-Cookie: b=c", "\u202egnp.exe", "' or 1=1 --"])
def test_odd_login_hints_do_no_harm(tax: RelyingParty, visitor: Browser, hint: str) -> None:
    """AC-018: long, multi-line and direction-changing hints neither break the page nor make a header."""
    page = shown(visitor.open(tax.discovery["authorization_endpoint"], tax.ask(login_hint=hint).parameters))
    assert page.offers("identifier")
    assert all("b=c" not in answer.headers.get("Set-Cookie", "") for answer in visitor.trail)


def test_ui_locales_choose_the_language_of_every_page(tax: RelyingParty, visitor: Browser, resident: Person) -> None:
    """3.1.2.1 (oidcc-ui-locales): the first language we have is spoken, after a wrong password too."""
    page = shown(visitor.open(tax.ask(ui_locales="xx-YY fr-CA en", prompt="login").url))
    assert page.language == "fr"
    assert page.headers["Content-Language"] == "fr"
    wrong = shown(visitor.submit(page, "password", identifier=resident.username, password="wrong"))
    assert wrong.language == "fr"


@pytest.mark.parametrize("value", ["xx", "de-AT-1901 zz", "<b>", "en" * 3000, "\u00e9"])
def test_unknown_locales_fall_back(tax: RelyingParty, visitor: Browser, value: str) -> None:
    """3.1.2.1: no error if a language is not supported."""
    assert shown(visitor.open(tax.ask(ui_locales=value).url)).language == "en"


@pytest.mark.parametrize(
    "changes",
    [{"display": "page"}, {"display": "popup"}, {"display": "touch"}, {"claims_locales": "fr en"}, {"display": "?"}],
)
def test_other_optional_parameters_cause_no_error(
    tax: RelyingParty, resident: Person, visitor: Browser, changes: dict[str, str]
) -> None:
    """3.1.2.1 (oidcc-display-page, -popup, oidcc-claims-locales): accepted, supported or not."""
    obtain_code(tax, resident, visitor, **changes)


@pytest.mark.parametrize(
    ("name", "error"), [("request", "request_not_supported"), ("request_uri", "request_uri_not_supported")]
)
@pytest.mark.parametrize(
    "value",
    [
        "eyJhbGciOiJub25lIn0.e30.",
        "https://evil.example/request",
        "http://169.254.169.254/",
        "http://127.0.0.1:6379/",
        "urn:x",
    ],
)
def test_request_objects_are_refused_as_unsupported(
    provider: Provider, tax: RelyingParty, visitor: Browser, name: str, error: str, value: str
) -> None:
    """6, AC-020, AC-024 (oidcc-unsigned-request-object-..., -request-uri-...): the registered error."""
    request = tax.ask(**{name: value})
    turned_away(visitor.open(request.url), error, issuer=provider.issuer, state=request.get("state"))


# --- levels -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("values", ["nid:1", "nid:3 nid:1", "urn:unheard-of", "nid:2"])
def test_voluntary_acr_values_never_refuse(tax: RelyingParty, resident: Person, visitor: Browser, values: str) -> None:
    """5.5.1.1 (oidcc-ensure-request-with-acr-values-succeeds): the level reached is told, whatever was wished for."""
    assert sign_in(tax, resident, visitor, acr_values=values).id_claims["acr"] == "nid:1"


def test_essential_acr_that_cannot_be_reached_is_refused(
    provider: Provider, tax: RelyingParty, resident: Person, visitor: Browser
) -> None:
    """5.5.1.1, AC-016: unmet_authentication_requirements at the client, rather than a token that would lie."""
    claims = json.dumps({"id_token": {"acr": {"essential": True, "values": ["nid:2", "nid:3"]}}})
    request = tax.ask(claims=claims)
    step = told_what_is_missing(visitor, resident.go_on(visitor, visitor.open(request.url)))
    turned_away(step, "unmet_authentication_requirements", issuer=provider.issuer, state=request.get("state"))


def test_essential_acr_that_is_reached_is_told(tax: RelyingParty, guarded: Person, visitor: Browser) -> None:
    """5.5.1.1: one of the wanted values is returned."""
    claims = json.dumps({"id_token": {"acr": {"essential": True, "values": ["nid:2"]}}})
    assert sign_in(tax, guarded, visitor, claims=claims).id_claims["acr"] == "nid:2"


def test_least_level_of_a_client_holds_for_everybody(provider: Provider, resident: Person, guarded: Person) -> None:
    """AC-016: `min_acr`: a weaker sign-in is refused at the client, silent or not; a stronger one passes."""
    party = provider.register(min_acr="nid:2")
    browser = provider.browser()
    request = party.ask()
    step = told_what_is_missing(browser, resident.go_on(browser, browser.open(request.url)))
    turned_away(step, "unmet_authentication_requirements", issuer=provider.issuer, state=request.get("state"))
    silent = party.ask(prompt="none")
    assert "error" in arrived(browser.open(silent.url)).parameters
    assert sign_in(party, guarded, provider.browser()).id_claims["acr"] == "nid:2"
