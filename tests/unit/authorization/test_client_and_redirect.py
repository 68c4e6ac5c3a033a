from typing import Any

import pytest

from idp.authorization.checks import MAX_STATE_CHARS
from idp.authorization.request import AuthorizationRequest, Fail, Stop
from tests.factories.clients import make_client
from tests.unit.authorization.parties import (
    CALLBACK,
    CHALLENGE,
    EVERYTHING_WRONG,
    accepted,
    asked,
    checked,
    checker,
    failed,
    parameters,
    stopped,
)

PUBLIC: dict[str, Any] = {"secret": None, "token_endpoint_auth_method": "none"}
NATIVE = make_client(
    redirect_uris=["http://127.0.0.1/cb", "http://[::1]/cb", "org.example.app:/cb"], application_type="native", **PUBLIC
)


def test_a_good_request_passes() -> None:
    """RFC 6749 4.1.1: everything asked for is in the request that comes out, nothing else."""
    request = accepted()
    assert request.client.client_id == "permits"
    assert (request.redirect_uri, request.response_mode) == (CALLBACK, "query")
    assert (request.state, request.nonce, request.scope) == ("s-1", "n-1", ("openid", "profile"))
    assert request.code_challenge == CHALLENGE
    assert request.prompt == frozenset()
    assert request.max_age is None
    assert not request.offline


@pytest.mark.parametrize("client_id", [None, "", "nobody", "x" * 201, "per\nmits", "permits\u200b", "PERMITS"])
def test_rfc_6749_3_1_2_4_an_unknown_client_stops_everything(client_id: str | None) -> None:
    """RFC 6749 4.1.2.1: an unknown client is told to the person alone; nothing is sent anywhere."""
    stop = stopped(client_id=client_id)
    assert stop.reason == ("client_missing" if not client_id else "client_unknown")


def test_a_disabled_client_stops_everything() -> None:
    """AC-062: a client that was switched off gets no redirect, as if there were none."""
    assert stopped(make_client(enabled=False)).reason == "client_unknown"
    assert isinstance(checked(make_client(enabled=True)), AuthorizationRequest)


@pytest.mark.parametrize(
    "uri",
    [
        "https://permits.example/callback/",
        "https://permits.example/callback/more",
        "https://permits.example/callback?x=1",
        "https://permits.example/callback#x",
        "https://permits.example/Callback",
        "https://PERMITS.example/callback",
        "HTTPS://permits.example/callback",
        "https://permitsXexample/callback",
        "https://permits.example:443/callback",
        "http://permits.example/callback",
        "https://permits.example@evil@x/callback",
        "https://permits.example/a/..;/callback",
        "https://permits.example/%2e%2e%2fcallback",
        "https://permits.example\\callback",
        "https://permits.example/%63allback",
        " https://permits.example/callback",
        "https://permits.example/callback\n",
        "https://evil.example/",
        "//permits.example/callback",
        "javascript:alert(1)",
        "*",
        "x" * 10_000,
    ],
)
def test_rfc_9700_2_1_a_redirect_uri_matches_exactly(uri: str) -> None:
    """RFC 9700 2.1, AC-001 to AC-004: byte for byte, before any parser; else a page, and an alarm."""
    stop = stopped(redirect_uri=uri)
    assert stop.reason == "redirect_mismatch"
    assert stop.redirect_mismatch


def test_rfc_9700_2_1_each_registered_redirect_uri_matches() -> None:
    """Any of several registered addresses may be used, query and all."""
    client = make_client(redirect_uris=[CALLBACK, "https://permits.example/other?a=1&b=2"])
    other = "https://permits.example/other?a=1&b=2"
    assert accepted(client, redirect_uri=other).redirect_uri == other
    assert stopped(client, redirect_uri="https://permits.example/other?b=2&a=1").redirect_mismatch


def test_oidc_3_1_2_1_redirect_uri_is_required() -> None:
    """OpenID Connect Core 3.1.2.1: there is no default, even when only one is registered."""
    assert stopped(redirect_uri=None).reason == "redirect_missing"
    assert stopped(redirect_uri="").reason == "redirect_missing"


@pytest.mark.parametrize("uri", ["http://127.0.0.1:49152/cb", "http://[::1]:8080/cb", "http://127.0.0.1/cb"])
def test_rfc_8252_7_3_the_port_of_a_native_loopback_may_vary(uri: str) -> None:
    """RFC 8252 7.3: the operating system chooses the port when the application starts."""
    assert accepted(NATIVE, redirect_uri=uri).redirect_uri == uri


