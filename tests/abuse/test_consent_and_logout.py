"""Forged decisions, other people's consents, sign-outs that nobody asked for, and redirects that carry too much."""

from __future__ import annotations

import json
import uuid

import pytest

from tests.abuse.watch import Watch
from tests.protocol.driver import Browser, Page, Person, RelyingParty, arrived, shown
from tests.protocol.expectations import soon, stopped
from tests.protocol.journey import SignedIn, login, sign_in
from tests.protocol.provider import Provider

FORM = "application/x-www-form-urlencoded"
BACK = "https://tax.example/signed-out"


@pytest.fixture
def asked(provider: Provider, resident: Person, visitor: Browser) -> Page:
    """The consent page of a service that nobody has agreed to."""
    page = login(provider.register(), visitor, scope="openid email")
    return shown(visitor.submit(page, "identifier", identifier=resident.username, password=resident.password))


@pytest.mark.parametrize("token", ["missing", "empty", "invented", "of another browser", "in the query only"])
@pytest.mark.parametrize("origin", ["https://evil.example", "null"])
def test_decision_of_a_foreign_page_is_refused(
    watch: Watch, provider: Provider, tax: RelyingParty, asked: Page, visitor: Browser, token: str, origin: str
) -> None:
    """AC-087: sent with the victim's cookies by another site: 400, counted, no consent, no code, no redirect."""
    foreign = dict(login(tax, provider.browser()).form("csrf_token").held)["csrf_token"]
    real = dict(asked.form("decision").held)["csrf_token"]
    sent = {"empty": "", "invented": "x" * 40, "of another browser": foreign}
    fields = {"decision": "allow", **({"csrf_token": sent[token]} if token in sent else {})}
    headers = {"Origin": origin, "Referer": f"{origin}/page", "Sec-Fetch-Site": "cross-site"}
    query = f"?csrf_token={real}" if token == "in the query only" else ""
    with watch.attack() as scene:
        answer = visitor.raw("POST", asked.form("decision").action + query, data=fields, headers=headers)
    assert answer.status_code in {400, 403}
    assert "Location" not in answer.headers
    assert scene.refused("page:consent.decide") == 1
    assert scene.events == []
    assert scene.left_nothing()


@pytest.mark.parametrize("kind", ["text/plain", "application/json", "multipart/form-data; boundary=b", "text/xml"])
def test_decision_in_another_kind_of_body_is_refused(watch: Watch, asked: Page, visitor: Browser, kind: str) -> None:
    """AC-087: what a page could send across sites without asking first is no decision, right token or not."""
    held = {"decision": "allow", **dict(asked.form("decision").held)}
    with watch.attack() as scene:
        answer = visitor.raw(
            "POST", asked.form("decision").action, data=json.dumps(held), headers={"Content-Type": kind}
        )
    assert answer.status_code in {400, 403, 415}
    assert scene.refused("page:consent.decide") == 1
    assert scene.left_nothing()


def test_consent_is_asked_again_after_the_service_changed(
    watch: Watch, provider: Provider, resident: Person, visitor: Browser
) -> None:
    """AC-089: with other addresses, silently too: consent_required, and no grant from what was agreed before."""
    party = provider.register(scope="openid email", sector="changing")
    sign_in(party, resident, visitor, scope="openid email", tick=["email"])
    uris = [*party.registered["redirect_uris"], "https://moved.example/cb"]
    provider.operate("client", "update", party.client_id, document={"redirect_uris": uris})

    def silent() -> str | None:
        return arrived(visitor.open(party.ask(scope="openid email", prompt="none").url)).parameters.get("error")

    soon(lambda: silent() == "consent_required")
    with watch.attack() as scene:
        assert silent() == "consent_required"
    assert scene.names == ["authorization.refused"]
    assert scene.left_nothing()


