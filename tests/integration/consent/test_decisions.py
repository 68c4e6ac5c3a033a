import datetime as dt
import json
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from idp.audit import Trail
from idp.audit.models import AuditRow
from idp.clients.client import Client
from idp.consent import Consent, Consents, Offer, Status, make_offer
from idp.consent.models import ConsentRow
from idp.entropy import Entropy
from idp.errors import Code, Refusal
from idp.subscribers import ClaimsRequest
from idp.tokens.models import GrantRow
from tests.factories.clients import make_client, store_client
from tests.factories.grants import store_grant, store_session
from tests.factories.keys import purpose_keys
from tests.factories.moments import START, StillClock, TickingClock
from tests.factories.subscribers import claims, store_subscriber

pytestmark = pytest.mark.integration
PROFILE = claims()


def consents_over(session: Session, clock: StillClock) -> Consents:
    """The room under test over one session; identifiers are in the order in which they were made."""
    entropy = Entropy(TickingClock())
    return Consents(session, clock, entropy, Trail(session, clock, entropy))


class Desk:
    """One person, one client, and the room that stands between them."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.clock = StillClock()
        self.consents = consents_over(session, self.clock)
        self.keys = purpose_keys()
        self.person = self.somebody()
        self.client = store_client(session)
        self.browser = store_session(session, self.person)

    def somebody(self) -> uuid.UUID:
        """Another account."""
        return store_subscriber(self.session, self.keys, self.clock)

    def offer(self, *scopes: str, client: Client | None = None) -> Offer:
        """What the client would be offered now."""
        client = client or self.client
        held = self.consents.current(self.person, client.client_id)
        return make_offer(client, ("openid", *scopes), ClaimsRequest(), PROFILE, held=held, now=self.clock.now())

    def grant(self, offer: Offer, *ticked: str) -> Consent:
        """A yes to the offer."""
        consent = self.consents.grant(self.person, offer, ticked, session_id=self.browser)
        assert isinstance(consent, Consent)
        return consent

    def open_grant(self, client_id: str = "permits", **changes: Any) -> uuid.UUID:
        """A running authorization of the person."""
        return store_grant(self.session, self.person, client_id, self.browser, **changes)

    def ended(self, grant_id: uuid.UUID) -> tuple[dt.datetime | None, str | None]:
        """When and why an authorization ended."""
        moment, reason = self.session.execute(
            select(GrantRow.revoked_at, GrantRow.revoke_reason).where(GrantRow.id == grant_id)
        ).one()
        return moment, reason

    def events(self) -> list[AuditRow]:
        """The consent events so far, oldest first."""
        kinds = AuditRow.event.like("consent.%") | (AuditRow.event == "authorization.refused")
        return list(self.session.scalars(select(AuditRow).where(kinds).order_by(AuditRow.id)))


@pytest.fixture
def desk(session: Session) -> Desk:
    """A desk in a transaction that is rolled back."""
    return Desk(session)


def test_a_yes_is_stored_in_the_published_shape(desk: Desk) -> None:
    """What was ticked may leave, for a year, for the registered purpose; the identifier is random."""
    consent = desk.grant(desk.offer("email", "address"), "email")
    assert desk.consents.current(desk.person, "permits") == consent
    assert consent.consent_id.version == 4
    record = consent.as_record(START)
    assert json.loads(json.dumps(record)) == {
        "consentId": str(consent.consent_id),
        "citizenId": str(desk.person),
        "consumerId": "permits",
        "dataScope": {"providers": ["wangov-id"], "fields": ["email", "email_verified"]},
        "purpose": "To write your permit",
        "grantedAt": "2030-05-17T09:00:00Z",
        "expiresAt": "2031-05-17T09:00:00Z",
        "status": "active",
    }


def test_declined_fields_are_not_asked_again(desk: Desk) -> None:
    """Saying no to an optional field is an answer: it counts as asked, and is not granted."""
    offer = desk.offer("email", "address", "offline_access")
    consent = desk.grant(offer, "email")
    assert consent.scopes == {"openid", "email", "address"}
    assert consent.asked_scopes == {"openid", "email", "address", "offline_access"}
    assert consent.fields == {"email", "email_verified"}
    assert consent.asked_fields == {"email", "email_verified", "address"}


def test_the_audit_row_names_fields_only(desk: Desk) -> None:
    """What was granted and declined is audited by name, in the session it happened in, without any value."""
    desk.grant(desk.offer("email", "address"), "email")
    (event,) = desk.events()
    assert (event.event, event.subscriber_id, event.client_id) == ("consent.granted", desk.person, "permits")
    assert event.session_id == desk.browser
    assert event.body["fields"] == ["email", "email_verified"]
    assert event.body["declined"] == ["address"]
    assert "people.example" not in json.dumps(event.body)


def test_a_field_that_was_not_offered_is_refused(desk: Desk) -> None:
    """A changed form stores nothing at all."""
    refusal = desk.consents.grant(desk.person, desk.offer("email"), ["email", "address"])
    assert isinstance(refusal, Refusal)
    assert refusal.code is Code.CONSENT_FIELD
    assert desk.consents.current(desk.person, "permits") is None
    assert desk.events() == []


def test_a_new_decision_replaces_the_old_one_whole(desk: Desk) -> None:
    """Exactly one consent per person and client is active; a field unticked now no longer leaves."""
    first = desk.grant(desk.offer("email", "address", "offline_access"), "email", "address")
    desk.clock.advance(days=1)
    second = desk.grant(desk.offer("email"), "email")
    assert desk.consents.list_for(desk.person) == [second]
    assert second.fields == {"email", "email_verified"}
    assert second.asked_fields == first.asked_fields
    assert second.asked_scopes == first.asked_scopes
    row = desk.session.get_one(ConsentRow, first.consent_id)
    assert (row.status, row.ended_at) == ("replaced", desk.clock.now())


def test_a_wider_request_keeps_what_was_granted(desk: Desk) -> None:
    """Two features of one service asking for different fields do not make it ask for ever."""
    desk.grant(desk.offer("email"), "email")
    wider = desk.offer("address")
    assert {line.claim for line in wider.fields if line.checked} == {"email", "address"}
    consent = desk.grant(wider, "email", "address")
    assert consent.fields == consent.asked_fields == {"email", "email_verified", "address"}
    assert consent.asked_scopes == {"openid", "email", "address"}


def test_a_no_changes_nothing_but_is_audited(desk: Desk) -> None:
    """Declining a wider request leaves the earlier consent and its authorizations alone."""
    consent = desk.grant(desk.offer("email"), "email")
    running = desk.open_grant()
    desk.consents.decline(desk.person, desk.offer("address"), session_id=desk.browser)
    assert desk.consents.current(desk.person, "permits") == consent
    assert desk.ended(running) == (None, None)
    event = desk.events()[-1]
    assert (event.event, event.client_id) == ("consent.declined", "permits")
    assert event.body["fields"] == ["address"]


def test_an_expired_consent_is_not_current(desk: Desk) -> None:
    """AC-134: expiry is judged when asked; the next yes closes the row as expired."""
    first = desk.grant(desk.offer("email"), "email")
    desk.clock.advance(days=365)
    assert desk.consents.current(desk.person, "permits") is None
    assert desk.consents.list_for(desk.person) == []
    assert all(line.checked for line in desk.offer("email").fields)
    desk.grant(desk.offer("email"), "email")
    assert desk.session.get_one(ConsentRow, first.consent_id).status == "expired"


def test_a_changed_client_is_asked_about_anew(desk: Desk) -> None:
    """AC-089: another purpose is another question, and an earlier no is not taken for an answer to it."""
    desk.grant(desk.offer("email"))
    changed = make_client(purpose="To sell your address")
    offer = desk.offer("email", client=changed)
    assert all(line.checked for line in offer.fields)
    desk.grant(offer)
    held = desk.consents.current(desk.person, "permits")
    assert held is not None
    assert (held.fields, held.purpose) == (frozenset(), "To sell your address")
    assert held.client_fingerprint == changed.fingerprint != desk.client.fingerprint


def test_withdrawing_ends_the_running_authorizations(desk: Desk) -> None:
    """Consent and grants end together: those of this person at this client, and no others."""
    store_client(desk.session, "other")
    consent = desk.grant(desk.offer("email"), "email")
    stranger = desk.somebody()
    mine, away = desk.open_grant(), desk.open_grant(offline=True)
    earlier = desk.open_grant(revoked_at=START, revoke_reason="code_reused")
    elsewhere = desk.open_grant("other")
    theirs = store_grant(desk.session, stranger, "permits", store_session(desk.session, stranger))
    desk.clock.advance(hours=1)
    withdrawn = desk.consents.withdraw(desk.person, consent.consent_id, session_id=desk.browser)
    assert isinstance(withdrawn, Consent)
    assert withdrawn.status is Status.WITHDRAWN
    assert desk.consents.current(desk.person, "permits") is None
    ended = (desk.clock.now(), "consent_withdrawn")
    assert [desk.ended(grant) for grant in (mine, away)] == [ended, ended]
    assert desk.ended(earlier) == (START, "code_reused")
    assert [desk.ended(grant) for grant in (elsewhere, theirs)] == [(None, None), (None, None)]
    assert desk.events()[-1].event == "consent.withdrawn"


def test_a_foreign_consent_looks_like_none(desk: Desk) -> None:
    """AC-090: another's consent and one that never was get the same refusal, and an audit row."""
    consent = desk.grant(desk.offer("email"), "email")
    stranger = desk.somebody()
    running = desk.open_grant()
    refusals = [
        desk.consents.withdraw(stranger, consent.consent_id),
        desk.consents.withdraw(stranger, uuid.uuid4()),
    ]
    assert refusals == [Refusal(Code.CONSENT_UNKNOWN)] * 2
    assert desk.consents.current(desk.person, "permits") == consent
    assert desk.ended(running) == (None, None)
    first, second = desk.events()[-2:]
    assert (first.event, first.subscriber_id) == ("authorization.refused", stranger)
    assert first.body == second.body


