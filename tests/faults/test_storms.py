"""Each fault strikes a running installation under load, twice. Longer, with figures: `python -m tests.faults`.

Nothing acknowledged is lost, nothing spent comes back, nothing is unaudited, and nobody has to help: AC-027, AC-039,
AC-116, AC-123, AC-124.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.faults.catalogue import BY_NAME, STORM, Fault
from tests.faults.clients import World
from tests.faults.installation import Installation
from tests.faults.judge import judge
from tests.faults.ledger import Family, Ledger
from tests.faults.stores import SmallDisk
from tests.faults.storm import Storm, rage
from tests.protocol.journey import obtain_code, sign_in

SHORT = Storm(BY_NAME["reload"], seed=1, seconds=2.4, moments=2, longest=0.8, clients=1, sample=30)


@pytest.mark.parametrize("name", STORM)
def test_promises_are_kept(installation: Installation, name: str) -> None:
    """What clients were told before, during and after the fault is so; each endpoint recovers within five seconds."""
    fault = BY_NAME[name]
    if fault.small_disk and (reason := SmallDisk.reason_against()):
        pytest.skip(reason)
    report = rage(installation, replace(SHORT, fault=fault, longest=min(fault.longest, SHORT.longest)))
    shown = "\n".join(report.lines())
    assert not report.violations, shown
    assert report.looked_at["audit rows"] > 30, shown
    assert report.looked_at["spent codes"] > 2, shown
    installation.wait_for_workers()


class _Lied:
    """A world in which the clients were told things that are not so."""

    def __init__(self, installation: Installation) -> None:
        self.ledger = Ledger()
        self.world = World(installation.provider, self.ledger, pause=0, excuses=False)
        self.party = self.world.service
        self.held = sign_in(self.party, installation.provider.enrol(), installation.provider.browser(), scope="openid")

    def family(self, **changes: object) -> Family:
        """The family as its client knows it."""
        told = Family(
            self.party, "00000000-0000-4000-8000-000000000000", False, self.held.refresh_token, self.held.access_token
        )
        return replace(told, **changes)  # type: ignore[arg-type]  # the tests' own names


def _lost(lied: _Lied) -> None:
    lied.party.revoke(lied.held.refresh_token)
    lied.ledger.families.append(lied.family())


def _back(lied: _Lied) -> None:
    lied.ledger.families.append(lied.family(ended="revoked"))


def _unspent(lied: _Lied) -> None:
    browser = lied.held.browser
    lied.ledger.codes.append((lied.party, *obtain_code(lied.party, lied.held.person, browser, scope="openid")))


def _unaudited(lied: _Lied) -> None:
    lied.ledger.acknowledged.append(("no-such-request", "token.issued"))


def _signed_in_again(lied: _Lied) -> None:
    lied.ledger.left.append(lied.held.browser.http.cookies.get_dict())


def _signed_out(lied: _Lied) -> None:
    lied.ledger.sessions.append({"wangov_session": "ws_" + "A" * 43})


@pytest.mark.parametrize("lie", [_lost, _back, _unspent, _unaudited, _signed_in_again, _signed_out])
def test_judge_notices(installation: Installation, lie: Callable[[_Lied], None]) -> None:
    """A judge who cannot find anything shows nothing: each kind of broken promise is found."""
    lied = _Lied(installation)
    lie(lied)
    judge(lied.world, seed=1, sample=30)
    assert lied.ledger.violations


def test_judge_is_content_with_the_truth(installation: Installation) -> None:
    """And where everything is as it was told, nothing is found."""
    lied = _Lied(installation)
    lied.ledger.families.append(lied.family())
    lied.ledger.sessions.append(lied.held.browser.http.cookies.get_dict())
    looked = judge(lied.world, seed=1, sample=30)
    assert not lied.ledger.violations
    assert looked["live authorizations"] == looked["sessions"] == 1


def test_every_fault_has_its_storm() -> None:
    """The storm goes through every kind of fault; what is left out are halves of ones that are in."""
    halves = {"postgres-silent", "valkey-silent", "clock-ahead", "clock-back"}
    assert set(STORM) | halves == set(BY_NAME)
    assert all(isinstance(fault, Fault) for fault in BY_NAME.values())
