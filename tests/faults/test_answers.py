"""AC-116, AC-123, AC-124: what each endpoint answers during each fault is the table in docs/faults.md, cell by cell."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

import pytest

from tests.faults.answers import COLUMNS, IN_ORDER, ROWS, allowed, rendered
from tests.faults.catalogue import BY_NAME
from tests.faults.installation import Installation
from tests.faults.probes import Heard, Questions, ask_all
from tests.faults.stores import SmallDisk
from tests.protocol.driver import Person, RelyingParty
from tests.stack import ROOT

PAGE = ROOT / "docs" / "faults.md"
LIMIT_SECONDS = 3.0
# Whoever probes the health of an instance gives up early, and must not take every instance for dead.
PROBE_SECONDS = 2.0
RECOVERY_SECONDS = 5.0
# In these, what a process remembers of clients and keys grows stale after a second, and the answer must stay the same.
ASKED_AGAIN = {"postgres-silent", "valkey-silent"}
# Asking these twice asks the same; the others spend what they present.
REPEATABLE = ("own-token", "introspection", "userinfo", "authorize", "newcomer", "account", "ready", "jwks")

Listen = Callable[[str], "Column"]


class Column:
    """One fault, lived through once: what was heard at its beginning, a second later, and how long recovery took."""

    def __init__(self, installation: Installation, service: RelyingParty, person: Person, name: str) -> None:
        fault, chance = BY_NAME[name], random.Random(name)  # noqa: S311 - no secret
        provider = installation.provider
        asked = [Questions(provider, service, person) for _ in range(1 + (name in ASKED_AGAIN))]
        after = Questions(provider, service, person)
        fault.begin(installation, chance)
        try:
            if fault.small_disk:
                _use_up_the_room(service)
            self.heard: list[dict[str, Heard]] = []
            for questions in asked:
                self.heard.append(ask_all(questions.all))
                time.sleep(1.0 if name in ASKED_AGAIN else 0.0)
        finally:
            fault.end(installation, chance)
        self.recovery_seconds = self._recover(after, excuses=fault.excuses)
        installation.wait_for_workers()

    def _recover(self, questions: Questions, *, excuses: bool) -> float:
        """Seconds until every repeatable question is answered as ever; sessions and tokens may have grown too old."""
        began = time.monotonic()
        names = [name for name in REPEATABLE if not excuses or name in {"own-token", "newcomer", "ready", "jwks"}]
        while True:
            heard = ask_all({name: questions.all[name] for name in names})
            self.missing = {name: one.words for name, one in heard.items() if one.words != IN_ORDER[name]}
            if not self.missing or time.monotonic() - began > 2 * RECOVERY_SECONDS:
                return time.monotonic() - began


def _use_up_the_room(service: RelyingParty) -> None:
    """What is half empty in memory and on disk takes a few more rows; only then is the disk full for everybody."""
    for _ in range(2000):
        if service.post("token_endpoint", {"grant_type": "client_credentials"}).status_code == 503:
            return
    pytest.fail("the disk is full and rows are still written")


@pytest.fixture(scope="module")
def listen(installation: Installation) -> Listen:
    """Live through a fault, once for all the cells of its column."""
    provider = installation.provider
    service = provider.register(grant_types=["authorization_code", "refresh_token", "client_credentials"])
    person = provider.enrol()
    lived: dict[str, Column] = {}

    def listen(name: str) -> Column:
        if BY_NAME[name].small_disk and (reason := SmallDisk.reason_against()):
            pytest.skip(reason)
        if name not in lived:
            lived[name] = Column(installation, service, person, name)
        return lived[name]

    return listen


@pytest.mark.parametrize("row", ROWS)
@pytest.mark.parametrize("fault", COLUMNS)
def test_answer_is_the_one_of_the_table(listen: Listen, fault: str, row: str) -> None:
    """AC-123, AC-124, AC-116: the cell's answer; a 503 comes within three seconds and says when to come back."""
    for heard in (moment[row] for moment in listen(fault).heard):
        assert heard.words in allowed(fault, row)
        assert row not in {"live", "ready"} or heard.seconds < PROBE_SECONDS
        if heard.words != "503":
            continue
        assert heard.answer is not None
        assert int(heard.answer.headers["Retry-After"]) >= 1
        assert heard.answer.headers["Cache-Control"] == "no-store"
        assert heard.seconds < LIMIT_SECONDS
        assert "psycopg" not in heard.answer.text
        assert "127.0.0.1" not in heard.answer.text


@pytest.mark.parametrize("fault", COLUMNS)
def test_recovery_needs_no_hands(listen: Listen, fault: str) -> None:
    """AC-124: within five seconds of the fault's end every endpoint answers as ever."""
    column = listen(fault)
    assert not column.missing
    assert column.recovery_seconds < RECOVERY_SECONDS


def test_page_holds_the_table() -> None:
    """docs/faults.md says what is tested here, cell by cell: run `python -m tests.faults.answers` and put it there."""
    assert rendered() in PAGE.read_text(encoding="utf-8")
