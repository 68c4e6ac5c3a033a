"""A person's authenticator at the running provider: adding a passkey and signing in with it, over plain HTTP."""

from __future__ import annotations

import json
from typing import Any

import requests

from tests.factories.softkey import SoftKey
from tests.protocol.driver import Browser, Page, Person, Step, shown

__all__ = ["add_passkey", "answer_with", "answered", "asked", "begin"]

ADD = "/account/passkeys/add"


def begin(browser: Browser) -> Page:
    """The first page of a sign-in to the account pages."""
    return shown(browser.open("/signin"))


def asked(browser: Browser, page: Page) -> dict[str, Any]:
    """What the page's script would hand to the device."""
    answer = _options(browser, page)
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    assert set(document) == {"publicKey"}, document
    return dict(document["publicKey"])


def answered(browser: Browser, page: Page, answer: object) -> Step:
    """What comes of an answer; a text is sent as it is."""
    text = answer if isinstance(answer, str) else json.dumps(answer)
    return browser.submit(page, "credential", credential=text)


def answer_with(browser: Browser, page: Page, soft: SoftKey, **given: Any) -> Step:
    """Ask, and answer with this authenticator."""
    return answered(browser, page, soft.use(asked(browser, page), **given))


def add_passkey(browser: Browser, person: Person, soft: SoftKey | None = None) -> SoftKey:
    """Sign in, and add a passkey on the account pages."""
    soft = soft or SoftKey(browser.issuer)
    page = shown(person.go_on(browser, browser.open(ADD)))
    named = shown(answered(browser, page, soft.make(asked(browser, page))))
    assert named.heading == "Name your passkey", named.heading
    return soft


def _options(browser: Browser, page: Page) -> requests.Response:
    form = page.form("credential")
    address = form.action.removesuffix("/add") if form.action.endswith(ADD) else form.action
    token = dict(form.held)["csrf_token"]
    return browser.raw("POST", f"{address}/options", data={"csrf_token": token})
