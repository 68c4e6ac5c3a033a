"""Applications at any moment of their life, on the staff's floor: as if everybody had done their part before."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import update

from enrollment.cases import Kind, Moved, Reason, State
from enrollment.cases.models import ApplicationRow
from enrollment.cases.orders import Applicant
from enrollment.centres import Role
from enrollment.centres.actors import Actor
from enrollment.errors import Refusal
from idp.web.extensions import db
from tests.factories.cases import PERSON, WORKER, Counter, staff
from tests.factories.centres import DISTRICT
from tests.factories.floor import Floor

__all__ = ["placed", "staged"]

# How far the straight way leads before the steps of its own; CAPTURING where nothing must be filled in.
_VIA = {
    State.RETURNED: State.IN_REVIEW,
    State.REJECTED_CENTRE: State.IN_REVIEW,
    State.ADJUDICATION: State.DEDUP,
    State.RECAPTURE: State.DEDUP,
    State.REJECTED_DUPLICATE: State.DEDUP,
    State.REJECTED_FRAUD: State.DEDUP,
    State.APPEAL: State.IN_REVIEW,
    State.HELD: State.VALIDATED,
    State.CANCELLED: State.CAPTURING,
}
_AT_HOME = (State.PRE_DRAFT, State.PRE_SUBMITTED, State.BOOKED)


def staged(
    floor: Floor,
    state: State,
    *,
    by: uuid.UUID | None = None,
    centre: uuid.UUID | None = None,
    kind: Kind = Kind.NEW,
    filled: bool = True,
) -> str:
    """The number of an application that is in this state: captured at `centre` by `by`, or by nobody in particular.

    `filled` is false for an application in capture that is still empty.
    """
    services = floor.site.services
    place = centre or floor.centre.id
    with floor.site.app.test_request_context():
        counter = Counter(db.session(), services.purpose_keys, services.clock)
        counter.officer = Actor(by or uuid.uuid4(), frozenset({Role.OFFICER}), place)
        counter.supervisor = staff(Role.SUPERVISOR, centre=place)
        aid = _at_home(counter, state, kind) if state in _AT_HOME else _at_centre(counter, state, kind, filled=filled)
        db.session.commit()
    return aid


def placed(floor: Floor, state: State, *, by: uuid.UUID | None = None, centre: uuid.UUID | None = None) -> str:
    """The number of an empty application that was put into this state: cheap, and without a history."""
    aid = staged(floor, State.CAPTURING, by=by, centre=centre, filled=False)
    with floor.site.app.app_context():
        moved = update(ApplicationRow).where(ApplicationRow.aid == aid).values(state=state.value)
        db.session.execute(moved)
        db.session.commit()
    return aid


def _at_centre(counter: Counter, state: State, kind: Kind, *, filled: bool) -> str:
    aid = counter.opened(kind)
    if filled and state is not State.CANCELLED:
        counter.fill(aid, address_division=DISTRICT)
    counter.walk(aid, _VIA.get(state, state))
    for step in _steps(counter, aid).get(state, ()):
        moved = step()
        assert isinstance(moved, Moved), (state, moved)
    return aid


def _at_home(counter: Counter, state: State, kind: Kind) -> str:
    applicant = Applicant(uuid.uuid4())
    made = counter.lifecycle.draft(applicant, kind, counter.key())
    assert isinstance(made, Moved), made
    if state is not State.PRE_DRAFT:
        counter.type(made.aid, applicant, **{**PERSON, "address_division": DISTRICT})
        assert isinstance(counter.lifecycle.submit(counter.order(applicant, made.aid)), Moved)
    if state is State.BOOKED:
        until = counter.clock.now() + timedelta(days=3)
        assert isinstance(counter.lifecycle.book(counter.order(applicant, made.aid), until), Moved)
    return made.aid


def _steps(counter: Counter, aid: str) -> dict[State, tuple[Callable[[], Moved | Refusal], ...]]:
    life, order = counter.lifecycle, counter.order

    def refer() -> Moved | Refusal:
        return life.refer(order(WORKER, aid), Reason.BIOMETRIC)

    def reject() -> Moved | Refusal:
        return life.reject(order(counter.supervisor, aid), Reason.EVIDENCE)

    return {
        State.RETURNED: (lambda: life.send_back(order(counter.supervisor, aid), Reason.PHOTO),),
        State.REJECTED_CENTRE: (reject,),
        State.APPEAL: (reject, lambda: life.appeal(order(counter.officer, aid), Reason.DISAGREES)),
        State.ADJUDICATION: (refer,),
        State.RECAPTURE: (lambda: life.recapture(order(WORKER, aid), Reason.QUALITY),),
        State.REJECTED_DUPLICATE: (
            refer,
            lambda: life.find_duplicate(order(counter.adjudicator, aid), Reason.HONEST_RETRY),
        ),
        State.REJECTED_FRAUD: (refer, lambda: life.find_fraud(order(counter.adjudicator, aid))),
        State.HELD: (lambda: life.hold(order(WORKER, aid), Reason.STORE),),
        State.CANCELLED: (lambda: life.cancel(order(counter.officer, aid), Reason.MISTAKE),),
    }
