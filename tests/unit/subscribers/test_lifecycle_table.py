import pytest

from idp.database import Base
from idp.subscribers.lifecycle import MOVES, State
from idp.subscribers.models import SubscriberRow


def test_every_state_has_its_moves() -> None:
    """The table names each state, and only states."""
    assert set(MOVES) == set(State)
    assert all(to in State and to is not state for state, moves in MOVES.items() for to in moves)


def test_the_database_knows_the_same_states() -> None:
    """The check constraint and the enumeration are equal."""
    constraints = Base.metadata.tables[SubscriberRow.__tablename__].constraints
    texts = [str(getattr(constraint, "sqltext", "")) for constraint in constraints]
    (text,) = (text for text in texts if text.startswith("state in"))
    assert set(State) == {part.strip(" '()") for part in text.partition(" in ")[2].split(",")}


def test_nothing_leaves_erasure() -> None:
    """An erased account stays erased, and only a closed one is erased."""
    assert MOVES[State.ERASED] == frozenset()
    assert [state for state, moves in MOVES.items() if State.ERASED in moves] == [State.CLOSED]


@pytest.mark.parametrize("state", [state for state in State if state is not State.ERASED])
def test_every_account_can_end_in_erasure(state: State) -> None:
    """No state is a dead end before erasure."""
    reached = {state}
    while not reached >= (further := {to for known in reached for to in MOVES[known]}):
        reached |= further
    assert State.ERASED in reached


def test_a_reported_death_can_be_an_error() -> None:
    """A person wrongly reported dead comes back, but not without somebody looking at the account."""
    assert State.ACTIVE not in MOVES[State.DECEASED]
    assert State.SUSPENDED in MOVES[State.DECEASED]
    assert State.ACTIVE in MOVES[State.SUSPENDED]
