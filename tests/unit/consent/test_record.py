import dataclasses
import datetime as dt
import json
import uuid

from idp.consent import Consent, Status
from tests.factories.clients import make_client
from tests.factories.moments import START

CLIENT = make_client()
CONSENT = Consent(
    consent_id=uuid.UUID(int=1),
    citizen_id=uuid.UUID(int=2),
    consumer_id=CLIENT.client_id,
    providers=("wangov-id",),
    fields=frozenset({"name", "email"}),
    purpose="To write your permit",
    granted_at=START,
    expires_at=START + dt.timedelta(days=365),
    status=Status.ACTIVE,
    scopes=frozenset({"openid", "profile"}),
    asked_scopes=frozenset({"openid", "profile", "offline_access"}),
    asked_fields=frozenset({"name", "email", "birthdate"}),
    client_fingerprint=CLIENT.fingerprint,
)


def test_the_published_shape() -> None:
    """The record has the members of the published shape, no more, in JSON."""
    assert json.loads(json.dumps(CONSENT.as_record(START))) == {
        "consentId": "00000000-0000-0000-0000-000000000001",
        "citizenId": "00000000-0000-0000-0000-000000000002",
        "consumerId": "permits",
        "dataScope": {"providers": ["wangov-id"], "fields": ["email", "name"]},
        "purpose": "To write your permit",
        "grantedAt": "2030-05-17T09:00:00Z",
        "expiresAt": "2031-05-17T09:00:00Z",
        "status": "active",
    }


def test_times_are_written_in_utc() -> None:
    """A moment read in another zone is the same moment in the record."""
    moved = dataclasses.replace(
        CONSENT, granted_at=START.astimezone(dt.timezone(dt.timedelta(hours=5))), expires_at=None
    )
    record = moved.as_record(START)
    assert record["grantedAt"] == "2030-05-17T09:00:00Z"
    assert record["expiresAt"] is None


def test_expiry_is_read_off_the_clock() -> None:
    """AC-134: a consent past its time is expired although nobody cleaned up; withdrawn stays so."""
    late = START + dt.timedelta(days=365)
    assert CONSENT.in_force(late - dt.timedelta(seconds=1))
    assert CONSENT.status_at(late) is Status.EXPIRED
    assert CONSENT.as_record(late)["status"] == "expired"
    withdrawn = dataclasses.replace(CONSENT, status=Status.WITHDRAWN)
    assert withdrawn.status_at(late) is Status.WITHDRAWN
