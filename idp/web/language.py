"""Which language a page speaks, and the links that switch it.

The choice, first that fits: what the person chose on a page for this very hint, `ui_locales` of the
authorization request (OIDC Core 3.1.2.1), the browser's cookie, what the person who is signed in prefers,
`Accept-Language`, English. A switch is a plain link with `?lang=` on the page's own address; where a link would
lose what was filled in, it is a button of the form (`switched`). Both work without scripts and remember a
preference, nothing else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import flask_babel
from flask import Flask, Response, current_app, g, request

from idp.web.error_pages import way_back
from idp.web.formats import DRAFTS, OWN_NAMES, locale_of

__all__ = [
    "DEFAULT",
    "Language",
    "LanguageLink",
    "choose",
    "current",
    "install",
    "links",
    "nearest",
    "of_person",
    "prefer",
    "switched",
]

DEFAULT = "en"
PARAMETER = "lang"
COOKIE = "wangov_lang"
COOKIE_SECONDS = 365 * 24 * 3600
MAX_RANGES = 20
MAX_QUERY = 2000
_TAG = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,4}")
_EXTENSION = "wangov_language"


@dataclass(frozen=True, slots=True)
class Language:
    """A language that pages are complete in: BCP 47 tag, its name in itself, `ltr` or `rtl`.

    A `draft` was reviewed by nobody yet; its name says so.
    """

    tag: str
    name: str
    direction: str
    draft: bool = False


@dataclass(frozen=True, slots=True)
class LanguageLink:
    """One entry of the switch; `href` is relative to the page's own address, or the path of another page."""

    language: Language
    href: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class _Installed:
    languages: dict[str, Language]
    cookie: str
    secure: bool


def choose(
    available: list[str], hint: str | None, cookie: str | None, accept: str | None, person: str | None = None
) -> str:
    """The tag to speak; always one of `available` or English.

    `hint` is `ui_locales`: tags by preference, separated by spaces. `cookie` is a tag, or `tag.overruled`:
    the person chose `tag` where the hint had led to `overruled`, so it stands against that hint and no other.
    `person` is the tag that is recorded of whoever is signed in.
    """
    hinted = _lookup(available, (hint or "").split(" "))
    chosen, _, overruled = (cookie or "").partition(".")
    kept = _lookup(available, [chosen])
    if hinted and kept and overruled == hinted:
        return kept
    recorded = _lookup(available, [person or ""])
    return hinted or kept or recorded or _lookup(available, _accepted(accept or "")) or DEFAULT


def _lookup(available: list[str], ranges: list[str]) -> str | None:
    """RFC 4647 section 3.4: each range is shortened from its end until it names a language that we have."""
    known = {tag.lower(): tag for tag in available}
    for wanted in ranges[:MAX_RANGES]:
        parts = wanted.lower().split("-") if _TAG.fullmatch(wanted) else []
        for length in range(len(parts), 0, -1):
            if found := known.get("-".join(parts[:length])):
                return found
    return None


def _accepted(header: str) -> list[str]:
    """The ranges of an `Accept-Language` header (RFC 9110 section 12.5.4), best first; q=0 is left out."""
    weighed: list[tuple[float, str]] = []
    for item in header[:MAX_QUERY].split(",")[:MAX_RANGES]:
        name, _, weight = item.partition(";")
        match = re.fullmatch(r"\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*", weight)
        quality = float(match[1]) if match else (0.0 if weight.strip() else 1.0)
        if quality > 0:
            weighed.append((-quality, name.strip()))
    return [name for _, name in sorted(weighed, key=lambda pair: pair[0])]


def install(app: Flask, *, translations: Path, timezone: str, secure_cookie: bool) -> None:
    """Give the pages of `app` their languages: English and each compiled catalogue below `translations`.

    `timezone` is an IANA name, for times on pages. Adds the Jinja names `language` and `language_links` and
    Babel's filters.
    """
    found = sorted(path.parent.parent.name for path in translations.glob("*/LC_MESSAGES/messages.mo"))
    tags = [DEFAULT, *(name.replace("_", "-") for name in found if name != DEFAULT)]
    languages = {tag: _described(tag) for tag in tags}
    name = f"__Host-{COOKIE}" if secure_cookie else COOKIE
    app.extensions[_EXTENSION] = _Installed(languages=languages, cookie=name, secure=secure_cookie)
    flask_babel.Babel(
        app,
        default_translation_directories=str(translations),
        default_timezone=timezone,
        locale_selector=lambda: locale_of(_selected()),
    )
    app.jinja_env.globals.update(language=current, language_links=links)
    app.after_request(_remember)


