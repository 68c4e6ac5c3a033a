"""A registration centre that gives appointments, and citizens who want one, over one session."""

import datetime as dt
import os
import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session

from enrollment.booking import Bookings, Calendar, Hours, Openings
from enrollment.cases import Applicant, Kind, Moved
from enrollment.centres import OPERATOR, Centre
from enrollment.errors import Refusal
from idp.audit import Trail
from idp.keys import PurposeKeys
from idp.notices import Notices
from idp.outbox import Outbox
from idp.outbox.models import MessageRow
from idp.outbox.outbox import open_content
from idp.subscribers import NewSubscriber
from tests.factories.cases import PERSON, Counter
from tests.factories.centres import DISTRICT, Country
from tests.factories.keys import sealer
from tests.factories.moments import StillClock
from tests.factories.subscribers import claims, directory

MORNING = dt.time(9)
NOON = dt.time(12)


class Agenda:
    """The rooms of booking, and a centre that receives two people every half hour of a weekday's morning."""

    def __init__(self, session: Session, keys: PurposeKeys, clock: StillClock, centre: Centre | None = None) -> None:
        self.session, self.keys, self.clock = session, keys, clock
        self.sealer = sealer(keys)
        self.country = Country(session, clock, keys)
        self.counter = Counter(session, keys, clock)
        self.openings = Openings(session, Trail(session, clock, self.counter.entropy))
        self.calendar = Calendar(session, self.openings, clock)
        outbox = Outbox(session, self.sealer, clock, self.counter.entropy)
        notices = Notices(outbox, directory(session, keys, clock), clock)
        self.bookings = Bookings(session, self.counter.cases, self.calendar, clock, self.counter.entropy, notices)
        self.centre = centre or self.country.centre()
        if centre is None:
            self.open(self.centre)

    def open(self, centre: Centre, seats: int = 2) -> None:
        """Let it receive people on weekdays."""
        hours = [Hours(day, MORNING, NOON, 30, seats) for day in range(5)]
        assert self.openings.set_hours(OPERATOR, centre.id, hours) is None

    def training(self) -> Centre:
        """A centre for training in the same district."""
        code = f"T{os.urandom(4).hex().upper()}"
        made = self.country.centres.add(OPERATOR, code, "A centre to practise at", DISTRICT, training=True)
        assert isinstance(made, Centre), made
        return made

    def citizen(self) -> Applicant:
        """Somebody with an account and a verified address."""
        new = NewSubscriber(f"citizen-{uuid.uuid4().hex}", claims())
        made = directory(self.session, self.keys, self.clock).create(new)
        assert isinstance(made, uuid.UUID), made
        return Applicant(made)

    def submitted(self, by: Applicant) -> str:
        """An application that was filled in at home and sent."""
        made = self.counter.lifecycle.draft(by, Kind.NEW, self.counter.key())
        assert isinstance(made, Moved), made
        self.counter.type(made.aid, by, **PERSON)
        moved = self.counter.lifecycle.submit(self.counter.order(by, made.aid))
        assert isinstance(moved, Moved), moved
        return made.aid

    def booked(self, by: Applicant, starts_at: dt.datetime | None = None) -> str:
        """An application with an appointment."""
        aid = self.submitted(by)
        moved = self.book(by, aid, starts_at or self.first())
        assert isinstance(moved, Moved), moved
        return aid

    def book(self, by: Applicant, aid: str, starts_at: dt.datetime) -> Moved | Refusal:
        """Ask for a time."""
        return self.bookings.book(self.counter.order(by, aid), self.centre.id, starts_at)

    def told(self) -> list[str]:
        """What people were told of appointments, oldest first."""
        found = []
        for row in self.session.scalars(select(MessageRow).order_by(MessageRow.id)):
            if row.sealed is None or row.notice != "appointment":
                continue
            content = open_content(self.session, self.sealer, self.clock, row.id, row.subscriber_id, row.sealed)
            if content is not None:
                found.append(str(content.parameters["what"]))
        return found

    def first(self) -> dt.datetime:
        """The first free time of the centre."""
        day = next(one for one in self.calendar.days(self.centre.id) if one.free)
        return next(slot for slot in self.calendar.slots(self.centre.id, day.day) if slot.free).starts_at
