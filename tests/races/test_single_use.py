"""What may be used once is used once, however many present it at the same moment. Longer: `python -m tests.races`."""

from __future__ import annotations

import socket
import threading

import pytest

from tests.faults.stores import children_of
from tests.live import LiveServer
from tests.protocol.provider import Provider
from tests.races.catalogue import CONTESTS
from tests.races.contests import CodeContest
from tests.races.volley import Shot, fire

ROUNDS, PARALLEL = 3, 20


@pytest.mark.parametrize("name", CONTESTS)
def test_one_of_many_succeeds(live: LiveServer, provider: Provider, name: str) -> None:
    """AC-027, AC-040, AC-066, AC-072, AC-074: one success a round, no strange answer, over more than one worker."""
    contest = CONTESTS[name](provider, lambda: children_of(live.pid), PARALLEL)
    rounds = 1 if contest.heavy else ROUNDS
    try:
        tally = contest.run(rounds)
    finally:
        contest.close()
    assert not tally.anomalies
    assert tally.rounds == rounds
    assert tally.successes == rounds * contest.per_round
    assert sum(tally.statuses.values()) >= rounds * PARALLEL
    assert tally.shared > 0 or contest.heavy


def test_contest_notices_a_second_success(provider: Provider) -> None:
    """A contest that cannot fail shows nothing: two successes are an anomaly, and so is none."""
    contest = CodeContest(provider, list, PARALLEL)
    assert contest.exactly_one(2, "of them")
    assert contest.exactly_one(0, "of them")
    assert not contest.exactly_one(1, "of them")


def test_volley_holds_the_last_byte_back_until_all_are_there() -> None:
    """No request is whole before every other one has arrived but for its last byte."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        whole_when_all_were_there: list[bool] = []
        all_there = threading.Event()
        server = threading.Thread(target=_serve, args=(listener, 5, whole_when_all_were_there, all_there))
        server.start()
        shots = [Shot.of("GET", f"http://127.0.0.1:{port}/path?a=b")] * 5
        answers, told = fire(shots, lambda: int(all_there.wait(30)))
        server.join()
    assert told == 1
    assert [answer.status for answer in answers] == [204] * 5
    assert whole_when_all_were_there == [False] * 5


def _serve(listener: socket.socket, count: int, seen: list[bool], all_there: threading.Event) -> None:
    connections = [listener.accept()[0] for _ in range(count)]
    first = [connection.recv(10_000) for connection in connections]
    seen.extend(part.endswith(b"\r\n\r\n") for part in first)
    all_there.set()
    for connection in connections:
        connection.recv(1)
        connection.sendall(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
        connection.close()
