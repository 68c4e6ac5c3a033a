"""Notices name the device and the way, and never a place."""

import pytest

from idp.notices import Notice
from idp.outbox import Channel
from idp.outbox.message import Content
from idp.web.extensions import db
from idp.web.letters import Written, write_out
from tests.factories.mail import Letter, letters
from tests.factories.visitors import Visitor
from tests.integration.web.conftest import PASSWORD, Person, Site

pytestmark = pytest.mark.integration

FIREFOX = "Mozilla/5.0 (Android 15; Mobile; rv:143.0) Gecko/143.0 Firefox/143.0"


def at_home(site: Site, person: Person, agent: str) -> Visitor:
    """A browser that calls itself this, signed in."""
    site.clock.advance(60)
    visitor = site.visitor()
    visitor.client.environ_base["HTTP_USER_AGENT"] = agent
    visitor.get("/signin")
    site.sign_in(visitor, person)
    return visitor


def mail(site: Site, person: Person, notice: Notice) -> list[Letter]:
    """What was written to the person under this name."""
    with site.app.app_context():
        held = letters(site.services, db.session(), person.id)
    return [letter for letter in held if letter["notice"] == notice.value]


def text(site: Site, notice: Notice, parameters: dict[str, str], locale: str = "en") -> str:
    """The mail, as it is read."""
    with site.app.app_context():
        written = write_out(
            notice.value,
            Channel.EMAIL,
            Content("a@mail.example", locale, parameters, secret=False),
            site.services.options,
        )
    assert isinstance(written, Written), written
    return written.text


def test_a_new_device_is_named(site: Site) -> None:
    """Browser, system, moment and proofs, in the person's words."""
    person = site.person(totp=True, email="a@mail.example", email_verified=True)
    at_home(site, person, FIREFOX)
    (letter,) = mail(site, person, Notice.NEW_DEVICE)
    told = {name: letter[name] for name in ("browser", "system", "proven")}
    assert told == {"browser": "Firefox", "system": "Android", "proven": "pwd otp mfa"}
    words = text(site, Notice.NEW_DEVICE, {**told, "at": letter["at"], "link": letter["link"]})
    assert "On: Firefox on Android\n" in words
    assert "With: a password, a code\n" in words
    assert "When: " in words
    assert "198.18." not in words


@pytest.mark.parametrize("agent", ["", "curl/8", "<a href='https://evil.example'>me</a>", "x" * 5000])
def test_what_calls_itself_nothing_known_is_not_named(site: Site, agent: str) -> None:
    """Nothing that a browser says of itself gets into a mail but the names that we know."""
    person = site.person(email="a@mail.example", email_verified=True)
    at_home(site, person, agent)
    (letter,) = mail(site, person, Notice.NEW_DEVICE)
    assert "browser" not in letter
    assert "system" not in letter
    assert "On:" not in text(site, Notice.NEW_DEVICE, {"at": letter["at"], "link": letter["link"]})


def test_changes_name_the_browser_they_were_made_in(site: Site) -> None:
    """A password, printed codes made and removed, and a contact that goes."""
    person = site.person(
        totp=True, email="a@mail.example", email_verified=True, phone_number="+23276000099", phone_number_verified=True
    )
    visitor = at_home(site, person, FIREFOX)
    visitor.get("/account/methods/recovery-codes")
    visitor.submit("/recovery-codes", decision="make")
    visitor.get("/account/methods/recovery-codes/remove")
    visitor.submit("/remove", decision="remove")
    visitor.get("/account/details/contact/phone")
    visitor.submit("/remove")
    visitor.get("/account/password")
    visitor.submit("/account/password", password=f"{PASSWORD} and more")
    for notice in (
        Notice.METHOD_ADDED,
        Notice.METHOD_REMOVED,
        Notice.CONTACT_REMOVED,
        Notice.PASSWORD_CHANGED,
    ):
        for letter in mail(site, person, notice):
            assert (letter["browser"], letter["system"]) == ("Firefox", "Android"), notice
        assert mail(site, person, notice), notice
