"""What happens is counted once, without anybody in it, and dashboards show it to those who may see it."""

import datetime as dt
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, delete, event, insert, select, text, update
from sqlalchemy.orm import Session

from enrollment.booking.models import AppointmentRow
from enrollment.capture.models import AttemptRow
from enrollment.cases import State
from enrollment.cases.models import ApplicationRow, EventRow
from enrollment.centres import Role
from enrollment.cli.statistics_tasks import compare, count
from enrollment.register import NewPerson
from enrollment.statistics.models import TallyCaseRow, TallyMarkRow, TallyRow
from enrollment.statistics.waiting import tables
from enrollment.verification.models import VerifyLogRow
from enrollment.web.centre_rooms import register
from enrollment.web.statistics_rooms import case_counter
from idp.web.extensions import db
from tests.factories.floor import Floor
from tests.factories.register import facts
from tests.factories.staged import staged

pytestmark = pytest.mark.integration


@pytest.fixture
def counted(floor: Floor) -> Iterator[Floor]:
    """With what earlier tests left counted and put away."""
    with floor.site.app.test_request_context():
        count()
        db.session.execute(delete(TallyRow))
        db.session.commit()
    yield floor
    with floor.site.app.test_request_context():
        db.session.execute(delete(TallyRow))
        db.session.commit()


def sums(floor: Floor, measure: str, **wanted: Any) -> int:
    """How often something is counted."""
    with floor.site.app.app_context(), Session(db.engine) as session:
        rows = session.scalars(select(TallyRow).filter_by(measure=measure, **wanted)).all()
        return sum(row.count for row in rows)


def work(floor: Floor) -> int:
    """The worker's round."""
    with floor.site.app.test_request_context():
        return count()


def month(floor: Floor, back: int) -> dt.date:
    """A day of the month that was so many months ago."""
    today: dt.date = floor.site.services.clock.now().date()
    first = today.replace(day=1)
    for _ in range(back):
        first = (first - dt.timedelta(days=1)).replace(day=1)
    return first


def tally(floor: Floor, count: int, **values: Any) -> None:
    """Figures as a busy month has them."""
    row = {
        "day": month(floor, 1), "centre_id": floor.centre.id, "measure": "issued", "name": "", "sex": "female",
        "age": "25-39", "division": "SL-S-BO", "count": count, "total": 0.0, "whole": False, **values,
    }  # fmt: skip
    with floor.site.app.app_context():
        db.session.execute(insert(TallyRow).values(row))
        db.session.commit()


def test_an_application_is_counted_once(counted: Floor) -> None:
    """Signed and approved, with its wait and its group; counted again nothing is added, and no row names it."""
    floor = counted
    aid = staged(floor, State.APPROVED)
    assert work(floor) >= 1
    for measure in ("opened", "signed", "approved"):
        assert sums(floor, measure, centre_id=floor.centre.id) == 1, measure
    assert sums(floor, "wait", name="review") == 1
    assert sums(floor, "approved", sex="female") + sums(floor, "approved", sex="male") == 1
    assert sums(floor, "approved", age="") == 0
    work(floor)
    assert sums(floor, "signed") == 1
    with floor.site.app.app_context(), Session(db.engine) as session:
        for row in session.execute(text("select t::text from tally t")).scalars():
            assert aid not in row


def test_what_happens_later_is_counted_then(counted: Floor) -> None:
    """Of an application that was counted, only what is new."""
    floor = counted
    officer, supervisor = floor.member(Role.OFFICER), floor.member(Role.SUPERVISOR)
    aid = staged(floor, State.SIGNED, by=officer.id)
    work(floor)
    supervisor.get(f"/staff/review/{aid}")
    supervisor.submit("/take")
    supervisor.submit("/decide", decision="reject", reject_reason="evidence")
    work(floor)
    assert (sums(floor, "signed"), sums(floor, "rejected")) == (1, 1)


