"""A web server vanishes, as a machine does that loses power: PostgreSQL is not told, and must find out by itself."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import requests

from tests.faults.installation import Installation
from tests.protocol.driver import shown
from tests.protocol.journey import sign_in

LAG_SECONDS = 0.05
# The bound on a transaction in which nothing happens, and then some.
FREE_SECONDS = 8.0
HOLDING = """
    select 1 from pg_stat_activity a join pg_locks l on l.pid = a.pid
    where a.datname = current_database() and a.state = 'idle in transaction' and l.mode = 'RowShareLock'
        and l.relation = 'subscriber'::regclass"""


def test_decision_cut_off_in_the_middle_locks_nobody_out(installation: Installation) -> None:
    """AC-124: what the vanished server had locked is free again within seconds, and the person decides once more."""
    provider = installation.provider
    party = provider.register()
    browser = sign_in(party, provider.enrol(), provider.browser(), scope="openid email").browser
    offer = shown(browser.open(party.ask(scope="openid email", prompt="consent").url)).form("decision")
    form, cookies = [*offer.held, ("decision", "allow")], browser.http.cookies.get_dict()

    def decide() -> int:
        return requests.post(offer.action, form, cookies=cookies, timeout=20, allow_redirects=False).status_code

    wire = installation.wires[0]
    wire.slow_down(LAG_SECONDS)
    lost = threading.Thread(target=decide)
    lost.start()
    try:
        _wait(lambda: bool(provider.query(HOLDING)), 5)
        wire.abandon()
    finally:
        wire.mend()
        lost.join()
    assert provider.query(HOLDING), "nothing was held when the server vanished"
    _wait(lambda: decide() == 303, FREE_SECONDS)
    assert not provider.query(HOLDING)


def _wait(condition: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.005)
