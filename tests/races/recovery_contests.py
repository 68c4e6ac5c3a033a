"""Contests at the end of a recovery: however many new passwords are sent at once, one is set, on every rung."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tests.protocol.driver import Browser, Page, Person, shown
from tests.protocol.mailbox import Mailbox
from tests.protocol.provider import Provider
from tests.protocol.record import opened
from tests.races.contests import Contest, others, typed

__all__ = ["RECOVERY_CONTESTS", "StopRecoveryContest"]

HOUR = 3600.0
_PRINTED = re.compile(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}")
_NUMBERS = itertools.count(1)


class _Recovery(Contest):
    """New people with a mail address, and a telephone number where `phone` says so."""

    phone = True

    def __init__(self, provider: Provider, workers: Callable[[], Sequence[int]], parallel: int) -> None:
        super().__init__(provider, workers, parallel)
        self._mailbox = Mailbox(provider.live)

    def close(self) -> None:
        """Let the connections go."""
        self._mailbox.close()

    def someone(self, **more: Any) -> Person:
        """A new person."""
        number = next(_NUMBERS)
        reached = {"phone_number": f"+232763{number:05}", "phone_number_verified": True}
        none = {"phone_number": None, "phone_number_verified": None}
        return self.provider.enrol(email=f"lost{number}@mail.example", **(reached if self.phone else none), **more)

    def asked(self, person: Person) -> tuple[Browser, Page]:
        """A new browser that has said which account it wants back."""
        browser = self.provider.browser()
        page = shown(browser.open("/recover/password"))
        return browser, shown(browser.submit(page, "identifier", identifier=person.username))

    def by_mail(self, person: Person) -> tuple[Browser, Page]:
        """A case that a code by mail opened: the worker writes it, as it writes everything before the first proof."""
        browser, page = self.asked(person)
        page = shown(browser.submit(page, "way", way="email"))
        return browser, shown(browser.submit(page, "code", code=self._sent(person)))

    def next_by(self, browser: Browser, page: Page, person: Person, way: str) -> Page:
        """A further proof by message, which the page itself queues."""
        known = {letter.id for letter in self._mailbox.of(person.id, "code")}
        page = shown(browser.submit(page, "way", way=way))
        (fresh,) = (letter for letter in self._mailbox.of(person.id, "code") if letter.id not in known)
        return shown(browser.submit(page, "code", code=fresh.code))

    def _sent(self, person: Person) -> str:
        self.provider.operate("worker", "--once")
        row = "select id from outbox_message where subscriber_id = %(id)s::uuid and notice = 'code' order by id desc"
        newest = str(self.provider.query(row, {"id": person.id})[0]["id"])
        (path,) = (Path(self.live.environment["WANGOV_DATA"]) / "outbox").glob(f"*{newest}*.json")
        found = re.search(r"\b[0-9]{6}\b", json.loads(path.read_text(encoding="utf-8"))["text"])
        assert found
        return found[0]


class _CompletionContest(_Recovery):
    """AC-082: the last form of one case, sent many times at once."""

    heavy = True

    def round(self) -> list[str]:
        """One case of a new person."""
        person = self.someone()
        browser, page = self.ready(person)
        shots = [
            typed(browser, page, "password", password=f"four wet umbrellas sing to nobody {number}")
            for number in range(self.parallel)
        ]
        answers = self.race(shots)
        done = self.provider.events("recovery.done", subscriber_id=person.id)
        wrong = self.exactly_one(len(done), "new passwords by one case")
        wrong += others(answers, {303, 400, 409})
        states = "select state from recovery_case where subscriber_id = %(id)s::uuid"
        found = [row["state"] for row in self.provider.query(states, {"id": person.id})]
        return wrong + ([] if found == ["done"] else [f"cases are {found}"])

    def ready(self, person: Person) -> tuple[Browser, Page]:
        """The page of the new password, by the rung of this contest."""
        raise NotImplementedError

    def waited(self, browser: Browser, page: Page, person: Person, way: str, hours: int) -> tuple[Browser, Page]:
        """After the cooling-off time, with a fresh code."""
        self.live.clock.advance(hours * HOUR + 60)
        return browser, self.next_by(browser, shown(browser.open(page.url)), person, way)


class _PaperContest(_CompletionContest):
    name, phone = "recovery-paper", False

    def ready(self, person: Person) -> tuple[Browser, Page]:
        owner = self.provider.browser()
        sheet = shown(owner.submit(opened(person, owner, _SHEET), "decision", decision="make"))
        code = _PRINTED.findall(sheet.text.partition("<ol")[2].partition("</ol>")[0])[0]
        browser, page = self.asked(person)
        page = shown(browser.submit(page, "way", way="paper"))
        page = shown(browser.submit(page, "recovery_code", recovery_code=code))
        return browser, self.next_by(browser, page, person, "email")


class _AppContest(_CompletionContest):
    name, phone = "recovery-app", False

    def someone(self, **more: Any) -> Person:
        """A new person with a code generator."""
        return super().someone(totp=True, **more)

    def ready(self, person: Person) -> tuple[Browser, Page]:
        browser, page = self.by_mail(person)
        page = shown(browser.submit(page, "way", way="app"))
        return browser, shown(browser.submit(page, "code", code=person.code()))


class _ContactsContest(_CompletionContest):
    name = "recovery-contacts"

    def ready(self, person: Person) -> tuple[Browser, Page]:
        browser, page = self.by_mail(person)
        page = self.next_by(browser, page, person, "sms")
        return self.waited(browser, page, person, "sms", hours=24)


class _MailContest(_CompletionContest):
    name, phone = "recovery-mail", False

    def ready(self, person: Person) -> tuple[Browser, Page]:
        browser, page = self.by_mail(person)
        page = shown(browser.submit(page, "way", way="none"))
        return self.waited(browser, page, person, "email", hours=24)


class StopRecoveryContest(_Recovery):
    """AC-083: the link that stops a recovery, used many times at once while its last form is sent. One has its way."""

    name, phone, heavy = "recovery-stopped", False, True

    def round(self) -> list[str]:
        """One case of a new person, ready for its new password."""
        person = self.someone()
        owner = self.provider.browser()
        sheet = shown(owner.submit(opened(person, owner, _SHEET), "decision", decision="make"))
        code = _PRINTED.findall(sheet.text.partition("<ol")[2].partition("</ol>")[0])[0]
        browser, page = self.asked(person)
        page = shown(browser.submit(page, "way", way="paper"))
        page = shown(browser.submit(page, "recovery_code", recovery_code=code))
        link = self._mailbox.last(person.id, "recovery_started").parameters["link"]
        page = self.next_by(browser, page, person, "email")
        anywhere = self.provider.browser()
        ask = shown(anywhere.open(f"/notice/{link}"))
        shots = [typed(anywhere, ask, "csrf_token"), typed(browser, page, "password", password="four wet umbrellas")]
        answers = self.race([shots[number % len(shots)] for number in range(self.parallel)])
        ends = [len(self.provider.events(f"recovery.{end}", subscriber_id=person.id)) for end in ("done", "stopped")]
        wrong = self.exactly_one(sum(ends), f"endings of one case (done, stopped: {ends})")
        return wrong + others(answers, {200, 303, 400, 404, 409})


_SHEET = "/account/methods/recovery-codes"
RECOVERY_CONTESTS = (_PaperContest, _AppContest, _ContactsContest, _MailContest, StopRecoveryContest)
