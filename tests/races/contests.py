"""The contests: something that may be used once, presented many times at the same moment, over several workers.

A round prepares one such thing, lets all presentations race, and says what was wrong; an empty list is a clean round.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from tests.live import LiveServer
from tests.protocol.driver import Browser, Page, Person, RelyingParty, basic, filled, shown
from tests.protocol.journey import login, obtain_code, sign_in
from tests.protocol.provider import Provider
from tests.races.volley import Answer, Shot, fire, gathered

__all__ = [
    "SETTINGS",
    "THREADS",
    "CodeContest",
    "CodeGeneratorContest",
    "ConsentContest",
    "Contest",
    "RefreshContest",
    "SignInContest",
    "Tally",
    "others",
    "sessions_begun",
    "typed",
]

# Every presentation is to reach the place where it is decided: no bound on the way may turn most of them back.
THREADS = 96
SETTINGS = {
    "WANGOV_TRUSTED_PROXIES": "1",
    "WANGOV_ADDRESS_TRIES": "1000000",
    "WANGOV_COMMIT_WAITING": "90",
    "WANGOV_DATABASE_POOL": "16",
}


@dataclass(slots=True)
class Tally:
    """What happened in all rounds of a contest; `shared` counts the races in which every worker took part."""

    rounds: int = 0
    successes: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    races: int = 0
    shared: int = 0
    anomalies: list[str] = field(default_factory=list)


class Contest(ABC):
    """One kind of contest on a running provider. `workers` tells the process numbers of its workers.

    `per_round` things are raced for in a round, each of them once; a round that takes seconds to prepare is `heavy`.
    """

    name: ClassVar[str]
    per_round: ClassVar[int] = 1
    heavy: ClassVar[bool] = False

    def __init__(self, provider: Provider, workers: Callable[[], Sequence[int]], parallel: int) -> None:
        self.provider = provider
        self.live: LiveServer = provider.live
        self.parallel = parallel
        self.tally = Tally()
        self._workers = workers

    @abstractmethod
    def round(self) -> list[str]:
        """One round; what was wrong in it."""

    def run(self, rounds: int) -> Tally:
        """So many rounds."""
        for number in range(rounds):
            self.tally.rounds += 1
            self.tally.anomalies += [f"round {number}: {anomaly}" for anomaly in self.round()]
        return self.tally

    def close(self) -> None:  # noqa: B027 - most hold nothing
        """Let go of what the contest holds."""

    def race(self, shots: Sequence[Shot]) -> list[Answer]:
        """Fire, and count what came back."""
        workers = self._workers()
        port, count = shots[0].address[1], len(shots)
        answers, reached = fire(shots, lambda: gathered(port, workers, count) if workers else 0)
        self.tally.statuses.update(answer.status for answer in answers)
        self.tally.races += 1
        self.tally.shared += reached == len(workers) > 1
        return answers

    def exactly_one(self, won: int, what: str) -> list[str]:
        """An anomaly unless one presentation succeeded."""
        self.tally.successes += won
        return [] if won == 1 else [f"{won} {what}"]

    def begun(self, person: Person) -> int:
        """How many sessions of a person began, by the audit rows."""
        return len(self.provider.events("session.started", subscriber_id=person.id))


class CodeContest(Contest):
    """AC-027: an authorization code. One gets tokens; those who come later end what it began."""

    name = "code"

    def __init__(self, provider: Provider, workers: Callable[[], Sequence[int]], parallel: int) -> None:
        super().__init__(provider, workers, parallel)
        self._party = provider.register()
        self._browser = provider.browser()
        self._person = provider.enrol()

    def round(self) -> list[str]:
        """One code."""
        request, arrival = obtain_code(self._party, self._person, self._browser)
        form = {
            "grant_type": "authorization_code",
            "code": arrival.parameters["code"],
            "redirect_uri": self._party.redirect_uri,
            "code_verifier": request.verifier,
        }
        answers = self.race([_machine(self._party, form)] * self.parallel)
        won = [answer for answer in answers if answer.status == 200]
        wrong = self.exactly_one(len(won), "presentations of one code got tokens")
        wrong += others(answers, {200, 400})
        if won and self._party.refresh(_member(won[0], "refresh_token")).status_code != 400:
            wrong.append("the tokens of a code that was replayed live on")
        return wrong


class RefreshContest(Contest):
    """AC-040: a refresh token. One new member of the family, and every identical retry gets the same answer."""

    name = "refresh"

    def __init__(self, provider: Provider, workers: Callable[[], Sequence[int]], parallel: int) -> None:
        super().__init__(provider, workers, parallel)
        self._party = provider.register()
        self._held = sign_in(self._party, provider.enrol(), provider.browser())
        self._token = self._held.refresh_token
        self._grant = self._party.read(self._held.access_token).claims["gid"]

    def round(self) -> list[str]:
        """One generation of the family."""
        before = self._generation()
        form = {"grant_type": "refresh_token", "refresh_token": self._token}
        answers = self.race([_machine(self._party, form)] * self.parallel)
        good = [answer for answer in answers if answer.status == 200]
        successors = {_member(answer, "refresh_token") for answer in good}
        born = self._generation() - before
        self.tally.successes += born
        wrong = [] if born == 1 else [f"{born} new members of a family"]
        wrong += others(answers, {200})
        if len(successors) != 1:
            return [*wrong, f"{len(successors)} different refresh tokens"]
        if len({self._party.read(_member(answer, "access_token")).claims["jti"] for answer in good[:3]}) != 1:
            wrong.append("retries get different access tokens")
        self._token = successors.pop()
        return wrong

    def _generation(self) -> int:
        statement = "select refresh_generation as found from authorization_grant where id = %(id)s::uuid"
        return int(self.provider.query(statement, {"id": self._grant})[0]["found"])


class CodeGeneratorContest(Contest):
    """AC-072: a one-time code, in several sign-ins of one person at once. One of them ends in a session."""

    name = "one-time-code"
    sign_ins = 5

    def __init__(self, provider: Provider, workers: Callable[[], Sequence[int]], parallel: int) -> None:
        super().__init__(provider, workers, parallel)
        self._party = provider.register()

    def round(self) -> list[str]:
        """One code of a new person, so that no throttle of an earlier round has a say."""
        person = self.provider.enrol(totp=True)
        waiting = [self._at_the_code(person) for _ in range(self.sign_ins)]
        code = person.code()
        shots = [typed(browser, page, "code", code=code) for browser, page in waiting]
        answers = self.race([shots[number % len(shots)] for number in range(self.parallel)])
        wrong = self.exactly_one(sessions_begun(answers), "presentations of one one-time code ended in a session")
        begun = self.begun(person)
        return wrong + others(answers, {303, 400, 429}) + ([] if begun == 1 else [f"{begun} sessions began"])

    def _at_the_code(self, person: Person) -> tuple[Browser, Page]:
        browser = self.provider.browser()
        page = login(self._party, browser)
        step = browser.submit(page, "identifier", identifier=person.username, password=person.password)
        return browser, shown(step)


class SignInContest(Contest):
    """AC-066: a request parked before sign-in. The right password many times at once begins one session."""

    name = "parked-sign-in"

    def __init__(self, provider: Provider, workers: Callable[[], Sequence[int]], parallel: int) -> None:
        super().__init__(provider, workers, parallel)
        self._party = provider.register()

    def round(self) -> list[str]:
        """One parked request of a new person."""
        person, browser = self.provider.enrol(), self.provider.browser()
        page = login(self._party, browser)
        credentials = {"identifier": person.username, "password": person.password}
        answers = self.race([typed(browser, page, "identifier", **credentials)] * self.parallel)
        wrong = self.exactly_one(sessions_begun(answers), "answers to one sign-in page began a session")
        begun = self.begun(person)
        return wrong + others(answers, {303, 400, 429}) + ([] if begun == 1 else [f"{begun} sessions began"])


class ConsentContest(Contest):
    """A request parked while the person decides. However often they say yes at once, one code goes to the service."""

    name = "parked-consent"

    def __init__(self, provider: Provider, workers: Callable[[], Sequence[int]], parallel: int) -> None:
        super().__init__(provider, workers, parallel)
        self._party = provider.register()
        self._person = provider.enrol()
        self._browser = sign_in(self._party, self._person, provider.browser()).browser

    def round(self) -> list[str]:
        """One parked request: all the answers, then all the ways on."""
        page = shown(self._browser.open(self._party.ask(prompt="consent").url))
        decided = self.race([typed(self._browser, page, "decision", decision="allow")] * self.parallel)
        onward = {answer.location for answer in decided if answer.status == 303}
        wrong = others(decided, {303}) + ([] if len(onward) == 1 else [f"{len(onward)} different ways on"])
        if not onward:
            return wrong
        url = f"{self.live.issuer}{onward.pop().removeprefix(self.live.issuer)}"
        cookies = self._browser.http.cookies.get_dict()
        answers = self.race([Shot.of("GET", url, cookies=cookies)] * self.parallel)
        codes = {answer.location for answer in answers if "code=" in answer.location}
        wrong += self.exactly_one(len(codes), "codes for one parked request")
        consents = "select 1 from consent where status = 'active' and citizen_id = %(id)s::uuid"
        active = len(self.provider.query(consents, {"id": self._person.id}))
        return wrong + others(answers, {303, 409}) + ([] if active == 1 else [f"{active} consents in force"])


def _machine(party: RelyingParty, form: Mapping[str, str]) -> Shot:
    headers = {"Authorization": basic(party.client_id, party.secret or "")}
    return Shot.of("POST", party.discovery["token_endpoint"], form.items(), headers)


def typed(browser: Browser, page: Page, name: str, action: str | None = None, **values: str) -> Shot:
    """The page's form that has `name` (or goes to `action`), filled in, as this browser would send it."""
    form = next((form for form in page.forms if form.action == action), None) or page.form(name)
    headers = {"Referer": page.url, "X-Forwarded-For": str(browser.http.headers["X-Forwarded-For"])}
    return Shot.of("POST", form.action, filled(form, **values), headers, browser.http.cookies.get_dict())


def sessions_begun(answers: Sequence[Answer]) -> int:
    """How many of these answers began a session."""
    return sum(answer.status == 303 and answer.sets_cookie("session") for answer in answers)


def others(answers: Sequence[Answer], expected: set[int]) -> list[str]:
    """An anomaly for each status that is not expected."""
    # 503 is no answer to the question: a machine too busy to decide has not decided twice.
    found = Counter(answer.status for answer in answers if answer.status not in expected | {503})
    return [f"{count} answers {status}" for status, count in sorted(found.items())]


def _member(answer: Answer, name: str) -> str:
    return str(json.loads(answer.body)[name])
