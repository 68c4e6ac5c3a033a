import pytest

from enrollment.cases import State
from enrollment.cases.tracking import STAGES, Stage


def test_every_state_is_told_of() -> None:
    """No application falls silent, and no word stands for nothing."""
    assert set(STAGES) == set(State)
    assert set(STAGES.values()) == set(Stage)


@pytest.mark.parametrize(
    ("alike", "stage"),
    [
        ({State.REJECTED_CENTRE, State.REJECTED_DUPLICATE, State.REJECTED_FRAUD}, Stage.DECIDED),
        ({State.ADJUDICATION, State.APPEAL}, Stage.PEOPLE),
        ({State.DEDUP, State.HELD, State.ACCEPTED}, Stage.REGISTER),
    ],
)
def test_what_was_found_is_told_at_the_centre_only(alike: set[State], stage: Stage) -> None:
    """Whoever reads the number on a receipt does not learn what the register thinks of its owner."""
    assert {STAGES[state] for state in alike} == {stage}
