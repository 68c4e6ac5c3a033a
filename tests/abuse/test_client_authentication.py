"""Pretending to be a client: secrets in the wrong place, two proofs at once, guessing, and names that nobody has."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.abuse.watch import Watch
from tests.protocol.driver import SECONDS, RelyingParty, basic
from tests.protocol.expectations import refused
from tests.protocol.provider import Provider

CLIENT_CREDENTIALS = {"grant_type": "client_credentials"}
ENDPOINTS = ["token_endpoint", "introspection_endpoint", "revocation_endpoint"]
ASSERTION = {
    "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    "client_assertion": "eyJhbGciOiJub25lIn0.e30.",
}
GUESSES = 1000
ONE_CLIENT = 20
ONE_ADDRESS = 300


@pytest.fixture
def victim(provider: Provider) -> RelyingParty:
    """A machine whose secret somebody is after."""
    return provider.register(grant_types=["client_credentials"], redirect_uris=[], post_logout_redirect_uris=[])


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_secret_in_the_query_is_refused_and_logged_nowhere(
    watch: Watch, provider: Provider, clinic: RelyingParty, endpoint: str
) -> None:
    """AC-033: invalid_request although the body is right; counted; no log line and no audit row holds it."""
    name = endpoint.partition("_")[0]
    with watch.attack() as scene:
        form = {**CLIENT_CREDENTIALS, "token": "x"}
        answer = clinic.post(endpoint, form, params={"client_secret": clinic.secret})
        refused(answer, "invalid_request")
    assert scene.refused(name) == 1
    assert scene.left_nothing()
    assert str(clinic.secret) not in provider.live.log
    assert str(clinic.secret) not in str(provider.events())


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("second", ["secret", "assertion", "both"])
def test_two_proofs_in_one_request_are_invalid(watch: Watch, tax: RelyingParty, endpoint: str, second: str) -> None:
    """AC-034: invalid_request, right or wrong as they may be; counted by its own reason."""
    secret = {} if second == "assertion" else {"client_secret": tax.secret}
    assertion = {} if second == "secret" else ASSERTION
    with watch.attack() as scene:
        answer = tax.post(endpoint, {**CLIENT_CREDENTIALS, "token": "x", **secret, **assertion})
        refused(answer, "invalid_request")
    assert scene.counted == {"client.method": 1}
    assert scene.left_nothing()


def test_method_is_fixed_by_registration_whatever_is_sent_beside_it(
    watch: Watch, clinic: RelyingParty, app: RelyingParty
) -> None:
    """AC-035: the right secret by another method, none at all, or a forged assertion alone: 401 invalid_client."""
    named = {**CLIENT_CREDENTIALS, "client_id": clinic.client_id}
    header = {"Authorization": basic(clinic.client_id, str(clinic.secret))}
    with watch.attack() as scene:
        answers = [
            clinic.post("token_endpoint", CLIENT_CREDENTIALS, proven=False, headers=header),
            clinic.post("token_endpoint", named, proven=False),
            clinic.post("token_endpoint", {**named, **ASSERTION}, proven=False),
            app.post("token_endpoint", {**named, "client_id": app.client_id, "client_secret": "a" * 43}, proven=False),
        ]
        for answer in answers:
            refused(answer, "invalid_client", 401)
    assert scene.counted == {"client.credentials": 4}
    assert scene.names == ["client.authentication_failed"] * 4
    assert scene.left_nothing()


def test_a_thousand_guesses_at_a_secret_are_stopped_and_disturb_nobody(
    watch: Watch, victim: RelyingParty, machine: RelyingParty
) -> None:
    """AC-038: 401 with a challenge, then 429 with Retry-After; rows stay few; owner and other clients go on."""
    with watch.attack() as scene:
        answers = _guesses(victim, [victim.client_id] * GUESSES)
        assert victim.post("token_endpoint", CLIENT_CREDENTIALS).status_code == 200
        assert machine.post("token_endpoint", CLIENT_CREDENTIALS).status_code == 200
    statuses = Counter(answer.status_code for answer in answers)
    assert statuses == {401: ONE_CLIENT, 429: GUESSES - ONE_CLIENT}
    for answer in answers:
        if answer.status_code == 401:
            assert answer.headers["WWW-Authenticate"].startswith("Basic ")
        else:
            assert 0 < int(answer.headers["Retry-After"]) <= 300
    assert scene.counted["client.credentials"] == ONE_CLIENT
    assert scene.counted["client.throttled"] == scene.throttled["client_authentication"] == GUESSES - ONE_CLIENT
    assert scene.names.count("client.authentication_failed") == ONE_CLIENT
    assert scene.left_nothing()


def test_names_that_nobody_has_fill_no_trail(watch: Watch, victim: RelyingParty) -> None:
    """AC-038 without a client: inventing names is stopped by address, so that audit rows cannot be made at will."""
    more = 20
    with watch.attack() as scene:
        answers = _guesses(victim, [f"nobody-{n}" for n in range(ONE_ADDRESS + more)], "198.51.100.7")
        known = _guesses(victim, [victim.client_id], "198.51.100.7")[0]
        elsewhere = _guesses(victim, ["nobody-elsewhere"], "198.51.100.8")[0]
        right = victim.post("token_endpoint", CLIENT_CREDENTIALS, headers={"X-Forwarded-For": "198.51.100.7"})
    statuses = Counter(answer.status_code for answer in answers)
    assert statuses == {401: ONE_ADDRESS, 429: more}
    assert (known.status_code, elsewhere.status_code, right.status_code) == (429, 401, 200)
    waits = [answer for answer in (*answers, known) if answer.status_code == 429]
    assert all(int(answer.headers["Retry-After"]) > 0 for answer in waits)
    assert scene.names.count("client.authentication_failed") == ONE_ADDRESS + 1
    assert scene.throttled["client_authentication"] == more + 1
    assert scene.left_nothing()


def _guesses(
    party: RelyingParty, names: list[str], address: str = "198.51.100.1", threads: int = 4
) -> list[requests.Response]:
    """A wrong secret for each of these names, from one address, over a few connections."""
    sessions = [requests.Session() for _ in range(threads)]

    def guess(numbered: tuple[int, str]) -> requests.Response:
        number, name = numbered
        headers = {"Authorization": basic(name, f"{number:043}"), "X-Forwarded-For": address}
        session = sessions[number % threads]
        return session.post(
            party.discovery["token_endpoint"], data=CLIENT_CREDENTIALS, headers=headers, timeout=SECONDS
        )

    with ThreadPoolExecutor(threads) as pool:
        answers = list(pool.map(guess, enumerate(names)))
    for session in sessions:
        session.close()
    return answers
