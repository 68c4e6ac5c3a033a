"""Contests of stepping up inside a session and of a staff member's activation link."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from tests.protocol.driver import shown
from tests.protocol.journey import add_code_generator, sign_in
from tests.protocol.provider import Provider
from tests.races.contests import Contest, others, sessions_begun, typed

__all__ = ["ActivationContest", "StepUpContest"]

ESSENTIAL = json.dumps({"id_token": {"acr": {"essential": True, "values": ["nid:2"]}}})


class StepUpContest(Contest):
    """AC-066: one code many times at the second page of a session. It is raised once, to one new secret."""

    name = "step-up"

    def __init__(self, provider: Provider, workers: Callable[[], Sequence[int]], parallel: int) -> None:
        super().__init__(provider, workers, parallel)
        self._party = provider.register()

    def round(self) -> list[str]:
        """One session of a new person."""
        person, browser = self.provider.enrol(ial=2, email_verified=False), self.provider.browser()
        sign_in(self._party, person, browser)
        add_code_generator(browser, person)
        page = shown(browser.open(self._party.ask(claims=ESSENTIAL).url))
        answers = self.race([typed(browser, page, "code", code=person.code())] * self.parallel)
        wrong = self.exactly_one(sessions_begun(answers), "answers raised one session")
        begun = self.begun(person)
        return wrong + others(answers, {303, 400, 429}) + ([] if begun == 2 else [f"{begun} sessions began"])


class ActivationContest(Contest):
    """AC-101: an activation link used many times at once, in as many browsers. One of them gets in."""

    name = "activation"
    browsers = 5

    def round(self) -> list[str]:
        """One link of a new member of staff."""
        made = self.provider.operate("staff", "create", document={"username": f"officer{self.tally.rounds}"})
        browsers = [self.provider.browser() for _ in range(self.browsers)]
        pages = [shown(browser.open(made["activation_url"])) for browser in browsers]
        shots = [typed(browser, page, "csrf_token") for browser, page in zip(browsers, pages, strict=True)]
        answers = self.race([shots[number % len(shots)] for number in range(self.parallel)])
        wrong = self.exactly_one(sessions_begun(answers), "uses of one activation link began a session")
        begun = len(self.provider.events("session.started", subscriber_id=made["id"]))
        return wrong + others(answers, {303, 404}) + ([] if begun == 1 else [f"{begun} sessions began"])
