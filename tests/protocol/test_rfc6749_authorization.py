"""RFC 6749 sections 3.1, 4.1.1 and 4.1.2: the authorization endpoint, its answers, and where it never sends anybody."""

import pytest

from tests.protocol.driver import Arrival, Browser, Person, RelyingParty, arrived, shown
from tests.protocol.expectations import soon, stopped, turned_away
from tests.protocol.journey import obtain_code
from tests.protocol.provider import Provider

STATES = ["plain", "a b+c%20d&e=f;g", "<script>alert(1)</script>\"'", "\u00e9\u4e2d\U0001f600", "s" * 2048]


@pytest.fixture(scope="module")
def odd(provider: Provider) -> RelyingParty:
    """A service whose one address has a query of its own."""
    return provider.register(host="odd.example", redirect_uris=["https://odd.example/callback?tenant=a%20b&x=1"])


def test_answer_has_code_state_and_issuer_and_nothing_else(
    provider: Provider, tax: RelyingParty, resident: Person, visitor: Browser
) -> None:
    """4.1.2: the code goes to the registered address with the state as sent; the answer is not kept (10.5)."""
    request, arrival = obtain_code(tax, resident, visitor)
    assert arrival.address == tax.redirect_uri
    assert arrival.status == 303
    assert sorted(name for name, _ in arrival.pairs) == ["code", "iss", "state"]
    assert arrival.parameters["state"] == request.get("state")
    assert 32 <= len(arrival.parameters["code"]) <= 512
    assert visitor.trail[-1].headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("state", STATES)
def test_state_returns_unchanged(tax: RelyingParty, resident: Person, visitor: Browser, state: str) -> None:
    """4.1.2: exactly the value received from the client, whatever it holds, in success and in refusal."""
    _, arrival = obtain_code(tax, resident, visitor, state=state)
    assert arrival.parameters["state"] == state
    refusal = arrived(visitor.open(tax.ask(state=state, response_type="token").url))
    assert refusal.parameters["state"] == state


def test_state_longer_than_accepted_is_refused_not_cut(provider: Provider, tax: RelyingParty, visitor: Browser) -> None:
    """AC-018: an oversized state is an error without a state, never a shortened one."""
    turned_away(visitor.open(tax.ask(state="s" * 2049).url), "invalid_request", issuer=provider.issuer, state=None)


def test_request_without_state_is_answered_without_state(tax: RelyingParty, resident: Person, visitor: Browser) -> None:
    """4.1.2: state is only in the answer if it was in the request."""
    _, arrival = obtain_code(tax, resident, visitor, state=None)
    assert "state" not in arrival.parameters


def test_request_by_post_works_like_get(tax: RelyingParty, resident: Person, visitor: Browser) -> None:
    """3.1: POST may be supported (oidcc-ensure-post-request-succeeds); the code it yields is good."""
    request = tax.ask()
    step = visitor.open(tax.discovery["authorization_endpoint"], request.parameters)
    arrival = arrived(resident.go_on(visitor, step))
    assert tax.redeem(request, arrival).status_code == 200


def test_parameters_in_another_order_and_unknown_ones_do_no_harm(
    tax: RelyingParty, resident: Person, visitor: Browser
) -> None:
    """3.1: unknown ones are ignored (oidcc-ensure-request-with-unknown-parameter-succeeds, -alternate-happy-flow)."""
    request = tax.ask(scope="email profile openid", extra="x", unknown="<b>", foo="")
    shuffled = sorted(request.parameters)
    arrival = arrived(resident.go_on(visitor, visitor.open(tax.discovery["authorization_endpoint"], shuffled)))
    assert tax.redeem(request, arrival).json()["scope"].split() == ["email", "profile", "openid"]


