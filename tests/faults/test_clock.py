"""The clock of a server is wrong for a while: nothing breaks, nothing opens, nobody is caught."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.installation import AGE_SECONDS, Installation
from tests.protocol.driver import Arrival, Person, RelyingParty, arrived, shown
from tests.protocol.expectations import refused
from tests.protocol.journey import login, obtain_code, sign_in
from tests.protocol.provider import Provider

HOUR = 3600.0


@pytest.fixture(scope="module")
def provider(installation: Installation) -> Provider:
    """The provider."""
    return installation.provider


@pytest.fixture(scope="module")
def service(provider: Provider) -> RelyingParty:
    """A service with tokens of its own, too."""
    return provider.register(grant_types=["authorization_code", "refresh_token", "client_credentials"])


@pytest.fixture(scope="module")
def person(provider: Provider) -> Person:
    """A person with a password."""
    return provider.enrol()


@pytest.fixture
def hour_ahead(installation: Installation) -> Iterator[None]:
    """The clock, an hour ahead when a test begins."""
    installation.clock.advance(HOUR)
    yield
    installation.clock.reset()


def test_spent_code_and_token_stay_spent_when_the_clock_is_set_back(
    installation: Installation, provider: Provider, service: RelyingParty, person: Person, hour_ahead: None
) -> None:
    """AC-027, AC-039: what was used in the wrong hour is refused in the right one."""
    request, arrival = obtain_code(service, person, provider.browser(), scope="openid")
    first = service.redeem(request, arrival).json()["refresh_token"]
    second = service.refresh(first).json()["refresh_token"]
    service.refresh(second)
    installation.clock.reset()
    refused(service.refresh(first), "invalid_grant")
    refused(service.redeem(request, arrival), "invalid_grant")


def test_grace_for_retries_does_not_grow_when_the_clock_is_set_back(
    installation: Installation, provider: Provider, service: RelyingParty, person: Person, hour_ahead: None
) -> None:
    """AC-039, AC-040: the token before the live one is honoured for ten seconds, not for ten seconds and an hour."""
    request, arrival = obtain_code(service, person, provider.browser(), scope="openid")
    first = service.redeem(request, arrival).json()["refresh_token"]
    live = service.refresh(first).json()["refresh_token"]
    installation.clock.reset()
    refused(service.refresh(first), "invalid_grant")
    refused(service.refresh(live), "invalid_grant")


def test_token_given_up_while_too_old_stays_given_up(installation: Installation, service: RelyingParty) -> None:
    """RFC 7009 2: it was acknowledged; a clock that is set back does not bring the token back."""
    token = service.post("token_endpoint", {"grant_type": "client_credentials"}).json()["access_token"]
    installation.clock.advance(HOUR)
    assert service.revoke(token).status_code == 200
    installation.clock.reset()
    assert service.introspect(token) == {"active": False}


@pytest.mark.parametrize("prompt", ["login", "consent"])
def test_sign_in_under_way_when_the_clock_is_set_back_can_begin_again(
    installation: Installation, provider: Provider, service: RelyingParty, person: Person, prompt: str, hour_ahead: None
) -> None:
    """AC-066: a person who is asked something afresh is not asked for ever: they can begin again, and it works."""
    browser = provider.browser()
    page = login(service, browser, prompt=prompt)
    installation.clock.reset()
    step = shown(person.go_on(browser, page))
    assert step.status == 400
    again = next(url for url in step.links.values() if "/oauth/authorize" in url)
    assert isinstance(person.go_on(browser, browser.open(again)), Arrival)


def test_session_survives_an_hour_back(
    installation: Installation, provider: Provider, service: RelyingParty, person: Person
) -> None:
    """AC-068: limits are reached later, never skipped; a live session is of use before and after."""
    signed_in = sign_in(service, person, provider.browser())
    for hours in (-HOUR, HOUR):
        installation.clock.advance(hours)
        assert "code" in arrived(signed_in.browser.open(service.ask(prompt="none").url)).parameters
        assert service.introspect(signed_in.access_token)["active"] is True


def test_clock_before_the_first_key_is_an_outage_and_no_bug(
    installation: Installation, provider: Provider, service: RelyingParty
) -> None:
    """AC-119: no key may sign yet: 503 with Retry-After and a readiness that says so, never 500."""
    installation.clock.advance(-AGE_SECONDS - HOUR)
    answer = service.post("token_endpoint", {"grant_type": "client_credentials"})
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) >= 1
    assert provider.live.get("/health/ready").status_code == 503
    assert provider.live.get("/oauth/jwks").status_code == 200
