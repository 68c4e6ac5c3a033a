"""The demo services as relying parties: what they ask, what they refuse, and that every page leads on."""

import json
import re
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from examples.clinic.app import booked
from examples.clinic.app import create_app as clinic
from examples.settings import DemoSettings
from examples.tax.app import create_app as tax
from examples.tax.app import shown
from tests.examples.provider import SUBJECT, Provider, serving, signing_key

Build = Callable[[DemoSettings], Flask]
HOMES: dict[Build, str] = {tax: "/return", clinic: "/appointments"}


@pytest.fixture
def provider() -> Iterator[Provider]:
    """A provider that answers as the test tells it."""
    with serving() as running:
        yield running


def browser(build: Build, issuer: str) -> FlaskClient:
    """A browser at a demo service that is registered with `issuer`."""
    settings = DemoSettings(
        issuer=issuer,
        port=8101,
        client_id="demo",
        client_secret="demo-secret",
        redirect_uri="http://localhost:8101/callback",
        signed_out_uri="http://localhost:8101/signed-out",
        ca_file=None,
    )
    return build(settings).test_client()


def signed_in(build: Build, provider: Provider) -> FlaskClient:
    """A browser that has signed in."""
    person = browser(build, provider.issuer)
    answer = provider.authorize(person.get("/login").location)
    assert person.get(f"/callback?{answer}").location == HOMES[build]
    return person


def form_token(page: str) -> str:
    """The anti-forgery value in a page's first form."""
    found = re.search(r'name="form_token" value="([^"]+)"', page)
    assert found
    return found[1]


@pytest.mark.parametrize("build", [tax, clinic])
def test_request_carries_pkce_state_and_nonce(build: Build, provider: Provider) -> None:
    """Every request uses the code flow with an S256 challenge, a state and a nonce, each time new ones."""
    person = browser(build, provider.issuer)
    first, second = (parse_qs(urlsplit(person.get("/login").location).query) for _ in range(2))
    assert first["response_type"] == ["code"]
    assert first["code_challenge_method"] == ["S256"]
    for name in ("state", "nonce", "code_challenge"):
        assert len(first[name][0]) >= 20
        assert first[name] != second[name]


def test_tax_asks_for_essential_name_and_birth_date(provider: Provider) -> None:
    """Tax makes name and birth date essential through the claims parameter; the clinic asks for less."""
    provider.authorize(browser(tax, provider.issuer).get("/login").location)
    assert json.loads(provider.asked["claims"])["userinfo"] == {
        "name": {"essential": True},
        "birthdate": {"essential": True},
        "email": None,
        "phone_number": None,
        "address": None,
    }
    assert provider.asked["scope"].split() == ["openid", "offline_access"]
    provider.authorize(browser(clinic, provider.issuer).get("/login").location)
    assert json.loads(provider.asked["claims"])["userinfo"].keys() == {"name", "phone_number"}


@pytest.mark.parametrize("build", [tax, clinic])
def test_signed_in_page_greets_by_name(build: Build, provider: Provider) -> None:
    """After sign-in the page shows the name that was shared."""
    page = signed_in(build, provider).get(HOMES[build])
    assert page.status_code == 200
    assert "Isatu Example" in page.text


@pytest.mark.parametrize("build", [tax, clinic])
def test_private_page_sends_strangers_to_sign_in(build: Build, provider: Provider) -> None:
    """Without a sign-in the private page leads to WanGov ID."""
    assert browser(build, provider.issuer).get(HOMES[build]).location == "/login"


def test_tokens_stay_out_of_the_cookie(provider: Provider) -> None:
    """The browser never holds a token, and the cookie cannot be read by scripts."""
    person = browser(tax, provider.issuer)
    answer = provider.authorize(person.get("/login").location)
    cookie = person.get(f"/callback?{answer}").headers["Set-Cookie"]
    assert cookie.startswith("tax_session=")
    assert "HttpOnly" in cookie
    with person.session_transaction() as held:
        assert set(held) <= {"visit", "form_token"}


