"""Made-up people of the register, and the rooms of register and issuance over one session."""

import datetime as dt
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Barrier
from typing import Any, TypeVar

from sqlalchemy import Engine, NullPool, create_engine, select
from sqlalchemy.orm import Session

from enrollment.errors import Code, Refusal
from enrollment.issuance import AcceptedCase, Issued, Means, Rooms
from enrollment.register import DemographicPolicy, Demographics, Facts, NewPerson, facts_of
from idp.audit.models import AuditRow
from idp.entropy import Entropy
from idp.keys import PurposeKeys
from tests.factories.keys import purpose_keys, sealer
from tests.factories.moments import StillClock

TODAY = dt.date(2030, 5, 17)
RACERS = 50
T = TypeVar("T")


def facts(**changes: Any) -> Facts:
    """Facts of a person who does not exist; `changes` by member, None leaves one out."""
    recorded = {
        "family_name": "Sampleton",
        "given_names": "Testa Binta",
        "birth_date": "1990-02-28",
        "sex": "female",
        "birthplace": "SL-04",
        "phone": "+232 00 000 001",
        **changes,
    }
    read = facts_of({name: value for name, value in recorded.items() if value is not None}, TODAY)
    assert isinstance(read, Facts), read
    return read


def an_aid() -> str:
    """Fourteen signs that stand for a case."""
    return "T" + uuid.uuid4().hex[:13].upper()


def a_case(subscriber_id: uuid.UUID | None = None, *, aid: str | None = None, **changes: Any) -> AcceptedCase:
    """An accepted case of level 3."""
    return AcceptedCase(aid or an_aid(), uuid.uuid4(), facts(**changes), 3, subscriber_id)


@dataclass
class Gallery:
    """Remembers whose samples came in; refuses them all where it is told to."""

    refusal: Refusal | None = None
    entered: dict[str, uuid.UUID] = field(default_factory=dict)

    def enter(self, people: Mapping[str, uuid.UUID]) -> Refusal | None:
        """Fulfils `GalleryEntries`."""
        if self.refusal is None:
            self.entered |= people
        return self.refusal


class Office(Rooms):
    """Every room over one session; keys and clock may be those of another office."""

    def __init__(self, session: Session, *, keys: PurposeKeys | None = None, clock: StillClock | None = None) -> None:
        self.session = session
        self.keys = keys or purpose_keys()
        self.clock = clock or StillClock()
        self.entropy = Entropy(self.clock)
        self.sealer = sealer(self.keys)
        self.gallery = Gallery()
        super().__init__(session, Means(self.sealer, self.keys, self.clock, self.entropy), self.gallery)
        self.demographics = Demographics(session, self.keys, self.register, DemographicPolicy())

    def person(self, **changes: Any) -> uuid.UUID:
        """Somebody registered, without a number."""
        [person_id] = self.register.open([NewPerson(uuid.uuid4(), facts(**changes), 3)])
        return person_id

    def numbered(self, **changes: Any) -> tuple[uuid.UUID, str]:
        """Somebody with a number."""
        person_id = self.person(**changes)
        person = self.register.get(person_id)
        assert person is not None
        return person_id, self.identifiers.give_nins({person_id: person.subject_key_id})[person_id]

    def issued(self, case: AcceptedCase) -> Issued:
        """The outcome of a case that is not refused."""
        outcome = self.issuance.issue(case)
        assert isinstance(outcome, Issued), outcome
        return outcome

    def events(self, prefix: str) -> list[str]:
        """The audited events of that beginning, sorted."""
        return sorted(self.session.scalars(select(AuditRow.event).where(AuditRow.event.like(f"{prefix}%"))))


def code_of(outcome: object) -> Code | None:
    """Why it was refused, None where it was not."""
    return outcome.code if isinstance(outcome, Refusal) else None


def raced(engine: Engine, office: Office, act: Callable[[Office], T], racers: int = RACERS) -> list[T]:
    """What came of `act` in as many transactions at once, each committed; offices share keys and clock."""
    gate = Barrier(racers)
    apart = create_engine(engine.url, poolclass=NullPool)

    def run(_number: int) -> T:
        with Session(apart) as session:
            own = Office(session, keys=office.keys, clock=office.clock)
            session.connection()
            gate.wait()
            outcome = act(own)
            session.commit()
            return outcome

    with ThreadPoolExecutor(racers) as pool:
        return list(pool.map(run, range(racers)))
