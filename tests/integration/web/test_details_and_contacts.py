import itertools
import re
import uuid
from typing import Any

import pytest

from idp.web.extensions import db
from tests.factories.mail import Letter, letters
from tests.factories.visitors import Visitor
from tests.integration.web.conftest import Person, Site

pytestmark = pytest.mark.integration

OLD = "old@mail.example"
_numbers = itertools.count(1)


def at(site: Site, person: Person, path: str) -> Visitor:
    """A browser of a person who signed in a moment ago, on an account page."""
    visitor = site.visitor()
    visitor.get(path)
    site.sign_in(visitor, person)
    assert visitor.path == path, visitor.title
    return visitor


def mail(site: Site, person: Person, notice: str) -> list[Letter]:
    """What was written to the person under this name."""
    with site.app.app_context():
        return [letter for letter in letters(site.services, db.session(), person.id) if letter["notice"] == notice]


def profile(site: Site, person: Person) -> dict[str, object]:
    """What is recorded."""
    from idp.web.rooms import directory

    with site.app.app_context():
        return directory().profile(person.id)


def found_by(site: Site, name: str, value: str) -> list[uuid.UUID]:
    """Whom the directory finds."""
    from idp.web.rooms import directory

    with site.app.app_context():
        return directory().search(name, value)


def change_mail(site: Site, visitor: Visitor, person: Person, address: str) -> None:
    """Both steps of a change."""
    visitor.get("/account/details/contact/email")
    visitor.submit("/contact/email", value=address)
    visitor.submit(visitor.path, code=mail(site, person, "code")[-1]["code"])


@pytest.fixture
def person(site: Site) -> Person:
    """Somebody with a proven address and number."""
    return site.person(
        totp=True,
        email=OLD,
        email_verified=True,
        phone_number="+23276000001",
        phone_number_verified=True,
        birthdate="1990-04-27",
    )


@pytest.fixture
def new() -> str:
    """An address that no other test writes to: how often one may be is counted."""
    return f"new{next(_numbers)}@mail.example"


def test_details_say_what_is_recorded_and_since_when(site: Site, person: Person) -> None:
    """Values, whether contacts are proven, and where each comes from; a way to change each."""
    page = at(site, person, "/account/details").page.text
    assert all(
        words in page for words in (OLD, "27 April 1990", "Proven with a code", "Recorded when your account was")
    )
    assert "/account/details/contact/email" in page
    assert "/account/details/correct/birthdate" in page


def test_a_new_address_holds_once_it_is_proven(site: Site, person: Person, new: str) -> None:
    """The code goes to the new address; then it is recorded as verified, found by search, and the old one is not."""
    visitor = at(site, person, "/account/details")
    visitor.get("/account/details/contact/email")
    visitor.submit("/contact/email", value=f" {new} ")
    assert profile(site, person)["email"] == OLD
    (code,) = mail(site, person, "code")
    assert code["to"] == new
    visitor.submit(visitor.path, code=code["code"])
    assert visitor.path == "/account/details"
    assert "The new contact holds" in visitor.page.text
    assert (profile(site, person)["email"], profile(site, person)["email_verified"]) == (new, True)
    assert person.id in found_by(site, "email", new)
    assert person.id not in found_by(site, "email", OLD)
    assert "contact.changed" in site.events(person)


def test_the_other_contacts_are_told_and_the_old_one_can_undo_it(site: Site, person: Person, new: str) -> None:
    """Old address and telephone hear of it, the new one does not; the link restores the old one, once."""
    from idp.notices import LinkKind
    from idp.notices.links import SecurityLink
    from idp.web.rooms import links
    from idp.web.selfservice_rooms import contact_changes

    change_mail(site, at(site, person, "/account/details"), person, new)
    told = mail(site, person, "contact_changed")
    assert {letter["to"] for letter in told} == {OLD, "+23276000001"}
    with site.app.app_context():
        link = links().spend(told[0]["link"])
        assert isinstance(link, SecurityLink)
        assert (link.kind, link.concerns is not None) == (LinkKind.STOP_CONTACT_CHANGE, True)
        assert link.concerns is not None
        assert contact_changes().stop(person.id, link.concerns) == "email"
        db.session.commit()
        assert contact_changes().stop(person.id, link.concerns) != "email"
    assert profile(site, person)["email"] == OLD
    assert person.id in found_by(site, "email", OLD)


