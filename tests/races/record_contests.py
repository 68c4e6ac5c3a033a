"""Contests about people's own record: changes of addresses, links that undo, copies, closings, help by others."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import ClassVar

from tests.protocol.driver import Browser, Page, Person, shown
from tests.protocol.mailbox import Mailbox
from tests.protocol.provider import Provider
from tests.protocol.record import opened, pressed
from tests.races.contests import Contest, others, typed
from tests.races.office import Office
from tests.races.volley import Shot

__all__ = [
    "LINK_CONTESTS",
    "ClosingContest",
    "ContactChangeContest",
    "ErasureContest",
    "ExportContest",
    "MandateContest",
]

DAY = 24 * 3600.0
_NUMBERS = itertools.count(1)


class _OfPeople(Contest):
    """New people with a proven mail address of their own, signed in a moment ago."""

    def __init__(self, provider: Provider, workers: Callable[[], Sequence[int]], parallel: int) -> None:
        super().__init__(provider, workers, parallel)
        self.mailbox = Mailbox(provider.live)

    def close(self) -> None:
        """Let the connections go."""
        self.mailbox.close()

    def someone(self) -> Person:
        """A new person."""
        return self.provider.enrol(email=f"races{next(_NUMBERS)}@mail.example")

    def at(self, person: Person, path: str) -> tuple[Browser, Page]:
        """A new browser of theirs, at an account page."""
        browser = self.provider.browser()
        return browser, opened(person, browser, path)

    def happened(self, event: str, person_id: str) -> int:
        """How often, by the audit rows."""
        return len(self.provider.events(event, subscriber_id=person_id))

    def changed(self, person: Person) -> str:
        """The person's new address, which holds from now on."""
        address = f"changed{next(_NUMBERS)}@mail.example"
        browser, page = self.at(person, "/account/details/contact/email")
        page = pressed(browser, page, "/contact/email", value=address)
        shown(browser.submit(page, "code", code=self.mailbox.last(person.id).code))
        return address


class ContactChangeContest(_OfPeople):
    """A code that proves a new address, entered many times at once. The address changes once, and is told of once."""

    name = "contact-change"

    def round(self) -> list[str]:
        """One change of a new person."""
        person = self.someone()
        browser, page = self.at(person, "/account/details/contact/email")
        page = pressed(browser, page, "/contact/email", value=f"changed{next(_NUMBERS)}@mail.example")
        code = self.mailbox.last(person.id).code
        answers = self.race([typed(browser, page, "code", code=code)] * self.parallel)
        wrong = self.exactly_one(self.happened("contact.changed", person.id), "changes by one code")
        told = self.mailbox.of(person.id, "contact_changed")
        links = {letter.parameters["link"] for letter in told}
        return wrong + others(answers, {303, 400, 404}) + ([] if len(links) == 1 else [f"{len(links)} links to undo"])


class ExportContest(_OfPeople):
    """A copy of everything, asked for many times at once. One is made."""

    name = "export"

    def round(self) -> list[str]:
        """One press of a new person."""
        person = self.someone()
        browser, page = self.at(person, "/account/data")
        action = next(form.action for form in page.forms if form.action.endswith("/account/data/ask"))
        answers = self.race([typed(browser, page, "csrf_token", action=action)] * self.parallel)
        wrong = self.exactly_one(self.happened("export.asked", person.id), "copies asked for at one moment")
        rows = "select 1 from data_export where subscriber_id = %(id)s::uuid"
        made = len(self.provider.query(rows, {"id": person.id}))
        return wrong + others(answers, {303, 400}) + ([] if made == 1 else [f"{made} copies are stored"])


class ClosingContest(_OfPeople):
    """The wish to close an account, sent many times at once. One day of waiting begins."""

    name = "closing"

    def round(self) -> list[str]:
        """One wish of a new person."""
        person = self.someone()
        browser, page = self.at(person, "/account/close")
        answers = self.race([typed(browser, page, "sure", sure="close")] * self.parallel)
        wrong = self.exactly_one(self.happened("closing.asked", person.id), "closings asked for at one moment")
        open_ = "select 1 from account_closing where subscriber_id = %(id)s::uuid and ended_at is null"
        stored = len(self.provider.query(open_, {"id": person.id}))
        return wrong + others(answers, {303, 400}) + ([] if stored == 1 else [f"{stored} closings are under way"])