def test_withdrawing_twice_is_withdrawing_once(desk: Desk) -> None:
    """A double click or a reload changes nothing and is no error."""
    consent = desk.grant(desk.offer("email"), "email")
    first = desk.consents.withdraw(desk.person, consent.consent_id)
    desk.clock.advance(minutes=1)
    assert desk.consents.withdraw(desk.person, consent.consent_id) == first
    assert [event.event for event in desk.events()] == ["consent.granted", "consent.withdrawn"]


def test_a_page_from_before_still_withdraws(desk: Desk) -> None:
    """The person means the service: a consent replaced in another tab leads to its successor."""
    old = desk.grant(desk.offer("email"), "email")
    new = desk.grant(desk.offer("address"), "email", "address")
    withdrawn = desk.consents.withdraw(desk.person, old.consent_id)
    assert isinstance(withdrawn, Consent)
    assert (withdrawn.consent_id, withdrawn.status) == (new.consent_id, Status.WITHDRAWN)


def test_unticking_access_while_away_ends_it(desk: Desk) -> None:
    """Refresh tokens for an absent person end with the yes that no longer has them; others go on."""
    desk.grant(desk.offer("email", "offline_access"), "email", "offline_access")
    away, present = desk.open_grant(offline=True), desk.open_grant()
    desk.grant(desk.offer("email"), "email", "offline_access")
    assert desk.ended(away) == (None, None)
    desk.grant(desk.offer("email"), "email")
    assert desk.ended(away) == (desk.clock.now(), "consent_withdrawn")
    assert desk.ended(present) == (None, None)


