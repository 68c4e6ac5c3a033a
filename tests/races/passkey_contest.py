"""A passkey's answer to one challenge, presented many times at once."""

from __future__ import annotations

import json

from tests.protocol.passkeys import add_passkey, asked, begin
from tests.races.contests import Contest, others, sessions_begun, typed

__all__ = ["PasskeyContest"]


class PasskeyContest(Contest):
    """One challenge of a sign-in: one answer begins a session, for all others it is spent."""

    name = "passkey"

    def round(self) -> list[str]:
        """One challenge of a new person, so that no throttle of an earlier round has a say."""
        person = self.provider.enrol(email_verified=False)
        soft = add_passkey(self.provider.browser(), person)
        before, browser = self.begun(person), self.provider.browser()
        page = begin(browser)
        text = json.dumps(soft.use(asked(browser, page)))
        answers = self.race([typed(browser, page, "credential", credential=text)] * self.parallel)
        wrong = self.exactly_one(sessions_begun(answers), "answers to one challenge began a session")
        begun = self.begun(person) - before
        return wrong + others(answers, {303, 400, 429}) + ([] if begun == 1 else [f"{begun} sessions began"])
