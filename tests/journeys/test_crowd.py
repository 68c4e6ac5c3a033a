"""The crowd can be captured: nobody of it has two fingers that the engine takes for the same."""

from bench.enrolment_counter import Images, NobodyLooks
from enrollment.capture import FINGERS, Position
from enrollment.capture.findings import Finger, Mixup, MixupKind


class TakesTwoForTheSame(NobodyLooks):
    """Finds every image good, and takes the first two prints that it is shown of the third finger for the second."""

    def __init__(self) -> None:
        self.called: list[bytes] = []

    def mixups(self, fingers: tuple[Finger, ...], rate: float) -> tuple[Mixup, ...]:
        """The third finger repeats the second, twice."""
        assert 0 < rate < 1
        self.called.append(fingers[2].content)
        return (Mixup(MixupKind.REPEAT, 2, 1),) if len(self.called) <= 2 else ()


def test_finger_that_is_called_the_same_as_another_is_drawn_anew() -> None:
    """It alone: the other nine are whose they were, and the third print stays."""
    examiner = TakesTwoForTheSame()
    face, *prints = Images(3, examiner).shots  # type: ignore[arg-type]  # it searches among nobody
    assert face[0] is Position.FACE
    assert [position for position, _ in prints] == list(FINGERS)
    assert len(set(examiner.called)) == 3
    assert prints[2][1] == examiner.called[-1]
    assert len({content for _, content in prints}) == len(FINGERS)
