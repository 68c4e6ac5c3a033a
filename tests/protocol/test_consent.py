"""Consent: what is asked, what is shown, what is kept, how it is taken back; AC-087 to AC-090."""

import json
import uuid

import pytest

from tests.live import MovableClock
from tests.protocol.driver import Browser, Page, Person, RelyingParty, arrived, shown
from tests.protocol.expectations import refused, soon, stopped
from tests.protocol.journey import sign_in
from tests.protocol.provider import Provider

RECORD = {"consent_id", "citizen_id", "consumer_id", "data_scope", "purpose", "granted_at", "expires_at", "status"}
DAY = 24 * 3600


@pytest.fixture
def party(provider: Provider) -> RelyingParty:
    """A service that nobody has agreed to yet; it cannot work without the name."""
    return provider.register(purpose="To book your appointment", essential_claims=["name"])


def asked(party: RelyingParty, person: Person, browser: Browser, **changes: str) -> Page:
    """The consent page of a request."""
    page = shown(browser.open(party.ask(**changes).url))
    if page.offers("identifier"):
        page = shown(browser.submit(page, "identifier", identifier=person.username, password=person.password))
    assert page.offers("decision"), page.heading
    return page


def consents(provider: Provider, party: RelyingParty) -> list[dict[str, object]]:
    """The stored consents for a service."""
    return provider.query(
        "select * from consent where consumer_id = %(id)s order by granted_at", {"id": party.client_id}
    )


# --- what is asked ----------------------------------------------------------------------------------------------


def test_page_shows_who_asks_why_and_the_real_values(party: RelyingParty, resident: Person, visitor: Browser) -> None:
    """ADR 0008: purpose and the person's own values; what is essential has no box, lasting access no tick."""
    page = asked(party, resident, visitor, scope="openid profile email phone offline_access")
    assert party.registered["client_name"] in page.text
    assert "To book your appointment" in page.text
    assert "Amara Testperson" in page.text
    assert "amara@mail.example" in page.text
    choices = page.form("decision").choices
    assert {"email", "phone_number"} <= choices.keys()
    assert "name" not in choices
    assert {name for name, ticked in choices.items() if not ticked} == {"offline_access"}
    assert [value for name, value in page.form("decision").buttons if name == "decision"] == ["allow", "deny"]


def test_page_shows_logo_and_links_of_the_service(provider: Provider, resident: Person, visitor: Browser) -> None:
    """Registration 2 (oidcc-registration-logo-uri, -policy-uri, -tos-uri): shown; just that image is let in."""
    party = provider.register(
        logo_uri="https://img.example/logo.svg",
        policy_uri="https://shop.example/privacy",
        tos_uri="https://shop.example/terms",
    )
    page = asked(party, resident, visitor)
    assert 'src="https://img.example/logo.svg"' in page.text
    assert {"https://shop.example/privacy", "https://shop.example/terms"} <= set(page.links.values())
    policy = dict(part.strip().split(" ", 1) for part in page.headers["Content-Security-Policy"].split(";"))
    assert policy["img-src"] == "'self' data: https://img.example"


def test_declining_one_optional_detail_is_no_error(party: RelyingParty, resident: Person, visitor: Browser) -> None:
    """The sign-in succeeds; what was not ticked does not leave; what is essential does."""
    signed_in = sign_in(party, resident, visitor, scope="openid profile email phone", tick=["phone_number"])
    document = party.userinfo(signed_in.access_token).json()
    assert document["phone_number"] == "+23276000001"
    assert document["name"] == "Amara Testperson"
    assert not {"email", "email_verified", "birthdate"} & document.keys()


def test_agreement_is_remembered_for_the_same_request(party: RelyingParty, resident: Person, visitor: Browser) -> None:
    """The same request again asks nothing, nor does a narrower one; declined details are not asked for again."""
    sign_in(party, resident, visitor, scope="openid profile email", tick=["email"])
    for scope in ("openid profile email", "openid email", "openid"):
        assert "code" in arrived(visitor.open(party.ask(scope=scope).url)).parameters