def test_the_wait_before_the_counter_is_that_after_an_appointment(counted: Floor) -> None:
    """Half an hour after the time: thirty minutes; before it: none; on another day it is no wait."""
    floor, now = counted, counted.site.services.clock.now()
    minutes = {30: "booked", -10: "kept", 24 * 60: "booked", 45: "given_up"}
    for late, state in minutes.items():
        aid = staged(floor, State.BOOKED)
        with floor.site.app.app_context():
            db.session.execute(delete(AppointmentRow).where(AppointmentRow.aid == aid))
            expected = now - dt.timedelta(minutes=late)
            appointment = {
                "id": uuid.uuid4(), "aid": aid, "centre_id": floor.centre.id, "starts_at": expected, "state": state,
                "ends_at": expected + dt.timedelta(minutes=30), "made_at": expected - dt.timedelta(days=1),
            }  # fmt: skip
            db.session.execute(insert(AppointmentRow).values(appointment))
            began = (
                update(ApplicationRow)
                .where(ApplicationRow.aid == aid)
                .values(version=ApplicationRow.version + 1, state="capturing", centre_id=floor.centre.id)
            )
            version = db.session.scalar(began.returning(ApplicationRow.version))
            step: dict[str, Any] = {
                "id": uuid.uuid4(), "aid": aid, "n": version, "event": "start", "from_state": "booked", "at": now,
                "to_state": "capturing", "hand": "staff", "facts": {},
            }  # fmt: skip
            db.session.execute(insert(EventRow).values(step))
            db.session.commit()
    staged(floor, State.CAPTURING)
    work(floor)
    assert sums(floor, "wait", name="counter", centre_id=floor.centre.id) == 2
    with floor.site.app.app_context(), Session(db.engine) as session:
        totals = session.scalars(select(TallyRow.total).where(TallyRow.name == "counter")).all()
        assert sorted(round(total) for total in totals) == [0, 30]


def test_captures_of_which_nothing_could_be_judged_are_counted(counted: Floor) -> None:
    """By why, once the application is approved; tries are none of them."""
    floor = counted
    aid = staged(floor, State.IN_REVIEW)
    with floor.site.app.app_context():
        for code, number in (("BIO-NOFACE", None), ("BIO-NOFACE", None), ("BIO-FORMAT", None), (None, 9)):
            attempt = {
                "id": uuid.uuid4(), "aid": aid, "position": "face", "impression": 1, "counts": False, "number": number,
                "quality": None, "accepted": False, "code": code, "hints": [], "algorithm": "", "device": "",
                "at": floor.site.services.clock.now(), "by": uuid.uuid4(),
            }  # fmt: skip
            db.session.execute(insert(AttemptRow).values(attempt))
        approved = db.session.scalar(select(ApplicationRow.version).where(ApplicationRow.aid == aid))
        step: dict[str, Any] = {
            "id": uuid.uuid4(), "aid": aid, "n": (approved or 0) + 1, "event": "approve", "from_state": "in_review",
            "to_state": "approved", "hand": "staff", "facts": {}, "at": floor.site.services.clock.now(),
        }  # fmt: skip
        db.session.execute(insert(EventRow).values(step))
        db.session.commit()
    work(floor)
    assert (sums(floor, "fault", name="BIO-NOFACE"), sums(floor, "fault", name="BIO-FORMAT")) == (2, 1)
    assert sums(floor, "fault") == 3


def test_what_a_centre_hides_is_not_the_country_less_the_others(counted: Floor) -> None:
    """Seven returned here: the other centre hides its own with them; of a share and of what waits the same."""
    floor = counted
    last = f"{month(floor, 1):%Y-%m}"
    for centre, returned, excepted in ((floor.centre.id, 7, 5), (floor.elsewhere.id, 30, 40)):
        tally(floor, 200, measure="approved", centre_id=centre)
        tally(floor, returned, measure="returned", centre_id=centre)
        tally(floor, excepted, measure="excepted", centre_id=centre)
    auditor = floor.member(Role.AUDITOR, posted=False)
    pages = [f"centre.csv?month={last}&centre={one}" for one in (floor.centre.id, floor.elsewhere.id)]
    for page in pages:
        file = auditor.get(f"/staff/statistics/{page}").text
        assert f"{last},steps,returned,hidden,,\r\n" in file
        assert f"{last},exceptions,excepted,200,hidden,%\r\n" in file
        assert f"{last},steps,approved,200,,\r\n" in file
    nation = auditor.get(f"/staff/statistics/nation.csv?month={last}").text
    assert f"{last},steps,returned,37,,\r\n" in nation
    assert f"{last},exceptions,excepted,400,11.2,%\r\n" in nation


def test_counting_that_fails_counts_nothing_twice(counted: Floor) -> None:
    """The mark goes back as after a restored copy: what is counted is known by application."""
    floor = counted
    staged(floor, State.SIGNED)
    work(floor)
    with floor.site.app.app_context():
        db.session.execute(text("update tally_mark set at = '2000-01-01' where name = 'cases'"))
        db.session.commit()
    while work(floor):
        pass
    assert sums(floor, "signed") == 1


def test_of_several_counters_one_counts(counted: Floor) -> None:
    """While another holds the mark there is nothing to do."""
    floor = counted
    staged(floor, State.SIGNED)
    with floor.site.app.app_context(), Session(db.engine) as other:
        other.scalar(select(TallyMarkRow.at).where(TallyMarkRow.name == "cases").with_for_update())
        assert work(floor) == 0
    assert work(floor) >= 1


