"""Passkeys at the running provider (Web Authentication Level 3)."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.factories.softkey import BE, BS, UP, UV, SoftKey
from tests.protocol.driver import Browser, Page, RelyingParty, Step, arrived, shown
from tests.protocol.journey import login
from tests.protocol.passkeys import ADD, add_passkey, answer_with, answered, asked, begin
from tests.protocol.provider import Provider


def refused(page: object, words: str) -> Page:
    """The same step again, with its words."""
    assert isinstance(page, Page), page
    assert page.status == 400
    assert words in page.text
    assert page.offers("credential")
    return page


def reasons(provider: Provider) -> list[str]:
    """What the trail says was refused, in order."""
    return [row["body"]["reason"] for row in provider.events("passkey.refused")]


def test_sign_in_at_a_service_with_a_passkey_alone(provider: Provider, tax: RelyingParty) -> None:
    """No name, no password: the service gets a code, and its ID token tells how the person signed in."""
    person = provider.enrol(email_verified=False, ial=3)
    soft = add_passkey(provider.browser(), person)
    browser = provider.browser()
    request = tax.ask()
    step = answer_with(browser, shown(browser.open(request.url)), soft)
    answer = tax.redeem(request, arrived(person.go_on(browser, step)))
    claims = tax.read(answer.json()["id_token"]).claims
    assert set(claims["amr"]) == {"hwk", "user", "mfa"}
    assert claims["acr"] == "nid:3"


def test_a_synced_passkey_tells_of_itself(provider: Provider, tax: RelyingParty) -> None:
    """It is worth less than one that cannot leave its device."""
    person = provider.enrol(email_verified=False, ial=3)
    soft = add_passkey(provider.browser(), person, SoftKey(provider.issuer, flags=UP | UV | BE | BS))
    browser = provider.browser()
    request = tax.ask()
    step = answer_with(browser, shown(browser.open(request.url)), soft)
    claims = tax.read(tax.redeem(request, arrived(person.go_on(browser, step))).json()["id_token"]).claims
    assert set(claims["amr"]) == {"swk", "user", "mfa"}
    assert claims["acr"] == "nid:2"


@pytest.mark.parametrize(
    "client",
    [
        {"origin": "https://evil.example"},
        {"origin": "http://localhost"},
        {"crossOrigin": True},
        {"topOrigin": "https://evil.example"},
    ],
)
def test_an_answer_of_another_origin(provider: Provider, client: dict[str, Any]) -> None:
    """AC-077: 400, nobody is signed in, the refusal is audited and counted."""
    soft = add_passkey(provider.browser(), provider.enrol(email_verified=False))
    browser, before = provider.browser(), len(reasons(provider))
    refused(answer_with(browser, begin(browser), soft, client=client), "This passkey could not be accepted")
    assert reasons(provider)[before:] == ["passkey.origin"]
    assert browser.cookie("session") is None


def test_an_answer_of_another_relying_party(provider: Provider) -> None:
    """AC-077: a passkey that was made for another name."""
    soft = add_passkey(provider.browser(), provider.enrol(email_verified=False))
    soft.rp_id = "evil.example"
    browser, before = provider.browser(), len(reasons(provider))
    refused(answer_with(browser, begin(browser), soft), "This passkey could not be accepted")
    assert reasons(provider)[before:] == ["passkey.origin"]


@pytest.mark.parametrize(
    ("soft", "given", "expected"),
    [
        ({}, {"client": {"challenge": "A" * 43}}, "passkey.challenge"),
        ({}, {"client": {"type": "webauthn.get"}}, "passkey.type"),
        ({"flags": UP}, {}, "passkey.unverified"),
        ({"flags": UV}, {}, "passkey.unverified"),
        ({"rp_id": "evil.example"}, {}, "passkey.origin"),
        ({"origin": "https://evil.example"}, {}, "passkey.origin"),
        ({"flags": UP | UV | BS}, {}, "passkey.backup"),
    ],
)
def test_a_registration_that_breaks_a_rule(
    provider: Provider, soft: dict[str, Any], given: dict[str, Any], expected: str
) -> None:
    """AC-078: 400 and audited; the account has no passkey afterwards."""
    person, browser = provider.enrol(email_verified=False), provider.browser()
    page = shown(person.go_on(browser, browser.open(ADD)))
    before = len(reasons(provider))
    made = SoftKey(**{"origin": provider.issuer, **soft}).make(asked(browser, page), **given)
    refused(answered(browser, page, made), "Nothing was done" if "challenge" in expected else "could not be accepted")
    assert reasons(provider)[before:] == [expected]
    rows = provider.query("select 1 from passkey where subscriber_id = %(id)s::uuid", {"id": person.id})
    assert rows == []


def test_an_assertion_without_the_flags_or_of_another_ceremony(provider: Provider) -> None:
    """AC-078: not verified, not present, another type, a challenge of the attacker's own, one used before."""
    soft = add_passkey(provider.browser(), provider.enrol(email_verified=False))
    browser = provider.browser()
    page = begin(browser)
    for flags in (UP, UV, 0):
        soft.flags = flags
        refused(answer_with(browser, page, soft), "This passkey could not be accepted")
    soft.flags = UP | UV
    refused(answer_with(browser, page, soft, client={"type": "webauthn.create"}), "This passkey could not be accepted")
    refused(answer_with(browser, page, soft, client={"challenge": "A" * 43}), "Nothing was done")
    spent = asked(browser, page)
    refused(answered(browser, page, soft.use(spent, client={"origin": "https://evil.example"})), "could not be")
    refused(answered(browser, page, soft.use(spent)), "Nothing was done")
    assert shown(answer_with(browser, page, soft)).url == f"{provider.issuer}/account"