@pytest.mark.parametrize("query", ["", "?code=a-code", "?code=a-code&state=guessed", "?error=access_denied&state=x"])
def test_answer_without_own_state_is_refused(query: str, provider: Provider) -> None:
    """An answer that this browser did not ask for redeems nothing."""
    person = browser(tax, provider.issuer)
    person.get("/login")
    page = person.get(f"/callback{query}")
    assert page.status_code == 400
    assert "out of date" in page.text
    assert not provider.redeemed


def test_state_of_another_browser_is_refused(provider: Provider) -> None:
    """A state belongs to the browser that started the sign-in."""
    service = browser(tax, provider.issuer)
    answer = provider.authorize(service.get("/login").location)
    assert service.application.test_client().get(f"/callback?{answer}").status_code == 400
    assert not provider.redeemed


@pytest.mark.parametrize("issuer", ["", "&iss=https%3A%2F%2Fevil.example"])
def test_answer_of_another_issuer_is_refused(issuer: str, provider: Provider) -> None:
    """An answer that does not name our provider as its issuer redeems nothing (RFC 9207)."""
    person = browser(tax, provider.issuer)
    answer = provider.authorize(person.get("/login").location)
    answer = re.sub("&iss=.*", issuer, answer)
    assert person.get(f"/callback?{answer}").status_code == 502
    assert not provider.redeemed


def test_second_use_of_an_answer_leads_on(provider: Provider) -> None:
    """Reloading the callback shows the signed-in page and redeems nothing again."""
    person = browser(tax, provider.issuer)
    answer = provider.authorize(person.get("/login").location)
    person.get(f"/callback?{answer}")
    assert person.get(f"/callback?{answer}").location == "/return"
    assert len(provider.redeemed) == 1


@pytest.mark.parametrize(
    "fault",
    [
        {"nonce": "another"},
        {"aud": "another"},
        {"iss": "https://evil.example"},
        {"exp": 1000},
        {"sub": "another"},
    ],
)
def test_wrong_id_token_signs_nobody_in(fault: dict[str, str], provider: Provider) -> None:
    """An ID token for another request, client, issuer, time or person is refused."""
    provider.id_claims = fault
    person = browser(tax, provider.issuer)
    answer = provider.authorize(person.get("/login").location)
    assert person.get(f"/callback?{answer}").status_code == 502
    assert person.get("/return").location == "/login"


def test_id_token_of_a_foreign_key_signs_nobody_in(provider: Provider) -> None:
    """An ID token that the published key did not sign is refused, though it names that key."""
    provider.key = signing_key()
    person = browser(tax, provider.issuer)
    answer = provider.authorize(person.get("/login").location)
    assert person.get(f"/callback?{answer}").status_code == 502
    assert person.get("/return").location == "/login"


@pytest.mark.parametrize("error", ["access_denied", "login_required", "server_error", "<b>made_up</b>"])
def test_refusal_is_a_plain_page_with_a_way_on(error: str, provider: Provider) -> None:
    """A refusal is told in our own words, with another try and a way back; nothing of it is echoed."""
    person = browser(clinic, provider.issuer)
    provider.authorize(person.get("/login").location)
    page = person.get(
        "/callback", query_string={"error": error, "state": provider.asked["state"], "iss": provider.issuer}
    )
    assert page.status_code == 400
    assert "made_up" not in page.text
    assert 'href="/login"' in page.text
    assert 'href="/"' in page.text


def test_silent_provider_is_a_plain_page(provider: Provider) -> None:
    """A provider that does not answer is told in words, with another try."""
    page = browser(tax, "http://localhost:1").get("/login")
    assert page.status_code == 502
    assert "could not reach WanGov ID" in page.text
    assert provider.redeemed == []