def test_wider_request_asks_again_and_knows_the_earlier_choices(
    party: RelyingParty, resident: Person, visitor: Browser
) -> None:
    """ADR 0008: a new scope is asked for; what was refused before stays unticked, what was granted is not lost."""
    sign_in(party, resident, visitor, scope="openid email phone", tick=["email"])
    page = asked(party, resident, visitor, scope="openid email phone address")
    assert page.form("decision").choices == {"email": True, "phone_number": False, "address": True}


def test_agreement_ends_after_a_year(
    party: RelyingParty, provider: Provider, visitor: Browser, clock: MovableClock
) -> None:
    """AC-134: remembered for one year, checked on use."""
    person = provider.enrol()
    sign_in(party, person, visitor, scope="openid email")
    clock.advance(364 * DAY)
    login = shown(visitor.open(party.ask(scope="openid email").url))
    arrived(visitor.submit(login, "identifier", identifier=person.username, password=person.password))
    clock.advance(2 * DAY)
    assert asked(party, person, visitor, scope="openid email").offers("decision")


@pytest.mark.parametrize(
    "changes",
    [
        {"redirect_uris": ["https://moved.example/callback"]},
        {"scope": "openid email phone"},
        {"purpose": "Something else"},
    ],
)
def test_changed_service_asks_again(
    provider: Provider, resident: Person, visitor: Browser, changes: dict[str, object]
) -> None:
    """AC-089: a consent does not outlive the redirect URIs, scopes or purpose that it was given to."""
    party = provider.register(scope="openid email", sector="fixed")
    sign_in(party, resident, visitor, scope="openid email", tick=["email"])
    updated = provider.operate("client", "update", party.client_id, document=changes)
    changed = RelyingParty(party.issuer, {**updated, "client_secret": party.secret}, party.discovery)
    probe = provider.browser()
    soon(lambda: probe.raw("GET", changed.ask(scope="openid email").url).status_code == 303)
    soon(lambda: b"decision" in _final(visitor, changed.ask(scope="openid email").url))


def _final(browser: Browser, url: str) -> bytes:
    step = browser.open(url)
    return step.text.encode() if isinstance(step, Page) else b""


def test_sent_values_that_were_not_offered_are_refused(
    provider: Provider, party: RelyingParty, resident: Person, visitor: Browser
) -> None:
    """AC-084 in kind: a ticked detail that the page did not offer is refused, and nothing is stored."""
    page = asked(party, resident, visitor, scope="openid email")
    refusal = shown(visitor.submit(page, "decision", tick=["birthdate"], decision="allow"))
    assert refusal.status == 400
    assert refusal.offers("decision")
    assert consents(provider, party) == []


def test_neither_yes_nor_no_asks_again(
    provider: Provider, party: RelyingParty, resident: Person, visitor: Browser
) -> None:
    """A form without, with two or with an unknown decision changes nothing and shows the page with an error."""
    page = asked(party, resident, visitor, scope="openid email")
    form = page.form("decision")
    for extra in ([], [("decision", "maybe")], [("decision", "allow"), ("decision", "deny")]):
        again = shown(visitor.open(form.action, [*form.held, *extra]))
        assert again.status == 400
        assert again.offers("decision")
    assert consents(provider, party) == []


# --- CSRF, framing ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("token", [None, "", "x", "foreign"])
def test_forged_consent_is_refused_and_stores_nothing(
    provider: Provider, party: RelyingParty, resident: Person, visitor: Browser, token: str | None
) -> None:
    """AC-087: no token, a wrong one, or that of another browser: 400 or 403, no consent, no redirect."""
    page = asked(party, resident, visitor, scope="openid email")
    value = _foreign_token(provider, party) if token == "foreign" else token
    fields = [("decision", "allow"), *([] if value is None else [("csrf_token", value)])]
    answer = visitor.raw("POST", page.form("decision").action, data=fields)
    assert answer.status_code in {400, 403}
    assert "Location" not in answer.headers
    assert consents(provider, party) == []