def test_two_changes_in_a_row_are_undone_by_the_first_owner(site: Site, person: Person, new: str) -> None:
    """Who took the account over cannot bury the old address under a second change."""
    from idp.web.rooms import links
    from idp.web.selfservice_rooms import contact_changes

    visitor = at(site, person, "/account/details")
    change_mail(site, visitor, person, new)
    first = mail(site, person, "contact_changed")[0]["link"]
    site.clock.advance(60)
    change_mail(site, visitor, person, "third@mail.example")
    second = [letter["link"] for letter in mail(site, person, "contact_changed") if letter["to"] == new][-1]
    with site.app.app_context():
        known = [links().peek(link) for link in (first, second)]
        stopped = [contact_changes().stop(person.id, link.concerns) for link in known]  # type: ignore[arg-type, union-attr]  # both are known
        db.session.commit()
    assert stopped[0] == "email"
    assert stopped[1] != "email"
    assert profile(site, person)["email"] == OLD


def test_after_three_days_a_change_stands(site: Site, person: Person, new: str) -> None:
    """72 hours, to the minute."""
    from idp.web.rooms import links
    from idp.web.selfservice_rooms import contact_changes

    change_mail(site, at(site, person, "/account/details"), person, new)
    link = mail(site, person, "contact_changed")[0]["link"]
    with site.app.app_context():
        change = links().peek(link).concerns  # type: ignore[union-attr]  # it is known
        site.clock.advance(72 * 3600 + 60)
        assert contact_changes().stop(person.id, change) != "email"  # type: ignore[arg-type]  # as above
    assert profile(site, person)["email"] == new


@pytest.mark.parametrize("extra", ["email_verified", "verified", "subscriber_id", "channel"])
def test_nothing_is_verified_by_a_field(site: Site, person: Person, extra: str, new: str) -> None:
    """AC-084: a field that the form does not have is a 400, and nothing changes."""
    visitor = at(site, person, "/account/details")
    visitor.get("/account/details/contact/email")
    more: dict[str, Any] = {extra: "true"}
    assert visitor.submit("/contact/email", value=new, **more).status_code == 400
    assert profile(site, person)["email"] == OLD
    assert mail(site, person, "code") == []


def test_a_repeated_field_is_refused(site: Site, person: Person, new: str) -> None:
    """AC-084: two values for one field are no value."""
    visitor = at(site, person, "/account/details")
    visitor.get("/account/details/contact/email")
    assert visitor.submit("/contact/email", value=[new, "other@mail.example"]).status_code == 400


def test_a_taken_address_looks_like_any_other(site: Site, person: Person) -> None:
    """AC-063: same status, same words, a code to the address either way."""
    site.person(email="taken@mail.example", email_verified=True)
    seen = []
    for address in ("taken@mail.example", "freed@mail.example"):
        visitor = at(site, person, "/account/details")
        visitor.get("/account/details/contact/email")
        answer = visitor.submit("/contact/email", value=address)
        text = answer.text.partition("<main")[2].partition("</main>")[0].replace(address, "").replace(visitor.path, "")
        seen.append((answer.status_code, text.partition('name="csrf_token"')[0]))
        site.clock.advance(120)
    assert seen[0] == seen[1]
    assert len(mail(site, person, "code")) == 2


@pytest.mark.parametrize("typed", ["", "x", "a@b", "a@b@c.example", "two@mail.example, more@mail.example", "x" * 400])
def test_what_is_no_address_is_refused(site: Site, person: Person, typed: str) -> None:
    """Told at the field; what was typed stays."""
    visitor = at(site, person, "/account/details")
    visitor.get("/account/details/contact/email")
    assert visitor.submit("/contact/email", value=typed).status_code == 400
    assert visitor.title.startswith("Error:")
    assert mail(site, person, "code") == []


def test_a_wrong_code_changes_nothing_and_five_end_it(site: Site, person: Person, new: str) -> None:
    """The right one is refused after five wrong ones."""
    visitor = at(site, person, "/account/details")
    visitor.get("/account/details/contact/email")
    visitor.submit("/contact/email", value=new)
    right = mail(site, person, "code")[-1]["code"]
    wrong = f"{(int(right) + 1) % 1_000_000:06}"
    for _ in range(5):
        assert visitor.submit(visitor.path, code=wrong).status_code == 400
    assert visitor.submit(visitor.path, code=right).status_code == 400
    assert profile(site, person)["email"] == OLD