def test_days_that_are_over_are_put_together(counted: Floor) -> None:
    """One row for each group, with the same sums; done again nothing changes."""
    floor = counted
    for _ in range(3):
        tally(floor, 5, total=2.5)
    tally(floor, 7, sex="male")
    for _ in range(2):
        work(floor)
        with floor.site.app.app_context(), Session(db.engine) as session:
            rows = session.scalars(select(TallyRow).where(TallyRow.measure == "issued").order_by(TallyRow.count)).all()
            assert [(row.sex, row.count, row.total, row.whole) for row in rows] == [
                ("male", 7, 0.0, True),
                ("female", 15, 7.5, True),
            ]


def test_a_month_has_one_row_for_what_its_days_had(counted: Floor) -> None:
    """On its first day, whatever comes later; another month, and what is of today, stay apart."""
    floor = counted
    last, before = month(floor, 1), month(floor, 2)
    today = floor.site.services.clock.now().date()

    def held() -> list[tuple[dt.date, int, bool]]:
        with floor.site.app.app_context(), Session(db.engine) as session:
            rows = session.scalars(select(TallyRow).where(TallyRow.measure == "issued").order_by(TallyRow.day)).all()
            return [(row.day, row.count, row.whole) for row in rows]

    for place, often in ((3, 5), (3, 1), (20, 7)):
        tally(floor, often, day=last + dt.timedelta(days=place))
    tally(floor, 9, day=before, whole=True)
    tally(floor, 2, day=today)
    work(floor)
    assert held() == [(before, 9, True), (last, 13, True), (today, 2, False)]
    tally(floor, 4, day=last + dt.timedelta(days=27))
    tally(floor, 6, day=last + dt.timedelta(days=9), sex="male")
    work(floor)
    assert sorted(held()) == [(before, 9, True), (last, 6, True), (last, 17, True), (today, 2, False)]


def test_putting_a_month_together_has_more_time_than_a_page(counted: Floor) -> None:
    """A country's month is some hundred thousand rows: the worker's statement may take minutes, a page's may not."""
    floor, seen = counted, []
    tally(floor, 5)

    def noted(connection: Connection, cursor: Any, statement: str, *_: Any) -> None:
        if "insert into tally" in statement and "loose" in statement:
            seen.append(cursor.connection.execute("select current_setting('statement_timeout')").fetchone()[0])

    with floor.site.app.test_request_context():
        event.listen(db.engine, "before_cursor_execute", noted)
        try:
            count()
        finally:
            event.remove(db.engine, "before_cursor_execute", noted)
        assert db.session.scalar(text("select current_setting('statement_timeout')")) != "5min"
    assert seen == ["5min"]


def test_comparisons_of_people_who_were_recognised_are_counted(counted: Floor) -> None:
    """Two misses before a match are the person's; those of somebody who was never recognised say nothing."""
    floor = counted
    now = floor.site.services.clock.now()
    with floor.site.app.test_request_context():
        known, unknown = register().open(
            [NewPerson(uuid.uuid4(), facts(address="SL-S-BO"), 3), NewPerson(uuid.uuid4(), facts(), 3)]
        )
        log = [(known, "no_match", 0), (known, "no_match", 60), (known, "again", 90), (known, "match", 120)]
        log += [(unknown, "no_match", 0), (known, "no_match", 3000)]
        for person_id, result, seconds in log:
            row = {
                "id": uuid.uuid4(), "person_id": person_id, "place": "signin", "purpose": "signin", "modality": "face",
                "samples": 1, "result": result, "policy": 1, "at": now + dt.timedelta(seconds=seconds),
            }  # fmt: skip
            db.session.execute(insert(VerifyLogRow).values(row))
        db.session.commit()
        assert compare() == 0
    floor.site.clock.advance(7200)
    with floor.site.app.test_request_context():
        assert compare() == 5
        assert compare() == 0
    assert (sums(floor, "genuine"), sums(floor, "missed")) == (3, 2)
    assert sums(floor, "missed", name="face", sex="female", division="SL-S-BO") == 2


