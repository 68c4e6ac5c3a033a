import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from idp.cli.subscribers import open_account
from idp.errors import Code, Refusal
from idp.web.account.changing import CHANGES
from idp.web.extensions import db
from tests.factories.visitors import Visitor
from tests.integration.web.conftest import PASSWORD, OpenSite, Person, Site

pytestmark = pytest.mark.integration

NEW = "quiet rain on tin roofs"


def signed_in(site: Site, person: Person) -> Visitor:
    """A browser in which the person is signed in, at the page of the password."""
    visitor = site.visitor()
    visitor.get("/account/password")
    site.sign_in(visitor, person)
    assert visitor.path == "/account/password", visitor.title
    return visitor


def opens(site: Site, person: Person, password: str) -> bool:
    """Does this password sign the person in?"""
    visitor = site.visitor()
    visitor.get("/signin")
    visitor.submit("/password", identifier=person.username, password=password)
    return not visitor.title.startswith("Error")


def test_the_password_is_changed(site: Site) -> None:
    """The new one opens the account, the old one no longer; the person is told and the trail knows."""
    person = site.person(email="a@mail.example", email_verified=True)
    visitor = signed_in(site, person)
    assert "At least 15 characters" in visitor.page.text
    visitor.submit("/account/password", password=NEW)
    assert visitor.path == "/account/methods"
    assert "Your password is changed" in visitor.page.text
    assert (opens(site, person, NEW), opens(site, person, PASSWORD)) == (True, False)
    rows = site.audit(subscriber_id=person.id, event="authenticator.bound")
    assert [row.body["factor"] for row in rows] == ["pwd", "pwd"]
    assert NEW not in str([row.body for row in rows])


@pytest.mark.parametrize(("chosen", "status"), [("", 303), ("end", 303), ("keep", 200)])
def test_other_sign_ins_end_by_choice(site: Site, chosen: str, status: int) -> None:
    """By default they end, this one stays."""
    person = site.person()
    elsewhere, here = signed_in(site, person), signed_in(site, person)
    here.submit("/account/password", password=NEW, others=chosen)
    assert here.get("/account", follow=False).status_code == 200
    assert elsewhere.get("/account", follow=False).status_code == status


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Enter the new password."),
        ("quiet rain out", "This is too short."),
        ("iloveyouiloveyou", "This is easy to guess."),
        ("Testa rides a long bike", "It must not contain your name"),
        ("wangov is where I go", "It must not contain your name"),
        ("k" * 300, "This is longer than we can keep."),
        ("k" * 2000, "This is longer than we can keep."),
    ],
)
def test_weak_ones_are_refused_with_the_reason(site: Site, typed: str, said: str) -> None:
    """AC-065: too short, known to guessers, or made of name, user name or service. Nothing is changed or shown."""
    person = site.person()
    visitor = signed_in(site, person)
    visitor.submit("/account/password", password=typed)
    assert visitor.page.status_code == 400
    assert visitor.title.startswith("Error:")
    assert said in visitor.page.text
    assert not typed or typed not in visitor.page.text
    assert opens(site, person, PASSWORD)


def test_the_page_says_why_it_is_easy_to_guess(site: Site) -> None:
    """In plain words, with what would help."""
    visitor = signed_in(site, site.person())
    visitor.submit("/account/password", password="abcdefghijklmnopq")
    assert "It counts up or down, or follows the alphabet." in visitor.page.text
    assert "Add another word or two" in visitor.page.text


def test_eight_characters_are_enough_beside_a_second_factor(site: Site) -> None:
    """The length is asked that the person's other factors leave to ask."""
    person = site.person(totp=True)
    visitor = signed_in(site, person)
    assert "At least 8 characters" in visitor.page.text
    visitor.submit("/account/password", password="gR7#vw!p")
    assert visitor.path == "/account/methods"


