import os
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from enrollment.devices.chain import BlockCheck
from enrollment.devices.replays import RememberedBlocks
from enrollment.devices.vocabulary import LEFT
from enrollment.errors import Code, Refusal
from idp.ephemeral import Ephemeral
from tests.factories.devices import Bench, fingers

pytestmark = pytest.mark.integration


@pytest.fixture
def ephemeral(redis_url: str, redis_prefix: str) -> Ephemeral:
    """A store of the test's own."""
    return Ephemeral(redis_url, prefix=redis_prefix, timeout_seconds=30.0)


def test_of_fifty_that_bring_one_block_one_gets_it_in(ephemeral: Ephemeral) -> None:
    """AC-103: a capture sent fifty times at once is taken once."""
    bench = Bench()
    request = bench.request(fingers(LEFT[1]))
    answer = bench.answer(request)
    check = BlockCheck(bench.register, RememberedBlocks(ephemeral), bench.clock)
    with ThreadPoolExecutor(50) as pool:
        outcomes = list(pool.map(lambda _: check.check(request, answer), range(50)))
    assert sum(not isinstance(outcome, Refusal) for outcome in outcomes) == 1
    assert outcomes.count(Refusal(Code.BIO_REPLAY, "seen")) == 49


def test_other_blocks_are_not_in_the_way(ephemeral: Ephemeral) -> None:
    """Each block has its own place."""
    seen = RememberedBlocks(ephemeral)
    assert all(seen.first(os.urandom(32), timedelta(minutes=11)) for _ in range(5))
