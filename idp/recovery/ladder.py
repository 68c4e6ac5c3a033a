"""The recovery ladder as data: what can be proven, which rungs that reaches, and the journey of a case as one table.

`named -> proving -> (cooling ->) ready -> done`. Every rung takes two different things, but for those that wait for a
mailbox alone, at accounts of level 1 without a second factor: a day where the mailbox is all that the account has, a
week where there is more that its owner could have shown. A rung worth less than the account's level lowers the level
(NIST SP 800-63B-4 section 4.2: recovery is as strong as what it recovers). A visit is open from every state, and the
one rung that keeps the highest level: people at a centre looked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType

from idp.authenticators.methods import Holdings, wants_second

__all__ = [
    "CONTACTS",
    "LIFE",
    "LONG_WAIT",
    "MOVES",
    "RIPE_FOR",
    "RUNGS",
    "TELL_EVERY",
    "Circumstances",
    "Move",
    "Proof",
    "Rung",
    "State",
    "cooling_off",
    "next_state",
    "offered",
    "reached",
]

# How long a case waits for its next step.
LIFE = timedelta(minutes=15)
# How long the end of a cooling-off time can be waited for by its owner.
RIPE_FOR = timedelta(days=7)
_COOLING_OFF = MappingProxyType({1: timedelta(hours=24), 2: timedelta(hours=72), 3: timedelta(hours=72)})
# Where a mailbox alone leads on although the account has more: long enough for its owner to come by.
LONG_WAIT = timedelta(days=7)
# How often every contact is told of a long wait.
TELL_EVERY = timedelta(days=2)


class Proof(StrEnum):
    """What somebody who lost the password can show; the values are in addresses, forms and audit rows."""

    EMAIL = "email"
    SMS = "sms"
    PAPER = "paper"
    APP = "app"
    # At a centre: never offered by a page, and proven by people who looked.
    IN_PERSON = "in_person"


CONTACTS = frozenset({Proof.EMAIL, Proof.SMS})


class State(StrEnum):
    """Where a case stands. `named` is before its first proof: nobody knows yet whether there is such a person."""

    NAMED = "named"
    PROVING = "proving"
    COOLING = "cooling"
    READY = "ready"
    DONE = "done"
    STOPPED = "stopped"
    EXPIRED = "expired"


class Move(StrEnum):
    """What can happen to a case."""

    PROVE = "prove"
    ENOUGH = "enough"
    WAIT = "wait"
    CONFIRM = "confirm"
    FINISH = "finish"
    STOP = "stop"
    EXPIRE = "expire"


_ENDINGS: Mapping[Move, State] = {Move.STOP: State.STOPPED, Move.EXPIRE: State.EXPIRED}

MOVES: Mapping[State, Mapping[Move, State]] = MappingProxyType(
    {
        State.NAMED: MappingProxyType({Move.PROVE: State.PROVING}),
        State.PROVING: MappingProxyType(
            {
                Move.PROVE: State.PROVING,
                Move.ENOUGH: State.READY,
                Move.WAIT: State.COOLING,
                **_ENDINGS,
            }
        ),
        # After the wait one address is proven again: the browser that began may be anybody's by then.
        State.COOLING: MappingProxyType({Move.CONFIRM: State.READY, **_ENDINGS}),
        State.READY: MappingProxyType({Move.FINISH: State.DONE, **_ENDINGS}),
        State.DONE: MappingProxyType({}),
        State.STOPPED: MappingProxyType({}),
        State.EXPIRED: MappingProxyType({}),
    }
)


@dataclass(frozen=True, slots=True)
class Rung:
    """One rung: the proofs it takes, whether it waits, and the level an account can keep by it.

    `contacts` of the verified addresses, and `own` beside them where it is set. `alone`: a mailbox and nothing else,
    only for an account of level 1 without second factor; `bare`: that has nothing else at all.
    """

    name: str
    own: Proof | None
    contacts: int
    waits: bool
    worth: int
    alone: bool = False
    bare: bool = False

    @property
    def slow(self) -> bool:
        """True where the wait is the long one."""
        return self.alone and not self.bare


RUNGS = (
    Rung("in_person", Proof.IN_PERSON, 0, waits=False, worth=3),
    Rung("app", Proof.APP, 1, waits=False, worth=2),
    Rung("paper", Proof.PAPER, 1, waits=False, worth=2),
    Rung("contacts", None, 2, waits=True, worth=1),
    Rung("email", None, 1, waits=True, worth=1, alone=True, bare=True),
    Rung("email_slow", None, 1, waits=True, worth=1, alone=True),
)


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What the rules ask about the account: its level of proofing, 1 to 3, and what its owner has.

    Here every verified number is one (`holdings.phone`), in doubt or not: beside an address it is a second proof, and
    an account that has one has more than a mailbox.
    """

    level: int
    holdings: Holdings

    @property
    def plain(self) -> bool:
        """True where nothing was proven at a centre, and no second factor guards the account."""
        return self.level == 1 and not wants_second(self.holdings)

    @property
    def bare(self) -> bool:
        """True where a mailbox is all that somebody could show."""
        held = self.holdings
        return self.plain and held.email and not held.phone and not held.recovery_codes


def next_state(state: State, move: Move) -> State | None:
    """Where `move` leads from `state`, or None where the table does not have it."""
    return MOVES[state].get(move)


def reached(proofs: frozenset[Proof], account: Circumstances) -> Rung | None:
    """The best rung that these proofs reach, None for none yet."""
    contacts = len(proofs & CONTACTS)
    for rung in RUNGS:
        fits = contacts >= rung.contacts and (rung.own is None or rung.own in proofs)
        if rung.alone:
            fits = fits and Proof.EMAIL in proofs and (account.bare if rung.bare else account.plain)
        if fits:
            return rung
    return None


def offered(proofs: frozenset[Proof], account: Circumstances) -> tuple[Proof, ...]:
    """What the person has and has not shown yet, quickest first.

    A code generator is asked for only after an address was proven, so that nobody can guess at it from outside.
    """
    held = account.holdings
    has = {
        Proof.APP: bool(held.totp) and bool(proofs & CONTACTS),
        Proof.PAPER: bool(held.recovery_codes),
        Proof.EMAIL: held.email,
        Proof.SMS: held.phone,
    }
    return tuple(proof for proof, there in has.items() if there and proof not in proofs)


def cooling_off(level: int, *, slow: bool = False) -> timedelta:
    """How long a rung waits for an account of this level of proofing; `slow`: as `Rung.slow`."""
    return LONG_WAIT if slow else _COOLING_OFF[level]