def test_sign_out_goes_through_the_provider(provider: Provider) -> None:
    """Signing out ends the visit here and asks the provider to end its session, with hint and way back."""
    person = signed_in(tax, provider)
    token = form_token(person.get("/return").text)
    leaving = urlsplit(person.post("/sign-out", data={"form_token": token}).location)
    asked = parse_qs(leaving.query)
    assert leaving.path == "/oauth/logout"
    assert asked["post_logout_redirect_uri"] == ["http://localhost:8101/signed-out"]
    assert asked["id_token_hint"]
    assert person.get("/return").location == "/login"
    assert "ended too" in person.get(f"/signed-out?state={asked['state'][0]}").text
    assert "ended too" not in person.get("/signed-out?state=made-up").text


@pytest.mark.parametrize("path", ["/sign-out", "/read-again"])
@pytest.mark.parametrize("token", [None, "", "guessed", "é"])
def test_foreign_form_changes_nothing(path: str, token: str | None, provider: Provider) -> None:
    """A form that did not come from our own page is refused, and the person stays signed in."""
    person = signed_in(tax, provider)
    person.get("/return")
    assert person.post(path, data={} if token is None else {"form_token": token}).status_code == 400
    assert person.get("/return").status_code == 200


def test_reading_again_spends_the_refresh_token(provider: Provider) -> None:
    """Tax reads the details again with new tokens, and shows what is shared now."""
    person = signed_in(tax, provider)
    token = form_token(person.get("/return").text)
    provider.shared = {"sub": SUBJECT, "name": "Isatu Changed"}
    assert person.post("/read-again", data={"form_token": token}).location == "/return?updated=1"
    assert provider.redeemed[-1]["refresh_token"] == "r1"
    assert "Isatu Changed" in person.get("/return?updated=1").text


def test_withdrawn_agreement_is_told(provider: Provider) -> None:
    """When the provider refuses the refresh token the page says so and offers sign-in."""
    person = signed_in(tax, provider)
    token = form_token(person.get("/return").text)
    provider.refresh_status = 400
    page = person.post("/read-again", data={"form_token": token})
    assert page.status_code == 401
    assert 'href="/login"' in page.text


def test_clinic_notices_that_the_session_ended(provider: Provider) -> None:
    """Once userinfo refuses the token, the clinic shows nothing more and offers sign-in."""
    person = signed_in(clinic, provider)
    provider.userinfo_status = 401
    page = person.get("/appointments")
    assert page.status_code == 401
    assert "Isatu" not in page.text
    assert person.get("/appointments").location == "/login"


def test_many_open_sign_ins_keep_the_cookie_small(provider: Provider) -> None:
    """Pressing sign-in again and again leaves a cookie that browsers accept, and the newest one works."""
    person = browser(tax, provider.issuer)
    for _ in range(40):
        answer = provider.authorize(person.get("/login").location)
    cookie = person.get_cookie("tax_session")
    assert cookie is not None
    assert len(cookie.value) < 2000
    assert person.get(f"/callback?{answer}").location == "/return"


@pytest.mark.parametrize("build", [tax, clinic])
@pytest.mark.parametrize("path", ["/", "/nowhere", "/signed-out"])
def test_pages_carry_protective_headers(build: Build, path: str, provider: Provider) -> None:
    """Every page forbids scripts and framing and is not kept by caches."""
    headers = browser(build, provider.issuer).get(path).headers
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == "no-store"


def test_address_is_shown_as_a_line() -> None:
    """An address is one line, from its formatted text or its parts; nothing shared is nothing shown."""
    assert shown({"formatted": "1 Example Road"}) == "1 Example Road"
    assert shown({"street_address": "1 Example Road", "country": "SL"}) == "1 Example Road, Sierra Leone"
    assert shown({}) is None
    assert shown(None) is None


def test_appointments_are_always_ahead() -> None:
    """A person's appointments are in order, ahead of today, and the same on every look."""
    import datetime as dt

    today = dt.date(2026, 1, 31)
    days = [day for day, _, _, _ in booked("anybody", today)]
    assert days == sorted(days)
    assert days[0] > today
    assert booked("anybody", today) == booked("anybody", today)
