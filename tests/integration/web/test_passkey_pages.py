import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from html import unescape
from typing import Any

import pytest
from sqlalchemy import delete, update

from idp.authenticators.models import PasswordRow
from idp.authenticators.throttling import Factor
from idp.subscribers.models import SubscriberRow
from idp.telemetry import REFUSALS
from idp.web.extensions import db
from tests.factories.softkey import SoftKey
from tests.factories.visitors import Visitor
from tests.integration.web.conftest import PASSWORD, Person, Site

pytestmark = pytest.mark.integration

ORIGIN = "http://localhost:8000"
ADD = "/account/passkeys/add"


def options(visitor: Visitor, address: str) -> dict[str, Any]:
    """What the script of the page that is shown would be told."""
    form = visitor.form()
    token = unescape(form.partition('name="csrf_token" value="')[2].partition('"')[0])
    answer = visitor.client.post(address, data={"csrf_token": token}, environ_base={"REMOTE_ADDR": visitor.address})
    told: dict[str, Any] = answer.get_json()
    return told


def add(site: Site, visitor: Visitor, person: Person) -> SoftKey:
    """Sign in and add a passkey."""
    visitor.get(ADD)
    site.sign_in(visitor, person)
    soft = SoftKey(ORIGIN)
    made = soft.make(options(visitor, "/account/passkeys/options")["publicKey"])
    visitor.submit("/account/passkeys/add", credential=json.dumps(made))
    assert visitor.title.startswith("Name your passkey"), visitor.title
    return soft


def prove(visitor: Visitor, soft: SoftKey) -> None:
    """Answer the page that asks for the passkey."""
    address = visitor.path
    used = soft.use(options(visitor, f"{address}/passkey/options")["publicKey"])
    visitor.submit("/passkey", credential=json.dumps(used))


def change(site: Site, statement: Any) -> None:
    """Change a row behind everybody's back."""
    with site.app.app_context():
        db.session.execute(statement)
        db.session.commit()


@pytest.fixture
def holder(site: Site) -> tuple[Visitor, Person, SoftKey]:
    """Somebody who has added a passkey a moment ago and proven it since."""
    person, visitor = site.person(), site.visitor()
    soft = add(site, visitor, person)
    visitor.get(ADD)
    prove(visitor, soft)
    return visitor, person, soft


def test_an_empty_list_says_what_to_do(site: Site) -> None:
    """What a passkey is good for, and one button."""
    visitor = site.visitor()
    visitor.get("/account/passkeys")
    site.sign_in(visitor, site.person())
    assert visitor.path == "/account/passkeys"
    assert "You have none yet" in visitor.page.text
    assert ADD in visitor.links()


def test_a_passkey_is_called_after_its_device_until_it_has_a_name(site: Site) -> None:
    """The first name is there already; another one is kept as typed, in one line."""
    visitor = site.visitor()
    add(site, visitor, site.person())
    assert 'value="Computer"' in visitor.page.text
    assert "Step 2 of 2" in visitor.page.text
    visitor.submit("fresh=1", name="  Key at\thome ")
    assert "Your passkey is ready" in visitor.page.text
    assert "Key at home" in visitor.page.text


@pytest.mark.parametrize("name", ["", "   ", "x" * 61])
def test_a_name_that_does_not_fit_is_asked_for_again(site: Site, name: str) -> None:
    """With an error at the field, and nothing is lost."""
    visitor = site.visitor()
    add(site, visitor, site.person())
    visitor.submit("fresh=1", name=name)
    assert visitor.page.status_code == 400
    assert visitor.title.startswith("Error: Name your passkey")
    assert "Give it a name of 1 to 60 characters." in visitor.page.text


def test_the_language_switch_keeps_the_name_that_was_typed(site: Site) -> None:
    """Nothing is stored by it."""
    visitor = site.visitor()
    add(site, visitor, site.person())
    visitor.submit("fresh=1", name="Ma cl\u00e9", lang="fr")
    assert "Ma cl\u00e9" in unescape(visitor.page.text)
    assert 'lang="fr"' in visitor.page.text
    visitor.get("/account/passkeys?lang=en")
    assert "Computer" in visitor.page.text


def test_removing_asks_first_and_takes_one_decision(site: Site, holder: tuple[Visitor, Person, SoftKey]) -> None:
    """The page says what will be; without the button's value nothing is removed."""
    visitor, person, _ = holder
    visitor.get("/account/passkeys")
    (address,) = [link for link in visitor.links() if link.endswith("/remove")]
    visitor.get(address)
    assert "It is your only passkey: after that you sign in with your password." in visitor.page.text
    visitor.submit("/remove")
    assert visitor.page.status_code == 400
    assert site.audit(subscriber_id=person.id, event="authenticator.removed") == []
    visitor.submit("/remove", decision="remove")
    assert "The passkey no longer opens your account" in visitor.page.text
    assert len(site.audit(subscriber_id=person.id, event="authenticator.removed")) == 1


