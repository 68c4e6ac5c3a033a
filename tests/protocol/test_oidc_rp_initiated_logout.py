"""OpenID Connect RP-Initiated Logout 1.0: who may sign a person out, and where the person is sent."""

import pytest

from tests.live import MovableClock
from tests.protocol.driver import Browser, Page, Person, RelyingParty, arrived, shown
from tests.protocol.forgery import forgeries
from tests.protocol.journey import SignedIn, obtain_code, sign_in
from tests.protocol.provider import Provider

BACK = "https://tax.example/signed-out"


@pytest.fixture
def held(tax: RelyingParty, resident: Person, visitor: Browser) -> SignedIn:
    """The resident, signed in at the tax service."""
    return sign_in(tax, resident, visitor)


def signed_in(held: SignedIn) -> bool:
    """True while the provider's session lasts."""
    return "code" in arrived(held.browser.open(held.party.ask(prompt="none").url)).parameters


def test_valid_hint_signs_out_and_returns_with_state(held: SignedIn) -> None:
    """2, 3 (oidcc-rp-initiated-logout): back at the registered address with state; prompt=none then fails."""
    url = held.party.logout_url(id_token_hint=held.id_token, post_logout_redirect_uri=BACK, state="st&te=1")
    arrival = arrived(held.browser.open(url))
    assert arrival.address == BACK
    assert arrival.pairs == [("state", "st&te=1")]
    assert held.browser.cookie("session") in {None, ""}
    assert arrived(held.browser.open(held.party.ask(prompt="none").url)).parameters["error"] == "login_required"


def test_without_state_none_is_added(held: SignedIn) -> None:
    """3 (oidcc-rp-initiated-logout-no-state)."""
    url = held.party.logout_url(id_token_hint=held.id_token, post_logout_redirect_uri=BACK)
    assert arrived(held.browser.open(url)).location == BACK


def test_request_by_post_works_like_get(held: SignedIn) -> None:
    """2: the endpoint must support POST."""
    form = [("id_token_hint", held.id_token), ("post_logout_redirect_uri", BACK), ("state", "s")]
    assert arrived(held.browser.open(held.party.discovery["end_session_endpoint"], form)).parameters == {"state": "s"}
    assert not signed_in(held)


def test_expired_hint_is_accepted(held: SignedIn, clock: MovableClock) -> None:
    """2: an ID token whose exp has passed should be accepted while the session is there."""
    clock.advance(25 * 60)
    url = held.party.logout_url(id_token_hint=held.id_token, post_logout_redirect_uri=BACK)
    assert arrived(held.browser.open(url)).address == BACK


def test_client_id_beside_the_hint_must_be_its_audience(held: SignedIn, clinic: RelyingParty) -> None:
    """2: when both are present they must match; otherwise the request is not believed."""
    good = held.party.logout_url(id_token_hint=held.id_token, client_id=clinic.client_id, post_logout_redirect_uri=BACK)
    assert shown(held.browser.open(good)).status == 200
    assert signed_in(held)
    url = held.party.logout_url(
        id_token_hint=held.id_token, client_id=held.party.client_id, post_logout_redirect_uri=BACK
    )
    assert arrived(held.browser.open(url)).address == BACK


@pytest.mark.parametrize("parameters", [{}, {"state": "s"}, {"post_logout_redirect_uri": BACK}, {"client_id": "mine"}])
def test_without_hint_a_get_asks_and_signs_nobody_out(held: SignedIn, parameters: dict[str, str]) -> None:
    """AC-091, 2 (-no-id-token-hint, -no-params, -only-state): a confirmation page; the session stays until the yes."""
    given = {name: held.party.client_id if value == "mine" else value for name, value in parameters.items()}
    page = shown(held.browser.open(held.party.logout_url(**given)))
    assert page.offers("decision")
    assert signed_in(held)
    page = shown(held.browser.open(held.party.logout_url(**given)))
    done = held.browser.submit(page, "decision", decision="sign_out")
    assert shown(done).status == 200
    assert not signed_in(held)


def test_post_without_hint_asks_too(held: SignedIn) -> None:
    """AC-091: a foreign page's POST is no better than its GET."""
    page = shown(held.browser.open(held.party.discovery["end_session_endpoint"], [("state", "s")]))
    assert page.offers("decision")
    assert signed_in(held)


@pytest.mark.parametrize("token", [None, "", "x"])
def test_confirmation_cannot_be_forged(held: SignedIn, token: str | None) -> None:
    """AC-091, AC-087: the yes on our page carries the browser's form token."""
    page = shown(held.browser.open(held.party.logout_url()))
    fields = {"decision": "sign_out", **({} if token is None else {"csrf_token": token})}
    answer = held.browser.raw("POST", page.form("decision").action, data=fields)
    assert answer.status_code in {400, 403}
    assert signed_in(held)


def test_staying_is_possible(held: SignedIn) -> None:
    """The confirmation page has a way to stay signed in."""
    page = shown(held.browser.open(held.party.logout_url()))
    assert any(url.endswith("/account") for url in page.links.values())


