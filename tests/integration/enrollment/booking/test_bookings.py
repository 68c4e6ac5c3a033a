"""Appointments: no time has more people than seats, nobody is forgotten, and what is practised stays practice."""

import datetime as dt
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, create_engine, select, text
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from enrollment.booking import Hours
from enrollment.booking.models import SeatsRow
from enrollment.cases import Guard, Kind, Moved, State, Task
from enrollment.centres import OPERATOR, CentreStatus, Role
from enrollment.deduplication import Intake
from enrollment.errors import Code, Refusal
from tests.factories.bookings import MORNING, NOON, Agenda
from tests.factories.cases import code_of, staff
from tests.factories.keys import purpose_keys
from tests.factories.moments import StillClock
from tests.protocol.expectations import soon

pytestmark = pytest.mark.integration

KEYS = purpose_keys()
MANY = 50


@pytest.fixture
def agenda(session: Session) -> Agenda:
    """A centre with two seats each half hour."""
    return Agenda(session, KEYS, StillClock())


def free_at(agenda: Agenda, starts_at: dt.datetime) -> int:
    """How many may still come then."""
    slot = agenda.calendar.at(agenda.centre.id, starts_at)
    assert slot is not None
    return slot.free


def test_times_are_those_of_the_hours(agenda: Agenda) -> None:
    """From opening to the last that ends in time, on weekdays, none that begins too soon, none on closed days."""
    days = agenda.calendar.days(agenda.centre.id)
    assert {one.day.weekday() for one in days} == {0, 1, 2, 3, 4}
    assert days[0].day == agenda.clock.now().date()
    today = agenda.calendar.slots(agenda.centre.id, days[0].day)
    assert [slot.starts_at.time() for slot in today] == [dt.time(11), dt.time(11, 30)]
    assert agenda.openings.set_closed(OPERATOR, agenda.centre.id, days[1].day, closed=True) is None
    assert days[1].day not in {one.day for one in agenda.calendar.days(agenda.centre.id)}


@pytest.mark.parametrize(
    "hours",
    [
        [Hours(0, NOON, MORNING, 30, 2)],
        [Hours(7, MORNING, NOON, 30, 2)],
        [Hours(0, MORNING, NOON, 4, 2)],
        [Hours(0, MORNING, NOON, 30, 0)],
        [Hours(0, MORNING, dt.time(9, 10), 30, 2)],
        [Hours(0, MORNING, NOON, 30, 2), Hours(0, MORNING, NOON, 15, 2)],
    ],
)
def test_impossible_hours_are_refused(agenda: Agenda, hours: list[Hours]) -> None:
    """And those that were there stay."""
    before = agenda.openings.of(agenda.centre.id)
    assert code_of(agenda.openings.set_hours(OPERATOR, agenda.centre.id, hours)) is Code.ENR_SCHEMA
    assert agenda.openings.of(agenda.centre.id) == before


def test_only_administrators_set_hours(agenda: Agenda) -> None:
    """An officer does not."""
    officer = staff(Role.OFFICER, centre=agenda.centre.id)
    assert code_of(agenda.openings.set_hours(officer, agenda.centre.id, [])) is Code.ENR_ROLE
    day = agenda.clock.now().date()
    assert code_of(agenda.openings.set_closed(officer, agenda.centre.id, day, closed=True)) is Code.ENR_ROLE


def test_booked_changed_and_given_up(agenda: Agenda) -> None:
    """Each change gives the earlier seat back, and the citizen is told."""
    citizen, first = agenda.citizen(), agenda.first()
    aid = agenda.booked(citizen, first)
    assert free_at(agenda, first) == 1
    later = first + dt.timedelta(minutes=30)
    assert isinstance(agenda.book(citizen, aid, later), Moved)
    held = agenda.bookings.of(aid)
    assert held is not None
    assert (held.starts_at, free_at(agenda, first), free_at(agenda, later)) == (later, 2, 1)
    given_up = agenda.bookings.give_up(agenda.counter.order(citizen, aid))
    assert isinstance(given_up, Moved)
    assert (agenda.counter.case(aid).state, free_at(agenda, later)) == (State.CANCELLED, 2)
    assert agenda.told() == ["booked", "booked"]


