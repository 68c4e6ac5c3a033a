"""OAuth 2.0 Form Post Response Mode 1.0, and which modes a client may ask for."""

import pytest

from tests.protocol.driver import Browser, Person, RelyingParty, arrived, shown
from tests.protocol.expectations import turned_away
from tests.protocol.journey import obtain_code
from tests.protocol.pages import read_page
from tests.protocol.provider import Provider


def test_answer_travels_in_a_form_that_is_not_kept(tax: RelyingParty, resident: Person, visitor: Browser) -> None:
    """2 (oidcc-formpost-basic): a page whose form posts code, state and iss to the client; never cached."""
    request, arrival = obtain_code(tax, resident, visitor, response_mode="form_post")
    assert arrival.mode == "form_post"
    assert arrival.location == tax.redirect_uri
    assert sorted(name for name, _ in arrival.pairs) == ["code", "iss", "state"]
    answer = visitor.trail[-1]
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] in {"same-origin", "no-referrer", "strict-origin"}
    assert tax.redeem(request, arrival).status_code == 200


def test_form_works_without_scripts_and_may_go_to_the_client_only(
    tax: RelyingParty, resident: Person, visitor: Browser
) -> None:
    """2: there is a real button, one form, no token of ours in it, and the policy lets it post to that origin alone."""
    obtain_code(tax, resident, visitor, response_mode="form_post")
    answer = visitor.trail[-1]
    page = read_page(answer.url, answer.status_code, answer.headers, answer.text)
    assert len(page.forms) == 1
    assert page.forms[0].method == "post"
    assert "csrf_token" not in page.forms[0].names
    assert "<button" in answer.text
    policy = dict(part.strip().split(" ", 1) for part in answer.headers["Content-Security-Policy"].split(";"))
    assert policy["form-action"] == "'self' https://tax.example"


def test_state_is_escaped_in_the_form(tax: RelyingParty, resident: Person, visitor: Browser) -> None:
    """AC-018: markup in state stays text and arrives unchanged."""
    state = "\"><script>alert(1)</script>&amp;'"
    _, arrival = obtain_code(tax, resident, visitor, response_mode="form_post", state=state)
    assert arrival.parameters["state"] == state
    assert "<script>alert" not in visitor.trail[-1].text


def test_error_travels_by_the_mode_that_was_asked_for(tax: RelyingParty, visitor: Browser) -> None:
    """2: error responses use the mode too."""
    arrival = arrived(visitor.open(tax.ask(response_mode="form_post", prompt="none").url))
    assert arrival.mode == "form_post"
    assert arrival.parameters["error"] == "login_required"


@pytest.mark.parametrize("mode", ["fragment", "web_message", "query.jwt", "jwt", "QUERY", "form_post query"])
def test_other_modes_are_refused_by_the_registered_one(
    provider: Provider, tax: RelyingParty, visitor: Browser, mode: str
) -> None:
    """AC-011: a mode we do not serve is invalid_request, by query, and no code leaves."""
    request = tax.ask(response_mode=mode)
    arrival = turned_away(
        visitor.open(request.url), "invalid_request", issuer=provider.issuer, state=request.get("state")
    )
    assert arrival.mode == "query"


@pytest.mark.parametrize(("registered", "other"), [("query", "form_post"), ("form_post", "query")])
def test_client_is_held_to_its_registered_mode(
    provider: Provider, resident: Person, visitor: Browser, registered: str, other: str
) -> None:
    """AC-011: a client registered for one mode gets errors and codes by it alone."""
    party = provider.register(response_modes=[registered])
    refusal = arrived(visitor.open(party.ask(response_mode=other).url))
    assert refusal.parameters["error"] == "invalid_request"
    assert refusal.mode == registered
    _, arrival = obtain_code(party, resident, visitor, response_mode=None)
    assert arrival.mode == registered


def test_native_app_may_use_a_form_only_where_a_browser_can(app: RelyingParty, visitor: Browser) -> None:
    """A private scheme is never put into a page's script or link by an error: the answer stays a plain redirect."""
    arrival = arrived(visitor.open(app.ask(prompt="none").url))
    assert arrival.location.startswith("com.example.pocket:/callback?error=login_required")
    assert shown(visitor.open("/")).status == 200
