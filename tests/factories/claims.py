"""Applications whose number is given, with their slips: over the staff's floor, as the tests of claiming need them."""

import uuid
from dataclasses import dataclass, field

from enrollment.cases import State
from enrollment.centres import Role
from enrollment.issuance import AcceptedCase, Issued, Means, Rooms
from idp.web.extensions import db
from tests.factories.cases import WORKER, Counter, staff
from tests.factories.floor import Floor
from tests.factories.register import Gallery, facts

__all__ = ["Claimant", "bound"]


@dataclass(frozen=True, slots=True)
class Claimant:
    """Somebody who got a number: what is on their sheets, and what is behind it."""

    aid: str
    code: str = field(repr=False)
    subscriber_id: uuid.UUID
    person_id: uuid.UUID
    nin: str = field(repr=False)


def bound(floor: Floor, linked: uuid.UUID | None = None, until: State = State.BOUND) -> Claimant:
    """An application of the floor's centre with number, account and slip; `linked` is an account of before."""
    shared = floor.site.services
    with floor.site.app.test_request_context():
        counter = Counter(db.session(), shared.purpose_keys, shared.clock)
        counter.officer = staff(Role.OFFICER, centre=floor.centre.id)
        counter.supervisor = staff(Role.SUPERVISOR, centre=floor.centre.id)
        aid = counter.opened()
        counter.fill(aid)
        counter.walk(aid, State.ACCEPTED)
        means = Means(shared.sealer, shared.purpose_keys, shared.clock, shared.entropy)
        rooms = Rooms(db.session(), means, Gallery())
        case = AcceptedCase(aid, counter.case(aid).subject_key_id, facts(), 3, linked)
        issued = rooms.issuance.issue(case)
        assert isinstance(issued, Issued), issued
        assert issued.slip is not None
        assert issued.nin is not None
        counter.lifecycle.issue(counter.order(WORKER, aid), issued.person_id)
        if until is State.BOUND:
            counter.lifecycle.bind(counter.order(WORKER, aid), issued.subscriber_id)
        db.session.commit()
    return Claimant(aid, issued.slip.code, issued.subscriber_id, issued.person_id, issued.nin)
