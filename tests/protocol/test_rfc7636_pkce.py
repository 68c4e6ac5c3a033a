"""RFC 7636: proof key for code exchange, S256 only, and no way around it (RFC 9700 2.1.1, 4.8)."""

import secrets

import pytest

from tests.protocol.driver import Browser, Person, RelyingParty, challenge_of
from tests.protocol.expectations import refused, turned_away
from tests.protocol.journey import obtain_code
from tests.protocol.provider import Provider


@pytest.fixture(scope="module")
def elder(provider: Provider) -> RelyingParty:
    """An old confidential client that was registered without PKCE."""
    return provider.register(host="elder.example", require_pkce=False)


@pytest.mark.parametrize("length", [43, 64, 128])
def test_right_verifier_opens_the_code(tax: RelyingParty, resident: Person, visitor: Browser, length: int) -> None:
    """4.6: the S256 of the verifier equals the challenge (oidcc-ensure-request-with-valid-pkce-succeeds)."""
    verifier = secrets.token_urlsafe(128)[:length]
    request, arrival = obtain_code(tax, resident, visitor, code_challenge=challenge_of(verifier))
    assert tax.redeem(request, arrival, code_verifier=verifier).status_code == 200


def test_verifier_may_hold_every_unreserved_character(tax: RelyingParty, resident: Person, visitor: Browser) -> None:
    """4.1: ALPHA, DIGIT, hyphen, dot, underscore and tilde."""
    verifier = "-._~" + "aZ9" * 15
    request, arrival = obtain_code(tax, resident, visitor, code_challenge=challenge_of(verifier))
    assert tax.redeem(request, arrival, code_verifier=verifier).status_code == 200


def test_challenge_is_required(provider: Provider, tax: RelyingParty, visitor: Browser) -> None:
    """AC-012, 4.4.1: without a challenge the client is told invalid_request, before anybody signs in."""
    request = tax.ask(code_challenge=None, code_challenge_method=None)
    turned_away(visitor.open(request.url), "invalid_request", issuer=provider.issuer, state=request.get("state"))


@pytest.mark.parametrize("method", ["plain", "S512", "s256", None])
def test_no_method_but_s256(provider: Provider, tax: RelyingParty, visitor: Browser, method: str | None) -> None:
    """AC-013, 4.3: plain, unknown methods, and none at all (which would mean plain) are invalid_request."""
    request = tax.ask(code_challenge_method=method)
    turned_away(visitor.open(request.url), "invalid_request", issuer=provider.issuer, state=request.get("state"))


@pytest.mark.parametrize(
    "challenge", ["short", "A" * 42, "A" * 44, "A" * 42 + "=", "A" * 42 + "+", "A" * 42 + "\n", "\u0410" * 43]
)
def test_challenge_of_another_shape_is_refused(
    provider: Provider, tax: RelyingParty, visitor: Browser, challenge: str
) -> None:
    """4.2: a S256 challenge is 43 base64url characters."""
    request = tax.ask(code_challenge=challenge)
    turned_away(visitor.open(request.url), "invalid_request", issuer=provider.issuer, state=request.get("state"))


def test_method_without_challenge_is_refused(provider: Provider, elder: RelyingParty, visitor: Browser) -> None:
    """4.3: a method alone is a broken request even for a client that needs no PKCE."""
    request = elder.ask(code_challenge=None)
    turned_away(visitor.open(request.url), "invalid_request", issuer=provider.issuer, state=request.get("state"))


def test_code_asked_with_challenge_is_burnt_without_verifier(
    tax: RelyingParty, resident: Person, visitor: Browser
) -> None:
    """AC-014: leaving the verifier out is invalid_grant, and the code is gone for its owner too."""
    request, arrival = obtain_code(tax, resident, visitor)
    refused(tax.redeem(request, arrival, code_verifier=None), "invalid_grant")
    refused(tax.redeem(request, arrival), "invalid_grant")


def test_wrong_verifier_burns_the_code(tax: RelyingParty, resident: Person, visitor: Browser) -> None:
    """4.6: a verifier that does not match is invalid_grant; nobody may try a second one."""
    request, arrival = obtain_code(tax, resident, visitor)
    refused(tax.redeem(request, arrival, code_verifier=secrets.token_urlsafe(48)), "invalid_grant")
    refused(tax.redeem(request, arrival), "invalid_grant")


def test_challenge_itself_is_no_verifier(tax: RelyingParty, resident: Person, visitor: Browser) -> None:
    """4.6: what stood in the front channel does not redeem the code."""
    request, arrival = obtain_code(tax, resident, visitor)
    refused(tax.redeem(request, arrival, code_verifier=request.get("code_challenge")), "invalid_grant")


@pytest.mark.parametrize("verifier", ["short", "v" * 42, "v" * 129, "v" * 42 + "!", "v" * 43 + " ", "v" * 20_000])
def test_verifier_of_another_shape_is_refused(
    tax: RelyingParty, resident: Person, visitor: Browser, verifier: str
) -> None:
    """4.1: 43 to 128 unreserved characters; anything else is a malformed request."""
    request, arrival = obtain_code(tax, resident, visitor)
    refused(tax.redeem(request, arrival, code_verifier=verifier), "invalid_request")


def test_old_confidential_client_may_do_without(elder: RelyingParty, resident: Person, visitor: Browser) -> None:
    """AC-012: `require_pkce: false` lets a client with a secret leave the challenge out."""
    request, arrival = obtain_code(elder, resident, visitor, code_challenge=None, code_challenge_method=None)
    assert elder.redeem(request, arrival).status_code == 200


def test_verifier_for_a_code_without_challenge_is_refused(
    elder: RelyingParty, resident: Person, visitor: Browser
) -> None:
    """RFC 9700 4.8.2: a verifier without a challenge shows a downgrade and is invalid_grant."""
    request, arrival = obtain_code(elder, resident, visitor, code_challenge=None, code_challenge_method=None)
    refused(elder.redeem(request, arrival, code_verifier=request.verifier), "invalid_grant")


def test_old_client_that_sends_a_challenge_is_held_to_it(
    elder: RelyingParty, resident: Person, visitor: Browser
) -> None:
    """AC-014: a challenge that was sent counts, required or not."""
    request, arrival = obtain_code(elder, resident, visitor)
    refused(elder.redeem(request, arrival, code_verifier=None), "invalid_grant")


def test_app_without_secret_cannot_be_registered_without_pkce(provider: Provider) -> None:
    """AC-012: a public client is never without PKCE."""
    document = {
        "redirect_uris": ["com.example.weak:/cb"],
        "application_type": "native",
        "token_endpoint_auth_method": "none",
        "require_pkce": False,
    }
    assert provider.refused("client", "create", document=document)["error"] == "invalid_client_metadata"


def test_app_without_secret_uses_pkce(
    provider: Provider, app: RelyingParty, resident: Person, visitor: Browser
) -> None:
    """2.1.1 of RFC 9700: the public client succeeds with it and gets no code without it."""
    request, arrival = obtain_code(app, resident, visitor)
    assert app.redeem(request, arrival).status_code == 200
    bare = app.ask(code_challenge=None, code_challenge_method=None)
    turned_away(visitor.open(bare.url), "invalid_request", issuer=provider.issuer, state=bare.get("state"))
