"""Services that hold a consent hear what happened to a record, by their own name of the person, once."""

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update

from enrollment.centres import Role
from enrollment.life_events.announcing import Change
from enrollment.life_events.models import ServiceEventRow
from enrollment.life_events.purging import TOLD_KEPT, WAITING_KEPT, purge_service_events
from enrollment.web.standing_rooms import announcing
from idp.audit import Trail
from idp.clients.registration import ClientRegistration
from idp.consent.models import ConsentRow
from idp.errors import Refusal
from idp.web.extensions import db
from tests.factories.floor import Floor
from tests.factories.records import Citizen, citizen, signed_in, suspended

pytestmark = pytest.mark.integration

SECOND = timedelta(seconds=1)
SECRET = "a-secret-of-forty-signs-that-is-made-up-0"


def service(floor: Floor, *, open_to_all: bool = False) -> str:
    """A client with a known secret, or one without any; its identifier."""
    shared, name = floor.site.services, f"service-{uuid.uuid4().hex[:8]}"
    host = f"https://{name}.example"
    document = {
        "client_name": "Village Library",
        "redirect_uris": [f"{host}/callback"], "scope": "openid profile", "purpose": "To lend books",
    }  # fmt: skip
    if open_to_all:
        document["token_endpoint_auth_method"] = "none"
    with floor.site.app.app_context():
        trail = Trail(db.session(), shared.clock, shared.entropy)
        rooms = (db.session(), shared.clock, shared.entropy, trail, shared.registration_policy)
        made = ClientRegistration(*rooms).create(document, name, None if open_to_all else SECRET)
        assert not isinstance(made, Refusal), made
        db.session.commit()
    shared.ephemeral.advance("clients")
    return name


def consented(floor: Floor, one: Citizen, client_id: str) -> None:
    """The person agreed to share something with it."""
    values = {
        "consent_id": uuid.uuid4(), "citizen_id": one.id, "consumer_id": client_id, "purpose": "To lend books",
        "data_scope": {"providers": ["wangov-id"], "fields": []}, "granted_at": floor.site.services.clock.now(),
        "status": "active", "scopes": ["openid"], "asked_scopes": ["openid"], "asked_fields": [],
        "client_fingerprint": "x",
    }  # fmt: skip
    with floor.site.app.app_context():
        db.session.execute(insert(ConsentRow).values(**values))
        db.session.commit()


def fetched(floor: Floor, client_id: str, secret: str = SECRET, **form: str) -> Any:
    """What the service gets."""
    return floor.site.app.test_client().post("/oauth/events", data=form, auth=(client_id, secret))


def told(floor: Floor, client_id: str, **form: str) -> list[dict[str, Any]]:
    """The events of an answer."""
    answer = fetched(floor, client_id, **form)
    assert answer.status_code == 200, answer.text
    events: list[dict[str, Any]] = answer.get_json()["events"]
    return events


def test_a_service_hears_it_once_and_by_its_own_name(floor: Floor) -> None:
    """The pairwise subject, the word, the moment, nothing else; what is acknowledged does not come again."""
    one, library, other = citizen(floor), service(floor), service(floor)
    consented(floor, one, library)
    consented(floor, one, other)
    _, _, address = suspended(floor, floor.member(Role.REGISTRAR), one)
    [event] = told(floor, library)
    assert event.keys() == {"id", "subject", "change", "at"}
    shared = floor.site.services
    client = shared.registry.get(library)
    assert client is not None
    assert event["subject"] == shared.subjects.for_client(one.id, client)
    assert event["change"] == "suspended"
    [elsewhere] = told(floor, other)
    assert elsewhere["subject"] != event["subject"]
    assert [again["id"] for again in told(floor, library)] == [event["id"]]
    assert told(floor, other, ack=event["id"]) == [elsewhere]
    assert told(floor, library, ack=event["id"]) == []
    floor.member(Role.REGISTRAR).send(address, decision="ask", why="settled")
    floor.member(Role.REGISTRAR).send(address, decision="approve")
    assert [later["change"] for later in told(floor, library)] == ["reinstated"]
    assert "was told that something happened" in signed_in(floor, one).get("/account/history").text


def happened(floor: Floor, one: Citizen, what: Change, other: Citizen | None = None) -> None:
    """Something happens to a record, or to two."""
    with floor.site.app.test_request_context():
        if other is None:
            announcing().tell(one.person_id, what)
        else:
            announcing().tell_joined(one.id, other.id, what)
        db.session.commit()