@pytest.mark.parametrize(
    "uri", ["http://127.0.0.1:1/other", "http://localhost:49152/cb", "http://127.0.0.2:1/cb", "http://127.0.0.1:1/cb?x"]
)
def test_rfc_8252_7_3_only_the_port_may_vary(uri: str) -> None:
    """AC-008: path, host and query stay exact."""
    assert stopped(NATIVE, redirect_uri=uri).redirect_mismatch


def test_a_web_client_has_no_varying_port() -> None:
    """AC-008: a web client under development matches its loopback address exactly, port included."""
    client = make_client(redirect_uris=["http://127.0.0.1:5000/cb"])
    assert accepted(client, redirect_uri="http://127.0.0.1:5000/cb").client is client
    assert stopped(client, redirect_uri="http://127.0.0.1:5001/cb").redirect_mismatch


@pytest.mark.parametrize("name", list(EVERYTHING_WRONG))
def test_rfc_9700_4_11_2_client_and_redirect_uri_come_first(name: str) -> None:
    """AC-006, AC-007, CVE-2026-41479: whatever else is wrong, an unregistered address hears nothing of it."""
    spoiled = {name: EVERYTHING_WRONG[name]}
    assert stopped(redirect_uri="https://evil.example/cb", **spoiled).redirect_mismatch
    assert stopped(client_id="nobody", **spoiled).reason == "client_unknown"
    assert failed(**spoiled).redirect_uri == CALLBACK


def test_prompt_none_does_not_open_a_redirect() -> None:
    """AC-007: a silent request with a foreign address is a page, not login_required at the attacker's."""
    assert stopped(redirect_uri="https://evil.example/cb", prompt="none").redirect_mismatch


def test_rfc_6749_4_1_2_1_state_is_repeated_in_a_refusal() -> None:
    """RFC 6749 4.1.2.1: the state of the request is in its error; none where none was sent."""
    assert failed(response_type="token").state == "s-1"
    assert failed(response_type="token", state=None).state is None
    assert failed(response_type="token", state="").state is None


def test_a_state_that_is_too_long_is_not_repeated() -> None:
    """AC-018: refused, and not reflected."""
    assert accepted(state="s" * MAX_STATE_CHARS).state == "s" * MAX_STATE_CHARS
    failure = failed(state="s" * (MAX_STATE_CHARS + 1))
    assert (failure.error, failure.state) == ("invalid_request", None)


def test_a_response_mode_that_is_registered() -> None:
    """OAuth 2.0 Form Post Response Mode 2: query unless asked otherwise, form_post on request."""
    assert accepted().response_mode == "query"
    assert accepted(response_mode="query").response_mode == "query"
    assert accepted(response_mode="form_post").response_mode == "form_post"
    assert failed(response_mode="form_post", response_type="token").response_mode == "form_post"


@pytest.mark.parametrize("mode", ["fragment", "form_post", "query.jwt", "QUERY", "x" * 1000])
def test_a_response_mode_that_is_not_registered(mode: str) -> None:
    """AC-011: refused, and the refusal travels in a mode that is registered."""
    failure = failed(make_client(response_modes=["query"]), response_mode=mode)
    assert (failure.error, failure.response_mode) == ("invalid_request", "query")


@pytest.mark.parametrize(
    "spoiled", [{"response_mode": "query"}, {"response_mode": "fragment"}, {"state": "s" * 5000}, {"scope": "root"}]
)
def test_a_client_for_form_post_alone_hears_by_form_post(spoiled: dict[str, str]) -> None:
    """AC-011: not one refusal, the first included, goes into the query of a client that did not register it."""
    client = make_client(response_modes=["form_post"])
    assert accepted(client).response_mode == "form_post"
    assert failed(client, **spoiled).response_mode == "form_post"


@pytest.mark.parametrize("name", list(EVERYTHING_WRONG))
def test_every_refusal_is_a_registered_error(name: str) -> None:
    """RFC 6749 4.1.2.1, OpenID Connect Core 3.1.2.6, RFC 8707 2: codes that clients know, texts without input."""
    failure = failed(**{name: EVERYTHING_WRONG[name]})
    assert failure.error in {
        "invalid_request",
        "invalid_scope",
        "invalid_target",
        "unsupported_response_type",
        "request_uri_not_supported",
    }
    assert failure.description.isascii()
    assert "evil" not in failure.description


def test_a_request_knows_how_to_fail_later() -> None:
    """What is refused after the checks goes to the same address, in the same mode, with the same state."""
    request = accepted(response_mode="form_post")
    assert request.fail("access_denied", "no") == Fail("access_denied", "no", CALLBACK, "form_post", "s-1")


def test_the_checks_need_no_secret_of_the_client() -> None:
    """Parameters of other endpoints do not change the outcome."""
    taken = parameters([*asked(), ("client_secret", "x"), ("code", "wc_code")])
    assert not isinstance(checker().check(taken), Stop | Fail)