def test_a_code_of_a_sign_in_is_none_here(site: Site, person: Person, new: str) -> None:
    """AC-085: a code of another purpose changes no contact."""
    from idp.authenticators.one_time_code import CodePurpose
    from idp.outbox import Channel
    from idp.web.code_rooms import one_time_codes

    visitor = at(site, person, "/account/details")
    visitor.get("/account/details/contact/email")
    visitor.submit("/contact/email", value=new)
    change = visitor.path.rpartition("/")[2]
    site.clock.advance(120)
    with site.app.app_context():
        one_time_codes().send(CodePurpose.SIGNIN, change, Channel.EMAIL, new, person.id, "en")
        db.session.commit()
    first, second = (letter["code"] for letter in mail(site, person, "code"))
    if first != second:
        assert visitor.submit(visitor.path, code=second).status_code == 400
        assert profile(site, person)["email"] == OLD


def test_changes_of_others_do_not_exist(site: Site, person: Person, new: str) -> None:
    """AC-090: a foreign change is a 404, as one that never was, by page and by post."""
    visitor = at(site, person, "/account/details")
    visitor.get("/account/details/contact/email")
    visitor.submit("/contact/email", value=new)
    address = visitor.path
    thief = at(site, site.person(), "/account/details")
    thief.get("/account/details/contact/email")
    token = thief.page.text.partition('name="csrf_token" value="')[2].partition('"')[0]
    for path in (address, f"/account/details/contact-change/{uuid.uuid4()}"):
        assert thief.get(path).status_code == 404
        assert thief.post(path, csrf_token=token, code="123456").status_code == 404


def test_the_only_contact_cannot_be_removed(site: Site, person: Person) -> None:
    """One of two goes and both hear of it; the last one stays."""
    visitor = at(site, person, "/account/details")
    visitor.get("/account/details/contact/phone")
    visitor.submit("/remove")
    assert visitor.path == "/account/details"
    assert "phone_number" not in profile(site, person)
    assert {letter["to"] for letter in mail(site, person, "contact_removed")} == {OLD, "+23276000001"}
    visitor.get("/account/details/contact/email")
    assert visitor.submit("/remove").status_code == 400
    assert profile(site, person)["email"] == OLD


def test_an_old_sign_in_must_be_renewed_first(site: Site, person: Person) -> None:
    """After ten minutes a change leads to the sign-in and back to the page."""
    visitor = at(site, person, "/account/details")
    site.clock.advance(11 * 60)
    visitor.get("/account/details/contact/email")
    assert visitor.path.startswith("/signin/")
    visitor.submit(identifier=person.username, password="kettle on the blue hill")
    site.clock.advance(60)


@pytest.mark.parametrize("claim", ["email", "email_verified", "sub", "updated_at", "x" * 300])
def test_only_details_of_the_register_are_corrected(site: Site, person: Person, claim: str) -> None:
    """A contact, or what is not recorded about people, has no such page."""
    visitor = at(site, person, "/account/details")
    assert visitor.get(f"/account/details/correct/{claim}").status_code == 404


def test_a_correction_waits_is_decided_and_told(site: Site, person: Person) -> None:
    """Sealed while it waits, withdrawn by its owner, or decided by the registry; then it is recorded."""
    from idp.selfservice.corrections import Decided
    from idp.web.selfservice_rooms import corrections

    visitor = at(site, person, "/account/details")
    for year in ("1991", "1992"):
        visitor.get("/account/details/correct/birthdate")
        visitor.submit("/birthdate", value=f"{year}-04-27", reason="My birth certificate says so.")
        assert visitor.path == "/account/details"
        if year == "1991":
            visitor.submit("/withdraw")
            assert "Taken back by you" in visitor.page.text
    assert profile(site, person)["birthdate"] == "1990-04-27"
    with site.app.app_context():
        (waiting,) = [one for one in corrections().waiting("operator") if one.subscriber_id == person.id]
        assert corrections().decide(waiting.id, Decided.DOCUMENT_SEEN, "operator", accepted=True) is None
        db.session.commit()
    assert profile(site, person)["birthdate"] == "1992-04-27"
    visitor.get("/account/details")
    assert "Corrected by the registry" in visitor.page.text
    assert {letter["outcome"] for letter in mail(site, person, "correction_decided")} == {"accepted"}
    assert "record.read" in site.events(person)


