from __future__ import annotations

import pytest

from biometrics.presentation.detector import Assessment, Detectors, Outcome, Presentation
from biometrics.presentation.movement import MovementChallenge


class Always:
    """A method that always answers the same."""

    version = "7"

    def __init__(self, method: str, outcome: Outcome) -> None:
        self.method = method
        self._outcome = outcome

    def assess(self, presentation: Presentation) -> Assessment:
        """The answer, whatever is presented."""
        return Assessment(self.method, self.version, self._outcome, measures={"samples": len(presentation.samples)})


def test_an_unknown_method_judges_nothing() -> None:
    """A name that nobody offers never passes anybody."""
    answer = Detectors([Always("one", Outcome.PASSED)]).assess("two", Presentation())
    assert (answer.method, answer.version, answer.outcome) == ("two", "", Outcome.NOT_JUDGED)


def test_two_methods_of_one_name_are_a_mistake() -> None:
    """What was recorded under a name must be one method."""
    with pytest.raises(ValueError, match="'one'"):
        Detectors([Always("one", Outcome.PASSED), Always("one", Outcome.FAILED)])


@pytest.mark.parametrize("outcome", list(Outcome))
def test_the_answer_names_its_method_and_version(outcome: Outcome) -> None:
    """The method asked for answers, and its answer says which it was."""
    detectors = Detectors([Always("one", outcome), MovementChallenge()])
    answer = detectors.assess("one", Presentation())
    assert (answer.method, answer.version, answer.outcome) == ("one", "7", outcome)
    assert detectors.names == ("movement-challenge", "one")
