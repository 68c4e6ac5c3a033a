"""What is written of comparisons goes after two years, and not before."""

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from enrollment.verification import VerificationPolicy
from enrollment.verification.models import CounterCheckRow, VerifyLogRow
from enrollment.verification.purging import purge_checks, purge_comparisons
from tests.factories.register import Office

pytestmark = pytest.mark.integration


def test_comparisons_and_checks_go_when_their_time_is_over(session: Session) -> None:
    """At most as many as are asked for at once; what is younger stays."""
    office = Office(session)
    now, kept = office.clock.now(), VerificationPolicy().kept
    person_id = office.person()
    for age in (timedelta(), kept - timedelta(days=1), kept + timedelta(days=1), kept + timedelta(days=2)):
        line = {
            "id": uuid.uuid4(), "person_id": person_id, "place": "signin", "purpose": "signin", "modality": "face",
            "samples": 1, "result": "match", "policy": 1, "at": now - age,
        }  # fmt: skip
        check = {
            "id": uuid.uuid4(), "person_id": person_id, "officer_id": uuid.uuid4(), "centre_id": uuid.uuid4(),
            "purpose": "service", "opened_at": now - age, "expires_at": now - age, "tries": 0,
        }  # fmt: skip
        session.execute(insert(VerifyLogRow).values(line))
        session.execute(insert(CounterCheckRow).values(check))
    for purge, table in ((purge_comparisons, VerifyLogRow), (purge_checks, CounterCheckRow)):
        assert [purge(session, now, 1) for _ in range(3)] == [1, 1, 0]
        left = select(func.count()).select_from(table)
        assert session.scalar(left.where(table.person_id == person_id)) == 2