@pytest.mark.parametrize(
    ("value", "reason"),
    [("1990-04-27", "same"), ("1990-13-40", "no date"), ("", "empty"), ("1991-01-01", ""), ("1991-01-01", "x" * 1001)],
)
def test_corrections_that_say_nothing_are_refused(site: Site, person: Person, value: str, reason: str) -> None:
    """What is recorded already, what cannot be recorded, and what has no reason."""
    visitor = at(site, person, "/account/details")
    visitor.get("/account/details/correct/birthdate")
    assert visitor.submit("/birthdate", value=value, reason=reason).status_code == 400
    assert visitor.title.startswith("Error:")
    assert "correction.proposed" not in site.events(person)


def test_a_second_correction_of_the_same_detail_waits(site: Site, person: Person) -> None:
    """One open proposal for each detail."""
    visitor = at(site, person, "/account/details")
    for year, status in (("1991", 200), ("1992", 400)):
        visitor.get("/account/details/correct/birthdate")
        assert visitor.submit("/birthdate", value=f"{year}-04-27", reason="It is so.").status_code == status


def test_text_size_and_language_are_kept(site: Site, person: Person) -> None:
    """The size by a cookie on every page, the language with the person."""
    visitor = at(site, person, "/account/reading")
    visitor.submit("/reading", size="larger", language="en")
    assert 'data-text="larger"' in visitor.page.text
    assert "Saved" in visitor.page.text
    visitor.get("/help")
    assert 'data-text="larger"' in visitor.page.text
    visitor.get("/account/reading")
    visitor.submit("/reading", size="normal", language="en")
    assert "data-text" not in visitor.page.text
    assert profile(site, person)["locale"] == "en"


def test_another_text_size_leaves_the_language(site: Site) -> None:
    """Pages that were switched to French stay French when only the size is chosen: the form shows what is spoken."""
    visitor = at(site, site.person(locale="en"), "/account/reading")
    visitor.get("/account/reading?lang=fr")
    visitor.get("/account/reading")
    (spoken,) = re.findall(r'name="language" value="(\w+)" checked', visitor.page.text)
    assert spoken == "fr"
    visitor.submit("/reading", size="large", language=spoken)
    assert '<html lang="fr"' in visitor.page.text
    assert 'data-text="large"' in visitor.page.text


def test_pages_speak_what_the_person_prefers(site: Site) -> None:
    """Recorded with the person, it holds in every browser that has not chosen itself."""
    visitor = at(site, site.person(locale="fr"), "/account")
    assert '<html lang="fr"' in visitor.page.text
    assert '<html lang="fr"' in visitor.get("/").text
    visitor.get("/account?lang=en")
    assert '<html lang="en"' in visitor.get("/account").text
    assert '<html lang="en"' in site.visitor().get("/").text


def test_a_recorded_number_is_proven_without_typing_it(site: Site) -> None:
    """Nothing has changed then, and nobody is told that it has; no old one is spoken of."""
    number = f"+2327600{next(_numbers):04}"
    person = site.person(email=f"prover{next(_numbers)}@mail.example", email_verified=True, phone_number=number)
    visitor = at(site, person, "/account/details")
    assert "Prove it: send a code" in visitor.page.text
    visitor.get("/account/details/contact/phone")
    visitor.submit("/contact/phone")
    visitor.submit(visitor.path, code=mail(site, person, "code")[-1]["code"])
    assert "It is proven" in visitor.page.text
    assert "From the old one" not in visitor.page.text
    assert profile(site, person)["phone_number_verified"] is True
    (told,) = mail(site, person, "contact_changed")
    assert told["ground"] == "proven"
    assert "Your phone number was proven with a code" in visitor.get("/account/history").text
    assert "Prove it: send a code" not in visitor.get("/account/details").text
    assert f"+232 76 00{number[-4]} {number[-3:]}" in visitor.page.text


def test_a_first_address_has_no_old_one(site: Site, new: str) -> None:
    """No word of an old one from which the change could be undone."""
    person = site.person()
    visitor = at(site, person, "/account/details/contact/email")
    assert "From the old one" not in visitor.page.text
    visitor.submit("/contact/email", value=new)
    visitor.submit(visitor.path, code=mail(site, person, "code")[-1]["code"])
    assert "The new contact holds" in visitor.page.text
    assert "From the old one" not in visitor.page.text
    assert site.audit(subscriber_id=person.id, event="contact.changed")[-1].body["ground"] == "added"


def test_a_country_is_named(site: Site) -> None:
    """Recorded as a code, shown by its name."""
    person = site.person(address={"street_address": "12 Wharf Lane", "locality": "Bonthe", "country": "SL"})
    page = at(site, person, "/account/details").page.text
    assert "Sierra Leone" in page.partition("12 Wharf Lane")[2].partition("</dd>")[0]