@pytest.mark.parametrize(
    "uri",
    [
        "https://evil.example/out",
        "https://tax.example/signed-out?x=1",
        "https://tax.example/signed-out/",
        "https://TAX.example/signed-out",
        "https://clinic.example/signed-out",
        "https://tax.example/callback",
        "//tax.example/signed-out",
        "javascript:alert(1)",
    ],
)
def test_address_that_is_not_registered_is_never_gone_to(held: SignedIn, clinic: RelyingParty, uri: str) -> None:
    """AC-092 (-bad-post-logout-redirect-uri, -query-added-...): another client's address counts as unregistered."""
    step = held.browser.open(
        held.party.logout_url(id_token_hint=held.id_token, post_logout_redirect_uri=uri, state="s")
    )
    page = shown(step)
    assert page.links
    assert all(not url.startswith(("https://evil", "javascript")) for url in page.links.values())


def test_forged_hints_sign_nobody_out_and_redirect_nobody(held: SignedIn) -> None:
    """-modified-id-token-hint, -bad-id-token-hint; AC-044 to AC-048: alg none, foreign keys, changed claims."""
    for name, token in forgeries(held.id_token, held.party.keys()):
        step = held.browser.open(held.party.logout_url(id_token_hint=token, post_logout_redirect_uri=BACK))
        assert isinstance(step, Page), name
    assert signed_in(held)


def test_hint_of_another_persons_session_asks_first(provider: Provider, held: SignedIn, guarded: Person) -> None:
    """4: a hint for a session that is not this browser's may sign nobody out without a question."""
    other = sign_in(held.party, guarded, provider.browser())
    step = held.browser.open(held.party.logout_url(id_token_hint=other.id_token, post_logout_redirect_uri=BACK))
    assert shown(step).offers("decision")
    assert signed_in(held)


def test_hint_after_the_session_ended_returns_to_the_service(held: SignedIn) -> None:
    """4: whoever is signed out already is sent back as asked; repeating a logout is no error."""
    url = held.party.logout_url(id_token_hint=held.id_token, post_logout_redirect_uri=BACK, state="s")
    arrived(held.browser.open(url))
    again = arrived(held.browser.open(url))
    assert again.parameters == {"state": "s"}


def test_logout_ends_the_tokens_of_every_service(held: SignedIn, clinic: RelyingParty) -> None:
    """AC-053: one session, one end: the clinic's tokens die with the tax service's sign-out."""
    other = sign_in(clinic, held.person, held.browser)
    held.browser.open(held.party.logout_url(id_token_hint=held.id_token, post_logout_redirect_uri=BACK))
    assert clinic.userinfo(other.access_token).status_code == 401
    assert clinic.introspect(other.access_token) == {"active": False}


def test_logout_in_one_browser_leaves_the_other(provider: Provider, held: SignedIn) -> None:
    """2: it is this session that ends, not the person's others."""
    elsewhere = sign_in(held.party, held.person, provider.browser())
    held.browser.open(held.party.logout_url(id_token_hint=held.id_token))
    assert held.party.userinfo(elsewhere.access_token).status_code == 200


def test_stolen_cookie_is_worthless_after_logout(held: SignedIn) -> None:
    """ASVS 7.4.1: the record on the server is gone, whatever the browser keeps."""
    cookies = {cookie.name: cookie.value or "" for cookie in held.browser.http.cookies}
    held.browser.open(held.party.logout_url(id_token_hint=held.id_token))
    held.browser.http.cookies.clear()
    held.browser.http.cookies.update(cookies)
    assert not signed_in(held)
    assert shown(held.browser.open("/account")).offers("password")


def test_state_longer_than_accepted_redirects_nowhere(held: SignedIn) -> None:
    """AC-018: an oversized state is not echoed, cut or not."""
    form = [("id_token_hint", held.id_token), ("post_logout_redirect_uri", BACK), ("state", "s" * 3000)]
    assert shown(held.browser.open(held.party.discovery["end_session_endpoint"], form)).status in {200, 400}


def test_sign_out_on_the_account_page_ends_the_session(held: SignedIn) -> None:
    """The person's own button: a POST with the form token, 303, session gone; a GET does not exist."""
    assert held.browser.raw("GET", "/signout").status_code in {404, 405}
    page = shown(held.browser.open("/account"))
    form = next(form for form in page.forms if form.action.endswith("/signout"))
    assert held.browser.raw("POST", form.action, data={}).status_code in {400, 403}
    assert signed_in(held)
    held.browser.open(form.action, form.held)
    assert not signed_in(held)


def test_next_person_at_the_same_browser_is_a_stranger(held: SignedIn, guarded: Person) -> None:
    """After sign-out nothing of the first person is shown or used."""
    held.browser.open(held.party.logout_url(id_token_hint=held.id_token))
    page = shown(held.browser.open(held.party.ask().url))
    assert page.offers("password")
    assert "Amara" not in page.text
    obtain_code(held.party, guarded, held.browser)