def test_parameter_without_value_counts_as_absent(
    provider: Provider, tax: RelyingParty, resident: Person, visitor: Browser
) -> None:
    """3.1: an empty state, nonce, prompt or max_age is as if omitted; an empty required one is missing."""
    _, arrival = obtain_code(tax, resident, visitor, state="", nonce="", prompt="", max_age="", response_mode="")
    assert "state" not in arrival.parameters
    turned_away(
        visitor.open(tax.ask(response_type="", state="s").url), "invalid_request", issuer=provider.issuer, state="s"
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": None},
        {"client_id": ""},
        {"client_id": "nobody"},
        {"client_id": "x" * 5000},
        {"client_id": "tax'; drop table client; --"},
        {"redirect_uri": None},
        {"redirect_uri": ""},
    ],
    ids=[
        "no-client",
        "empty-client",
        "unknown-client",
        "long-client",
        "quoted-client",
        "no-redirect",
        "empty-redirect",
    ],
)
def test_unknown_client_or_absent_redirect_uri_stops_on_a_page(
    tax: RelyingParty, visitor: Browser, changes: dict[str, str | None]
) -> None:
    """4.1.2.1: with a missing or unknown client or redirect URI nobody is redirected; the person is told."""
    stopped(visitor.open(tax.ask(**changes).url))


def test_redirect_uri_is_needed_when_two_are_registered(app: RelyingParty, visitor: Browser) -> None:
    """3.1.2.3 (oidcc-ensure-redirect-uri-in-authorization-request): two registered and none sent ends on a page."""
    stopped(visitor.open(app.ask(redirect_uri=None).url))


@pytest.mark.parametrize(
    "uri",
    [
        "https://tax.example/callback/",
        "https://tax.example/callback/extra",
        "https://tax.example/callback?next=1",
        "https://tax.example/callback#part",
        "https://tax.example/callback%20",
        "https://tax.example/callback\n",
        "https://tax.example/call",
        "https://tax.example/",
        "https://tax.example@evil.example/callback",
        "https://tax.example/callback@evil@x/cb",
        "https://evil.example/callback",
        "https://tax.example.evil.example/callback",
        "https://tax.example/..;/callback",
        "https://tax.example/x/%2e%2e/callback",
        "https://tax.example/%2e%2e%2fcallback",
        "https://tax.example/callback\\..\\evil",
        "https:\\\\tax.example\\callback",
        "https://tax.example//callback",
        "HTTPS://tax.example/callback",
        "https://TAX.example/callback",
        "https://tax.example/Callback",
        "https://taxxexample/callback",
        "https://tax.example:443/callback",
        "http://tax.example/callback",
        "//tax.example/callback",
        "javascript:alert(1)//https://tax.example/callback",
        "https://tax.example/callback" + "a" * 4000,
    ],
)
def test_redirect_uri_that_is_not_registered_byte_for_byte_stops_on_a_page(
    provider: Provider, tax: RelyingParty, visitor: Browser, uri: str
) -> None:
    """AC-001, AC-002, AC-003, AC-004: no redirect to anything but a registered address; the attempt is audited."""
    before = len(provider.events("client.redirect_mismatch", client_id=tax.client_id))
    page = stopped(visitor.open(tax.ask(redirect_uri=uri).url))
    assert all(link.startswith(f"{provider.issuer}/") for link in page.links.values())
    assert len(provider.events("client.redirect_mismatch", client_id=tax.client_id)) == before + 1


@pytest.mark.parametrize(
    "changes",
    [
        {"response_type": "token"},
        {"response_type": "id_token token"},
        {"prompt": "none"},
        {"scope": "unheard-of"},
        {"response_mode": "fragment"},
        {"request": "eyJhbGciOiJub25lIn0.e30."},
    ],
)
def test_foreign_redirect_uri_is_seen_before_any_other_fault(
    tax: RelyingParty, visitor: Browser, changes: dict[str, str]
) -> None:
    """AC-006, AC-007: no fault, and no prompt=none, makes us send an error to an unregistered address."""
    stopped(visitor.open(tax.ask(redirect_uri="https://evil.example/cb", **changes).url))


def test_query_of_a_registered_redirect_uri_is_kept(
    provider: Provider, odd: RelyingParty, resident: Person, visitor: Browser
) -> None:
    """3.1.2 (oidcc-redirect-uri-query-OK): the query component is retained when parameters are added."""
    request, arrival = obtain_code(odd, resident, visitor)
    assert arrival.location.startswith("https://odd.example/callback?tenant=a%20b&x=1&")
    assert odd.redeem(request, arrival).status_code == 200
    assert arrived(visitor.open(odd.ask(scope="nothing").url)).location.startswith(f"{odd.redirect_uri}&error=")


