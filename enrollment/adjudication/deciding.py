"""What votes lead to: a pure rule, asked of each vote by itself and of both together.

Nobody is turned away by anything but what people said. Of two applications of one person that found each other, the one
that was opened first goes on: otherwise each would be turned away for the other, and the person would have no number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from enrollment.adjudication.votes import WHOLE, Asked, Choice, Ground, Vote, captured_again
from enrollment.cases import Event, Kind, Reason, State
from enrollment.cases.transitions import rule_for

__all__ = ["Matter", "Outcome", "Standing", "agreed", "outcome_of", "state_of"]


class Standing(StrEnum):
    """What a candidate is.

    RECORD: a person of the register. EARLIER: an application without a number yet, opened before this one and still
    alive. OTHER: any other application: opened later, given up, or turned away.
    """

    RECORD = "record"
    EARLIER = "earlier"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Matter:
    """What is decided about: the kind of application, what is asked by rank, and what each candidate is.

    `owned`: it names the person of the register whom it is about.
    """

    kind: Kind
    asked: Mapping[int, Asked]
    standings: Mapping[int, Standing]
    owned: bool = False

    @property
    def seeks(self) -> bool:
        """Whether it wants a number that is there already: then being found is what the applicant hopes for."""
        return self.kind is Kind.LOST and not self.owned


@dataclass(frozen=True, slots=True)
class Outcome:
    """The step to make, its reason where it takes one, and the candidate who is the applicant."""

    event: Event
    reason: Reason | None = None
    rank: int | None = None


def outcome_of(matter: Matter, votes: Mapping[int, Vote]) -> Outcome | None:
    """What these votes of one person say; None where they say that somebody else must decide.

    The gravest answer counts: a fraud, then what was captured of another body, then a number that is there already,
    then images that show too little.
    """
    choices = {vote.choice for vote in votes.values()}
    if Choice.UNSURE in choices:
        return None
    frauds = [rank for rank, vote in votes.items() if vote.ground is Ground.FRAUD]
    if frauds:
        return Outcome(Event.FIND_FRAUD, Reason.FRAUD, min(frauds) or None)
    mixed = [rank for rank, vote in votes.items() if vote.ground is Ground.MIX_UP]
    if mixed:
        event = Event.RECAPTURE if captured_again(matter.kind) else Event.FIND_DUPLICATE
        return Outcome(event, Reason.MIX_UP, min(mixed))
    there = _there_already(matter, votes)
    if there is not None:
        if matter.seeks and matter.standings[there] is Standing.RECORD:
            return Outcome(Event.ACCEPT, None, there)
        return Outcome(Event.FIND_DUPLICATE, Reason.HONEST_RETRY, there)
    if Choice.POOR in choices:
        return Outcome(Event.RECAPTURE, Reason.POOR)
    return _of_the_whole(matter, votes)


def agreed(matter: Matter, votes: Sequence[Mapping[int, Vote]]) -> Outcome | None:
    """What all of them say; None where they do not say one and the same."""
    outcomes = {outcome_of(matter, one) for one in votes}
    return outcomes.pop() if len(outcomes) == 1 else None


def state_of(kind: Kind, event: Event) -> State:
    """Where a decided application goes."""
    rule = rule_for(kind, State.ADJUDICATION, event)
    assert rule is not None and rule.to is not None, "an outcome that no row allows"  # noqa: S101, PT018 - a slip here
    return rule.to


def _there_already(matter: Matter, votes: Mapping[int, Vote]) -> int | None:
    """The first candidate who is the applicant and goes before them."""
    for rank, vote in sorted(votes.items()):
        same = vote.choice is Choice.SAME and matter.asked[rank] is Asked.COMPARE
        if same and matter.standings[rank] is not Standing.OTHER:
            return rank
    return None


def _of_the_whole(matter: Matter, votes: Mapping[int, Vote]) -> Outcome:
    """Nobody found is the applicant: what remains is the question about the application itself, if there is one."""
    if matter.asked.get(WHOLE) is Asked.REJECTION:
        if votes[WHOLE].choice is Choice.DENY:
            return Outcome(Event.UPHOLD)
        return Outcome(Event.RECAPTURE, Reason.OTHER) if captured_again(matter.kind) else Outcome(Event.GRANT)
    if matter.seeks:
        # Nobody who was found is the applicant: there is no number that could be given again.
        return Outcome(Event.RECAPTURE, Reason.OTHER)
    return Outcome(Event.ACCEPT)
