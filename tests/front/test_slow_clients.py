"""AC-126: slow clients cost nginx a connection each, and ordinary users nothing."""

from __future__ import annotations

import time

from tests.front.fronted import Fronted
from tests.front.slow import KINDS, slow_clients
from tests.front.users import Users, mixed
from tests.protocol.provider import Provider

OF_EACH_KIND = 300
CUT_SECONDS = 10.0


def test_users_do_not_notice_slow_clients(fronted: Fronted, provider: Provider) -> None:
    """1 200 of four kinds at once: nothing fails, answers come as fast, idle ones are cut after ten seconds."""
    machine = provider.register(redirect_uris=[], post_logout_redirect_uris=[], grant_types=["client_credentials"])
    front = fronted.front
    with Users(front.port, front.trusted, mixed(machine)) as users:
        time.sleep(1)
        users.figures()
        time.sleep(1)
        before = users.figures()
        with slow_clients(front.port, front.trusted, dict.fromkeys(KINDS, OF_EACH_KIND)) as attackers:
            attackers.wait_until_open()
            users.figures()
            until = time.monotonic() + CUT_SECONDS + 2
            while time.monotonic() < until:
                time.sleep(1)
            meanwhile = users.figures()
            verdicts = attackers.verdicts()
    assert not before.failed + meanwhile.failed
    assert before.count > 50
    # Twice as long is the bound; the rest is for a machine that does other things beside.
    assert meanwhile.p99 < 2 * before.p99 + 100, (str(before), str(meanwhile))
    for kind in ("silent", "headers", "half"):
        assert verdicts[kind].opened == OF_EACH_KIND
        assert len(verdicts[kind].cut) == verdicts[kind].opened
        assert CUT_SECONDS - 1 < min(verdicts[kind].cut) <= max(verdicts[kind].cut) < CUT_SECONDS + 4
    assert not verdicts["bodies"].cut
    assert "/oauth/token" not in fronted.live.log