def test_services_are_listed_newest_first(desk: Desk) -> None:
    """The account page shows each service once."""
    clinic = store_client(desk.session, "clinic")
    desk.grant(desk.offer("email"), "email")
    desk.clock.advance(days=1)
    desk.grant(desk.offer("email", client=clinic), "email")
    assert [consent.consumer_id for consent in desk.consents.list_for(desk.person)] == ["clinic", "permits"]
    assert desk.consents.list_for(desk.somebody()) == []


@pytest.fixture
def committed(own_database: Engine) -> tuple[Engine, uuid.UUID]:
    """A person and a client that other connections see."""
    with Session(own_database) as session:
        store_client(session)
        person = store_subscriber(session, purpose_keys(), StillClock())
        session.commit()
    return own_database, person


def test_many_tabs_make_one_consent(committed: tuple[Engine, uuid.UUID]) -> None:
    """Of simultaneous decisions about one client exactly one is active afterwards, and none fails."""
    engine, person = committed
    client = make_client()
    offer = make_offer(client, ["openid", "email"], ClaimsRequest(), PROFILE, held=None, now=START)

    def say_yes(_: int) -> None:
        with Session(engine) as session:
            assert isinstance(consents_over(session, StillClock()).grant(person, offer, ["email"]), Consent)
            session.commit()

    with ThreadPoolExecutor(8) as tabs:
        list(tabs.map(say_yes, range(16)))
    with Session(engine) as session:
        counted = select(ConsentRow.status, func.count()).group_by(ConsentRow.status)
        assert dict(iter(session.execute(counted))) == {"active": 1, "replaced": 15}
