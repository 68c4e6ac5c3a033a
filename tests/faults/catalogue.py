"""The faults by name: how each begins and how it ends. It ends as an operator's supervisor or network would end it."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from tests.faults.installation import Installation

__all__ = ["BY_NAME", "STORM", "Fault"]

HOUR = 3600.0
SLOW_SECONDS = 0.05
Act = Callable[[Installation, random.Random], None]


@dataclass(frozen=True, slots=True)
class Fault:
    """One way in which an installation suffers.

    `longest` is how many seconds it lasts at most in a storm, 0 for what is over as soon as it happened. `excuses` is
    true where what was issued may rightly be refused meanwhile, since it is too old by the clock; `strict` where not a
    single request may fail.
    """

    name: str
    title: str
    begin: Act
    end: Act
    longest: float = 2.5
    moments: int = 10
    wires: bool = False
    small_disk: bool = False
    excuses: bool = False
    strict: bool = False


def _nothing(_installation: Installation, _chance: random.Random) -> None: ...


def _kill_worker(installation: Installation, chance: random.Random) -> None:
    installation.kill_worker(chance.randrange(installation.workers))


def _kill_postgres(installation: Installation, _chance: random.Random) -> None:
    installation.stores.postgres.kill()


def _start_postgres(installation: Installation, _chance: random.Random) -> None:
    installation.stores.postgres.start()


def _kill_valkey(installation: Installation, _chance: random.Random) -> None:
    installation.stores.valkey.kill()


def _start_valkey(installation: Installation, _chance: random.Random) -> None:
    installation.stores.valkey.start()


def _slow(installation: Installation, _chance: random.Random) -> None:
    for wire in installation.wires:
        wire.slow_down(SLOW_SECONDS)


def _cut(installation: Installation, chance: random.Random) -> None:
    """Either every connection ends at once, or each ends where the store's answer should come back."""
    for wire in installation.wires:
        if chance.random() < 0.5:
            wire.cut()
        else:
            wire.lose_answers()


def _silence_postgres(installation: Installation, _chance: random.Random) -> None:
    installation.wires[0].fall_silent()


def _silence_valkey(installation: Installation, _chance: random.Random) -> None:
    installation.wires[1].fall_silent()


def _silence(installation: Installation, _chance: random.Random) -> None:
    for wire in installation.wires:
        wire.fall_silent()


def _mend(installation: Installation, _chance: random.Random) -> None:
    for wire in installation.wires:
        wire.mend()


def _fill(installation: Installation, _chance: random.Random) -> None:
    assert installation.stores.disk is not None
    installation.stores.disk.fill()


def _clear(installation: Installation, _chance: random.Random) -> None:
    assert installation.stores.disk is not None
    installation.stores.disk.clear()
    if not installation.stores.postgres.running:  # it gives up where it cannot write its log; its supervisor starts it
        installation.stores.postgres.start()


def _jump(hours: float) -> Act:
    return lambda installation, _chance: installation.clock.advance(hours * HOUR)


def _jump_either_way(installation: Installation, chance: random.Random) -> None:
    installation.clock.advance(chance.choice((-HOUR, HOUR)))


def _jump_back(installation: Installation, _chance: random.Random) -> None:
    installation.clock.reset()


def _reload(installation: Installation, _chance: random.Random) -> None:
    installation.reload()


_ALL = (
    Fault("worker-killed", "worker killed", _kill_worker, _nothing, longest=0.0),
    Fault("postgres-killed", "PostgreSQL down", _kill_postgres, _start_postgres),
    Fault("postgres-silent", "PostgreSQL silent", _silence_postgres, _mend, wires=True),
    Fault("valkey-killed", "Valkey down", _kill_valkey, _start_valkey),
    Fault("valkey-silent", "Valkey silent", _silence_valkey, _mend, wires=True),
    Fault("stores-slow", "both slow", _slow, _mend, wires=True),
    Fault("stores-cut", "connections cut", _cut, _mend, wires=True),
    Fault("packets-swallowed", "both silent", _silence, _mend, wires=True),
    Fault("disk-full", "disk full", _fill, _clear, small_disk=True),
    Fault("clock-ahead", "clock an hour ahead", _jump(1), _jump_back, excuses=True),
    Fault("clock-back", "clock an hour back", _jump(-1), _jump_back, excuses=True),
    Fault("clock-jump", "clock jumps", _jump_either_way, _jump_back, excuses=True),
    Fault("reload", "reload", _reload, _nothing, longest=0.0, moments=20, strict=True),
)
BY_NAME = {fault.name: fault for fault in _ALL}
# What the storm goes through, in this order.
STORM = (
    "worker-killed", "postgres-killed", "valkey-killed", "stores-slow", "stores-cut", "packets-swallowed", "disk-full",
    "clock-jump", "reload",
)  # fmt: skip