class ErasureContest(_OfPeople):
    """A closing whose day is over, carried out by many workers while its owner signs in. One side has its way, once."""

    name = "erasure"
    heavy = True
    browsers = 5
    steps = 8

    def __init__(self, provider: Provider, workers: Callable[[], Sequence[int]], parallel: int) -> None:
        super().__init__(provider, workers, parallel)
        self._offices = [Office(provider.live.environment) for _ in range(-(-parallel // 25))]

    def close(self) -> None:
        """Let the workers go, too."""
        super().close()
        for office in self._offices:
            office.close()

    def round(self) -> list[str]:
        """One closing of a new person."""
        person = self.someone()
        browser, page = self.at(person, "/account/close")
        pressed(browser, page, "/account/close", sure="close")
        row = "select id from account_closing where subscriber_id = %(id)s::uuid and ended_at is null"
        closing = str(self.provider.query(row, {"id": person.id})[0]["id"])
        self.live.clock.advance(DAY + 60)
        before, shots = self.begun(person), self._sign_ins(person)
        each = self.parallel // (2 * len(self._offices))
        # Sooner or later in the sign-ins, by round.
        due = self.live.clock.now() + 1 + 0.05 * (self.tally.rounds % self.steps)
        for office in self._offices:
            office.begin(closing, each, due)
        self.live.clock.advance(1)
        answers = self.race([shots[number % len(shots)] for number in range(self.parallel)])
        carried_out = sum(office.ended() for office in self._offices)
        erased, stopped = self.happened("subscriber.erased", person.id), self.happened("closing.stopped", person.id)
        wrong = self.exactly_one(erased + stopped, "endings of one closing")
        wrong += [] if erased == carried_out else [f"{carried_out} workers say so, {erased} rows do"]
        begun = self.begun(person) - before
        wrong += [] if bool(erased) != bool(begun) else [f"{begun} sessions began, erased {erased}, stopped {stopped}"]
        return wrong + others(answers, {303, 400, 429})

    def _sign_ins(self, person: Person) -> list[Shot]:
        shots = []
        for _ in range(self.browsers):
            browser = self.provider.browser()
            page = shown(browser.open("/signin"))
            shots.append(typed(browser, page, "identifier", identifier=person.username, password=person.password))
        return shots


class MandateContest(_OfPeople):
    """One invitation, one second yes and one end, each many times at once: one mandate, in force once, ended once."""

    name = "mandate"
    heavy = True
    per_round = 3

    def round(self) -> list[str]:
        """One mandate between two new people."""
        person, carer = self.someone(), self.someone()
        here, page = self.at(person, "/account/helping/offer/represented")
        page = pressed(here, page, "/offer/represented", powers="view", days="30")
        invitation = next(word for word in page.text.replace("<", " ").replace(">", " ").split() if _is_code(word))
        there, _ = self.at(carer, "/account/helping")
        page = shown(there.open("/account/helping/code"))
        page = pressed(there, page, "/helping/code", code=invitation)
        answers = self.race([typed(there, page, "decision", decision="agree")] * self.parallel)
        wrong = self.exactly_one(self.happened("mandate.proposed", person.id), "mandates of one invitation")
        wrong += others(answers, {303, 400})
        for answer, event in (("confirm", "mandate.confirmed"), ("end", "mandate.ended")):
            answers = self.race(self._answers(answer, here, there, person))
            wrong += self.exactly_one(self.happened(event, person.id), f"times {event}")
            wrong += others(answers, {303})
        states = "select state from mandate where represented_id = %(id)s::uuid"
        found = [row["state"] for row in self.provider.query(states, {"id": person.id})]
        return wrong + ([] if found == ["ended"] else [f"mandates are {found}"])

    def _answers(self, answer: str, here: Browser, there: Browser, person: Person) -> list[Shot]:
        """Both sides may end it at once; the second yes is the inviting side's."""
        row = self.provider.query("select id from mandate where represented_id = %(id)s::uuid", {"id": person.id})[0]
        shots = []
        for browser in (here,) if answer == "confirm" else (here, there):
            page = shown(browser.open("/account/helping"))
            if answer == "end":
                page = shown(browser.open(f"/account/helping/{row['id']}/end"))
            action = next(form.action for form in page.forms if form.action.endswith(f"{row['id']}/{answer}"))
            shots.append(typed(browser, page, "csrf_token", action=action))
        return [shots[number % len(shots)] for number in range(self.parallel)]


class _LinkContest(_OfPeople):
    """AC-085: the link of a notice, used many times at once from anywhere. It does what it says once."""

    event: ClassVar[str]
    notice: ClassVar[str]

    def round(self) -> list[str]:
        """One link of a new person."""
        person = self.someone()
        self.prepare(person)
        letter = self.mailbox.last(person.id, self.notice)
        browsers = [self.provider.browser() for _ in range(5)]
        pages = [shown(browser.open(f"/notice/{letter.parameters['link']}")) for browser in browsers]
        shots = [typed(browser, page, "csrf_token") for browser, page in zip(browsers, pages, strict=True)]
        answers = self.race([shots[number % len(shots)] for number in range(self.parallel)])
        wrong = self.exactly_one(sum(answer.status == 200 for answer in answers), "uses of one link did something")
        done = self.happened(self.event, person.id)
        return wrong + others(answers, {200, 404}) + ([] if done == 1 else [f"{done} times {self.event}"])

    def prepare(self, person: Person) -> None:
        """Do what the notice tells of."""
        raise NotImplementedError


class _NotMeContest(_LinkContest):
    name, event, notice = "link-not-me", "signin.disowned", "new_device"

    def prepare(self, person: Person) -> None:
        for _ in range(2):
            self.at(person, "/account")


class _ChangeLinkContest(_LinkContest):
    heavy = True
    name, event, notice = "link-contact", "contact.stopped", "contact_changed"

    def prepare(self, person: Person) -> None:
        self.changed(person)


class _ClosingLinkContest(_LinkContest):
    heavy = True
    name, event, notice = "link-closing", "closing.stopped", "closing_asked"

    def prepare(self, person: Person) -> None:
        browser, page = self.at(person, "/account/close")
        pressed(browser, page, "/account/close", sure="close")


LINK_CONTESTS = (_NotMeContest, _ChangeLinkContest, _ClosingLinkContest)


def _is_code(word: str) -> bool:
    parts = word.split("-")
    return len(parts) == 3 and all(len(part) == 4 and part.isalnum() and part.upper() == part for part in parts)
