"""What somebody who is not the owner gets from the recovery pages: nothing, and the owner hears of it."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from idp.authenticators.models import PasswordRow
from idp.entropy import SecretKind, digest
from idp.recovery.models import RecoveryCaseRow
from idp.subscribers.models import SubscriberRow
from idp.web.extensions import db
from idp.web.rooms import directory
from tests.factories.visitors import Visitor
from tests.integration.web.conftest import PASSWORD, Site
from tests.integration.web.recovering import DAY, NEW, Bureau, plain
from tests.live import MovableClock

pytestmark = pytest.mark.integration
WRONG = "000000"


@pytest.fixture(scope="module")
def bureau(site: Site) -> Bureau:
    """One for the module."""
    return Bureau(site)


@pytest.fixture(autouse=True)
def time(test_clock: MovableClock) -> MovableClock:
    """The machine's time when a test begins."""
    return test_clock


def ready(bureau: Bureau, visitor: Visitor, sheet: str) -> str:
    """Walk to the page of the new password; its address."""
    visitor.submit("/choose", way="paper")
    visitor.submit("/paper", recovery_code=sheet)
    bureau.prove_next(visitor, "email")
    assert visitor.title.startswith("Set your new password")
    return visitor.path


def test_known_and_unknown_people_see_the_same_pages(bureau: Bureau) -> None:
    """AC-063: page by page, with right order and wrong proofs, the same status and text whoever was named."""
    names = [bureau.person().username, "nobody-of-that-name", bureau.person(email=None, email_verified=None).username]
    with bureau.app.app_context():
        suspended = bureau.person()
        db.session.execute(update(SubscriberRow).where(SubscriberRow.id == suspended.id).values(state="suspended"))
        db.session.commit()
    seen = []
    for name in [*names, suspended.username]:
        visitor, pages = bureau.site.visitor(), []
        visitor.get("/recover/password")
        visitor.submit("/recover/password", identifier=name)
        pages.append(visitor.page)
        visitor.submit("/choose", way="email")
        pages.append(visitor.page)
        bureau.work()
        for _ in range(7):
            visitor.submit("/email", code=WRONG)
            pages.append(visitor.page)
        pages.append(visitor.submit("/email/send"))
        visitor.get(re.sub("/email$", "/paper", visitor.path))
        visitor.submit("/paper", recovery_code="7KQM-2F9D-XW3A")
        pages.append(visitor.page)
        seen.append([(page.status_code, plain(page.text.replace(name, "NAME"))) for page in pages])
    assert seen[0] == seen[1] == seen[2] == seen[3]


def test_too_many_messages_are_refused_alike(bureau: Bureau) -> None:
    """AC-063: the limit of messages counts what was typed."""
    statuses = []
    for name in (bureau.person().username, "no-such-person"):
        for _ in range(5):
            visitor = bureau.site.visitor()
            visitor.get("/recover/password")
            visitor.submit("/recover/password", identifier=name)
            statuses.append(visitor.submit("/choose", way="email").status_code)
    assert statuses == ([200] * 3 + [429] * 2) * 2


def test_new_password_needs_every_step(bureau: Bureau) -> None:
    """AC-082: from no page but the last does a posted password do anything; the person is led to where they stand."""
    person = bureau.person()
    sheet = bureau.paper(person)
    visitor = bureau.begin(person)
    visitor.submit("/choose", way="paper")
    visitor.submit("/paper", recovery_code=sheet[0])
    form = visitor.form("/choose")
    token = re.search(r'name="csrf_token" value="([^"]+)"', form)
    assert token
    visitor.post(f"{visitor.path}/password", csrf_token=token[1], password=NEW)
    assert visitor.title.startswith("The first proof was right")
    nowhere = "/recover/case/01234567-89ab-4def-8123-456789abcdef/password"
    visitor.post(nowhere, csrf_token=token[1], password=NEW)
    assert visitor.path == "/recover"
    assert bureau.can_sign_in(person, PASSWORD)


def test_case_belongs_to_its_browser(bureau: Bureau) -> None:
    """AC-082: the address of a case, or of an attempt, is worth nothing in another browser."""
    person = bureau.person()
    sheet = bureau.paper(person)
    visitor, thief = bureau.begin(person), bureau.begin(person)
    attempt = visitor.path
    case = ready(bureau, visitor, sheet[0])
    for address in (attempt, case, f"{case}/email"):
        assert thief.get(address).status_code == 400
        assert thief.title.startswith("Please begin again")
    thief.get("/recover/password")
    token = re.search(r'name="csrf_token" value="([^"]+)"', thief.page.text)
    assert token
    thief.post(f"{case}/password", csrf_token=token[1], password=NEW)
    assert bureau.can_sign_in(person, PASSWORD)