def test_a_challenge_too_late(provider: Provider, clock: Any) -> None:
    """A sign-in that lasts is asked anew: what was asked in another sign-in is nothing here."""
    soft = add_passkey(provider.browser(), provider.enrol(email_verified=False))
    browser = provider.browser()
    earlier = asked(browser, begin(browser))
    refused(answered(browser, begin(browser), soft.use(earlier)), "Nothing was done")
    page = begin(browser)
    clock.advance(31 * 60)
    assert shown(answer_with_options(browser, page)).heading == "This sign-in took too long"


def answer_with_options(browser: Browser, page: Page) -> Step:
    """Where the script of a page goes that has become too old."""
    form = page.form("credential")
    told = browser.raw("POST", f"{form.action}/options", data={"csrf_token": dict(form.held)["csrf_token"]}).json()
    assert set(told) == {"next"}
    return browser.open(told["next"])


def test_the_passkey_of_another_person(provider: Provider) -> None:
    """AC-079: after A's password, B's passkey is refused as one that nobody has; A's own works."""
    mine, other = provider.enrol(email_verified=False), provider.enrol(email_verified=False)
    own, theirs = add_passkey(provider.browser(), mine), add_passkey(provider.browser(), other)
    browser = provider.browser()
    page = begin(browser)
    page = shown(browser.submit(page, "identifier", identifier=mine.username, password=mine.password))
    assert page.heading == "Confirm with your passkey"
    nobodys = SoftKey(provider.issuer, user_handle=b"n" * 32)
    texts = [refused(answer_with(browser, page, soft), "does not open this account").text for soft in (theirs, nobodys)]
    assert without_tokens(texts[0]) == without_tokens(texts[1])
    assert browser.cookie("session") is None
    assert shown(answer_with(browser, page, own)).url == f"{provider.issuer}/account"


def without_tokens(text: str) -> list[str]:
    """A page's lines but for what is new on each."""
    return [
        line
        for line in text.splitlines()
        if "csrf_token" not in line and "Reference" not in line and "nonce" not in line
    ]


def test_a_counter_that_went_back(provider: Provider) -> None:
    """A copy of a key is refused; the trail names the passkey, and its owner has a message about it."""
    person = provider.enrol(email="copied@mail.example")
    soft = add_passkey(provider.browser(), person)
    soft.counter = 9
    browser = provider.browser()
    answer_with(browser, begin(browser), soft)
    soft.counter = 3
    browser = provider.browser()
    refused(answer_with(browser, begin(browser), soft), "This passkey could not be accepted")
    (row,) = provider.events("passkey.refused", subscriber_id=person.id)
    assert row["body"]["reason"] == "passkey.counter"
    assert row["body"]["passkey"]
    told = provider.query("select notice from outbox_message where subscriber_id = %(id)s::uuid", {"id": person.id})
    assert "passkey_copied" in [message["notice"] for message in told]


def test_one_challenge_many_times_at_once(provider: Provider) -> None:
    """Fifty requests with one answer, over all workers: one session begins."""
    person = provider.enrol(email_verified=False)
    soft = add_passkey(provider.browser(), person)
    browser = provider.browser()
    page = begin(browser)
    form = page.form("credential")
    text = json.dumps(soft.use(asked(browser, page)))
    data = {"csrf_token": dict(form.held)["csrf_token"], "credential": text}
    before = len(provider.events("session.started", subscriber_id=person.id))
    others = [provider.browser() for _ in range(50)]
    for other in others:
        other.http.cookies.update(browser.http.cookies)
    with ThreadPoolExecutor(25) as pool:
        answers = list(pool.map(lambda other: other.raw("POST", form.action, data=data), others))
    begun = [answer for answer in answers if "wangov_session" in answer.headers.get("Set-Cookie", "")]
    assert len(begun) == 1
    assert len(provider.events("session.started", subscriber_id=person.id)) == before + 1


