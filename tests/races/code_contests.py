"""Contests about codes that people are given: printed ones, and ones that come by message."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Sequence

from tests.protocol.driver import Browser, Page, Person, shown
from tests.protocol.journey import login
from tests.protocol.mailbox import Mailbox
from tests.protocol.provider import Provider
from tests.races.contests import Contest, others, sessions_begun, typed

__all__ = ["MessageCodeContest", "MessageSendingContest", "RecoveryCodeContest"]

_CODE = re.compile(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}")
_TARGET = "/account/methods/totp"
_NUMBERS = itertools.count(100_000)


class RecoveryCodeContest(Contest):
    """AC-074: a printed code, in several sign-ins of one person at once. One of them ends in a session."""

    name = "recovery-code"
    sign_ins = 5

    def __init__(self, provider: Provider, workers: Callable[[], Sequence[int]], parallel: int) -> None:
        super().__init__(provider, workers, parallel)
        self._party = provider.register()

    def round(self) -> list[str]:
        """One code of a new person, so that no throttle of an earlier round has a say."""
        person = self.provider.enrol(totp=True, ial=2)
        code = self._printed(person)[0]
        waiting = [self._at_the_paper(person) for _ in range(self.sign_ins)]
        begun_before = self.begun(person)
        shots = [typed(browser, page, "recovery_code", recovery_code=code) for browser, page in waiting]
        answers = self.race([shots[number % len(shots)] for number in range(self.parallel)])
        wrong = self.exactly_one(sessions_begun(answers), "presentations of one printed code ended in a session")
        begun = self.begun(person) - begun_before
        left = "select 1 from recovery_code where subscriber_id = %(id)s::uuid"
        kept = len(self.provider.query(left, {"id": person.id}))
        wrong += others(answers, {303, 400, 429}) + ([] if begun == 1 else [f"{begun} sessions began"])
        return wrong + ([] if kept == 9 else [f"{kept} codes are left of ten"])

    def _printed(self, person: Person) -> list[str]:
        browser = self.provider.browser()
        shown(person.go_on(browser, browser.open("/signin")))
        page = shown(browser.open("/account/methods/recovery-codes"))
        made = shown(browser.submit(page, "decision", decision="make"))
        return _CODE.findall(made.text.partition("<ol")[2].partition("</ol>")[0])

    def _at_the_paper(self, person: Person) -> tuple[Browser, Page]:
        browser = self.provider.browser()
        first = login(self._party, browser)
        page = shown(browser.submit(first, "identifier", identifier=person.username, password=person.password))
        ways = shown(browser.open(page.links["Confirm in another way"]))
        return browser, shown(browser.submit(ways, "method", method="recovery-code"))


class _AtTheMessage(Contest):
    """People with a proven telephone number of their own, at the page that sends a code."""

    def __init__(self, provider: Provider, workers: Callable[[], Sequence[int]], parallel: int) -> None:
        super().__init__(provider, workers, parallel)
        self._mailbox = Mailbox(provider.live)

    def arrived(self) -> tuple[Person, Browser, Page]:
        """A new person, signed in with the password, who is asked for more."""
        number = f"+23276{next(_NUMBERS)}"
        person = self.provider.enrol(email=None, email_verified=None, phone_number=number, phone_number_verified=True)
        browser = self.provider.browser()
        shown(person.go_on(browser, browser.open("/signin")))
        return person, browser, shown(browser.open(_TARGET))

    def messages(self, person: Person) -> list[str]:
        """The codes that went out to this person."""
        return [letter.code for letter in self._mailbox.of(person.id, "code")]


class MessageCodeContest(_AtTheMessage):
    """AC-085: a code by text message. Many answers to its page at once begin one session."""

    name = "message-code"

    def round(self) -> list[str]:
        """One code of a new person."""
        person, browser, page = self.arrived()
        form = next(form for form in page.forms if form.action.endswith("/send"))
        page = shown(browser.open(form.action, form.held, headers={"Referer": page.url}))
        begun_before = self.begun(person)
        code = self.messages(person)[-1]
        answers = self.race([typed(browser, page, "code", code=code)] * self.parallel)
        wrong = self.exactly_one(sessions_begun(answers), "presentations of one code by message ended in a session")
        begun = self.begun(person) - begun_before
        return wrong + others(answers, {303, 400, 429}) + ([] if begun == 1 else [f"{begun} sessions began"])


class MessageSendingContest(_AtTheMessage):
    """A button that sends a code, pressed many times at once. One message goes out."""

    name = "message-sending"

    def round(self) -> list[str]:
        """One page of a new person."""
        person, browser, page = self.arrived()
        form = next(form for form in page.forms if form.action.endswith("/send"))
        shot = typed(browser, page, "csrf_token", action=form.action)
        answers = self.race([shot] * self.parallel)
        wrong = self.exactly_one(len(self.messages(person)), "messages for one press of a button")
        return wrong + others(answers, {303, 429})