@pytest.mark.parametrize(
    "uri",
    [
        "https://odd.example/callback",
        "https://odd.example/callback?tenant=a+b&x=1",
        "https://odd.example/callback?x=1&tenant=a%20b",
        "https://odd.example/callback?tenant=a%20b&x=1&y=2",
    ],
)
def test_query_of_a_redirect_uri_is_part_of_the_comparison(odd: RelyingParty, visitor: Browser, uri: str) -> None:
    """AC-001 (oidcc-redirect-uri-query-mismatch, -query-added): another spelling or an addition ends on a page."""
    stopped(visitor.open(odd.ask(redirect_uri=uri).url))


@pytest.mark.parametrize("port", ["", ":1", ":8080", ":65535"])
def test_native_app_may_use_any_loopback_port(app: RelyingParty, resident: Person, visitor: Browser, port: str) -> None:
    """AC-008, RFC 8252 7.3: any port on the registered loopback address, and the exchange holds the code to it."""
    uri = f"http://127.0.0.1{port}/callback"
    request, arrival = obtain_code(app, resident, visitor, redirect_uri=uri)
    assert arrival.address == uri
    assert app.redeem(request, arrival).status_code == 200


@pytest.mark.parametrize(
    "uri",
    [
        "http://localhost:8080/callback",
        "http://127.0.0.1:8080/other",
        "http://127.0.0.2:8080/callback",
        "http://127.0.0.1:8080@evil.example/callback",
        "http://127.0.0.1:port/callback",
        "http://127.0.0.1:8080/callback?x=1",
        "https://127.0.0.1:8080/callback",
        "com.example.other:/callback",
        "com.example.pocket:/callback/more",
    ],
)
def test_native_app_may_vary_nothing_but_the_port(app: RelyingParty, visitor: Browser, uri: str) -> None:
    """AC-008: host, path, scheme and query of a native redirect URI stay exact."""
    stopped(visitor.open(app.ask(redirect_uri=uri).url))


def test_web_client_on_loopback_is_held_to_its_port(provider: Provider, resident: Person, visitor: Browser) -> None:
    """AC-008: where a test installation allows loopback for a web client, the port is part of the address."""
    local = provider.register(redirect_uris=["http://localhost:7001/cb"], post_logout_redirect_uris=[])
    obtain_code(local, resident, visitor)
    stopped(visitor.open(local.ask(redirect_uri="http://localhost:7002/cb").url))
    stopped(visitor.open(local.ask(redirect_uri="http://127.0.0.1:7001/cb").url))


@pytest.mark.parametrize("name", ["state", "scope", "client_id", "redirect_uri", "nonce", "code_challenge"])
def test_parameter_sent_twice_stops_on_a_page(tax: RelyingParty, visitor: Browser, name: str) -> None:
    """3.1: request parameters must not be included more than once."""
    request = tax.ask()
    stopped(visitor.open(tax.ask(**{name: [request.get(name), request.get(name)]}).url))


@pytest.mark.parametrize("name", ["state", "redirect_uri", "scope", "client_id"])
def test_parameter_in_query_and_body_stops_on_a_page(tax: RelyingParty, visitor: Browser, name: str) -> None:
    """AC-009: a parameter in the body and another value in the query is an invalid request, shown as a page."""
    request = tax.ask()
    stopped(visitor.open(f"{tax.discovery['authorization_endpoint']}?{name}=other", request.parameters))


@pytest.mark.parametrize(
    "response_type", ["token", "id_token", "id_token token", "code id_token", "code token", "none", "CODE", "code code"]
)
def test_only_the_code_flow_is_served(
    provider: Provider, tax: RelyingParty, visitor: Browser, response_type: str
) -> None:
    """AC-010, 4.1.2.1: every other response type is unsupported_response_type at the registered address."""
    request = tax.ask(response_type=response_type)
    turned_away(
        visitor.open(request.url), "unsupported_response_type", issuer=provider.issuer, state=request.get("state")
    )