def test_endpoints_take_small_forms_with_their_token_only(provider: Provider) -> None:
    """Without the token, as JSON, or too large: refused before anything is read."""
    browser = provider.browser()
    page = begin(browser)
    form = page.form("credential")
    token = dict(form.held)["csrf_token"]
    for address in (
        form.action,
        f"{form.action}/options",
        f"{provider.issuer}{ADD}",
        f"{provider.issuer}/account/passkeys/options",
    ):
        assert browser.raw("POST", address, data={"credential": "{}"}).status_code == 400
        assert browser.raw("POST", address, json={"csrf_token": token}).status_code == 415
        large = {"csrf_token": token, "credential": "x" * 70_000}
        assert browser.raw("POST", address, data=large).status_code == 413


@pytest.mark.parametrize("text", ["", "{", "[]", "[" * 20_000, '{"id":"a"}', "\u0000", "null", '{"type":"public-key"}'])
def test_nonsense_is_refused(provider: Provider, text: str) -> None:
    """Whatever stands in the field, the page comes again with plain words."""
    browser = provider.browser()
    refused(answered(browser, begin(browser), text), "This passkey could not be accepted")


def test_passkeys_of_others_are_not_found(provider: Provider) -> None:
    """AC-090: another person's passkey cannot be seen, renamed or removed by its address."""
    owner, thief = provider.enrol(email_verified=False), provider.enrol(email_verified=False)
    add_passkey(provider.browser(), owner)
    (row,) = provider.query("select id from passkey where subscriber_id = %(id)s::uuid", {"id": owner.id})
    browser = provider.browser()
    page = shown(thief.go_on(browser, browser.open(ADD)))
    token = dict(page.form("credential").held)["csrf_token"]
    for part in ("name", "remove"):
        address = f"{provider.issuer}/account/passkeys/{row['id']}/{part}"
        assert browser.raw("GET", address).status_code == 404
        changed = browser.raw("POST", address, data={"csrf_token": token, "name": "Mine", "decision": "remove"})
        assert changed.status_code == 404
    assert len(provider.query("select 1 from passkey where id = %(id)s", {"id": row["id"]})) == 1


def test_changes_need_a_recent_sign_in(provider: Provider, clock: Any) -> None:
    """AC-071: with an old session, or one by password alone beside a passkey, nothing can be added or removed."""
    person, browser = provider.enrol(email_verified=False), provider.browser()
    page = shown(person.go_on(browser, browser.open(ADD)))
    clock.advance(11 * 60)
    token = dict(page.form("credential").held)["csrf_token"]
    told = browser.raw("POST", f"{provider.issuer}/account/passkeys/options", data={"csrf_token": token})
    assert told.json() == {"next": ADD}
    again = shown(browser.open(ADD))
    assert again.heading == "Confirm that it is you"
    clock.reset()
    browser = provider.browser()
    add_passkey(browser, person)
    assert shown(browser.open(ADD)).heading == "Confirm with your passkey"


def test_both_changes_are_told_to_the_person(provider: Provider) -> None:
    """Adding and removing are audited, and written to every verified address in the same transaction."""
    person, browser = provider.enrol(email="told-of-both@mail.example"), provider.browser()
    soft = add_passkey(browser, person)
    page = shown(browser.open(ADD))
    answer_with(browser, page, soft)
    (row,) = provider.query("select id from passkey where subscriber_id = %(id)s::uuid", {"id": person.id})
    gone = browser.submit(shown(browser.open(f"/account/passkeys/{row['id']}/remove")), "decision", decision="remove")
    assert "The passkey no longer opens your account" in shown(gone).text
    told = provider.query(
        "select notice from outbox_message where subscriber_id = %(id)s::uuid order by created_at", {"id": person.id}
    )
    assert [message["notice"] for message in told if message["notice"].startswith("method")] == [
        "method_added",
        "method_removed",
    ]
    assert provider.events("authenticator.removed", subscriber_id=person.id)[0]["body"]["factor"] == "passkey"


def test_related_origins_are_published(provider: Provider) -> None:
    """Section 5.11: browsers read there which origins may use our passkeys; by default just our own."""
    answer = provider.live.get("/.well-known/webauthn")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("application/json")
    assert answer.json() == {"origins": [provider.issuer]}


def test_only_pages_with_the_script_may_ask_us(provider: Provider) -> None:
    """The policy of other pages lets no script run and nothing be fetched."""
    browser = provider.browser()
    policy = begin(browser).headers["Content-Security-Policy"]
    assert "connect-src 'self'" in policy
    assert "script-src 'nonce-" in policy
    other = shown(browser.open("/help")).headers["Content-Security-Policy"]
    assert "connect-src" not in other
    assert "script-src" not in other


def test_a_page_without_scripts_still_takes_the_password(provider: Provider, tax: RelyingParty) -> None:
    """The passkey form is hidden until the script has run; the password form is as it was."""
    browser = provider.browser()
    page = login(tax, browser)
    form = page.text.partition('id="passkey"')[2].partition(">")[0]
    assert "hidden" in form
    person = provider.enrol(email_verified=False)
    assert "code" in arrived(person.go_on(browser, page)).parameters