def test_recovery_is_good_once_and_for_a_quarter_of_an_hour(bureau: Bureau) -> None:
    """AC-083: nothing is done twice, and nothing after fifteen minutes."""
    person = bureau.person()
    sheet = bureau.paper(person)
    late, visitor = bureau.begin(person), bureau.begin(person)
    case = ready(bureau, late, sheet[0])
    bureau.site.clock.advance(16 * 60)
    late.get(case)
    assert late.title.startswith("This took too long")
    assert visitor.get(visitor.path).status_code == 400
    visitor = bureau.begin(person)
    case = ready(bureau, visitor, sheet[1])
    page = visitor.form("/password")
    visitor.submit("/password", password=NEW)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token
    visitor.post(f"{case}/password", csrf_token=token[1], password="another one of many words")
    assert visitor.title.startswith("Your new password is set")
    assert bureau.can_sign_in(person, NEW)


@pytest.mark.parametrize("what", ["address", "password"])
def test_change_of_the_account_ends_what_was_proven_before(bureau: Bureau, what: str) -> None:
    """AC-083: after a change of address or password an older recovery opens nothing."""
    person = bureau.person()
    sheet = bureau.paper(person)
    visitor = bureau.begin(person)
    ready(bureau, visitor, sheet[0])
    with bureau.app.app_context():
        if what == "address":
            changed = {"email": "moved@people.example", "email_verified": True}
            assert directory().record(person.id, changed) is None
        else:
            later = bureau.site.services.clock.now()
            db.session.execute(
                update(PasswordRow).where(PasswordRow.subscriber_id == person.id).values(changed_at=later)
            )
        db.session.commit()
    visitor.submit("/password", password=NEW)
    assert visitor.title.startswith("Your account has changed")
    assert bureau.can_sign_in(person, PASSWORD)


def test_newer_recovery_of_a_browser_takes_the_older_one_s_place(bureau: Bureau) -> None:
    """AC-083: the older one is refused once the newer one has a proof; one of another browser stays."""
    person = bureau.person()
    sheet = bureau.paper(person)
    visitor, other = bureau.begin(person), bureau.begin(person)
    older = ready(bureau, visitor, sheet[0])
    bureau.site.clock.advance(61)
    others = ready(bureau, other, sheet[1])
    bureau.begin(person, visitor)
    visitor.submit("/choose", way="paper")
    visitor.submit("/paper", recovery_code=sheet[2])
    visitor.get(older)
    assert visitor.title.startswith("This was stopped")
    other.get(others)
    assert other.title.startswith("Set your new password")


def test_stored_secrets_are_digests(bureau: Bureau) -> None:
    """AC-083: neither the attempt's secret nor the browser's is stored; what was typed is not readable."""
    person = bureau.person()
    visitor = bureau.begin(person)
    secret = visitor.path.rpartition("/")[2]
    assert len(secret) == 46
    name = digest(SecretKind.RECOVERY, secret).hex()
    held = bureau.site.services.ephemeral.read("recovery", name)
    assert held is not None
    assert person.username not in str(held)
    assert secret not in str(held)
    bureau.prove_first(visitor, "email")
    with bureau.app.app_context():
        stored = db.session.scalar(select(RecoveryCaseRow.browser).where(RecoveryCaseRow.subscriber_id == person.id))
    assert stored == digest(SecretKind.BROWSER, visitor.cookie("wangov_browser") or "")


@pytest.mark.parametrize("header", ["Host", "X-Forwarded-Host", "Forwarded"])
def test_hostile_host_never_reaches_a_message(bureau: Bureau, header: str) -> None:
    """AC-081: a recovery that is begun under another host leads to our address alone, if it is served at all."""
    person = bureau.person()
    visitor = bureau.site.visitor()
    value = "host=evil.example" if header == "Forwarded" else "evil.example"
    visitor.get("/recover/password")
    token = re.search(r'name="csrf_token" value="([^"]+)"', visitor.page.text)
    assert token
    answer = visitor.client.post(
        "/recover/password", data={"csrf_token": token[1], "identifier": person.username}, headers={header: value}
    )
    assert "evil.example" not in answer.headers.get("Location", "")
    assert "evil.example" not in answer.text
    assert "evil.example" not in str([dict(letter.parameters) for letter in bureau.letters()])


