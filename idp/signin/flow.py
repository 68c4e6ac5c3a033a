"""The journey of a sign-in as one table: where a transaction stands, and what may happen to it there.

`credentials -> second_factor -> consent -> done`; a person who is recognised by their session enters at `consent`, or
at `second_factor` where more must be proven than the session did. That a transaction is too old is no state: the clock
says so (`Transaction.expired`). No state opens anything: a session is made by `SignIn.accept` alone, and a code is
issued for what the session is worth.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

__all__ = ["MOVES", "Move", "State", "next_state"]


class State(StrEnum):
    """Where a transaction stands."""

    CREDENTIALS = "credentials"
    SECOND_FACTOR = "second_factor"
    CONSENT = "consent"
    DENIED = "denied"
    UNMET = "unmet"
    DONE = "done"


class Move(StrEnum):
    """What can happen to a transaction."""

    FIRST_FACTOR = "first_factor"
    COMPLETE = "complete"
    RECOGNISE = "recognise"
    STEP_UP = "step_up"
    CHOOSE = "choose"
    RESTART = "restart"
    DENY = "deny"
    GIVE_UP = "give_up"
    FINISH = "finish"


_FROM_START: Mapping[Move, State] = {
    Move.FIRST_FACTOR: State.SECOND_FACTOR,
    Move.COMPLETE: State.CONSENT,
    Move.RECOGNISE: State.CONSENT,
    Move.RESTART: State.CREDENTIALS,
    Move.DENY: State.DENIED,
    Move.GIVE_UP: State.UNMET,
}

# A first factor again at the second factor's page is a person who went back and took another account.
MOVES: Mapping[State, Mapping[Move, State]] = MappingProxyType(
    {
        State.CREDENTIALS: MappingProxyType(_FROM_START),
        State.SECOND_FACTOR: MappingProxyType({**_FROM_START, Move.CHOOSE: State.SECOND_FACTOR}),
        State.CONSENT: MappingProxyType(
            {
                Move.RECOGNISE: State.CONSENT,
                Move.STEP_UP: State.SECOND_FACTOR,
                Move.RESTART: State.CREDENTIALS,
                Move.DENY: State.DENIED,
                Move.GIVE_UP: State.UNMET,
                Move.FINISH: State.DONE,
            }
        ),
        State.UNMET: MappingProxyType({Move.FINISH: State.DONE}),
        State.DENIED: MappingProxyType({Move.FINISH: State.DONE}),
        State.DONE: MappingProxyType({}),
    }
)


def next_state(state: State, move: Move) -> State | None:
    """Where `move` leads from `state`, or None where the table does not have it."""
    return MOVES[state].get(move)
