"""Many addresses guess at one account: `python -m tests.abuse.botnet` prints what they achieved.

A day of the provider's clock, hour by hour: every address begins sign-ins and tries passwords, again and again; a
second account, whose password the guessers know, gets codes guessed. Six times an hour both owners sign in, on the
browsers that they used before. The exit code says whether a limit was passed or an owner kept out.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from tests.live import LiveServer, MovableClock
from tests.protocol.driver import Arrival, Browser, Page, Person, RelyingParty, shown
from tests.protocol.journey import attempt, login, sign_in
from tests.protocol.provider import Provider
from tests.stack import Keeper, Stack

__all__ = ["Outcome", "besiege"]

HOURS = 24
AT_ONCE = 8
PASSWORDS_ALLOWED = 100
CODES_ALLOWED = 10
WINDOW = 600
WINDOWS_AN_HOUR = 3600 // WINDOW


@dataclass(slots=True)
class Outcome:
    """What came of it: answers by status, guesses that were checked, sign-ins of the owners."""

    passwords: Counter[int] = field(default_factory=Counter)
    codes: Counter[int] = field(default_factory=Counter)
    codes_checked_in_a_window: int = 0
    owner_tried: int = 0
    owner_in: int = 0

    @property
    def passwords_checked(self) -> int:
        """How many passwords were compared: every other answer is 429 or 503."""
        return self.passwords[400]

    @property
    def held(self) -> bool:
        """True when no limit was passed and every owner got in every time."""
        return (
            self.passwords_checked <= PASSWORDS_ALLOWED
            and self.codes_checked_in_a_window <= CODES_ALLOWED
            and self.owner_in == self.owner_tried
        )


class _Siege:
    def __init__(self, provider: Provider, clock: MovableClock, addresses: int) -> None:
        self.clock = clock
        self.party: RelyingParty = provider.register()
        self.bots = [provider.browser() for _ in range(addresses)]
        self.outcome = Outcome()
        self.targets = [provider.enrol(), provider.enrol(totp=True)]
        self.homes = []
        for person in self.targets:
            home = provider.browser()
            known = sign_in(self.party, person, home)
            home.open(self.party.logout_url(id_token_hint=known.id_token))
            self.homes.append(home)

    def hour(self, tries: int) -> None:
        """One hour: each bot's share of password guesses, six windows of code guesses, the owners."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for statuses in pool.map(lambda bot: self._passwords(bot, tries), self.bots):
                self.outcome.passwords += statuses
            for window in range(WINDOWS_AN_HOUR):
                chosen = self.bots[window::WINDOWS_AN_HOUR][: 5 * CODES_ALLOWED]
                tried = sum(pool.map(self._codes, chosen), Counter[int]())
                self.outcome.codes += tried
                checked = tried[400]
                self.outcome.codes_checked_in_a_window = max(self.outcome.codes_checked_in_a_window, checked)
                self._owners()
                self.clock.advance(WINDOW)

    def _passwords(self, bot: Browser, tries: int) -> Counter[int]:
        page = login(self.party, bot)
        return Counter(attempt(bot, page, self.targets[0].username).status_code for _ in range(tries))

    def _codes(self, bot: Browser) -> Counter[int]:
        """The password is known to the guesser; five codes are what one right password is good for."""
        victim, statuses = self.targets[1], Counter[int]()
        page = login(self.party, bot)
        answer = attempt(bot, page, victim.username, victim.password)
        if answer.status_code != 303:
            return Counter({answer.status_code: 1})
        step = bot.open(answer.headers["Location"])
        for number in range(5):
            if not isinstance(step, Page) or not step.offers("code"):
                break
            step = bot.submit(step, "code", code=f"{number:06}")
            statuses[shown(step).status] += 1
        return statuses

    def _owners(self) -> None:
        for person, home in zip(self.targets, self.homes, strict=True):
            self.outcome.owner_tried += 1
            self.outcome.owner_in += self._gets_in(person, home)

    def _gets_in(self, person: Person, home: Browser) -> bool:
        arrival = person.go_on(home, home.open(self.party.ask(prompt="login").url))
        return isinstance(arrival, Arrival) and "code" in arrival.parameters


def besiege(provider: Provider, clock: MovableClock, *, addresses: int, tries: int, hours: int = HOURS) -> Outcome:
    """Let `addresses` make `tries` password guesses or a few more, spread over `hours`, and guess codes beside."""
    siege = _Siege(provider, clock, addresses)
    for _ in range(hours):
        siege.hour(-(-tries // (addresses * hours)))
    return siege.outcome


def main() -> None:
    """Measure on a server of its own."""
    parser = argparse.ArgumentParser(prog="python -m tests.abuse.botnet", description=__doc__)
    parser.add_argument("--addresses", type=int, default=1000)
    parser.add_argument("--tries", type=int, default=100_000, help="password guesses in all")
    asked = parser.parse_args()
    keeper = Keeper()
    try:
        with tempfile.TemporaryDirectory() as folder:
            clock = MovableClock(Path(folder) / "offset")
            settings = {"WANGOV_TRUSTED_PROXIES": "1"}
            live = LiveServer(Stack(keeper.folder), Path(folder), clock, "botnet", settings=settings)
            provider = Provider(live)
            try:
                outcome = besiege(provider, clock, addresses=asked.addresses, tries=asked.tries)
            finally:
                provider.console.close()
                live.stop()
    finally:
        keeper.stop()
    print(f"password guesses      {outcome.passwords.total()}, by status {dict(sorted(outcome.passwords.items()))}")
    print(f"passwords checked     {outcome.passwords_checked} (at most {PASSWORDS_ALLOWED} in {HOURS} hours)")
    print(f"code guesses          {outcome.codes.total()}, by status {dict(sorted(outcome.codes.items()))}")
    print(f"codes in ten minutes  {outcome.codes_checked_in_a_window} checked at most (allowed {CODES_ALLOWED})")
    print(f"owners                signed in {outcome.owner_in} of {outcome.owner_tried} times")
    sys.exit(not outcome.held)


if __name__ == "__main__":
    main()
