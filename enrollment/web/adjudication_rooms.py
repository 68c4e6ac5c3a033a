"""What adjudicators answer, over the session of a request or a job. As `enrollment.web.rooms`."""

from __future__ import annotations

from collections.abc import Mapping

from enrollment.adjudication import Adjudication, Answers, adjudication
from enrollment.cases import Cases, Check, Guard
from enrollment.cases.access import Eyes
from enrollment.centres import Actor, Role, Staff
from enrollment.register import Register, Seals
from idp.web.extensions import db, services
from idp.web.rooms import trail

__all__ = ["adjudication_checks", "adjudication_over"]


def adjudication_checks(eyes: Eyes) -> Mapping[Guard, Check]:
    """That two people decided, and that an appeal has others to go to."""
    return _answers(eyes).checks()


def adjudication_over(cases: Cases, eyes: Eyes) -> Adjudication:
    """The room of adjudicators over these applications, whose conditions it must be among."""
    shared, session = services(), db.session()
    seals = Seals(session, shared.sealer, shared.clock)
    register = Register(session, shared.purpose_keys, seals, shared.clock, shared.entropy, trail())
    return adjudication(session, cases, _answers(eyes), register, shared.clock, shared.entropy, trail())


def _answers(eyes: Eyes) -> Answers:
    return Answers(db.session(), services().clock, _adjudicators, eyes=eyes)


def _adjudicators() -> list[Actor]:
    """Everybody who adjudicates today."""
    staff, now = Staff(db.session(), services().clock, trail()), services().clock.now()
    found = (staff.actor(held.subscriber_id, now) for held in staff.holders(Role.ADJUDICATOR))
    return [actor for actor in found if isinstance(actor, Actor) and actor.holds(Role.ADJUDICATOR)]
