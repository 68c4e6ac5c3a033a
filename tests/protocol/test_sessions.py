"""Sessions and their cookies: fixation, limits, flags, suspension, redirects that stay here (AC-066 to AC-069)."""

import pytest
import requests

from tests.live import MovableClock
from tests.protocol.driver import Arrival, Browser, Person, RelyingParty, arrived, shown
from tests.protocol.expectations import soon, stopped
from tests.protocol.journey import attempt, login, obtain_code, sign_in
from tests.protocol.provider import Provider


def test_planted_session_cookie_is_never_adopted(provider: Provider, tax: RelyingParty, resident: Person) -> None:
    """AC-066: the cookie after sign-in is new; the attacker's stays worthless."""
    attacker = sign_in(tax, provider.enrol(), provider.browser())
    planted = attacker.browser.cookie("session") or ""
    for value in (planted, "wn_" + "A" * 43, "x"):
        victim = provider.browser()
        victim.http.cookies.set("wangov_session", value, domain="localhost.local")
        sign_in(tax, resident, victim, prompt="login")
        assert victim.cookie("session") != value
        ghost = provider.browser()
        ghost.http.cookies.set("wangov_session", value, domain="localhost.local")
        step = ghost.open(tax.ask(prompt="none").url)
        if value != planted:
            assert arrived(step).parameters["error"] == "login_required"


def test_session_secret_changes_when_the_person_proves_it_again(
    tax: RelyingParty, resident: Person, visitor: Browser
) -> None:
    """AC-066: new at sign-in and at step-up; the old secret opens nothing, the tokens of the session live on."""
    first = sign_in(tax, resident, visitor)
    old = visitor.cookie("session")
    sign_in(tax, resident, visitor, prompt="login")
    assert visitor.cookie("session") != old
    assert tax.userinfo(first.access_token).status_code == 200
    visitor.http.cookies.clear()
    visitor.http.cookies.set("wangov_session", old or "", domain="localhost.local")
    assert arrived(visitor.open(tax.ask(prompt="none").url)).parameters["error"] == "login_required"


def test_transaction_belongs_to_the_browser_that_began_it(
    provider: Provider, tax: RelyingParty, resident: Person, visitor: Browser
) -> None:
    """AC-066: a login link sent to a victim leads to a page that hands on nothing of it; the service begins anew."""
    page = login(tax, visitor)
    victim = provider.browser()
    stranger = stopped(victim.open(page.url))
    assert not any("/oauth/" in url for url in stranger.links.values())
    assert isinstance(resident.go_on(victim, victim.open(tax.ask().url)), Arrival)
    posted = victim.raw(
        "POST", page.form("password").action, data={"identifier": "amara", "password": resident.password}
    )
    assert posted.status_code in {400, 403}


def test_cookies_are_http_only_lax_and_host_wide(tax: RelyingParty, resident: Person, visitor: Browser) -> None:
    """AC-067: every cookie of ours: HttpOnly, SameSite=Lax, Path=/, no Domain; Secure and __Host- belong to https."""
    seen = []
    step = visitor.open(tax.ask(prompt="login").url)
    seen += visitor.trail
    arrived(resident.go_on(visitor, step))
    seen += visitor.trail
    cookies = [header for answer in seen for header in answer.raw.headers.getlist("Set-Cookie")]
    assert {header.partition("=")[0] for header in cookies} >= {"wangov_browser", "wangov_session", "wangov_device"}
    for header in cookies:
        attributes = {part.strip().lower() for part in header.split(";")[1:]}
        assert {"httponly", "samesite=lax", "path=/"} <= attributes, header
        assert not any(attribute.startswith("domain") for attribute in attributes)


@pytest.mark.parametrize(("idle", "steps"), [(29 * 60, 3), (31 * 60, 1)])
def test_session_idles_out(
    tax: RelyingParty, resident: Person, visitor: Browser, clock: MovableClock, idle: int, steps: int
) -> None:
    """AC-068: half an hour without a request ends it; use keeps it."""
    sign_in(tax, resident, visitor)
    for _ in range(steps):
        clock.advance(idle)
        step = arrived(visitor.open(tax.ask(prompt="none").url))
    assert ("code" in step.parameters) == (idle < 30 * 60)


def test_session_ends_after_twelve_hours_of_use(
    tax: RelyingParty, resident: Person, visitor: Browser, clock: MovableClock
) -> None:
    """AC-068: absolute, however busy it was."""
    sign_in(tax, resident, visitor)
    for _ in range(28):
        clock.advance(25 * 60)
        assert "code" in arrived(visitor.open(tax.ask(prompt="none").url)).parameters
    clock.advance(25 * 60)
    assert arrived(visitor.open(tax.ask(prompt="none").url)).parameters["error"] == "login_required"


@pytest.mark.parametrize(
    "target",
    ["//evil.example", "/\\evil.example", "https:evil.example", "/\tx", "https://evil.example/", "/%0d%0aLocation:x"],
)
@pytest.mark.parametrize("name", ["next", "return_to", "continue_url", "lang", "back_url", "retry_url"])
def test_no_parameter_sends_a_person_elsewhere(
    tax: RelyingParty, resident: Person, visitor: Browser, name: str, target: str
) -> None:
    """AC-069: whatever stands in a query, the sign-in to the account stays on our own origin."""
    page = shown(visitor.open(f"/signin?{requests.compat.urlencode({name: target})}"))
    assert page.offers("password")
    assert all(form.action.startswith(f"{visitor.issuer}/") for form in page.forms)
    assert all("evil" not in answer.headers.get("Location", "") for answer in visitor.trail)


def test_suspended_person_is_out_at_once(provider: Provider, tax: RelyingParty, visitor: Browser) -> None:
    """AC-133, AC-053: an account that is suspended loses its session and may not start a new one; resumed, it may."""
    person = provider.enrol()
    signed_in = sign_in(tax, person, visitor)
    provider.operate("subscriber", "suspend", person.id, "--reason", "suspected_misuse")
    assert arrived(visitor.open(tax.ask(prompt="none").url)).parameters["error"] == "login_required"
    assert tax.userinfo(signed_in.access_token).status_code == 401
    soon(lambda: shown(visitor.open("/account")).offers("password"))
    page = login(tax, visitor)
    assert attempt(visitor, page, person.username, person.password).status_code == 400
    provider.operate("subscriber", "resume", person.id, "--reason", "matter_settled")
    assert tax.userinfo(signed_in.access_token).status_code == 401
    obtain_code(tax, person, provider.browser())
