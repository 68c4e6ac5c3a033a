"""The journey of a sign-in as one table: where a transaction stands, and what may happen to it there.

`credentials -> second_factor -> consent -> done`; a person who is recognised by their session enters at
`consent`. That a transaction is too old is no state: the clock says so (`Transaction.expired`).
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
    DONE = "done"


class Move(StrEnum):
    """What can happen to a transaction."""

    FIRST_FACTOR = "first_factor"
    COMPLETE = "complete"
    RECOGNISE = "recognise"
    RESTART = "restart"
    DENY = "deny"
    FINISH = "finish"


_FROM_START: Mapping[Move, State] = {
    Move.FIRST_FACTOR: State.SECOND_FACTOR,
    Move.COMPLETE: State.CONSENT,
    Move.RECOGNISE: State.CONSENT,
    Move.RESTART: State.CREDENTIALS,
    Move.DENY: State.DENIED,
}

# A first factor again at the second factor's page is a person who went back and took another account.
MOVES: Mapping[State, Mapping[Move, State]] = MappingProxyType(
    {
        State.CREDENTIALS: MappingProxyType(_FROM_START),
        State.SECOND_FACTOR: MappingProxyType(_FROM_START),
        State.CONSENT: MappingProxyType(
            {
                Move.RECOGNISE: State.CONSENT,
                Move.RESTART: State.CREDENTIALS,
                Move.DENY: State.DENIED,
                Move.FINISH: State.DONE,
            }
        ),
        State.DENIED: MappingProxyType({Move.FINISH: State.DONE}),
        State.DONE: MappingProxyType({}),
    }
)


def next_state(state: State, move: Move) -> State | None:
    """Where `move` leads from `state`, or None where the table does not have it."""
    return MOVES[state].get(move)
