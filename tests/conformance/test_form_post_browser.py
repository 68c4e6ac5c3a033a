"""Form Post Basic in a real browser: the page sends itself, under its own policy, to the client and nowhere else."""

from __future__ import annotations

from urllib.parse import parse_qsl

import pytest
from playwright.sync_api import Route

from tests.chromium import Browsers
from tests.conformance.modules import FORM_POST
from tests.conformance.runner import ModuleRun
from tests.protocol.driver import Arrival

pytestmark = pytest.mark.browser


def test_form_post_page_sends_itself(run: ModuleRun, browsers: Browsers) -> None:
    """Chromium posts code, state and `iss` to the client without a hand on any button; the code is good."""
    run.profile = FORM_POST
    run.sign_in()
    request = run.ask(prompt="login")
    target = run.first.redirect_uri
    received: list[tuple[str, str, str]] = []

    def client(route: Route) -> None:
        asked = route.request
        received.append((asked.method, asked.url, asked.post_data or ""))
        route.fulfill(status=200, content_type="text/html", body="<!doctype html><title>Back</title>")

    context = browsers.visitor(trusts_everybody=True)
    context.route("https://first.example/**", client)
    page = context.new_page()
    page.goto(request.url)
    page.locator("input[name=identifier]").fill(run.person.username)
    page.locator("input[name=password]").fill(run.person.password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(target)
    ((method, url, body),) = received
    assert (method, url) == ("POST", target)
    pairs = parse_qsl(body, keep_blank_values=True, strict_parsing=True)
    assert sorted(name for name, _ in pairs) == ["code", "iss", "state"]
    arrival = Arrival(url, url, "form_post", dict(pairs), pairs, 200)
    assert arrival.parameters["state"] == request.get("state")
    assert arrival.parameters["iss"] == run.provider.issuer
    run.redeemed(request, arrival)
