"""What messages say: every notice, in every language, as mail and as text message."""

import dataclasses
import re
from collections.abc import Iterator

import pytest
from flask import Flask

from idp.notices import Notice
from idp.notices.catalogue import CODES, LINKED
from idp.outbox import Channel
from idp.outbox.gsm import fits
from idp.outbox.message import Content
from idp.outbox.sending import Failure
from idp.web.letters import Written, write_out
from idp.web.services import Options
from tests.architecture.application import built

ISSUER = "https://id.example.gov.sl"
SECRET = f"wl_{'Ab1-' * 10}abc"
PARAMETERS = {
    "at": "2026-05-03T14:05:00+00:00",
    "device": "Firefox 128.0 on Android",
    "link": SECRET,
    "code": "482915",
    "minutes": "10",
    "channel": "sms",
    "method": "totp",
    "closes_at": "2026-06-03T14:05:00+00:00",
    "ready_at": "2026-06-03T14:05:00+00:00",
    "expires_at": "2026-06-03T14:05:00+00:00",
    "username": "aminata.k",
    "person": "Isatu Placeholder",
    "outcome": "accepted",
    "ground": "quality",
    "ending": "XW9H",
    "starts": "2026-06-04T09:30:00+00:00",
    "place": "Bo, a made-up street",
    "age": "5",
}
MINIMAL = {name: PARAMETERS[name] for name in ("at", "link", "code", "channel", "method", "username", "outcome")}


@pytest.fixture(scope="module")
def app() -> Iterator[Flask]:
    """The application with its pages and catalogues; no store is needed."""
    with built() as application, application.app_context():
        yield application


@pytest.fixture(scope="module")
def options(app: Flask) -> Options:
    """A site with a long name of its own."""
    held: Options = app.extensions["wangov"].options
    return dataclasses.replace(held, issuer=ISSUER, help_contact=("Telephone 000", "1 Made-up Street"))


def _written(
    notice: Notice | str, channel: Channel, options: Options, locale: str | None = "en", **changes: str
) -> Written:
    content = Content("nobody", locale, PARAMETERS | changes, secret=False)
    outcome = write_out(str(notice), channel, content, options)
    assert isinstance(outcome, Written), outcome
    return outcome


@pytest.mark.parametrize("notice", Notice)
@pytest.mark.parametrize("locale", ["en", "fr", "kri", None])
def test_mail_tells_what_when_and_whom_to_ask(notice: Notice, locale: str | None, options: Options) -> None:
    """Each notice has a subject of one line, a text without gaps, and whom to ask; its link is our own address."""
    mail = _written(notice, Channel.EMAIL, options, locale)
    assert 10 < len(mail.subject) < 90
    assert mail.subject.isprintable()
    assert "WanGov ID" in mail.subject
    assert "Telephone 000" in mail.text
    assert ISSUER in mail.text
    assert not re.search(r"\{|\}|None|\n\n\n| \n", mail.text)
    assert ("2026" in mail.text) == (notice not in CODES)
    assert (f"{ISSUER}/notice/{SECRET}" in mail.text) == (notice in LINKED)
    assert all(address.startswith(ISSUER) for address in re.findall(r"https?://\S+", mail.text))


@pytest.mark.parametrize("notice", Notice)
@pytest.mark.parametrize("locale", ["en", "fr", "kri"])
def test_text_message_is_one_and_names_nobody(notice: Notice, locale: str, options: Options) -> None:
    """At most 160 letters, no personal detail but what was asked for, our own address, and the link where there is one.

    Asked for: a code, or one's user name.
    """
    message = _written(notice, Channel.SMS, options, locale)
    assert fits(message.text), len(message.text)
    assert message.text.startswith("WanGov ID: ")
    for personal in ("Isatu", "Firefox", "2026"):
        assert personal not in message.text
    assert ("aminata" in message.text) == (notice in {Notice.USERNAME_REMINDER, Notice.WELCOME})
    assert ("482915" in message.text) == (notice in CODES)
    assert (f"{ISSUER}/notice/{SECRET}" in message.text) == (notice in LINKED)


