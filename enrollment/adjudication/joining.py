"""The services of this room over one session, put together once."""

from __future__ import annotations

from dataclasses import dataclass

from enrollment.adjudication.agreement import Agreement
from enrollment.adjudication.desk import Desk
from enrollment.adjudication.guarding import Answers
from enrollment.adjudication.opening import Opening
from enrollment.adjudication.policy import AdjudicationPolicy
from enrollment.adjudication.reaching import Reaching
from enrollment.cases import Cases
from enrollment.register import Register
from idp.audit import Trail
from idp.clock import Clock
from idp.database import Session
from idp.entropy import Entropy

__all__ = ["Adjudication", "adjudication"]


@dataclass(frozen=True, slots=True)
class Adjudication:
    """Every service of this room, over one session."""

    desk: Desk
    opening: Opening
    agreement: Agreement


def adjudication(
    session: Session,
    cases: Cases,
    answers: Answers,
    register: Register,
    clock: Clock,
    entropy: Entropy,
    trail: Trail,
    policy: AdjudicationPolicy | None = None,
) -> Adjudication:
    """Put them together. `answers` must be among the joints of `cases`, or no vote moves anything."""
    policy = policy or AdjudicationPolicy()
    reaching = Reaching(session, cases.access, answers.voters, clock, policy)
    opening = Opening(session, cases, answers, clock, entropy, policy)
    desk = Desk(session, reaching, opening, cases, register, clock, trail, policy)
    return Adjudication(desk, opening, Agreement(session, cases.access))