def _described(tag: str) -> Language:
    locale = locale_of(tag)
    name = OWN_NAMES.get(tag) or locale.get_display_name(tag.replace("-", "_")) or tag
    draft = tag in DRAFTS
    shown = name[:1].upper() + name[1:]
    return Language(tag, f"{shown} (draft)" if draft else shown, locale.text_direction, draft=draft)


def prefer(ui_locales: str | None) -> None:
    """Let the `ui_locales` of the (parked) authorization request speak; call it before rendering."""
    g.wangov_ui_locales = ui_locales
    flask_babel.refresh()


def of_person(tag: str | None) -> None:
    """Whoever is signed in prefers `tag`: pages speak it from here on, unless this browser has chosen otherwise."""
    g.wangov_person_language = tag
    flask_babel.refresh()


def switched() -> bool:
    """True when the language switch of its page sent this form.

    Then show the page as it was filled in and do nothing else, whatever the form says besides. The language that
    was pressed speaks from here on.
    """
    if PARAMETER not in request.form:
        return False
    g.wangov_pressed = request.form[PARAMETER]
    flask_babel.refresh()
    return True


def current() -> Language:
    """The language of this response."""
    return _installed().languages[_selected()]


def nearest(tag: str | None) -> str:
    """The tag, of those we have, for what is written to somebody who prefers `tag`; English where none fits."""
    return _lookup(list(_installed().languages), [tag or ""]) or DEFAULT


def links(elsewhere: str | None = None) -> tuple[LanguageLink, ...]:
    """The switch for this page; empty where its query is too long to be repeated.

    An answer to a form cannot be shown again: its links lead to the page that the form stood on, else to the start
    page. `elsewhere` is a path to lead to instead.
    """
    installed = _installed()
    if len(installed.languages) < 2 or len(request.query_string) > MAX_QUERY:
        return ()
    target, others = elsewhere, list[tuple[str, str]]()
    if target is None and _is_readable_again():
        target = ""
        others = [(key, value) for key, value in request.args.items(multi=True) if key != PARAMETER]
    elif target is None:
        target = way_back() or f"{request.script_root}/"
    spoken = _selected()
    return tuple(
        LanguageLink(known, f"{target}?{urlencode([*others, (PARAMETER, tag)])}", is_current=tag == spoken)
        for tag, known in installed.languages.items()
    )


def _is_readable_again() -> bool:
    if request.method in {"GET", "HEAD"}:
        return True
    rule = request.url_rule
    return rule is not None and "GET" in (rule.methods or ())


def _asked() -> str | None:
    """The language that this very request asks for by the switch, if we have it."""
    asked: str = g.get("wangov_pressed") or request.args.get(PARAMETER, "")
    return asked if asked in _installed().languages else None


def _selected() -> str:
    installed = _installed()
    asked = _asked()
    if asked is not None:
        return asked
    return choose(
        list(installed.languages),
        _hint(),
        request.cookies.get(installed.cookie),
        request.headers.get("Accept-Language"),
        g.get("wangov_person_language"),
    )


def _hint() -> str | None:
    hint: str | None = g.get("wangov_ui_locales")
    return hint


def _remember(response: Response) -> Response:
    """Name the language of a page, and keep a choice that came with this request."""
    if response.mimetype != "text/html":
        return response
    response.headers.setdefault("Content-Language", _selected())
    installed = _installed()
    asked = _asked()
    if asked is not None:
        overruled = _lookup(list(installed.languages), (_hint() or "").split(" "))
        value = f"{asked}.{overruled}" if overruled else asked
        response.set_cookie(
            installed.cookie,
            value,
            max_age=COOKIE_SECONDS,
            secure=installed.secure,
            httponly=True,
            samesite="Lax",
            path="/",
        )
    return response


def _installed() -> _Installed:
    installed: _Installed = current_app.extensions[_EXTENSION]
    return installed