def _foreign_token(provider: Provider, party: RelyingParty) -> str:
    page = shown(provider.browser().open(party.ask().url))
    return dict(page.form("csrf_token").held)["csrf_token"]


@pytest.mark.parametrize("kind", ["text/plain", "application/json", "multipart/form-data; boundary=x"])
def test_consent_in_another_kind_of_body_is_refused(
    provider: Provider, party: RelyingParty, resident: Person, visitor: Browser, kind: str
) -> None:
    """AC-087: bodies that a foreign page could send without a preflight, or that are no form, are refused."""
    page = asked(party, resident, visitor, scope="openid email")
    body = json.dumps({"decision": "allow", **dict(page.form("decision").held)})
    answer = visitor.raw("POST", page.form("decision").action, data=body, headers={"Content-Type": kind})
    assert answer.status_code in {400, 403, 415}
    assert consents(provider, party) == []


def test_consent_of_another_browser_cannot_be_answered(
    provider: Provider, party: RelyingParty, resident: Person, visitor: Browser
) -> None:
    """AC-066: the transaction is bound to the browser that began it; its address alone opens nothing."""
    page = asked(party, resident, visitor, scope="openid email")
    stranger = provider.browser()
    seen = stopped(stranger.open(page.url))
    assert "amara@mail.example" not in seen.text
    assert "Amara" not in seen.text
    assert seen.links


@pytest.mark.parametrize("path", ["/", "/signin", "/help", "/account", "/nowhere"])
def test_no_page_may_be_framed(visitor: Browser, path: str) -> None:
    """AC-088: frame-ancestors 'none' and X-Frame-Options DENY on every HTML answer."""
    visitor.open(path)
    _unframed(visitor)


def test_consent_page_may_not_be_framed(party: RelyingParty, resident: Person, visitor: Browser) -> None:
    """AC-088: least of all this one."""
    asked(party, resident, visitor)
    _unframed(visitor)


def _unframed(browser: Browser) -> None:
    for answer in browser.trail:
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"], answer.url
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "unsafe" not in answer.headers["Content-Security-Policy"]


# --- what is kept, and taken back --------------------------------------------------------------------------------


def test_consent_is_kept_in_the_agreed_shape(
    provider: Provider, party: RelyingParty, resident: Person, visitor: Browser
) -> None:
    """ConsentId, citizenId, consumerId, dataScope{providers, fields}, purpose, times, status."""
    sign_in(party, resident, visitor, scope="openid profile email", tick=["email"])
    (row,) = consents(provider, party)
    assert row.keys() >= RECORD
    assert row["status"] == "active"
    assert row["purpose"] == "To book your appointment"
    scope = row["data_scope"]
    assert isinstance(scope, dict)
    assert set(scope) == {"providers", "fields"}
    assert {"name", "email"} <= set(scope["fields"])
    assert "birthdate" not in scope["fields"]
    assert "Amara" not in json.dumps(row, default=str)


def test_consent_is_taken_back_by_post_and_ends_the_tokens(
    provider: Provider, party: RelyingParty, visitor: Browser
) -> None:
    """Seconds after, userinfo, introspection and refresh say no, and the service must ask again."""
    person = provider.enrol()
    signed_in = sign_in(party, person, visitor, scope="openid email offline_access", tick=["email", "offline_access"])
    account = shown(visitor.open("/account/services"))
    link = next(url for text, url in account.links.items() if url.endswith("/withdraw"))
    confirm = shown(visitor.open(link))
    assert party.userinfo(signed_in.access_token).status_code == 200
    after = shown(visitor.submit(confirm, "decision", decision="withdraw"))
    assert after.status == 200
    assert party.userinfo(signed_in.access_token).status_code == 401
    assert party.introspect(signed_in.access_token) == {"active": False}
    refused(party.refresh(signed_in.refresh_token), "invalid_grant")
    assert [row["status"] for row in consents(provider, party)] != ["active"]
    assert asked(party, person, visitor, scope="openid email").offers("decision")


