"""A run in words and figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from tests.fuzz.campaign import Finding, Result

__all__ = ["lines"]

SHOWN_WIRE = 3000
SHOWN_BODY = 300


def lines(result: Result, *, seed: int, server: str) -> Iterator[str]:
    """The report, line by line."""
    totals: Counter[int] = Counter()
    for counted in result.counts.values():
        totals.update(counted)
    statuses = sorted(totals)
    yield "answers by route and status (0: the connection was ended without one), longest time in ms"
    yield f"{'route':44} {'all':>8} " + " ".join(f"{status:>7}" for status in statuses) + f" {'slowest':>8}"
    for route in sorted(result.counts):
        yield _row(route, result.counts[route], statuses, result.slowest[route])
    yield _row("all", totals, statuses, max(result.slowest.values(), default=0.0))
    rate = result.requests / result.seconds if result.seconds else 0.0
    yield (
        f"{server}: {result.requests} requests in {result.seconds:.1f} s, {rate:.0f} a second; "
        f"{result.renewed} times somebody was signed in anew"
    )
    if result.before and result.after:
        yield f"after a quarter: {result.before.line()}"
        yield f"at the end:      {result.after.line()}"
    yield from (f"FAULT: {text}" for text in result.general)
    for (fault, route), found in sorted(result.findings.items()):
        yield f"FAULT: {fault} at {route}, {result.totals[fault, route]} times"
        yield from _finding(found[0], seed, server)
    if result.clean:
        yield "nothing found"


def _row(route: str, counted: Counter[int], statuses: list[int], slowest: float) -> str:
    figures = " ".join(f"{counted[status] or '.':>7}" for status in statuses)
    return f"{route:44} {sum(counted.values()):>8} {figures} {slowest * 1000:>8.0f}"


def _finding(found: Finding, seed: int, server: str) -> Iterator[str]:
    shot = found.shot
    again = f"python -m tests.fuzz --server {server} --seed {seed} --first {shot.number} --requests 1"
    yield f"  made by: {again}   ({', '.join(shot.notes) or 'nothing wrong with it'})"
    yield f"  request: {shot.wire[:SHOWN_WIRE]!r}{' ...' if len(shot.wire) > SHOWN_WIRE else ''}"
    yield f"  answer:  {found.head.partition(b'Content-Security-Policy')[0][:SHOWN_BODY]!r} {found.body[:SHOWN_BODY]!r}"
