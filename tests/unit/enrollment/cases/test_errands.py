"""What workers are asked for when an application has moved."""

import pytest

from enrollment.cases import Event, Kind, State
from enrollment.cases.errands import INTAKE, ISSUE, RECORD, TELL, TOLD, errands_after


def test_each_step_asks_for_the_next() -> None:
    """No page has to remember it."""
    assert errands_after(Kind.NEW, Event.APPROVE, State.APPROVED) == (INTAKE,)
    for event in (Event.CLEAR, Event.ACCEPT):
        assert errands_after(Kind.NEW, event, State.ACCEPTED) == (ISSUE,)
    assert errands_after(Kind.NEW, Event.RELEASE, State.ACCEPTED) == (ISSUE,)


@pytest.mark.parametrize("state", sorted(TOLD))
def test_applicants_are_told_once(state: State) -> None:
    """What happens is told; that a fault is over is not."""
    assert errands_after(Kind.NEW, Event.BIND, state) == (TELL,)
    assert errands_after(Kind.NEW, Event.RELEASE, state) == ()


def test_a_death_is_received_and_recorded() -> None:
    """It is recorded by the room of life events, and nobody is told of their own."""
    assert errands_after(Kind.DEATH, Event.APPROVE, State.APPROVED) == (INTAKE,)
    assert errands_after(Kind.DEATH, Event.CLEAR, State.ACCEPTED) == (RECORD,)
    others = set(State) - {State.APPROVED, State.ACCEPTED}
    assert {errands_after(Kind.DEATH, Event.ACCEPT, state) for state in others} == {()}


def test_most_states_ask_for_nothing() -> None:
    """People are at work in them."""
    quiet = {State.CAPTURING, State.SIGNED, State.IN_REVIEW, State.ADJUDICATION, State.CLAIMED}
    assert {errands_after(Kind.NEW, Event.START, state) for state in quiet} == {()}
