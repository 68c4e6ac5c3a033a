"""AC-116, AC-123, AC-124: a store goes away. Nothing fails open, everybody is told to come back, it recovers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
import requests

from tests.live import SHIPPED_PATIENCE, LiveServer, MovableClock
from tests.protocol.driver import Arrival, Person, RelyingParty, arrived, shown
from tests.protocol.expectations import soon
from tests.protocol.forwarder import Forwarder
from tests.protocol.journey import SignedIn, attempt, obtain_code, sign_in
from tests.protocol.provider import Provider
from tests.stack import Stack

DOCUMENTS = ["/.well-known/openid-configuration", "/oauth/jwks"]


class Wires:
    """The provider's two stores behind wires of their own."""

    def __init__(self, stack: Stack) -> None:
        self.postgres = Forwarder(stack.state.ports.postgres)
        self.valkey = Forwarder(urlsplit(stack.state.redis_url).port or 0)


@pytest.fixture(scope="module")
def wires(stack: Stack) -> Iterator[Wires]:
    """Both wires, whole."""
    wires = Wires(stack)
    yield wires
    wires.postgres.cut()
    wires.valkey.cut()


@pytest.fixture(scope="module")
def provider(
    stack: Stack, wires: Wires, worker: str, moved_clock: MovableClock, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Provider]:
    """A provider of its own that reaches its stores by the wires."""
    name = f"outages_{worker}"
    settings = {
        "WANGOV_TRUSTED_PROXIES": "1",
        **SHIPPED_PATIENCE,
        "WANGOV_DATABASE_URL": _through(stack.address(name), wires.postgres),
        "WANGOV_REDIS_URL": _through(stack.state.redis_url, wires.valkey),
    }
    live = LiveServer(stack, tmp_path_factory.mktemp(name), moved_clock, name, settings=settings)
    provider = Provider(live)
    yield provider
    provider.console.close()
    live.stop()


def _through(address: str, wire: Forwarder) -> str:
    return address.replace(f":{urlsplit(address).port}/", f":{wire.port}/")


@pytest.fixture(scope="module")
def service(provider: Provider) -> RelyingParty:
    """A service of this provider, also with tokens of its own."""
    return provider.register(grant_types=["authorization_code", "refresh_token", "client_credentials"])


@pytest.fixture(scope="module")
def person(provider: Provider) -> Person:
    """A person of this provider."""
    return provider.enrol()


@pytest.fixture
def held(provider: Provider, service: RelyingParty, person: Person) -> SignedIn:
    """The person, signed in at the service, before anything goes away."""
    return sign_in(service, person, provider.browser(), scope="openid email")


def told_to_come_back(answer: requests.Response, began: float) -> None:
    """503 with Retry-After within three seconds, and nothing about our inside."""
    assert answer.status_code == 503, (answer.status_code, answer.text[:200])
    assert int(answer.headers["Retry-After"]) >= 1
    assert time.perf_counter() - began < 3
    assert "psycopg" not in answer.text
    assert "127.0.0.1" not in answer.text


def test_database_away_means_503_everywhere_but_in_documents(wires: Wires, provider: Provider, held: SignedIn) -> None:
    """AC-124, AC-116: no token, no claim, no answer about a token without its committed audit row."""
    party = held.party
    rows = len(provider.events())
    with wires.postgres.outage():
        for path in DOCUMENTS:
            assert provider.live.get(path).status_code == 200
        assert provider.live.get("/health/live").status_code == 200
        ready = provider.live.get("/health/ready")
        assert ready.status_code == 200
        assert ready.json()["stores"]["postgresql"] == "unavailable"
        calls: list[Callable[[], requests.Response]] = [
            lambda: party.post("token_endpoint", {"grant_type": "client_credentials"}),
            lambda: party.refresh(held.refresh_token),
            lambda: party.redeem(held.request, held.arrival),
            lambda: party.userinfo(held.access_token),
            lambda: party.post("introspection_endpoint", {"token": held.access_token}),
            lambda: party.revoke(held.refresh_token),
            lambda: held.browser.raw("GET", party.ask(prompt="none").url),
            lambda: held.browser.raw("GET", "/account"),
        ]
        for call in calls:
            began = time.perf_counter()
            told_to_come_back(call(), began)
    soon(lambda: party.userinfo(held.access_token).status_code == 200, seconds=5)
    assert party.refresh(held.refresh_token).status_code == 200
    assert len(provider.events()) > rows