def test_a_supervisor_sees_the_own_centre(counted: Floor) -> None:
    """Chart and table say the same; small counts are hidden, in the file too; another centre is not there."""
    floor = counted
    last = f"{month(floor, 1):%Y-%m}"
    tally(floor, 120, measure="signed")
    tally(floor, 7, measure="returned")
    tally(floor, 40, measure="wait", name="review", total=40 * 90)
    tally(floor, 9999, measure="signed", centre_id=floor.elsewhere.id)
    supervisor = floor.member(Role.SUPERVISOR)
    page = supervisor.get(f"/staff/statistics?month={last}").text
    assert floor.centre.name in page
    assert "<svg" in page
    assert 'class="number">120<' in page
    assert "hidden" in page
    assert "9999" not in page
    assert 'class="number">1.5<' in page
    file = supervisor.get(f"/staff/statistics/centre.csv?month={last}").text
    assert f"{last},steps,signed,120,,\r\n" in file
    assert f"{last},steps,returned,hidden,,\r\n" in file
    assert f"{last},waits,review,40,1.5,h\r\n" in file
    assert supervisor.get(f"/staff/statistics?centre={floor.elsewhere.id}").status_code == 404
    assert supervisor.get(f"/staff/statistics/centre.csv?centre={floor.elsewhere.id}").status_code == 404
    assert supervisor.get("/staff/statistics/nation").status_code == 403
    assert supervisor.get("/staff/statistics/nation.csv").status_code == 403


def test_the_auditor_sees_the_nation_by_groups_once_a_month_is_over(counted: Floor) -> None:
    """By sex, age and district, with a second group hidden where the sum would tell the first; this month without."""
    floor = counted
    last = f"{month(floor, 1):%Y-%m}"
    for often, sex, age in ((300, "female", "25-39"), (200, "male", "25-39"), (4, "male", "60+"), (30, "male", "5-14")):
        tally(floor, often, sex=sex, age=age)
    auditor = floor.member(Role.AUDITOR, posted=False)
    file = auditor.get(f"/staff/statistics/nation.csv?month={last}").text
    assert f"{last},issued_sex,female,300,,\r\n" in file
    assert f"{last},issued_age,60+,hidden,,\r\n" in file
    assert f"{last},issued_age,5-14,hidden,,\r\n" in file
    assert f"{last},issued_age,25-39,500,,\r\n" in file
    assert "issued_sex" not in auditor.get("/staff/statistics/nation.csv").text
    page = auditor.get(f"/staff/statistics/nation?month={last}").text
    assert "Numbers given, by age" in page
    assert "once the month is over" in auditor.get("/staff/statistics").text
    assert auditor.get(f"/staff/statistics?centre={floor.elsewhere.id}").status_code == 200
    assert auditor.get(f"/staff/statistics?month=x&centre=x{uuid.uuid4()}").status_code == 200


@pytest.mark.parametrize("role", [Role.OFFICER, Role.ADMIN, Role.REGISTRAR, Role.SUPPORT])
def test_other_roles_see_no_figures(floor: Floor, role: Role) -> None:
    """403 at each address."""
    member = floor.member(role)
    for path in ("", "/nation", "/centre.csv", "/nation.csv"):
        assert member.get(f"/staff/statistics{path}").status_code == 403, path


def test_forgotten_applications_are_no_fault(counted: Floor) -> None:
    """A row of the counter without its application, or an application without its person: counted as not known."""
    floor = counted
    aid = staged(floor, State.SIGNED)
    with floor.site.app.app_context():
        db.session.execute(text("update enrol_section set sealed = null where aid = :aid"), {"aid": aid})
        db.session.commit()
    work(floor)
    assert sums(floor, "signed", sex="", age="", division="") == 1
    with floor.site.app.app_context(), Session(db.engine) as session:
        assert session.get(TallyCaseRow, aid) is not None


def test_practice_is_in_no_figures(counted: Floor) -> None:
    """What is done at a centre for training is not counted as done, and waits in no table."""
    floor = counted
    aid = staged(floor, State.SIGNED)
    # So many of each that none of them is hidden.
    copied = text(
        "insert into enrol_application select (jsonb_populate_record(a, jsonb_build_object('aid', one || n,"
        " 'state', one, 'subject_key_id', gen_random_uuid()))).* from enrol_application a, generate_series(1, 12) n,"
        " unnest(array['capturing', 'signed', 'received', 'adjudication']) one where aid = :aid"
    )
    with floor.site.app.test_request_context():
        db.session.execute(copied, {"aid": aid})

        def in_review() -> int:
            [table] = [
                one for one in tables(db.session(), floor.site.services.clock.now()) if one.key == "pending_stage"
            ]
            return next(row.count or 0 for row in table.rows if row.name == "review")

        real = in_review()
        db.session.execute(text("update centre set training = true where id = :id"), {"id": floor.centre.id})
        assert real >= 12
        assert in_review() <= real - 12
        case_counter().count()
        found = select(TallyRow.id).where(TallyRow.centre_id == floor.centre.id)
        assert db.session.scalar(found) is None
        db.session.rollback()
    assert work(floor) >= 1
    assert sums(floor, "signed", centre_id=floor.centre.id) == 1
