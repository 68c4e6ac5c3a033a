"""Do answers tell who has an account? `python -m tests.abuse.enumeration` prints how well a model can tell.

Sign-in, forgotten password, forgotten user name and registration are tried with names and addresses that have an
account and with ones that have none, in turn, each try from a browser and a network address of its own. What an
attacker sees of every answer goes to `tests.abuse.separation`. The exit code says whether an interval leaves out 0.5.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import requests

from tests.abuse.separation import Area, Seen, area_of, see
from tests.live import LiveServer, MovableClock
from tests.protocol.driver import Browser, RelyingParty, filled, shown
from tests.protocol.journey import login
from tests.protocol.provider import Provider
from tests.stack import Keeper, Stack

__all__ = ["FLOWS", "Found", "measure"]

SAMPLES = 2000
# Wrong passwords of one name that are checked at once; the others wait.
FREE_TRIES = 5
HOPS = 4


@dataclass(frozen=True, slots=True)
class Found:
    """How well one flow's answers can be told apart."""

    flow: str
    samples: int
    area: Area


@dataclass(frozen=True, slots=True)
class _Name:
    """What is typed: a user name and an address, of somebody or of nobody."""

    username: str
    address: str


def _password(party: RelyingParty, browser: Browser, name: _Name) -> Callable[[], requests.Response]:
    form = login(party, browser).form("password")
    pairs = [pair for pair in form.held if pair[0] not in {"identifier", "password"}]
    typed = [*pairs, ("identifier", name.username), ("password", "wrong password")]
    return lambda: browser.raw("POST", form.action, data=typed)


def _sent(path: str, field: str, pick: Callable[[_Name], str]) -> Callable[..., Callable[[], requests.Response]]:
    """A form of one field at `path`."""

    def prepared(_: RelyingParty, browser: Browser, name: _Name) -> Callable[[], requests.Response]:
        form = shown(browser.open(path)).form(field)
        typed = filled(form, **{field: pick(name)})
        return lambda: _followed(browser, browser.raw("POST", form.action, data=typed))

    return prepared


def _followed(browser: Browser, answer: requests.Response) -> requests.Response:
    for _ in range(HOPS):
        if "Location" not in answer.headers:
            return answer
        answer = browser.raw("GET", answer.headers["Location"])
    raise AssertionError("redirects do not end")


FLOWS: dict[str, Callable[[RelyingParty, Browser, _Name], Callable[[], requests.Response]]] = {
    "sign-in": _password,
    "forgotten password": _sent("/recover/password", "identifier", lambda name: name.username),
    "forgotten user name": _sent("/recover/name", "contact", lambda name: name.address),
    "registration": _sent("/register", "contact", lambda name: name.address),
}


def measure(
    provider: Provider, clock: MovableClock, samples: int, flows: Collection[str] = frozenset(FLOWS)
) -> Iterator[Found]:
    """Take `samples` of each kind in each of `flows`, known and unknown in turn."""
    party = provider.register()
    people = -(-samples // FREE_TRIES)
    known = [_enrolled(provider, number) for number in range(people)]
    unknown = [_named("nobody", number) for number in range(people)]
    for flow, prepare in ((name, step) for name, step in FLOWS.items() if name in flows):
        seen: dict[bool, list[Seen]] = {True: [], False: []}
        for number, place in zip(range(samples), itertools.cycle(range(people)), strict=False):
            for kind in (number % 2 == 0, number % 2 == 1):
                name = (known if kind else unknown)[place]
                send = prepare(party, provider.browser(), name)
                began = time.perf_counter()
                answer = send()
                seen[kind].append(see(answer, time.perf_counter() - began))
            if place == people - 1:
                clock.advance(2 * 3600)
        yield Found(flow, samples, area_of(seen[True], seen[False]))
        clock.advance(26 * 3600)


def _named(kind: str, number: int) -> _Name:
    """A name that says nothing of its kind: pages show it."""
    text = "v" + hashlib.blake2b(f"{kind} {number}".encode(), digest_size=5).hexdigest()
    return _Name(text, f"{text}@mail.example")


def _enrolled(provider: Provider, number: int) -> _Name:
    name = _named("somebody", number)
    provider.enrol(name.username, email=name.address, email_verified=True)
    return name


def main() -> None:
    """Measure on a server of its own."""
    parser = argparse.ArgumentParser(prog="python -m tests.abuse.enumeration", description=__doc__)
    parser.add_argument("--samples", type=int, default=SAMPLES, help=f"of each kind in each flow; default {SAMPLES}")
    parser.add_argument("--flow", action="append", choices=list(FLOWS), help="only this one; may be repeated")
    asked = parser.parse_args()
    keeper = Keeper()
    told = False
    try:
        with tempfile.TemporaryDirectory() as folder:
            clock = MovableClock(Path(folder) / "offset")
            settings = {"WANGOV_TRUSTED_PROXIES": "1"}
            live = LiveServer(Stack(keeper.folder), Path(folder), clock, "enumeration", settings=settings)
            provider = Provider(live)
            try:
                for found in measure(provider, clock, asked.samples, asked.flow or FLOWS):
                    area = found.area
                    told = told or not area.tells_nothing
                    interval = f"{area.low:.3f} to {area.high:.3f}"
                    print(f"{found.flow:<20} {found.samples} each: AUC {area.value:.3f} ({interval})", flush=True)
            finally:
                provider.console.close()
                live.stop()
    finally:
        keeper.stop()
    sys.exit(told)


if __name__ == "__main__":
    main()