def test_looking_at_the_withdrawal_page_withdraws_nothing(
    party: RelyingParty, provider: Provider, visitor: Browser
) -> None:
    """AC-131: no GET changes a consent; neither does a POST without decision or token."""
    signed_in = sign_in(party, provider.enrol(), visitor)
    link = next(url for url in shown(visitor.open("/account/services")).links.values() if url.endswith("/withdraw"))
    page = shown(visitor.open(link))
    assert visitor.raw("HEAD", link).status_code == 200
    token = dict(page.form("decision").held)
    assert visitor.raw("POST", page.form("decision").action, data=token).status_code == 400
    assert visitor.raw("POST", page.form("decision").action, data={"decision": "withdraw"}).status_code in {400, 403}
    assert party.userinfo(signed_in.access_token).status_code == 200


def test_somebody_elses_consent_is_not_found(
    provider: Provider, party: RelyingParty, resident: Person, visitor: Browser
) -> None:
    """AC-090: reading and withdrawing by a foreign id is 404, as for an id that never was; the attempt is audited."""
    signed_in = sign_in(party, resident, visitor)
    foreign = str(consents(provider, party)[0]["consent_id"])
    other = provider.browser()
    intruder = provider.enrol()
    page = shown(intruder.go_on(other, other.open("/signin")))
    token = dict(page.form("csrf_token").held)["csrf_token"]
    before = len(provider.events("authorization.refused", subscriber_id=intruder.id))
    seen = []
    for consent_id in (foreign, str(uuid.uuid4())):
        path = f"/account/services/{consent_id}/withdraw"
        stopped(other.open(path), 404)
        answer = other.raw("POST", path, data={"decision": "withdraw", "csrf_token": token})
        seen.append((answer.status_code, len(answer.text)))
    assert seen[0] == seen[1]
    assert seen[0][0] == 404
    assert party.userinfo(signed_in.access_token).status_code == 200
    assert len(provider.events("authorization.refused", subscriber_id=intruder.id)) > before


@pytest.mark.parametrize("path", ["/account", "/account/services/00000000-0000-4000-8000-000000000000/withdraw"])
def test_account_pages_need_a_session(visitor: Browser, path: str) -> None:
    """Without a session the person is asked to sign in; nothing is said about what exists."""
    assert shown(visitor.open(path)).offers("password")


def test_account_page_names_services_and_what_they_know(
    party: RelyingParty, provider: Provider, visitor: Browser
) -> None:
    """A list of services with what is shared and a way to stop it."""
    sign_in(party, provider.enrol(), visitor, scope="openid email", tick=["email"])
    page = shown(visitor.open("/account/services"))
    assert party.registered["client_name"] in page.text
    assert "To book your appointment" in page.text
    assert page.headers["Cache-Control"] == "no-store"


def test_switching_person_on_the_consent_page_shows_the_new_persons_details(
    provider: Provider, party: RelyingParty, resident: Person, visitor: Browser
) -> None:
    """Nobody consents for somebody else: after "use another account" the values are those of the new person."""
    page = asked(party, resident, visitor, scope="openid email")
    other = provider.enrol(email="fatu@mail.example", name="Fatu Testperson")
    restart = next(form for form in page.forms if form.action.endswith("/restart"))
    login = shown(visitor.open(restart.action, restart.held))
    fresh = shown(visitor.submit(login, "identifier", identifier=other.username, password=other.password))
    assert fresh.offers("decision")
    assert "fatu@mail.example" in fresh.text
    assert "amara@mail.example" not in fresh.text
