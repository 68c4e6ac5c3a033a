"""What adjudicators are asked, what they may answer, and what a sheet shows before anybody answered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from enrollment.capture import Position
from enrollment.cases import Event, Kind, State
from enrollment.cases.transitions import rule_for
from enrollment.deduplication import Why

__all__ = [
    "WHOLE",
    "Asked",
    "Candidate",
    "Choice",
    "Ground",
    "Sheet",
    "Stage",
    "Vote",
    "Waiting",
    "faults",
    "number_of",
]

WHOLE = 0
"""The rank under which the application itself is asked about; candidates count from 1."""


class Choice(StrEnum):
    """What somebody says: of a candidate the first four, of the application itself the last four."""

    SAME = "same"
    DIFFERENT = "different"
    UNSURE = "unsure"
    POOR = "poor"
    GRANT = "grant"
    DENY = "deny"


class Ground(StrEnum):
    """Why somebody is there twice: an honest second try, a mix-up of the staff's, a fraud (design section 8)."""

    RETRY = "retry"
    MIX_UP = "mix_up"
    FRAUD = "fraud"


class Stage(StrEnum):
    """VOTE is for either of the two who do not know of each other; LEAD for the one who decides what they could not."""

    VOTE = "vote"
    LEAD = "lead"


class Asked(StrEnum):
    """The question.

    COMPARE: are these one person? OWN: is the applicant the person whose record this is about? ENTITLED: may somebody
    have a number of whom nothing could be captured? REJECTION: was the centre wrong to reject?
    """

    COMPARE = "compare"
    OWN = "own"
    ENTITLED = "entitled"
    REJECTION = "rejection"


@dataclass(frozen=True, slots=True)
class Vote:
    """An answer about one rank; a ground where the answer asks for one."""

    choice: Choice
    ground: Ground | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who was found. `positions` are those that can be compared; of the search it says no figure."""

    rank: int
    why: Why
    positions: tuple[Position, ...]

    @property
    def asked(self) -> Asked:
        """What is asked about them."""
        return Asked.OWN if self.why is Why.UNLIKE else Asked.COMPARE


@dataclass(frozen=True, slots=True)
class Waiting:
    """A case in the work list. Neither it nor its sheet says whose it is, or that the answer is known already."""

    case_id: UUID
    kind: Kind
    stage: Stage
    appeal: bool
    since: datetime


@dataclass(frozen=True, slots=True)
class Sheet:
    """A case as it lies before whoever votes. `whole` is the question about the application itself, if there is one.

    `applicant` lists what is captured of the applicant; `voted` says that the reader has voted, and may see figures.
    """

    case_id: UUID
    kind: Kind
    stage: Stage
    appeal: bool
    whole: Asked | None
    applicant: tuple[Position, ...]
    candidates: tuple[Candidate, ...]
    voted: bool

    def questions(self) -> Mapping[int, Asked]:
        """What must be answered, by rank."""
        whole = {} if self.whole is None else {WHOLE: self.whole}
        return {**whole, **{candidate.rank: candidate.asked for candidate in self.candidates}}

    def choices(self, rank: int) -> tuple[Choice, ...]:
        """The answers to choose from, in the order of the keys 1 to 4."""
        return _choices(self.kind, self.questions()[rank], self.stage)

    def grounds(self, rank: int, choice: Choice) -> tuple[Ground | None, ...]:
        """The grounds that this answer takes; the only one is None where it takes none."""
        return _grounds(self.questions()[rank], choice)


def faults(kind: Kind, stage: Stage, questions: Mapping[int, Asked], votes: Mapping[int, Vote]) -> tuple[int, ...]:
    """The ranks that are not answered, answered with what cannot be, or not asked about."""
    wrong = set(questions) ^ set(votes)
    for rank in set(questions) & set(votes):
        vote, asked = votes[rank], questions[rank]
        if vote.choice not in _choices(kind, asked, stage) or vote.ground not in _grounds(asked, vote.choice):
            wrong.add(rank)
    return tuple(sorted(wrong))


def number_of(case_id: UUID) -> str:
    """What people call a case by: eight signs of its identifier. It tells neither time nor application."""
    return f"{case_id.hex[:4]}-{case_id.hex[4:8]}".upper()


def stored(votes: Mapping[int, Vote]) -> dict[str, Any]:
    """Answers as they are stored."""
    return {
        str(rank): {"choice": vote.choice.value, "ground": None if vote.ground is None else vote.ground.value}
        for rank, vote in sorted(votes.items())
    }


def read(content: Mapping[str, Any]) -> dict[int, Vote]:
    """Answers from where they are stored."""
    return {
        int(rank): Vote(Choice(one["choice"]), None if one["ground"] is None else Ground(one["ground"]))
        for rank, one in content.items()
    }


def told(votes: Mapping[int, Vote]) -> list[str]:
    """Answers as an audit row has them."""
    return [f"{rank} {vote.choice.value} {vote.ground or ''}".rstrip() for rank, vote in sorted(votes.items())]


def captured_again(kind: Kind) -> bool:
    """Whether applications of this kind can be captured again."""
    return rule_for(kind, State.ADJUDICATION, Event.RECAPTURE) is not None


def _choices(kind: Kind, asked: Asked, stage: Stage) -> tuple[Choice, ...]:
    again = captured_again(kind)
    offered: Iterable[Choice]
    if asked in {Asked.COMPARE, Asked.OWN}:
        offered = (Choice.SAME, Choice.DIFFERENT, Choice.UNSURE, Choice.POOR)
    else:
        offered = (Choice.GRANT, Choice.DENY, Choice.UNSURE, Choice.POOR)
    # Papers are not captured again; whoever leads cannot pass it on.
    lacking = set() if again else {Choice.POOR}
    if stage is Stage.LEAD:
        lacking.add(Choice.UNSURE)
    return tuple(choice for choice in offered if choice not in lacking)


def _grounds(asked: Asked, choice: Choice) -> tuple[Ground | None, ...]:
    match asked, choice:
        case Asked.COMPARE, Choice.SAME:
            return (Ground.RETRY, Ground.MIX_UP, Ground.FRAUD)
        case Asked.OWN, Choice.DIFFERENT:
            return (Ground.MIX_UP, Ground.FRAUD)
        case Asked.ENTITLED, Choice.DENY:
            return (Ground.FRAUD,)
        case Asked.REJECTION, Choice.DENY:
            return (None, Ground.FRAUD)
        case _:
            return (None,)
