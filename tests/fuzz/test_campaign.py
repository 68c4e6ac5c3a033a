"""The fuzz itself, shorter than by its command, which is `python -m tests.fuzz --requests 1000000`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from tests.architecture.application import GOLDEN
from tests.fuzz.campaign import Campaign, Result
from tests.fuzz.generator import ROUTES, Generator
from tests.fuzz.report import lines
from tests.fuzz.world import SETTINGS, World
from tests.live import LiveServer
from tests.protocol.provider import Provider

SEED = 35
REQUESTS = 11_000
SECRET = (
    "/recover/<secret>",
    "/recover/case/",
    "/register/<secret>",
    "/notice/<secret>",
    "/signin/activate/",
    "/claim/<secret>",
)


def _golden() -> set[tuple[str, str]]:
    """Every (address, method) of the route table."""
    table = [line.split() for line in GOLDEN.read_text(encoding="utf-8").splitlines()]
    return {(address, method) for address, methods, *_ in table for method in methods.split(",")}


@dataclass(frozen=True)
class Run:
    """A finished run."""

    server: str
    world: World
    result: Result


@pytest.fixture(scope="module", params=["gunicorn", "granian"])
def run(request: pytest.FixtureRequest, start_server: Callable[..., LiveServer]) -> Iterator[Run]:
    """A run against a server of its own."""
    provider = Provider(start_server(server=request.param, settings=SETTINGS))
    world = World(provider)
    yield Run(request.param, world, Campaign(world, SEED).run(REQUESTS))
    provider.console.close()


def test_no_route_is_left_out() -> None:
    """A new address needs a maker of good requests to it before anything else passes."""
    assert {address for address, _ in _golden()} == set(ROUTES)


def test_nothing_is_found(run: Run) -> None:
    """AC-119, AC-127, AC-131: no 5xx, no hang, no growth, nothing smuggled, nothing told, nobody else touched."""
    assert run.result.clean, "\n".join(lines(run.result, seed=SEED, server=run.server))
    assert run.result.requests == REQUESTS


def test_every_route_was_asked_and_answered(run: Run) -> None:
    """Each address by each of its methods, and each answered at least once otherwise than by a refusal.

    Behind a secret that nobody can guess there is nothing but a refusal.
    """
    missing = _golden() - run.result.methods
    assert not missing, sorted(missing)
    refused = {400, 405, 431, 414, 0}
    open_ones = {address for address, _ in _golden() if not address.startswith(SECRET)}
    assert not [address for address in open_ones if not set(run.result.counts[address]) - refused]


def test_good_requests_are_among_them(run: Run) -> None:
    """The fuzz gets behind the first checks: tokens are issued and codes sent, people sign in, consents are given."""
    counts = run.result.counts
    assert counts["/oauth/token"][200] > 10
    assert counts["/oauth/userinfo"][200] > 5
    assert counts["/oauth/introspect"][200] > 50
    assert counts["/oauth/authorize"][303] > 50
    assert counts["/account"][200] > 5
    assert counts["/consent/<transaction_id>"][303] > 5
    assert counts["/signin/<transaction_id>/password"][303] > 2


def test_same_seed_makes_the_same_requests(run: Run) -> None:
    """A finding can be made again by its seed and its number."""
    once, again, other = Generator(run.world, 7), Generator(run.world, 7), Generator(run.world, 8)
    made = [once.shot(number) for number in range(500)]
    assert made == [again.shot(number) for number in range(500)]
    assert [other.shot(number).wire for number in range(500)] != [shot.wire for shot in made]