def ended(floor: Floor, one: Citizen, **values: Any) -> None:
    """Every consent of somebody is over."""
    with floor.site.app.app_context():
        over = {"status": "withdrawn", "ended_at": floor.site.services.clock.now()} | values
        db.session.execute(update(ConsentRow).where(ConsentRow.citizen_id == one.id).values(over))
        db.session.commit()


def test_a_service_whose_consent_was_taken_back_hears_of_an_erasure_alone(floor: Floor) -> None:
    """What waited from before is not told any more, unless the person agrees again."""
    one, library = citizen(floor), service(floor)
    consented(floor, one, library)
    happened(floor, one, Change.SUSPENDED)
    assert len(told(floor, library)) == 1
    ended(floor, one)
    assert told(floor, library) == []
    consented(floor, one, library)
    assert [event["change"] for event in told(floor, library)] == ["suspended"]
    happened(floor, one, Change.ERASED)
    ended(floor, one)
    assert [event["change"] for event in told(floor, library)] == ["erased"]


def test_the_other_name_of_a_merge_goes_with_the_consent_of_that_account(floor: Floor) -> None:
    """A service that may no longer know of one of the two learns nothing of it."""
    one, other, library = citizen(floor), citizen(floor), service(floor)
    consented(floor, one, library)
    consented(floor, other, library)
    happened(floor, one, Change.MERGED, other)
    [event] = told(floor, library)
    assert event.keys() == {"id", "subject", "other_subject", "change", "at"}
    ended(floor, other)
    [event] = told(floor, library)
    assert event.keys() == {"id", "subject", "change", "at"}


def test_what_was_told_goes_in_its_time(floor: Floor) -> None:
    """A month after it was acknowledged or the consent was over; what waits, after more than a year."""
    library = service(floor)
    people = {name: citizen(floor) for name in ("taken", "over", "waits", "gone")}
    for one in people.values():
        consented(floor, one, library)
    happened(floor, people["taken"], Change.SUSPENDED)
    [event] = told(floor, library)
    assert told(floor, library, ack=event["id"]) == []
    happened(floor, people["over"], Change.SUSPENDED)
    ended(floor, people["over"])
    happened(floor, people["waits"], Change.SUSPENDED)
    happened(floor, people["gone"], Change.ERASED)
    ended(floor, people["gone"])
    now = floor.site.services.clock.now()
    first = datetime.fromisoformat(event["at"])
    moments = (first + TOLD_KEPT, 0), (now + TOLD_KEPT + SECOND, 2), (now + WAITING_KEPT + SECOND, 2)
    with floor.site.app.app_context():
        mine = ServiceEventRow.client_id == library
        # Of other tests' services nothing is left over that would be counted.
        db.session.execute(delete(ServiceEventRow).where(~mine))
        for moment, count in moments:
            assert purge_service_events(db.session(), moment, 100) == count
        assert db.session.scalars(select(ServiceEventRow.id).where(mine)).all() == []
        db.session.rollback()


def test_no_more_than_asked_for(floor: Floor) -> None:
    """`max` bounds an answer, which says whether there is more."""
    library = service(floor)
    registrar = floor.member(Role.REGISTRAR)
    for _ in range(3):
        one = citizen(floor)
        consented(floor, one, library)
        suspended(floor, registrar, one)
    answer = fetched(floor, library, max="2").get_json()
    assert (len(answer["events"]), answer["more"]) == (2, True)
    ids = " ".join(event["id"] for event in answer["events"])
    rest = fetched(floor, library, max="2", ack=ids).get_json()
    assert (len(rest["events"]), rest["more"]) == (1, False)


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({"max": "0"}, 400, "invalid_request"),
        ({"max": "101"}, 400, "invalid_request"),
        ({"max": "-1"}, 400, "invalid_request"),
        ({"ack": "x"}, 400, "invalid_request"),
        ({"ack": " ".join(str(uuid.UUID(int=number)) for number in range(101))}, 400, "invalid_request"),
    ],
)
def test_what_does_not_fit_is_refused(floor: Floor, form: dict[str, str], status: int, error: str) -> None:
    """A registered error, and nothing is acknowledged."""
    answer = fetched(floor, service(floor), **form)
    assert (answer.status_code, answer.get_json()["error"]) == (status, error)


def test_only_a_client_that_proves_itself(floor: Floor) -> None:
    """A wrong secret is 401; a public client is told of nobody; no service sees another's events."""
    library = service(floor)
    assert fetched(floor, library, "wrong").status_code == 401
    open_one = service(floor, open_to_all=True)
    answer = floor.site.app.test_client().post("/oauth/events", data={"client_id": open_one})
    assert (answer.status_code, answer.get_json()["error"]) == (400, "unauthorized_client")
    assert floor.site.app.test_client().get("/oauth/events").status_code == 405