def test_sign_in_page_survives_an_outage_of_the_database(
    wires: Wires, provider: Provider, service: RelyingParty, person: Person
) -> None:
    """AC-124: the person sees a page with a way on, nothing counts as a wrong password, the same form works later."""
    browser = provider.browser()
    page = shown(browser.open(service.ask().url))
    with wires.postgres.outage():
        began = time.perf_counter()
        answer = attempt(browser, page, person.username, person.password)
        told_to_come_back(answer, began)
        assert answer.headers["Content-Type"].startswith("text/html")
    soon(lambda: provider.live.get("/health/ready").json()["stores"]["postgresql"] == "ok", seconds=5)
    assert isinstance(person.go_on(browser, page), Arrival)


def test_code_presented_during_an_outage_is_not_spent_twice(
    wires: Wires, provider: Provider, service: RelyingParty, person: Person
) -> None:
    """AC-124: after the outage the code is either still good or counts as spent; never two sets of tokens."""
    request, arrival = obtain_code(service, person, provider.browser())
    with wires.postgres.outage():
        assert service.redeem(request, arrival).status_code == 503
    soon(lambda: provider.live.get("/health/ready").json()["stores"]["postgresql"] == "ok", seconds=5)
    answers = [service.redeem(request, arrival).status_code for _ in range(3)]
    assert answers in ([200, 400, 400], [400, 400, 400])


def test_valkey_away_lets_nobody_in_unseen(wires: Wires, provider: Provider, held: SignedIn) -> None:
    """AC-123: no sign-in begins or goes on, documents stay, a signed-in person and live tokens are still served."""
    party = held.party
    browser = provider.browser()
    page = shown(browser.open(party.ask().url))
    with wires.valkey.outage():
        for path in DOCUMENTS:
            assert provider.live.get(path).status_code == 200
        assert provider.live.get("/health/ready").json()["stores"]["valkey"] == "unavailable"
        began = time.perf_counter()
        told_to_come_back(provider.browser().raw("GET", party.ask().url), began)
        began = time.perf_counter()
        told_to_come_back(attempt(browser, page, held.person.username, held.person.password), began)
        assert party.userinfo(held.access_token).status_code == 200
        assert party.introspect(held.access_token)["active"] is True
        assert party.refresh(held.refresh_token).status_code == 200
        assert party.post("token_endpoint", {"grant_type": "client_credentials"}).status_code == 200
        assert "code" in arrived(held.browser.open(party.ask(prompt="none").url)).parameters
    soon(lambda: provider.live.get("/health/ready").json()["stores"]["valkey"] == "ok", seconds=5)
    assert isinstance(held.person.go_on(browser, page), Arrival)
    sign_in(party, held.person, provider.browser())


def test_sign_out_holds_even_while_valkey_is_away(wires: Wires, held: SignedIn) -> None:
    """AC-123, AC-053: where the copy of a session cannot be dropped, sign-out says so; where it holds, tokens end."""
    party = held.party
    with wires.valkey.outage():
        answer = held.browser.raw("GET", party.logout_url(id_token_hint=held.id_token))
        assert answer.status_code in {200, 303, 503}
        if answer.status_code != 503:
            assert party.userinfo(held.access_token).status_code == 401


def test_disabled_client_is_refused_although_valkey_is_away(wires: Wires, provider: Provider) -> None:
    """AC-123, AC-133: without the generation counter a client is read anew after a second."""
    party = provider.register(grant_types=["client_credentials"], redirect_uris=[], post_logout_redirect_uris=[])
    assert party.post("token_endpoint", {"grant_type": "client_credentials"}).status_code == 200
    with wires.valkey.outage():
        provider.query(
            "update client set state = 'disabled' where client_id = %(id)s returning 1", {"id": party.client_id}
        )
        soon(
            lambda: party.post("token_endpoint", {"grant_type": "client_credentials"}).status_code in {401, 503},
            seconds=3,
        )
