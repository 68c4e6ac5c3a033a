"""RP-Initiated Logout: who is signed out, who is asked first, and where the browser may be sent afterwards."""

from __future__ import annotations

import base64
import json
from urllib.parse import urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from tests.conformance.runner import ModuleRun
from tests.protocol.driver import Page, arrived, shown
from tests.protocol.forgery import segment
from tests.protocol.journey import SignedIn
from tests.protocol.provider import Provider

BACK = "https://first.example/signed-out"
STATE = "a b&c=<d>"


@pytest.fixture
def held(run: ModuleRun) -> SignedIn:
    """The person, signed in at the first client."""
    return run.sign_in()


def asked_out(held: SignedIn, **parameters: str | None) -> Page:
    """The page that a request for logout leads to; the browser is sent nowhere."""
    page = shown(held.browser.open(held.party.logout_url(**parameters)))
    assert page.status in {200, 400}
    assert page.headers["Content-Type"].startswith("text/html")
    assert page.headers["Cache-Control"] == "no-store"
    assert "Location" not in page.headers
    assert not any(link.startswith(BACK) for link in page.links.values())
    return page


def is_signed_in(run: ModuleRun, held: SignedIn) -> bool:
    """Whether the session lasts: `prompt=none` and userinfo tell the client the same."""
    request = run.ask(prompt="none")
    step = arrived(held.browser.open(request.url))
    token = held.party.userinfo(held.access_token).status_code
    if "code" in step.parameters:
        run.received(request, step)
        assert token == 200
        return True
    run.told(request, step, "login_required")
    assert token == 401
    return False


def is_signed_out_after_a_yes(run: ModuleRun, held: SignedIn, page: Page) -> bool:
    """The request alone ended nothing; the person's yes does, and shows a page."""
    assert is_signed_in(run, held)
    done = shown(held.browser.submit(page, "decision", decision="sign_out"))
    assert done.status == 200
    assert not done.offers("decision")
    return not is_signed_in(run, held)


def test_oidcc_rp_initiated_logout_discovery_endpoint_verification(provider: Provider) -> None:
    """The end-session endpoint is published, by https, at the issuer, without a fragment, and answers."""
    endpoint = provider.discovery["end_session_endpoint"]
    assert urlsplit(endpoint).scheme == "https"
    assert endpoint.startswith(f"{provider.issuer}/")
    assert not urlsplit(endpoint).fragment
    assert provider.browser().raw("GET", endpoint).status_code == 200


def test_oidcc_rp_initiated_logout(run: ModuleRun, held: SignedIn) -> None:
    """With a valid hint the browser comes back with `state`, the session and its tokens end, `prompt=none` fails."""
    url = held.party.logout_url(id_token_hint=held.id_token, post_logout_redirect_uri=BACK, state=STATE)
    arrival = arrived(held.browser.open(url))
    assert arrival.address == BACK
    assert arrival.pairs == [("state", STATE)]
    assert not is_signed_in(run, held)


def test_oidcc_rp_initiated_logout_bad_post_logout_redirect_uri(run: ModuleRun, held: SignedIn) -> None:
    """An address that is not registered is not gone to: the person is asked instead."""
    page = asked_out(held, id_token_hint=held.id_token, post_logout_redirect_uri="https://first.example/other")
    assert "https://first.example/other" not in page.text
    assert is_signed_out_after_a_yes(run, held, page)


def test_oidcc_rp_initiated_logout_query_added_to_post_logout_redirect_uri(run: ModuleRun, held: SignedIn) -> None:
    """A registered address with a query added is another address: the person is asked instead."""
    page = asked_out(held, id_token_hint=held.id_token, post_logout_redirect_uri=f"{BACK}?foo=bar", state=STATE)
    assert is_signed_out_after_a_yes(run, held, page)


def test_oidcc_rp_initiated_logout_modified_id_token_hint(run: ModuleRun, held: SignedIn) -> None:
    """A hint turned into `alg` none is no hint: the person is asked and sent nowhere."""
    hint = f"{segment({'alg': 'none'})}.{held.id_token.split('.')[1]}."
    page = asked_out(held, id_token_hint=hint, post_logout_redirect_uri=BACK, state=STATE)
    assert is_signed_out_after_a_yes(run, held, page)


def test_oidcc_rp_initiated_logout_bad_id_token_hint(run: ModuleRun, held: SignedIn) -> None:
    """A hint with our claims and `kid` under a stranger's signature is no hint: the person is asked instead."""
    parts = held.id_token.split(".")
    header, claims = (json.loads(base64.urlsafe_b64decode(part + "==")) for part in parts[:2])
    hint = jwt.encode(header, claims, RSAKey.generate_key(2048, private=True))
    page = asked_out(held, id_token_hint=hint, post_logout_redirect_uri=BACK, state=STATE)
    assert is_signed_out_after_a_yes(run, held, page)


def test_oidcc_rp_initiated_logout_no_id_token_hint(run: ModuleRun, held: SignedIn) -> None:
    """Without a hint a registered address is not gone to: the person is asked and sent nowhere."""
    page = asked_out(held, post_logout_redirect_uri=BACK, state=STATE)
    assert is_signed_out_after_a_yes(run, held, page)


def test_oidcc_rp_initiated_logout_no_params(run: ModuleRun, held: SignedIn) -> None:
    """A bare request ends nothing by itself: the person is asked, is signed out by a yes and sees a page."""
    assert is_signed_out_after_a_yes(run, held, asked_out(held))


def test_oidcc_rp_initiated_logout_no_post_logout_redirect_uri(run: ModuleRun, held: SignedIn) -> None:
    """With a hint and no address the person is signed out and sees a page that says so."""
    page = asked_out(held, id_token_hint=held.id_token, state=STATE)
    assert page.status == 200
    assert not page.offers("decision")
    assert not is_signed_in(run, held)


def test_oidcc_rp_initiated_logout_only_state(run: ModuleRun, held: SignedIn) -> None:
    """A state alone ends nothing by itself: the person is asked, is signed out by a yes and sees a page."""
    assert is_signed_out_after_a_yes(run, held, asked_out(held, state=STATE))


def test_oidcc_rp_initiated_logout_no_state(run: ModuleRun, held: SignedIn) -> None:
    """Without a state the browser comes back to the bare address."""
    arrival = arrived(
        held.browser.open(held.party.logout_url(id_token_hint=held.id_token, post_logout_redirect_uri=BACK))
    )
    assert arrival.location == BACK
    assert arrival.pairs == []
    assert not is_signed_in(run, held)