@pytest.mark.parametrize("notice", Notice)
def test_message_is_whole_with_the_least_that_is_known(notice: Notice, options: Options) -> None:
    """Nothing that may be left out leaves a gap or a word like None."""
    content = Content("nobody", "en", MINIMAL, secret=False)
    mail = write_out(notice.value, Channel.EMAIL, content, options)
    assert isinstance(mail, Written)
    assert not re.search(r"None|\n\n\n|: *\n\n", mail.text), mail.text


@pytest.mark.parametrize("locale", ["en", "fr", "kri"])
@pytest.mark.parametrize("outcome", ["received", "returned", "recapture", "issued", "recorded", "refused", "waits"])
def test_news_of_an_application_says_which_and_what_to_do(outcome: str, locale: str, options: Options) -> None:
    """Each word has a text of its own, which names the end of the number, fits one text message, and says why."""
    other = _written(Notice.APPLICATION, Channel.EMAIL, options, locale).text
    mail = _written(Notice.APPLICATION, Channel.EMAIL, options, locale, outcome=outcome)
    assert mail.text != other
    assert "XW9H" in mail.text
    without = _written(Notice.APPLICATION, Channel.EMAIL, options, locale, outcome=outcome, ground="")
    assert len(without.text) < len(mail.text)
    message = _written(Notice.APPLICATION, Channel.SMS, options, locale, outcome=outcome)
    assert "XW9H" in message.text
    assert fits(message.text)


@pytest.mark.parametrize("notice", LINKED)
def test_link_that_would_not_fit_is_left_out(notice: Notice, options: Options) -> None:
    """At a site with a very long address the text message says what to do instead."""
    long = dataclasses.replace(options, issuer=f"https://{'identity.' * 9}example.gov.sl")
    message = _written(notice, Channel.SMS, long)
    assert fits(message.text)
    assert SECRET not in message.text


@pytest.mark.parametrize(
    ("username", "shown"), [("kɔlɛ.b", True), ("a" * 128, True), ("ɔ" * 40, True), ("ɔ" * 100, False)]
)
def test_user_name_is_sent_letter_by_letter_or_not_at_all(username: str, shown: bool, options: Options) -> None:
    """No letter of a user name is written differently, and one that is too long is left out."""
    message = _written(Notice.USERNAME_REMINDER, Channel.SMS, options, username=username)
    assert fits(message.text)
    assert (username in message.text) == shown


def test_notice_without_a_page_is_not_sent(options: Options) -> None:
    """An unknown notice, or a name that leads elsewhere, is a failure of ours and reaches no sender."""
    for name in ("no_such_notice", "../theme", "frame", "words"):
        content = Content("nobody", "en", PARAMETERS, secret=False)
        assert write_out(name, Channel.EMAIL, content, options) is Failure.PAGE


@pytest.mark.parametrize(
    ("chosen", "shown"),
    [
        ("Click http://evil.example/now", "Click http evil example now"),
        ("evil.example", "evil example"),
        ("a\r\nBcc: b@c.example", "a Bcc b c example"),
        ("<b>bold</b> {{ 7*7 }}", "b bold b 7 7"),
        ("Firefox 128.0 (Android), o'ma-ma+1", "Firefox 128.0 (Android), o'ma-ma+1"),
        ("Kɔlɛ ŋ", "Kɔlɛ ŋ"),
        ("x" * 300, "x" * 80),
    ],
)
def test_text_that_somebody_chose_is_no_address(chosen: str, shown: str, options: Options) -> None:
    """What somebody named a device cannot become a link, a header or a template in a mail of ours."""
    mail = _written(Notice.NEW_DEVICE, Channel.EMAIL, options, device=chosen)
    assert f"On: {shown}\n" in mail.text


def test_moments_are_in_the_countrys_time(options: Options) -> None:
    """A moment is written out in the person's language."""
    assert "3 May 2026, 14:05" in _written(Notice.NEW_DEVICE, Channel.EMAIL, options).text
    assert "3 mai 2026" in _written(Notice.NEW_DEVICE, Channel.EMAIL, options, "fr-FR").text