def test_stop_link_and_owner_s_button_end_it(bureau: Bureau) -> None:
    """The owner stops an attacker who has the mailbox: by the link in the notice, or with one button when signed in."""
    for by_link in (True, False):
        person = bureau.person()
        owner = bureau.site.visitor()
        owner.get("/signin")
        bureau.site.sign_in(owner, person)
        bureau.site.clock.advance(1)
        bureau.letters()
        thief = bureau.begin(person)
        thief.submit("/choose", way="email")
        thief.submit("/email", code=bureau.code("email"))
        case = thief.path
        if by_link:
            with bureau.app.app_context():
                bureau._read.clear()
            link = next(one for one in bureau.letters("recovery_started") if one.subscriber_id == person.id)
            reader = bureau.site.visitor()
            reader.get(f"/notice/{link.parameters['link']}")
            reader.submit(f"/notice/{link.parameters['link']}")
        else:
            owner.get("/account")
            assert "Somebody is getting back into your account" in owner.page.text
            owner.submit("/recover/stop")
            assert "Somebody is getting back" not in owner.page.text
        thief.get(case)
        assert thief.title.startswith("This was stopped")
        assert "recovery.stopped" in bureau.site.events(person)


def test_guessed_password_does_not_stop_the_owner_s_recovery(bureau: Bureau) -> None:
    """A device that was not known before the recovery began is neither shown it nor can stop it."""
    person = bureau.person()
    owner = bureau.begin(person)
    bureau.prove_first(owner, "email")
    bureau.site.clock.advance(5)
    thief = bureau.site.visitor()
    thief.get("/signin")
    bureau.site.sign_in(thief, person)
    thief.get("/account")
    assert "Somebody is getting back" not in thief.page.text
    owner.get(owner.path)
    assert owner.title.startswith("The first proof was right")


def test_attacker_and_owner_side_by_side(bureau: Bureau) -> None:
    """While somebody tries and tries, the owner signs in at once and recovers by paper and mail at once."""
    person = bureau.person()
    sheet = bureau.paper(person)
    home = bureau.site.visitor()
    home.get("/signin")
    bureau.site.sign_in(home, person)
    for _ in range(3):
        thief = bureau.begin(person)
        thief.submit("/choose", way="email")
        bureau.work()
        for _ in range(5):
            if 'name="code"' in thief.page.text:
                thief.submit("/email", code=WRONG)
        assert "/email" in thief.path
        thief.get(re.sub("/email$", "/paper", thief.path))
        for number in range(4):
            if "recovery_code" in thief.page.text:
                thief.submit("/paper", recovery_code=f"{number}KQM-2F9D-XW3A")
    assert bureau.can_sign_in(person, PASSWORD)
    owner = bureau.site.visitor()
    owner.client.set_cookie("wangov_device", home.cookie("wangov_device") or "", domain="localhost")
    bureau.begin(person, owner)
    bureau.letters()
    ready(bureau, owner, sheet[0])
    owner.submit("/password", password=NEW)
    assert bureau.can_sign_in(person, NEW)


def test_locked_changes_hold_for_a_recovery_too(bureau: Bureau) -> None:
    """After "this was not me" no new password is set until the lock is over; then it is."""
    person = bureau.person()
    sheet = bureau.paper(person)
    until = bureau.site.services.clock.now() + timedelta(hours=72)
    visitor = bureau.begin(person)
    case = ready(bureau, visitor, sheet[0])
    form = visitor.form("/password")
    with bureau.app.app_context():
        locked = update(SubscriberRow).where(SubscriberRow.id == person.id).values(changes_locked_until=until)
        db.session.execute(locked)
        db.session.commit()
    token = re.search(r'name="csrf_token" value="([^"]+)"', form)
    assert token
    assert visitor.post(f"{case}/password", csrf_token=token[1], password=NEW).status_code == 403
    assert visitor.title.startswith("Changes are locked")
    bureau.site.clock.advance(3 * DAY + 60)
    bureau.begin(person, visitor)
    ready(bureau, visitor, sheet[1])
    visitor.submit("/password", password=NEW)
    assert bureau.can_sign_in(person, NEW)


def test_code_of_another_purpose_is_none_here(bureau: Bureau) -> None:
    """AC-085: a code for another attempt, or for a sign-in, proves nothing."""
    person = bureau.person()
    first, second = bureau.begin(person), bureau.begin(person)
    first.submit("/choose", way="email")
    code = bureau.code("email")
    second.submit("/choose", way="sms")
    second.get(re.sub("/sms$", "/email", second.path))
    second.submit("/email", code=code)
    assert second.page.status_code == 400


def test_staff_are_led_to_their_administrator(bureau: Bureau) -> None:
    """Staff need a passkey: nothing is sent, and the page of a visit says whom to ask."""
    person = bureau.person()
    with bureau.app.app_context():
        db.session.execute(update(SubscriberRow).where(SubscriberRow.id == person.id).values(policy_group="staff"))
        db.session.commit()
    bureau.letters()
    visitor = bureau.begin(person)
    visitor.submit("/choose", way="email")
    assert bureau.letters() == []
    visitor.get("/recover/centre")
    assert "administrator" in visitor.page.text
