"""What the house counts about itself, and the request id that ties a log line to an answer.

Counters are shared by all workers of a server through prometheus-client's multiprocess files.
"""

from __future__ import annotations

import os
from contextvars import ContextVar

from prometheus_client import Counter, Histogram, values

__all__ = [
    "AUDIT_FAILURES",
    "ERASURES",
    "MESSAGES",
    "REQUESTS",
    "REQUEST_SECONDS",
    "SMS_BUDGET_SPENT",
    "THROTTLED",
    "claimed_client",
    "count_answer",
    "refusal_reason",
    "refused",
    "request_id",
]

request_id: ContextVar[str] = ContextVar("request_id", default="-")
# For the line that is logged when a machine is refused: why, and which client it says it is.
refusal_reason: ContextVar[str | None] = ContextVar("refusal_reason", default=None)
claimed_client: ContextVar[str | None] = ContextVar("claimed_client", default=None)


class _Process:
    """This process's number, asked for once a fork: the library asks at every count, which is a system call each."""

    def __init__(self) -> None:
        self.number = os.getpid()
        os.register_at_fork(after_in_child=self._renew)

    def __call__(self) -> int:
        return self.number

    def _renew(self) -> None:
        self.number = os.getpid()


if values.ValueClass is not values.MutexValue:  # several processes share the counters
    values.ValueClass = values.MultiProcessValue(_Process())

REQUESTS = Counter("wangov_requests_total", "Answers by endpoint and status class.", ["endpoint", "status"])
REQUEST_SECONDS = Histogram(
    "wangov_request_seconds",
    "Wall time of an answer by endpoint.",
    ["endpoint"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)
REFUSALS = Counter("wangov_refusals_total", "Refusals by reason.", ["code"])
THROTTLED = Counter("wangov_throttled_total", "Requests told to wait, by what was limited.", ["limit"])


def refused(reason: str) -> None:
    """Count a refusal under a reason of a closed list, and keep the reason for whoever logs the answer."""
    REFUSALS.labels(reason).inc()
    refusal_reason.set(reason)


_series: dict[tuple[str, str], tuple[Counter, Histogram]] = {}


def count_answer(endpoint: str, status: str, seconds: float) -> None:
    """Count an answer under a name of our own and its three-digit status; the series are looked up once."""
    series = _series.get((endpoint, status))
    if series is None:
        # Both in one step: another thread may already find what this one has only begun to store.
        series = _series[endpoint, status] = REQUESTS.labels(endpoint, status), REQUEST_SECONDS.labels(endpoint)
    counter, timer = series
    counter.inc()
    timer.observe(seconds)


SMS_BUDGET_SPENT = Counter(
    "wangov_sms_budget_spent_total", "Text messages refused because their network's budget is used up.", ["network"]
)
MESSAGES = Counter("wangov_messages_total", "Messages by channel and what became of a try.", ["channel", "outcome"])
AUDIT_FAILURES = Counter("wangov_audit_failures_total", "Actions refused because their audit row could not be written.")
ERASURES = Counter("wangov_erasures_total", "Erasures that were due, by what became of a try.", ["outcome"])
