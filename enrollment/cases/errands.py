"""What is asked of workers when an application has moved: names of jobs, whose argument is `aid`.

Asked for in the transaction that moves it, so that no page and no other room has to remember.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from enrollment.cases.case import Kind, State
from enrollment.cases.transitions import Event

__all__ = ["INTAKE", "ISSUE", "RECORD", "TELL", "TOLD", "errands_after"]

INTAKE = "enrolment.intake"
ISSUE = "enrolment.issue"
TELL = "enrolment.tell"
RECORD = "life.death"

TOLD = frozenset(
    {
        State.RETURNED,
        State.RECAPTURE,
        State.ISSUED,
        State.BOUND,
        State.REJECTED_CENTRE,
        State.REJECTED_DUPLICATE,
        State.REJECTED_FRAUD,
    }
)
"""States that the applicant is told of at once; of others a round tells."""

_NEXT: Mapping[State, str] = MappingProxyType({State.APPROVED: INTAKE, State.ACCEPTED: ISSUE})
# A death is recorded by the room of life events.
_APART = frozenset({Kind.DEATH})


def errands_after(kind: Kind, event: Event, state: State) -> tuple[str, ...]:
    """The jobs to ask for once an application has come into this state. Who was held is not told the same again."""
    wanted = [_NEXT[state]] if state in _NEXT else []
    if kind in _APART and ISSUE in wanted:
        wanted = [RECORD]
    if state in TOLD and kind not in _APART and event is not Event.RELEASE:
        wanted.append(TELL)
    return tuple(wanted)