def test_missing_response_type_is_an_invalid_request(provider: Provider, tax: RelyingParty, visitor: Browser) -> None:
    """3.1.1 (oidcc-response-type-missing): the client is told invalid_request."""
    request = tax.ask(response_type=None)
    turned_away(visitor.open(request.url), "invalid_request", issuer=provider.issuer, state=request.get("state"))


@pytest.mark.parametrize(
    "scope",
    [
        None,
        "",
        "openid unheard-of",
        "openid admin",
        "openid\u00a0profile",
        'openid "x',
        "openid \\",
        "openid " + "s" * 300,
    ],
)
def test_scope_that_the_client_may_not_have_is_invalid(
    provider: Provider, tax: RelyingParty, visitor: Browser, scope: str | None
) -> None:
    """AC-019, 3.3: unknown, unregistered, malformed or missing scope is invalid_scope, before anybody signs in."""
    request = tax.ask(scope=scope)
    turned_away(visitor.open(request.url), "invalid_scope", issuer=provider.issuer, state=request.get("state"))


def test_offline_access_needs_registration(provider: Provider, visitor: Browser) -> None:
    """AC-019: a client registered without offline_access cannot ask for it."""
    narrow = provider.register(scope="openid email")
    request = narrow.ask(scope="openid offline_access")
    turned_away(visitor.open(request.url), "invalid_scope", issuer=provider.issuer, state=request.get("state"))


def test_person_who_says_no_sends_access_denied(provider: Provider, tax: RelyingParty, visitor: Browser) -> None:
    """4.1.2.1: denial is access_denied with state and issuer, no code, and the next request asks again."""
    person = provider.enrol()
    request = tax.ask(scope="openid profile")
    step = person.go_on(visitor, visitor.open(request.url), decision="deny")
    turned_away(step, "access_denied", issuer=provider.issuer, state=request.get("state"))
    assert shown(visitor.open(tax.ask(scope="openid profile").url)).offers("decision")


def test_disabled_client_stops_on_a_page_and_comes_back_when_enabled(
    provider: Provider, resident: Person, visitor: Browser
) -> None:
    """AC-133: a disabled client is refused within a second, also for a person half way through."""
    party = provider.register()
    request = party.ask()
    half_way = visitor.open(request.url)
    other = provider.browser()
    provider.operate("client", "disable", party.client_id)
    soon(lambda: other.raw("GET", request.url).status_code == 400)
    stopped(other.open(request.url))
    stopped(resident.go_on(visitor, half_way))
    provider.operate("client", "enable", party.client_id)
    soon(lambda: other.raw("GET", request.url).status_code == 303)
    assert isinstance(resident.go_on(other, other.open(request.url)), Arrival)


def test_second_factor_cannot_be_skipped(tax: RelyingParty, guarded: Person, visitor: Browser) -> None:
    """AC-070: after the password, consent and resume addresses lead back to the pending step and yield no code."""
    login = shown(visitor.open(tax.ask().url))
    asked = shown(visitor.submit(login, "identifier", identifier=guarded.username, password=guarded.password))
    assert asked.offers("code")
    transaction = asked.url.rpartition("/signin/")[2].partition("/")[0].partition("?")[0]
    for path in (f"/oauth/resume/{transaction}", f"/consent/{transaction}", f"/signin/{transaction}"):
        page = shown(visitor.open(path))
        assert page.offers("code") or page.offers("identifier"), (path, page.heading)
    assert visitor.cookie("session") is None
    forced = visitor.raw("POST", f"/consent/{transaction}", data={"decision": "allow"})
    assert forced.status_code in {303, 400, 403}
    assert "code=" not in forced.headers.get("Location", "")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE"])
def test_other_methods_are_not_allowed(tax: RelyingParty, visitor: Browser, method: str) -> None:
    """AC-131, 3.1: GET and POST only; nothing is parked for anything else."""
    answer = visitor.raw(method, tax.ask().url)
    assert answer.status_code == 405
    assert "Location" not in answer.headers
