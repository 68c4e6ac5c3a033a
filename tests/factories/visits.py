"""People who cannot sign in and come to a centre, over the staff's floor; and what a counter would have found."""

import uuid

from sqlalchemy import insert

from enrollment.verification.models import CounterCheckRow
from idp.recovery.visits import reference_of
from idp.web.extensions import db
from idp.web.recovery.rooms import recovery
from tests.factories.floor import Floor, Member

__all__ = ["asks_for_visit", "matched_at_counter"]


def asks_for_visit(floor: Floor, subscriber_id: uuid.UUID) -> tuple[uuid.UUID, str]:
    """A visit that this person asked for: its case and its reference."""
    with floor.site.app.test_request_context():
        case_id = recovery().ask_visit(subscriber_id)
        db.session.commit()
    return case_id, reference_of(case_id)


def matched_at_counter(
    floor: Floor, officer: Member, person_id: uuid.UUID, outcome: str = "match", purpose: str = "recovery"
) -> None:
    """A check at this officer's counter that has just been decided."""
    with floor.site.app.app_context():
        now = floor.site.services.clock.now()
        check = {
            "id": uuid.uuid4(),
            "person_id": person_id,
            "officer_id": officer.id,
            "centre_id": floor.centre.id,
            "purpose": purpose,
            "opened_at": now,
            "expires_at": now,
            "tries": 1,
            "outcome": outcome,
            "decided_at": now,
        }
        db.session.execute(insert(CounterCheckRow).values(check))
        db.session.commit()