def test_unicode_and_spaces_are_kept(site: Site) -> None:
    """What was typed on one keyboard is right from another that composes differently; spaces at the ends count."""
    person = site.person()
    signed_in(site, person).submit("/account/password", password=" ma\u00f1ana llueve poco ")
    assert opens(site, person, " man\u0303ana llueve poco ")
    assert not opens(site, person, "ma\u00f1ana llueve poco")


def test_an_old_sign_in_proves_itself_first(site: Site) -> None:
    """After ten minutes the page and the form lead to a sign-in; nothing was changed."""
    person = site.person()
    visitor = signed_in(site, person)
    site.clock.advance(11 * 60)
    visitor.submit("/account/password", password=NEW)
    assert visitor.path.startswith("/signin/")
    assert not opens(site, person, NEW)


def test_fields_that_the_page_does_not_have_are_refused(site: Site) -> None:
    """AC-084: nothing is set by an extra field, or by two of one."""
    visitor = signed_in(site, site.person())
    assert visitor.submit("/account/password", password=NEW, subscriber_id="x").status_code == 400
    visitor.get("/account/password")
    assert visitor.submit("/account/password", password=[NEW, "b" * 20]).status_code == 400


def test_changes_are_counted(site: Site) -> None:
    """After twenty in an hour the page asks to wait."""
    visitor = signed_in(site, site.person())
    for _ in range(CHANGES):
        visitor.submit("/account/password", password="short")
    visitor.submit("/account/password", password=NEW)
    assert visitor.page.status_code == 429
    assert int(visitor.page.headers["Retry-After"]) > 0


@pytest.fixture(scope="module")
def listing(open_site: OpenSite, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """An application whose operator keeps a list."""
    file: Path = tmp_path_factory.mktemp("list") / "deny.txt"
    file.write_text(f"Paramount Chief Road 7{os.linesep}", encoding="utf-8")
    with open_site(WANGOV_PASSWORD_DENY_LIST=str(file)) as site:
        yield site


def test_an_operator_adds_words_of_the_country(listing: Site) -> None:
    """The list of `WANGOV_PASSWORD_DENY_LIST` is asked, however the password is written."""
    visitor = signed_in(listing, listing.person())
    visitor.submit("/account/password", password="PARAMOUNT chief road 7")
    assert visitor.page.status_code == 400
    assert "This is easy to guess." in visitor.page.text


def test_commands_ask_the_operators_list_too(listing: Site) -> None:
    """An account made by a command gets no password that the pages would refuse."""
    document = {"username": "made.by.command", "password": "paramount CHIEF road 7", "name": "Testa"}
    with listing.app.app_context():
        refused = open_account(listing.services, db.session(), document)
        db.session.rollback()
    assert refused == Refusal(Code.PASSWORD_WEAK, "common")


@pytest.mark.parametrize(
    "typed", ["password123456789", "1234 5678 9101 112", "correct horse battery staple", "bo kenema makeni"]
)
def test_what_guessers_try_first_is_refused(site: Site, typed: str) -> None:
    """AC-065: long, and still found at once; refused for what it is."""
    person = site.person()
    visitor = signed_in(site, person)
    visitor.submit("/account/password", password=typed)
    assert visitor.page.status_code == 400
    assert "This is easy to guess." in visitor.page.text
    assert "It must not contain your name" not in visitor.page.text
    assert opens(site, person, PASSWORD)


def test_it_is_changed_three_times_in_ten_minutes(site: Site) -> None:
    """Each change is told of by message: the fourth waits, and changes nothing."""
    person = site.person()
    visitor = signed_in(site, person)
    for count in range(3):
        visitor.get("/account/password")
        visitor.submit("/account/password", password=f"{NEW} {count}")
        assert visitor.path == "/account/methods"
    visitor.get("/account/password")
    visitor.submit("/account/password", password=f"{NEW} 3")
    assert visitor.page.status_code == 429
    assert int(visitor.page.headers["Retry-After"]) <= 600
    assert opens(site, person, f"{NEW} 2")
    assert not opens(site, person, f"{NEW} 3")
