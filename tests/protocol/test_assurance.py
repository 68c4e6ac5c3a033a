"""Levels of assurance as a service, a resource server and a person meet them: asked for, stepped up to, told."""

from __future__ import annotations

import json
import re

import pytest

from tests.live import MovableClock
from tests.protocol.driver import Browser, Person, RelyingParty, arrived, shown
from tests.protocol.expectations import turned_away
from tests.protocol.journey import add_code_generator, obtain_code, sign_in, told_what_is_missing
from tests.protocol.provider import Provider

ESSENTIAL_2 = json.dumps({"id_token": {"acr": {"essential": True, "values": ["nid:2"]}}})


@pytest.fixture
def person(provider: Provider) -> Person:
    """Somebody proofed to the second level, with a password."""
    return provider.enrol(ial=2, email_verified=False)


@pytest.fixture
def stepping(person: Person, tax: RelyingParty, visitor: Browser) -> Person:
    """The same, signed in with the password, who added a code generator afterwards."""
    sign_in(tax, person, visitor)
    add_code_generator(visitor, person)
    return person


def test_step_up_asks_one_thing_more_and_tells_the_truth(
    provider: Provider, tax: RelyingParty, stepping: Person, visitor: Browser, clock: MovableClock
) -> None:
    """AC-066, RFC 9470 section 5: no second password; new session secret, same session; acr, amr, auth_time are new."""
    first = sign_in(tax, stepping, visitor)
    before = visitor.cookie("session")
    clock.advance(120)
    request = tax.ask(claims=ESSENTIAL_2)
    page = shown(visitor.open(request.url))
    assert page.offers("code")
    assert not page.offers("password")
    arrival = arrived(visitor.submit(page, "code", code=stepping.code()))
    claims = tax.read(tax.redeem(request, arrival).json()["id_token"]).claims
    assert claims["acr"] == "nid:2"
    assert claims["amr"] == ["pwd", "otp", "mfa"]
    assert claims["auth_time"] >= first.id_claims["auth_time"] + 120
    assert claims["sid"] == first.id_claims["sid"]
    assert visitor.cookie("session") != before
    rows = provider.events("session.started", subscriber_id=stepping.id)
    assert [row["body"]["renewed"] for row in rows] == [False, True]
    assert sign_in(tax, stepping, visitor, claims=ESSENTIAL_2).id_claims["acr"] == "nid:2"


def test_old_secret_opens_nothing_after_a_step_up(
    provider: Provider, tax: RelyingParty, stepping: Person, visitor: Browser
) -> None:
    """AC-066: whoever held the cookie of before the step-up is signed out."""
    thief = visitor.cookie("session")
    obtain_code(tax, stepping, visitor, claims=ESSENTIAL_2)
    name = next(cookie.name for cookie in visitor.http.cookies if cookie.name.endswith("session"))
    for secret, told in ((thief, "error=login_required"), (visitor.cookie("session"), "code=")):
        answer = provider.browser().raw("GET", tax.ask(prompt="none").url, headers={"Cookie": f"{name}={secret}"})
        assert told in answer.headers["Location"]


def test_step_up_ends_with_the_session_it_rests_on(
    provider: Provider, tax: RelyingParty, stepping: Person, visitor: Browser
) -> None:
    """AC-070: signed out in another tab, the second step alone opens nothing: the password is asked again."""
    page = shown(visitor.open(tax.ask(claims=ESSENTIAL_2).url))
    assert page.offers("code")
    visitor.submit(shown(visitor.open("/oauth/logout")), "csrf_token")
    begun = len(provider.events("session.started", subscriber_id=stepping.id))
    after = shown(visitor.submit(page, "code", code=stepping.code()))
    assert after.offers("password")
    assert len(provider.events("session.started", subscriber_id=stepping.id)) == begun


def test_step_up_belongs_to_its_browser(
    provider: Provider, tax: RelyingParty, stepping: Person, visitor: Browser
) -> None:
    """AC-066: the address of a step-up under way opens nothing in another browser."""
    page = shown(visitor.open(tax.ask(claims=ESSENTIAL_2).url))
    other = provider.browser()
    there = shown(other.open(page.url))
    assert there.status == 400
    assert not there.offers("code")
    assert stepping.totp_secret is not None


def test_wish_can_be_passed_over(tax: RelyingParty, stepping: Person, visitor: Browser) -> None:
    """Core 3.1.2.1: acr_values are tried where the person has the means; they may go on without, and it is told so."""
    request = tax.ask(acr_values="nid:2")
    page = shown(visitor.open(request.url))
    assert page.offers("code")
    ways = shown(visitor.open(page.url + "/ways"))
    arrival = arrived(visitor.submit(ways, "skip", skip="now"))
    claims = tax.read(tax.redeem(request, arrival).json()["id_token"]).claims
    assert claims["acr"] == "nid:1"
    assert claims["amr"] == ["pwd"]
    assert sign_in(tax, stepping, visitor, acr_values="nid:2").id_claims["acr"] == "nid:2"


@pytest.mark.parametrize("already", [False, True])
def test_wish_of_somebody_without_means_asks_nothing(
    provider: Provider, tax: RelyingParty, visitor: Browser, already: bool
) -> None:
    """Core 5.5.1.1: nobody without a second factor sees a page for a level that was only wished for."""
    person = provider.enrol(ial=3, email=None, email_verified=None)
    if already:
        sign_in(tax, person, visitor)
        assert "code" in arrived(visitor.open(tax.ask(acr_values="nid:3").url)).parameters
    assert sign_in(tax, person, visitor, acr_values="nid:3").id_claims["acr"] == "nid:1"