def test_nobody_books_for_somebody_else(agenda: Agenda) -> None:
    """A stranger's application does not exist; a time that is none cannot be taken; a draft has no appointment."""
    citizen, stranger = agenda.citizen(), agenda.citizen()
    aid = agenda.submitted(citizen)
    assert code_of(agenda.book(stranger, aid, agenda.first())) is Code.ENR_UNKNOWN
    strange = agenda.book(citizen, aid, agenda.first() + dt.timedelta(minutes=1))
    assert isinstance(strange, Refusal)
    assert (strange.code, strange.about) == (Code.ENR_UNKNOWN, "slot")
    made = agenda.counter.lifecycle.draft(citizen, Kind.NEW, agenda.counter.key())
    assert isinstance(made, Moved)
    assert code_of(agenda.book(citizen, made.aid, agenda.first())) is Code.ENR_STATE


def test_closed_centres_give_no_appointments(agenda: Agenda) -> None:
    """Nor do those for training."""
    practice = agenda.training()
    agenda.open(practice)
    assert agenda.calendar.centres() == [agenda.centre.id]
    agenda.country.centres.set_status(OPERATOR, agenda.centre.id, CentreStatus.CLOSED)
    assert (agenda.calendar.centres(), agenda.calendar.days(practice.id)) == ([], [])


def test_fifty_want_the_last_two_seats(own_database: Engine) -> None:
    """Two get them; the others hear that it is full, and keep the application as it was."""
    clock = StillClock()
    with Session(own_database) as session:
        agenda = Agenda(session, KEYS, clock)
        citizens = [agenda.citizen() for _ in range(MANY)]
        aids = [agenda.submitted(citizen) for citizen in citizens]
        first, centre = agenda.first(), agenda.centre
        session.commit()
    apart = create_engine(own_database.url, poolclass=NullPool)
    line = threading.Barrier(MANY)

    def run(number: int) -> object:
        with Session(apart) as session:
            own = Agenda(session, KEYS, clock, centre)
            session.connection()
            line.wait(timeout=120)
            outcome = own.book(citizens[number], aids[number], first)
            session.rollback() if isinstance(outcome, Refusal) else session.commit()
            return outcome

    with ThreadPoolExecutor(MANY) as pool:
        outcomes = list(pool.map(run, range(MANY)))
    assert sum(isinstance(one, Moved) for one in outcomes) == 2
    assert {one.code for one in outcomes if isinstance(one, Refusal)} == {Code.ENR_FULL}
    with Session(own_database) as session:
        agenda = Agenda(session, KEYS, clock, centre)
        states = [agenda.counter.case(aid).state for aid in aids]
        assert (states.count(State.BOOKED), states.count(State.PRE_SUBMITTED)) == (2, MANY - 2)
        assert free_at(agenda, first) == 0


def test_two_who_change_places_do_not_wait_for_each_other(own_database: Engine) -> None:
    """Both times are held in one order before either seat moves: whoever waits for the first holds nothing."""
    clock = StillClock()
    with Session(own_database) as session:
        agenda = Agenda(session, KEYS, clock)
        early, centre = agenda.first(), agenda.centre
        late = early + dt.timedelta(minutes=30)
        citizen = agenda.citizen()
        aid = agenda.booked(citizen, late)
        agenda.booked(agenda.citizen(), early)
        session.commit()
    seats = select(SeatsRow).where(SeatsRow.centre_id == centre.id)

    def change() -> object:
        with Session(own_database) as session:
            moved = Agenda(session, KEYS, clock, centre).book(citizen, aid, early)
            session.commit()
            return moved

    def waits() -> bool:
        with Session(own_database) as session:
            held = (
                "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
            )
            return bool(session.scalar(text(held)))

    with Session(own_database) as other, ThreadPoolExecutor(1) as pool:
        other.scalars(seats.where(SeatsRow.starts_at == early).with_for_update()).one()
        changed = pool.submit(change)
        soon(waits)
        other.scalars(seats.where(SeatsRow.starts_at == late).with_for_update(nowait=True)).one()
        other.commit()
        assert isinstance(changed.result(timeout=60), Moved)
    with Session(own_database) as session:
        agenda = Agenda(session, KEYS, clock, centre)
        assert (free_at(agenda, early), free_at(agenda, late)) == (0, 2)


