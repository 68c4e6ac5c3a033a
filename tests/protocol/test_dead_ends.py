"""No dead ends: expired, cookies off, Back, two tabs, old links."""

import pytest

from tests.live import MovableClock
from tests.protocol.driver import Arrival, Browser, Page, Person, RelyingParty, arrived, shown
from tests.protocol.expectations import stopped
from tests.protocol.journey import login, sign_in


def test_expired_sign_in_begins_again_with_one_link(
    tax: RelyingParty, resident: Person, visitor: Browser, clock: MovableClock
) -> None:
    """After half an hour the page says so and leads back into the very same request."""
    request = tax.ask(scope="openid email")
    page = shown(visitor.open(request.url))
    clock.advance(31 * 60)
    late = shown(visitor.submit(page, "identifier", identifier=resident.username, password=resident.password))
    assert late.status == 400
    again = next(url for url in late.links.values() if "/oauth/authorize" in url)
    arrival = arrived(resident.go_on(visitor, visitor.open(again)))
    assert arrival.parameters["state"] == request.get("state")
    assert tax.redeem(request, arrival).status_code == 200


def test_browser_without_cookies_is_told_what_to_do(tax: RelyingParty, visitor: Browser) -> None:
    """Cookies off is a page with help, never a loop, and it hands nobody the request of another browser."""
    page = login(tax, visitor)
    visitor.http.cookies.clear()
    told = stopped(visitor.open(page.url))
    assert "cookie" in told.text.lower()
    assert told.links
    assert not any("/oauth/authorize" in url for url in told.links.values())


def test_going_back_after_the_end_is_explained(tax: RelyingParty, resident: Person, visitor: Browser) -> None:
    """Back to the finished form, sent again, does nothing twice and leads on."""
    page = login(tax, visitor)
    form = page.form("password")
    filled = [*((n, v) for n, v in form.held if n not in {"identifier", "password"}),
              ("identifier", resident.username), ("password", resident.password)]  # fmt: skip
    assert isinstance(resident.go_on(visitor, visitor.open(form.action, filled)), Arrival)
    again = shown(visitor.open(form.action, filled))
    assert again.status == 409
    assert again.links
    assert shown(visitor.open(page.url)).status == 409


def test_two_tabs_do_not_disturb_each_other(
    tax: RelyingParty, clinic: RelyingParty, resident: Person, visitor: Browser
) -> None:
    """Two sign-ins in one browser both finish; the second needs no password once the first is through."""
    first_request, second_request = tax.ask(), clinic.ask()
    first, second = shown(visitor.open(first_request.url)), shown(visitor.open(second_request.url))
    assert arrived(resident.go_on(visitor, first)).parameters["state"] == first_request.get("state")
    step = visitor.open(second.url)
    assert not (isinstance(step, Page) and step.offers("password"))
    assert arrived(resident.go_on(visitor, step)).parameters["state"] == second_request.get("state")


def test_second_service_needs_no_second_password(
    tax: RelyingParty, clinic: RelyingParty, resident: Person, visitor: Browser
) -> None:
    """Single sign-on: one password, then consent alone."""
    sign_in(tax, resident, visitor)
    step = visitor.open(clinic.ask(prompt="consent").url)
    assert shown(step).offers("decision")
    assert not shown(step).offers("password")
    assert isinstance(resident.go_on(visitor, step), Arrival)


@pytest.mark.parametrize(
    "path",
    [
        "/signin/x",
        "/signin/wt_" + "A" * 43,
        "/consent/wt_" + "A" * 43,
        "/oauth/resume/wt_" + "A" * 43,
        "/signin/" + "a" * 3000,
    ],
)
def test_unknown_transaction_has_a_way_on(visitor: Browser, path: str) -> None:
    """A link from long ago, or an invented one: a plain page, never a 500."""
    page = shown(visitor.open(path))
    assert page.status in {400, 404}
    assert page.links