def test_consents_of_others_cannot_be_found_or_taken_back(
    watch: Watch, provider: Provider, held: SignedIn, visitor: Browser
) -> None:
    """AC-090: 404 as for one that never was, an audit row names the intruder, nothing changes; ids are random."""
    ids = [row["consent_id"] for row in provider.query("select consent_id from consent")]
    assert {uuid.UUID(str(one)).version for one in ids} == {4}
    intruder, other = provider.enrol(), provider.browser()
    page = shown(intruder.go_on(other, other.open("/signin")))
    token = dict(page.form("csrf_token").held)["csrf_token"]
    for consent_id, known in ((ids[0], True), (uuid.uuid4(), False)):
        path = f"/account/services/{consent_id}/withdraw"
        with watch.attack() as scene:
            stopped(other.open(path), 404)
            stopped(other.open(path, [("decision", "withdraw"), ("csrf_token", token)]), 404)
        assert {row["event"] for row in scene.events} <= {"authorization.refused"}, known
        assert all(str(row["subscriber_id"]) == intruder.id for row in scene.events)
        assert scene.events
        assert scene.refused("page:account.withdraw") == 1
        assert scene.left_nothing()
    assert held.party.userinfo(held.access_token).status_code == 200


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("parameters", [{}, {"post_logout_redirect_uri": BACK, "state": "s"}, {"client_id": "own"}])
def test_foreign_page_signs_nobody_out(watch: Watch, held: SignedIn, method: str, parameters: dict[str, str]) -> None:
    """AC-091: without a hint there is a question, no redirect, and the session with its tokens stays."""
    given = {name: held.party.client_id if value == "own" else value for name, value in parameters.items()}
    endpoint = held.party.discovery["end_session_endpoint"]
    with watch.attack() as scene:
        url, data = (held.party.logout_url(**given), None) if method == "GET" else (endpoint, list(given.items()))
        page = shown(held.browser.open(url, data, headers={"Origin": "https://evil.example"}))
        assert page.offers("decision")
        unproven = held.browser.raw("POST", "/oauth/logout/confirm", data={"decision": "sign_out"})
        assert unproven.status_code in {400, 403}
    assert scene.events == []
    assert scene.left_nothing()
    assert held.party.userinfo(held.access_token).status_code == 200


@pytest.mark.parametrize("uri", ["https://evil.example/out", "https://clinic.example/signed-out", f"{BACK}?more=1"])
def test_sign_out_never_leads_to_a_foreign_address(held: SignedIn, clinic: RelyingParty, uri: str) -> None:
    """AC-092: not registered, or by another client: our own pages to the end, with the address on none of them."""
    url = held.party.logout_url(id_token_hint=held.id_token, post_logout_redirect_uri=uri, state="s")
    page = shown(held.browser.open(url))
    assert uri not in page.text
    done = shown(held.browser.submit(page, "decision", decision="sign_out"))
    assert done.status == 200
    assert uri not in done.text
    assert clinic.client_id != held.party.client_id
    assert held.party.userinfo(held.access_token).status_code == 401


def test_every_redirect_is_303(provider: Provider, tax: RelyingParty, visitor: Browser) -> None:
    """AC-093: after user name, password, code, consent, sign-out and its confirmation: nothing typed travels on."""
    person, answers = provider.enrol(totp=True), []
    step: object = visitor.open(tax.ask(scope="openid email", state="s").url)
    answers += visitor.trail
    for _ in range(3):
        page = shown(step)  # type: ignore[arg-type]  # a step, whichever
        if page.offers("identifier"):
            step = visitor.submit(page, "identifier", identifier=person.username, password=person.password)
        elif page.offers("code"):
            step = visitor.submit(page, "code", code=person.code())
        else:
            step = visitor.submit(page, "decision", decision="allow")
        answers += visitor.trail
    visitor.open(tax.ask(prompt="none").url)
    answers += visitor.trail
    visitor.submit(shown(visitor.open(tax.logout_url())), "decision", decision="sign_out")
    answers += visitor.trail
    visitor.open("/account")
    answers += visitor.trail
    redirects = [answer for answer in answers if "Location" in answer.headers]
    assert len([answer for answer in redirects if answer.request.method == "POST"]) >= 3
    assert {answer.status_code for answer in redirects} == {303}
    assert all(answer.status_code == 200 for answer in answers if answer not in redirects)


@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/userinfo", "/oauth/authorize"])
@pytest.mark.parametrize("origin", ["https://evil.example", "null", "https://tax.example.evil.example"])
def test_foreign_origin_reads_nothing(watch: Watch, provider: Provider, held: SignedIn, path: str, origin: str) -> None:
    """AC-094: no origin is reflected, cookies are never invited, and /authorize has no CORS whatever the origin."""
    cookies = {cookie.name: cookie.value or "" for cookie in held.browser.http.cookies}
    asking = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    with watch.attack() as scene:
        for method in ("OPTIONS", "GET", "POST"):
            answer = provider.live.http.request(
                method, f"{provider.issuer}{path}", headers=asking, cookies=cookies, timeout=10, allow_redirects=False
            )
            assert not [name for name in answer.headers if name.lower().startswith("access-control-allow")]
    assert scene.left_nothing()
    own = provider.live.http.options(
        f"{provider.issuer}{path}", headers={**asking, "Origin": "https://tax.example"}, timeout=10
    )
    allowed = own.headers.get("Access-Control-Allow-Origin")
    assert allowed == (None if path == "/oauth/authorize" else "https://tax.example")
    assert "Access-Control-Allow-Credentials" not in own.headers
