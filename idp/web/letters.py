"""Writes messages out: subject and text of a mail, or a text message, from `templates/mail`, in a person's language.

Links are built from the issuer alone: no header of a request ever reaches this place (AC-081).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import flask_babel
from flask import current_app
from jinja2 import Template, TemplateError

from idp.outbox.gsm import fits, in_gsm
from idp.outbox.message import Channel, Content
from idp.outbox.sending import Failure
from idp.web import language
from idp.web.formats import locale_of
from idp.web.services import Options

__all__ = ["Written", "write_out"]

FRAME = "mail/frame.txt"
MAX_VALUE = 80
# Parameters that are moments (ISO 8601), written in the person's language and the country's time zone.
MOMENTS = frozenset({"at", "closes_at", "ready_at", "expires_at", "until"})
# What is ours or was checked when it was recorded. Anything else may be a text that somebody chose.
EXACT = frozenset({"code", "link", "username", "minutes", "channel", "method", "outcome", "claim", "ground"})
_NAME = re.compile(r"[a-z_]{1,40}")
_HARMLESS = re.compile(r"[^\w\s'\u2019(),.+-]|(?<!\d)\.|\.(?!\d)", re.UNICODE)
_BLANK_LINES = re.compile(r"\n{3,}")


@dataclass(frozen=True, slots=True)
class Written:
    """A message in words. `subject` is empty for a text message."""

    subject: str = field(repr=False)
    text: str = field(repr=False)
    language: str


def write_out(notice: str, channel: Channel, content: Content, options: Options) -> Written | Failure:
    """The message in words, in the language that comes nearest to the person's; PAGE where it cannot be written.

    A text message that is too long with its link, or a user name, is written without it; one that is too long even so
    is a fault of the catalogue and not sent. Needs an application context.
    """
    spoken = language.nearest(content.locale)
    if not _NAME.fullmatch(notice):
        return Failure.PAGE
    with flask_babel.force_locale(locale_of(spoken)):
        try:
            page = current_app.jinja_env.get_template(f"mail/{notice}.txt")
            return _mail(page, content, options, spoken) if channel is Channel.EMAIL else _sms(page, content, options)
        except (TemplateError, KeyError, ValueError):
            return Failure.PAGE


def _mail(page: Template, content: Content, options: Options, spoken: str) -> Written:
    values = _values(content.parameters, options, Channel.EMAIL)
    body = _block(page, "text", values)
    frame = current_app.jinja_env.get_template(FRAME)
    text = _BLANK_LINES.sub("\n\n", frame.render(**values, body=body)).strip()
    return Written(" ".join(_block(page, "subject", values).split()), f"{text}\n", spoken)


def _sms(page: Template, content: Content, options: Options) -> Written | Failure:
    values = _values(content.parameters, options, Channel.SMS)
    for tried in (values, {**values, "link": ""}, {**values, "link": "", "username": ""}):
        text = " ".join(_block(page, "sms", tried).split())
        folded = in_gsm(text)
        # A user name is typed as it is written: its letters are not to be changed.
        name = str(tried.get("username", ""))
        if name not in text or name in folded:
            text = folded
        if fits(text):
            return Written("", text, language.nearest(content.locale))
    return Failure.PAGE


def _block(page: Template, name: str, values: Mapping[str, object]) -> str:
    return "".join(page.blocks[name](page.new_context(dict(values)))).strip()


def _values(parameters: Mapping[str, str], options: Options, channel: Channel) -> dict[str, object]:
    theme = current_app.jinja_env.get_template("theme.html").module
    values: dict[str, object] = {name: _value(name, value) for name, value in parameters.items()}
    if values.get("link"):
        values["link"] = f"{options.issuer}/notice/{parameters['link']}"
    return values | {
        "site": str(getattr(theme, "service_name", "")),
        "address": options.issuer,
        "shown_address": options.issuer.removeprefix("https://"),
        "help_contact": options.help_contact,
        "by_mail": channel is Channel.EMAIL,
    }


def _value(name: str, value: str) -> str:
    if name in MOMENTS:
        moment = dt.datetime.fromisoformat(value)
        return str(flask_babel.format_datetime(moment, "d MMMM y, HH:mm"))
    if name in EXACT:
        return value if value.isprintable() else ""
    return harmless(value)


def harmless(value: str) -> str:
    """A text that somebody may have chosen, as it may stand in a mail of ours: one short line that is no address."""
    return " ".join(_HARMLESS.sub(" ", value).split())[:MAX_VALUE]