@pytest.mark.parametrize("why", ["staff", "no password"])
def test_the_only_way_in_stays(site: Site, holder: tuple[Visitor, Person, SoftKey], why: str) -> None:
    """Staff keep a passkey, and so does a person who has no password: the page says why, and there is no button."""
    visitor, person, _ = holder
    if why == "staff":
        change(site, update(SubscriberRow).where(SubscriberRow.id == person.id).values(policy_group="staff"))
    else:
        change(site, delete(PasswordRow).where(PasswordRow.subscriber_id == person.id))
    visitor.get("/account/passkeys")
    (address,) = [link for link in visitor.links() if link.endswith("/remove")]
    visitor.get(address)
    assert visitor.page.status_code == 409
    assert visitor.title.startswith("This passkey must stay")
    assert "<form" not in visitor.page.text.partition("<main")[2].partition("</main>")[0]
    visitor.get(ADD)
    token = unescape(visitor.form().partition('name="csrf_token" value="')[2].partition('"')[0])
    visitor.post(address, csrf_token=token, decision="remove")
    assert visitor.page.status_code == 409
    assert site.audit(subscriber_id=person.id, event="authenticator.removed") == []


def test_nothing_can_be_added_while_changes_are_locked(site: Site, holder: tuple[Visitor, Person, SoftKey]) -> None:
    """After "this was not me" the page says until when, and the script is sent to it."""
    visitor, person, _ = holder
    until = site.services.clock.now().replace(year=2999)
    change(site, update(SubscriberRow).where(SubscriberRow.id == person.id).values(changes_locked_until=until))
    assert options(visitor, "/account/passkeys/options") == {"next": ADD}
    visitor.get(ADD)
    assert visitor.title.startswith("Changes are locked for now")


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"client": {"origin": "https://evil.example"}}, "passkey.origin"),
        ({"client": {"type": "webauthn.create"}}, "passkey.type"),
        ({"client": {"challenge": "A" * 43}}, "passkey.challenge"),
    ],
)
def test_each_refusal_is_counted_under_its_reason(
    site: Site, holder: tuple[Visitor, Person, SoftKey], given: dict[str, Any], reason: str
) -> None:
    """AC-077, AC-078: an operator sees how often which check failed; the person hears one sentence for all of them."""
    soft, visitor, counter = holder[2], site.visitor(), REFUSALS.labels(reason)
    before = counter._value.get()
    visitor.get("/signin")
    used = soft.use(options(visitor, f"{visitor.path}/passkey/options")["publicKey"], **given)
    visitor.submit("/passkey", credential=json.dumps(used))
    assert visitor.page.status_code == 400
    assert counter._value.get() == before + 1


def test_too_many_tries_ask_to_wait(site: Site, holder: tuple[Visitor, Person, SoftKey]) -> None:
    """The page of the wait speaks of passkeys, and the status says when."""
    _, person, soft = holder
    throttle, subject = site.services.throttle, f"person|{person.id}"
    for _ in range(20):
        throttle.reserve(Factor.PASSKEY, subject, None)
    visitor = site.visitor()
    visitor.get("/signin")
    prove(visitor, soft)
    assert visitor.page.status_code == 429
    assert "There were too many tries with a passkey" in visitor.page.text
    assert int(visitor.page.headers["Retry-After"]) > 0


def test_a_session_that_is_gone_is_told_to_the_script(site: Site) -> None:
    """It goes where the person can sign in, and the form that was sent meanwhile is not acted upon."""
    visitor, person = site.visitor(), site.person()
    visitor.get(ADD)
    site.sign_in(visitor, person)
    visitor.drop_cookies("wangov_session")
    assert options(visitor, "/account/passkeys/options") == {"next": ADD}
    visitor.submit("/account/passkeys/add", credential="{}")
    assert visitor.title.startswith("Sign in")


OpenSite = Callable[..., AbstractContextManager[Site]]


def test_where_our_address_is_a_number_no_passkey_is_offered(open_site: OpenSite) -> None:
    """No name, no passkeys: the forms are not there, no script runs, and the page says that it does not work here."""
    with open_site(WANGOV_ISSUER="http://127.0.0.1:8000") as site:
        visitor, person = site.visitor(), site.person()
        visitor.get("/signin")
        assert "data-passkey" not in visitor.page.text
        assert "connect-src" not in visitor.page.headers["Content-Security-Policy"]
        visitor.submit("/password", identifier=person.username, password=PASSWORD)
        visitor.get(ADD)
        assert "Passkeys do not work here" in visitor.page.text
        assert "data-passkey=" not in visitor.page.text


def test_staff_are_asked_for_the_makers_word(open_site: OpenSite) -> None:
    """With a list of models, a passkey that nobody vouches for is refused in words that say what to do."""
    model = "00112233-4455-6677-8899-aabbccddeeff"
    with open_site(WANGOV_STAFF_AAGUIDS=model) as site:
        visitor, person = site.visitor(), site.person()
        visitor.get(ADD)
        site.sign_in(visitor, person)
        change(site, update(SubscriberRow).where(SubscriberRow.id == person.id).values(policy_group="staff"))
        asked = options(visitor, "/account/passkeys/options")["publicKey"]
        assert asked["attestation"] == "direct"
        assert asked["authenticatorSelection"]["residentKey"] == "required"
        visitor.submit("/account/passkeys/add", credential=json.dumps(SoftKey(ORIGIN).make(asked)))
        assert visitor.page.status_code == 400
        assert "This kind of passkey is not allowed for your account" in visitor.page.text
        (row,) = site.audit(subscriber_id=person.id, event="passkey.refused")
        assert row.body["reason"] == "passkey.model"
