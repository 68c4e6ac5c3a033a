"""Beginning without end: what one address may leave with us has a bound, and nobody else feels it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.abuse.conftest import BEGUN
from tests.abuse.watch import Watch
from tests.protocol.driver import Browser, Person, RelyingParty, arrived, shown
from tests.protocol.expectations import stopped
from tests.protocol.journey import sign_in
from tests.protocol.pages import Arrival
from tests.protocol.provider import Provider

OFFICE = "198.51.100.77"


@pytest.fixture
def crowd(provider: Provider) -> Iterator[Browser]:
    """A browser at an address that already began as many sign-ins as an address may."""
    browser = Browser(provider.issuer, OFFICE)
    for number in range(BEGUN):
        status = browser.raw("GET", "/signin").status_code
        if status == 429:
            assert number == 0  # a test before this one
            break
        assert status == 303
    yield browser
    browser.http.close()


def test_sign_ins_begun_from_one_address_are_bounded(
    watch: Watch, provider: Provider, tax: RelyingParty, crowd: Browser
) -> None:
    """Each parks kilobytes for hours: beyond the bound it is 429 with Retry-After, counted, and nothing is parked."""
    url = tax.ask(scope="openid email").url
    with watch.attack() as scene:
        refusals = [crowd.raw("GET", url), crowd.raw("GET", "/signin"), crowd.raw("POST", url)]
    for refusal in refusals:
        assert refusal.status_code == 429
        assert 0 < int(refusal.headers["Retry-After"]) <= 300
        assert "Location" not in refusal.headers
    assert scene.throttled == {"place": 3}
    assert scene.left_nothing()
    page = stopped(crowd.open(url), 429)
    assert any("scope=openid+email" in link for link in page.links.values())
    other = provider.browser()
    assert shown(other.open(url)).offers("password")


def test_people_at_a_crowded_address_go_on_with_what_they_have(
    provider: Provider, tax: RelyingParty, resident: Person, crowd: Browser
) -> None:
    """Whoever is signed in, or was asked already, is not held up: single sign-on parks nothing."""
    signed_in = sign_in(tax, resident, provider.browser())
    signed_in.browser.http.headers["X-Forwarded-For"] = OFFICE
    again = arrived(signed_in.browser.open(tax.ask().url))
    assert "code" in again.parameters
    half_way = provider.browser()
    page = half_way.open(tax.ask().url)
    half_way.http.headers["X-Forwarded-For"] = OFFICE
    assert isinstance(resident.go_on(half_way, page), Arrival)
    assert crowd.raw("GET", "/signin").status_code == 429
