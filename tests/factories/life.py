"""Events of made-up lives, over one session: an office with numbers and accounts, two registrars, a service."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from enrollment.cases import Check, Guard, Joints, Kind, Section, State
from enrollment.centres import Staff
from enrollment.centres.actors import Actor, Role
from enrollment.centres.models import StaffRoleRow
from enrollment.erasure.setting_aside import SettingAside
from enrollment.errors import Refusal
from enrollment.gallery.models import GalleryEntryRow
from enrollment.issuance.colleagues import Colleagues
from enrollment.issuance.ownership import ProvenAccounts
from enrollment.life_events import Ground, LifeEvent, LifeRooms, Means, life_rooms
from enrollment.life_events import Kind as Happening
from enrollment.life_events.deaths import death_recorded
from enrollment.life_events.models import ServiceEventRow
from enrollment.register.models import IdentifierRow, PersonVersionRow
from enrollment.standing.leaving import leave
from idp.clients.client import Client
from idp.consent.models import ConsentRow
from idp.notices import Notices
from idp.outbox import Outbox
from idp.subscribers import Lifecycle
from idp.subscribers import State as AccountState
from idp.subscribers.models import SubscriberRow
from tests.factories.cases import FOREIGN_GUARDS, Counter, held
from tests.factories.clients import store_client
from tests.factories.register import Office, a_case
from tests.factories.subscribers import store_subscriber


class Sessions:
    """Remembers whose sessions were ended, and why."""

    def __init__(self) -> None:
        self.ended: list[tuple[uuid.UUID, str]] = []

    def end_all(self, subscriber_id: uuid.UUID, reason: str) -> object:
        """Fulfils `SessionEnder`."""
        self.ended.append((subscriber_id, reason))
        return None


class Kin:
    """Whose record is whose own."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self.of: set[tuple[uuid.UUID, uuid.UUID]] = set()

    def related(self, staff_id: uuid.UUID, person_id: uuid.UUID) -> bool:
        """Fulfils `cases.Kin`."""
        return (staff_id, person_id) in self.of or self._office.accounts.person_of(staff_id) == person_id