def test_brought_to_mind_once(agenda: Agenda) -> None:
    """The day before, and not of what was booked a moment ago."""
    citizen = agenda.citizen()
    agenda.booked(citizen, agenda.first() + dt.timedelta(days=3))
    assert agenda.bookings.remind() == 0
    agenda.clock.advance(days=2)
    assert (agenda.bookings.remind(), agenda.bookings.remind()) == (1, 0)
    assert agenda.told() == ["booked", "reminder"]


def test_who_came_is_noted_at_whatever_centre(agenda: Agenda) -> None:
    """A walk-in at another centre, on another day, goes on with what was written at home."""
    citizen = agenda.citizen()
    aid = agenda.booked(citizen)
    agenda.clock.advance(days=5)
    elsewhere = staff(Role.OFFICER, centre=agenda.country.centre().id)
    started = agenda.counter.lifecycle.start(agenda.counter.order(elsewhere, aid))
    assert isinstance(started, Moved), started
    assert (agenda.bookings.settle(), agenda.bookings.settle()) == (1, 0)
    assert agenda.bookings.of(aid) is None
    assert agenda.counter.case(aid).centre_id == elsewhere.centre_id


def test_whoever_comes_before_their_time_gives_the_seat_back(agenda: Agenda) -> None:
    """Taken on without waiting for it, on another day: somebody else may come then."""
    late = agenda.first() + dt.timedelta(minutes=30)
    aid = agenda.booked(agenda.citizen(), late)
    assert free_at(agenda, late) == 1
    officer = staff(Role.OFFICER, centre=agenda.centre.id)
    assert isinstance(agenda.counter.lifecycle.start(agenda.counter.order(officer, aid)), Moved)
    assert agenda.bookings.settle() == 1
    assert free_at(agenda, late) == 2
    assert agenda.bookings.settle() == 0
    assert free_at(agenda, late) == 2


def test_who_never_comes_is_told_that_it_is_over(agenda: Agenda) -> None:
    """Two weeks after the day; drafts that were left lying go, too."""
    citizen = agenda.citizen()
    aid = agenda.booked(citizen)
    draft = agenda.counter.lifecycle.draft(citizen, Kind.NEW, agenda.counter.key())
    assert isinstance(draft, Moved)
    agenda.clock.advance(days=14)
    assert agenda.bookings.expire() == 0
    agenda.clock.advance(days=2)
    assert agenda.bookings.expire() == 1
    assert agenda.counter.case(aid).state is State.PRE_EXPIRED
    agenda.clock.advance(days=20)
    assert agenda.bookings.expire() == 1
    assert agenda.counter.case(draft.aid).state is State.PRE_EXPIRED
    assert agenda.told() == ["booked", "missed"]


def test_what_is_practised_never_reaches_the_register(agenda: Agenda) -> None:
    """It ends with the approval: no packet is received, and no real applicant is taken over there."""
    practice = agenda.training()
    counter = agenda.counter
    counter.officer = staff(Role.OFFICER, centre=practice.id)
    counter.supervisor = staff(Role.SUPERVISOR, centre=practice.id)
    aid = counter.opened()
    counter.fill(aid)
    counter.walk(aid, State.APPROVED)
    received = counter.lifecycle.receive(counter.order(Task("intake"), aid))
    assert isinstance(received, Refusal)
    assert (received.code, received.about) == (Code.ENR_GUARD, Guard.REAL.value)
    assert Intake(agenda.session, counter.cases, agenda.clock).take(aid) is None
    assert counter.case(aid).state is State.CANCELLED
    real = agenda.submitted(agenda.citizen())
    started = counter.lifecycle.start(counter.order(counter.officer, real))
    assert isinstance(started, Refusal)
    assert started.about == Guard.REAL.value


def test_what_is_real_is_not_ended_as_practice(agenda: Agenda) -> None:
    """Not even by a worker."""
    counter = agenda.counter
    counter.officer = staff(Role.OFFICER, centre=agenda.centre.id)
    counter.supervisor = staff(Role.SUPERVISOR, centre=agenda.centre.id)
    aid = counter.opened()
    counter.fill(aid)
    counter.walk(aid, State.APPROVED)
    refused = counter.lifecycle.practise(counter.order(Task("intake"), aid))
    assert isinstance(refused, Refusal)
    assert refused.about == Guard.PRACTICE.value