def test_need_of_somebody_without_means_is_explained_first(
    provider: Provider, tax: RelyingParty, person: Person, visitor: Browser
) -> None:
    """The person is told what to add and where, can go on after it, and only then is the service told no."""
    request = tax.ask(claims=ESSENTIAL_2)
    page = shown(person.go_on(visitor, visitor.open(request.url)))
    assert page.status == 403
    assert any(link.endswith("/account/methods") for link in page.links.values())
    step = told_what_is_missing(visitor, page)
    turned_away(step, "unmet_authentication_requirements", issuer=provider.issuer, state=request.get("state"))
    again = shown(visitor.open(tax.ask(claims=ESSENTIAL_2).url))
    add_code_generator(visitor, person)
    next_url = next(url for text, url in again.links.items() if "go on" in text)
    ready = shown(visitor.open(next_url))
    assert ready.offers("code")
    assert "code" in arrived(person.go_on(visitor, ready)).parameters


def test_silent_request_is_told_what_a_page_could_change(
    provider: Provider, tax: RelyingParty, person: Person, resident: Person
) -> None:
    """Core 3.1.2.6: interaction_required where a stronger sign-in would do; unmet where only a visit would."""
    for somebody, error in ((person, "interaction_required"), (resident, "unmet_authentication_requirements")):
        browser = provider.browser()
        sign_in(tax, somebody, browser)
        request = tax.ask(claims=ESSENTIAL_2, prompt="none")
        turned_away(browser.open(request.url), error, issuer=provider.issuer, state=request.get("state"))
        assert "code" in arrived(browser.open(tax.ask(acr_values="nid:2", prompt="none").url)).parameters


def test_scope_with_a_level_is_stepped_up_to(provider: Provider, person: Person, visitor: Browser) -> None:
    """A scope that needs a level asks for it, also of a resource server, and the service hears no below it."""
    vault = provider.register(scope="openid vault.open")
    assert sign_in(vault, person, visitor).id_claims["acr"] == "nid:1"
    request = vault.ask(scope="openid vault.open")
    step = told_what_is_missing(visitor, person.go_on(visitor, visitor.open(request.url)))
    turned_away(step, "unmet_authentication_requirements", issuer=provider.issuer, state=request.get("state"))
    add_code_generator(visitor, person)
    assert sign_in(vault, person, visitor, scope="openid vault.open").id_claims["acr"] == "nid:2"


def test_resource_server_learns_the_level_and_challenges(
    tax: RelyingParty, stepping: Person, visitor: Browser, clock: MovableClock
) -> None:
    """RFC 9470 sections 4 to 6: introspection tells acr and auth_time; acr_values with max_age bring a better token."""
    weak = sign_in(tax, stepping, visitor)
    seen = tax.introspect(weak.access_token)
    assert (seen["acr"], seen["auth_time"]) == ("nid:1", weak.id_claims["auth_time"])
    clock.advance(300)
    strong = sign_in(tax, stepping, visitor, acr_values="nid:2", max_age="60")
    told = tax.introspect(strong.access_token)
    assert told["acr"] == "nid:2"
    assert told["auth_time"] >= seen["auth_time"] + 300


def test_other_ways_are_offered_to_who_has_them(
    provider: Provider, tax: RelyingParty, guarded: Person, visitor: Browser
) -> None:
    """From the code page a link leads to the other ways: at least two for somebody who has two."""
    page = shown(visitor.open(tax.ask().url))
    code = shown(visitor.submit(page, "identifier", identifier=guarded.username, password=guarded.password))
    link = next(url for text, url in code.links.items() if "another way" in text)
    ways = shown(visitor.open(link))
    assert {"totp", "email"} <= set(ways.form("method").choices)
    other = shown(visitor.submit(ways, "method", method="email", lang="fr"))
    assert other.language == "fr"
    assert other.form("method").choices["email"]
    wrong = shown(visitor.submit(ways, "method", method="face", lang="en"))
    assert wrong.status == 200
    wrong = shown(visitor.submit(ways, "method", method="face"))
    assert wrong.status == 400
    assert re.search(r"<title>Error:", wrong.text)
    back = shown(visitor.submit(ways, "method", method="totp"))
    assert "code" in arrived(guarded.go_on(visitor, back)).parameters
    assert provider.issuer


def test_staff_do_not_get_in_without_a_passkey(provider: Provider, tax: RelyingParty, visitor: Browser) -> None:
    """AC-101: the right password and a right code: no session; the page says that a passkey is needed."""
    made = provider.operate(
        "staff", "create", document={"username": "officer1", "password": "brisk otter lantern 44", "totp": True}
    )
    page = shown(visitor.open(tax.ask().url))
    told = shown(visitor.submit(page, "identifier", identifier="officer1", password="brisk otter lantern 44"))
    assert told.status == 403
    assert "passkey" in told.heading
    assert visitor.cookie("session") is None
    assert provider.events("session.started", subscriber_id=made["id"]) == []


def test_activation_link_works_once_and_opens_no_service(
    provider: Provider, tax: RelyingParty, visitor: Browser
) -> None:
    """AC-101: the link leads to the page that adds a passkey; no service is reached with it, and no second time."""
    made = provider.operate("staff", "create", document={"username": "officer2"})
    offer = shown(visitor.open(made["activation_url"]))
    assert shown(visitor.open(made["activation_url"])).status == 200, "opening the link spends nothing"
    page = shown(visitor.submit(offer, "csrf_token"))
    assert page.url.endswith("/account/passkeys/add")
    assert "login_required" in arrived(visitor.open(tax.ask(prompt="none").url)).parameters["error"]
    assert shown(visitor.open(tax.ask().url)).offers("password")
    assert shown(provider.browser().open(made["activation_url"])).status == 404
    again = provider.operate("staff", "activate", made["id"])
    assert shown(provider.browser().open(again["activation_url"])).status == 200