class Village(Office):
    """An office where lives go on. `first` and `second` are registrars; `service` holds consents.

    `beside` is another one, in a transaction of its own.
    """

    def __init__(self, session: Session, beside: Village | None = None) -> None:
        if beside is None:
            super().__init__(session)
        else:
            super().__init__(session, keys=beside.keys, clock=beside.clock)
        if beside is None:
            self.first, self.second = (self.registrar() for _ in range(2))
        else:
            self.first, self.second = beside.first, beside.second
        self.kin, self.sessions = Kin(self), Sessions()
        checks: dict[Guard, Check] = dict.fromkeys(FOREIGN_GUARDS, held)
        checks[Guard.RECORDED] = lambda case, attempt: (
            death_recorded(session, case, attempt) if case.kind is Kind.DEATH else None
        )
        proven = ProvenAccounts(session, self.clock)
        self.colleagues = Colleagues(proven, Staff(session, self.clock, self.trail), self.clock)
        self.counter = Counter(session, self.keys, self.clock, checks, Joints(eyes=self.colleagues))
        self.service: Client = store_client(session) if beside is None else beside.service
        self.lifecycle = Lifecycle(session, self.clock, self.trail, self.sessions)
        notices = Notices(Outbox(session, self.sealer, self.clock, self.entropy), self.directory, self.clock)
        clients = {self.service.client_id: self.service}
        means = Means(
            self.keys, self.clock, self.entropy, notices, self.lifecycle, clients.get,
            lambda told: SettingAside(session, proven, told, self.clock, self.trail),
            lambda person_id, accounts: leave(session, person_id, accounts),
        )  # fmt: skip
        self.life: LifeRooms = life_rooms(session, self.counter.cases, self.kin, self, means)

    def registrar(self, subscriber_id: uuid.UUID | None = None) -> Actor:
        """Somebody who is a registrar from now on; by an account of their own, or by that of somebody settled."""
        if subscriber_id is None:
            subscriber_id = store_subscriber(self.session, self.keys, self.clock, ial=3)
        in_office = update(SubscriberRow).where(SubscriberRow.id == subscriber_id).values(policy_group="staff")
        self.session.execute(in_office)
        now, held = self.clock.now(), {"subscriber_id": subscriber_id, "role": Role.REGISTRAR.value}
        until = now.replace(year=now.year + 100)
        self.session.execute(insert(StaffRoleRow).values(id=uuid.uuid4(), granted_at=now, until=until, **held))
        return Actor(subscriber_id, frozenset({Role.REGISTRAR}))

    def dismissed(self, one: Actor) -> None:
        """The role is taken away."""
        ended = update(StaffRoleRow).where(StaffRoleRow.subscriber_id == one.subscriber_id)
        self.session.execute(ended.values(ended_at=self.clock.now(), ended_by="operator"))

    def settled(self, *, consent: bool = False, active: bool = True, **changes: Any) -> tuple[uuid.UUID, uuid.UUID]:
        """Somebody with a number, a face that is searched, and an account: person and account."""
        issued = self.issued(a_case(**changes))
        self._searched(issued.person_id, issued.aid)
        if active:
            in_use = update(SubscriberRow).where(SubscriberRow.id == issued.subscriber_id)
            self.session.execute(in_use.values(state=AccountState.ACTIVE.value))
        if consent:
            self.consented(issued.subscriber_id)
        return issued.person_id, issued.subscriber_id

    def consented(self, subscriber_id: uuid.UUID) -> None:
        """The account lets the service see its name."""
        values = {
            "consent_id": uuid.uuid4(), "citizen_id": subscriber_id, "consumer_id": self.service.client_id,
            "data_scope": {"providers": ["x"], "fields": ["name"]}, "purpose": "p", "granted_at": self.clock.now(),
            "status": "active", "scopes": ["openid"], "asked_scopes": ["openid"], "asked_fields": ["name"],
            "client_fingerprint": self.service.fingerprint,
        }  # fmt: skip
        self.session.execute(insert(ConsentRow).values(values))

    def ask(self, kind: Happening, person: uuid.UUID, other: uuid.UUID | None = None, **more: Any) -> Any:
        """The first registrar asks, having just proved to be themself."""
        ground = (
            more.get("ground")
            or {
                Happening.MERGE: Ground.FOUND_TWICE,
                Happening.SPLIT: Ground.TWO_PEOPLE,
                Happening.DEATH_UNDONE: Ground.PERSON_CAME,
                Happening.DEATH: Ground.CIVIL_REGISTER,
            }[kind]
        )
        by = more.get("by") or self.first
        return self.life.events.ask(by, kind, person, ground, more.get("at") or self.clock.now(), other)

    def decide(self, event: LifeEvent, *, agreed: bool = True, by: Actor | None = None) -> Any:
        """The second registrar decides."""
        return self.life.events.decide(by or self.second, event.id, self.clock.now(), agreed=agreed)

    def done(self, kind: Happening, person: uuid.UUID, other: uuid.UUID | None = None) -> LifeEvent:
        """Asked for and agreed to."""
        asked = self.ask(kind, person, other)
        assert isinstance(asked, LifeEvent), asked
        decided = self.decide(asked)
        assert isinstance(decided, LifeEvent), decided
        return decided

    def reported(self, person_id: uuid.UUID) -> str:
        """A death that two registrars agreed on: its application, accepted."""
        counter = self.counter
        account = next(iter(self.accounts.of_person(person_id)), None)
        opened = counter.lifecycle.open(
            self.first, Kind.DEATH, counter.key(), person_id=person_id, subscriber_id=account
        )
        assert not isinstance(opened, Refusal), opened
        paper = {"type": "death_certificate", "number": "CR 12/30"}
        assert not isinstance(
            counter.sections.save_field(self.first, opened.aid, Section.DOCUMENTS, "document_1", paper), Refusal
        )
        counter.record(opened.aid, self.first, Section.DOCUMENTS, document_1_object=str(uuid.uuid4()))
        assert not isinstance(counter.lifecycle.sign(counter.order(self.first, opened.aid)), Refusal)
        counter.supervisor = self.second
        counter.walk(opened.aid, State.ACCEPTED)
        return opened.aid

    def died(self, person_id: uuid.UUID) -> LifeEvent:
        """The same, recorded."""
        event = self.life.deaths.record(self.reported(person_id))
        assert isinstance(event, LifeEvent), event
        return event

    def told(self) -> list[tuple[str, str, str | None]]:
        """What the service was told: change, subject, other subject."""
        rows = self.session.scalars(select(ServiceEventRow).order_by(ServiceEventRow.id))
        return [(row.change, row.subject, row.other_subject) for row in rows]

    def currents(self, person_id: uuid.UUID) -> int:
        """How many versions hold now."""
        now = PersonVersionRow.person_id == person_id, PersonVersionRow.valid_until.is_(None)
        return len(self.session.scalars(select(PersonVersionRow.n).where(*now)).all())

    def versions(self, person_id: uuid.UUID) -> int:
        """How many versions there are, readable or not."""
        return len(
            self.session.scalars(select(PersonVersionRow.n).where(PersonVersionRow.person_id == person_id)).all()
        )

    def numbers(self) -> dict[bytes, tuple[uuid.UUID, str]]:
        """Every number ever given: whose it is, and whether it is good."""
        rows = self.session.execute(select(IdentifierRow.blind, IdentifierRow.person_id, IdentifierRow.status))
        return {row.blind: (row.person_id, row.status) for row in rows}

    def searched(self, person_id: uuid.UUID) -> int:
        """How many templates are searched as this person's."""
        rows = self.session.scalars(select(GalleryEntryRow.id).where(GalleryEntryRow.person_id == person_id))
        return len(rows.all())

    def account(self, subscriber_id: uuid.UUID) -> AccountState:
        """The state of an account."""
        found = self.directory.get(subscriber_id)
        assert found is not None
        return found.state

    def _searched(self, person_id: uuid.UUID, aid: str) -> None:
        number = len(self.session.scalars(select(GalleryEntryRow.id)).all()) + 1
        values = {
            "id": uuid.uuid4(), "subject_id": uuid.uuid4(), "aid": aid, "person_id": person_id, "modality": "face",
            "position": 0, "impression": 1, "engine": "face", "object_id": uuid.uuid4(), "added": number,
            "added_at": self.clock.now(),
        }  # fmt: skip
        self.session.execute(insert(GalleryEntryRow).values(values))
