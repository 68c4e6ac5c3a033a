import datetime as dt
import uuid

import pytest
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session as DatabaseSession

from idp.audit.models import AuditRow
from idp.ephemeral import Ephemeral
from idp.errors import StoreUnavailableError
from idp.sessions import EndReason, SessionPolicy, Sessions, SessionStart, Started
from idp.sessions.models import SessionRow
from idp.subscribers.models import SubscriberRow
from tests.factories.signin import Desk, Shared

pytestmark = pytest.mark.integration


@pytest.fixture
def person(desk: Desk) -> uuid.UUID:
    """Somebody."""
    return desk.person("testa")


def started(desk: Desk, person: uuid.UUID, aal: int = 1, replaces: Started | None = None) -> Started:
    """A sign-in just completed."""
    amr = ("pwd",) if aal == 1 else ("pwd", "otp", "mfa")
    start = SessionStart(person, amr, aal, None, "made-up browser")
    return desk.sessions.start(start, None if replaces is None else replaces.session)


def reason_of(desk: Desk, session_id: uuid.UUID) -> str | None:
    """Why the stored session ended."""
    return desk.session.scalar(select(SessionRow.end_reason).where(SessionRow.id == session_id))


def events(desk: Desk, session_id: uuid.UUID) -> list[tuple[str, dict[str, object]]]:
    """What the trail says of this session."""
    rows = desk.session.scalars(
        select(AuditRow).where(AuditRow.session_id == session_id).order_by(AuditRow.at, AuditRow.id)
    )
    return [(row.event, row.body) for row in rows]


def without_store(desk: Desk) -> Sessions:
    """The same sessions while Valkey is away."""
    away = Ephemeral("redis://127.0.0.1:1/0", prefix="none", timeout_seconds=0.2)
    return Sessions(desk.session, away, desk.clock, desk.entropy, desk.trail)


def test_a_session_is_found_by_its_secret(desk: Desk, person: uuid.UUID) -> None:
    """From the database, from the copy, and with Valkey away, it is the same session."""
    one = started(desk, person)
    assert desk.sessions.find(one.secret) == one.session
    assert desk.sessions.find(one.secret) == one.session
    assert without_store(desk).find(one.secret) == one.session


@pytest.mark.parametrize(
    "secret", [None, "", "wn_", "x" * 46, "wb_" + "A" * 43, "wn_" + "A" * 43, "\0", "wn_" + "\ud800" * 43]
)
def test_no_other_secret_finds_one(desk: Desk, person: uuid.UUID, secret: str | None) -> None:
    """Absent, malformed, of another kind or made up: nobody is signed in."""
    started(desk, person)
    assert desk.sessions.find(secret) is None


def test_the_secret_is_stored_nowhere(desk: Desk, person: uuid.UUID) -> None:
    """The database holds a digest, and the value does not show it."""
    one = started(desk, person)
    row = desk.session.scalars(select(SessionRow).where(SessionRow.id == one.session.id)).one()
    assert one.secret not in repr((one, row.__dict__))
    assert len(row.secret_digest) == 32


def test_idle_sessions_end(desk: Desk, person: uuid.UUID) -> None:
    """Half an hour without use, and the row is ended and audited (AC-068)."""
    one = started(desk, person)
    desk.clock.advance(minutes=29, seconds=59)
    assert desk.sessions.find(one.secret) is not None
    desk.clock.advance(minutes=30)
    assert desk.sessions.find(one.secret) is None
    assert reason_of(desk, one.session.id) == "idle"
    assert events(desk, one.session.id)[-1] == ("session.ended", {"reason": "idle"})


@pytest.fixture
def officer(desk: Desk) -> uuid.UUID:
    """A member of staff."""
    made = desk.person("officer")
    desk.session.execute(update(SubscriberRow).where(SubscriberRow.id == made).values(policy_group="staff"))
    return made


def test_sessions_of_staff_end_sooner(desk: Desk, officer: uuid.UUID, person: uuid.UUID) -> None:
    """A quarter of an hour without use, from the database, from the copy and renewed; others go on (AC-068)."""
    one, other = started(desk, officer, aal=2), started(desk, person)
    desk.clock.advance(minutes=14, seconds=59)
    assert desk.sessions.find(one.secret) is not None
    renewed = desk.sessions.step_up(one.session.id, SessionStart(officer, ("hwk", "mfa"), 3, None))
    assert renewed is not None
    assert desk.sessions.find(renewed.secret) is not None
    desk.clock.advance(minutes=15)
    assert desk.sessions.find(renewed.secret) is None
    assert reason_of(desk, one.session.id) == "idle"
    assert desk.sessions.find(other.secret) is not None


def test_the_time_of_staff_is_a_setting(desk: Desk, officer: uuid.UUID) -> None:
    """It can be shorter, and never longer than everybody's."""
    parts = desk.session, desk.shared.ephemeral, desk.clock, desk.entropy, desk.trail
    start = SessionStart(officer, ("hwk", "mfa"), 3, None)
    for minutes, lasts in ((5, 5), (45, 30)):
        sessions = Sessions(*parts, SessionPolicy(staff_idle=dt.timedelta(minutes=minutes)))
        one = sessions.start(start)
        desk.clock.advance(minutes=lasts, seconds=-1)
        assert sessions.find(one.secret) is not None
        desk.clock.advance(minutes=lasts)
        assert sessions.find(one.secret) is None


def test_busy_sessions_end_too(desk: Desk, person: uuid.UUID) -> None:
    """Twelve hours are the most (AC-068)."""
    one = started(desk, person)
    for _ in range(35):
        desk.clock.advance(minutes=20)
        assert desk.sessions.find(one.secret) is not None
    desk.clock.advance(minutes=20)
    assert desk.sessions.find(one.secret) is None
    assert reason_of(desk, one.session.id) == "absolute"


def test_a_copy_is_judged_by_the_clock(desk: Desk, person: uuid.UUID) -> None:
    """A copy in Valkey does not outlive the session's limits."""
    one = started(desk, person)
    desk.sessions.find(one.secret)
    desk.clock.advance(hours=12)
    assert desk.sessions.find(one.secret) is None


def test_last_use_is_written_once_a_minute(desk: Desk, person: uuid.UUID) -> None:
    """A page every few seconds is no write every few seconds."""
    one = started(desk, person)
    written = set()
    for _ in range(13):
        desk.sessions.find(one.secret)
        written.add(desk.session.scalar(select(SessionRow.seen_at).where(SessionRow.id == one.session.id)))
        desk.clock.advance(seconds=10)
    assert len(written) == 3


def test_signing_in_again_renews_in_place(desk: Desk, person: uuid.UUID) -> None:
    """A step-up keeps the session and its beginning, under a new secret and level; the old secret is void (AC-066)."""
    one = started(desk, person)
    desk.sessions.find(one.secret)
    desk.clock.advance(minutes=5)
    two = started(desk, person, 2, one)
    assert two.session.id == one.session.id
    assert two.session.created_at == one.session.created_at
    assert two.session.authenticated_at == desk.clock.now()
    assert (two.session.aal, two.session.amr) == (2, ("pwd", "otp", "mfa"))
    assert two.secret != one.secret
    assert desk.sessions.find(one.secret) is None
    assert desk.sessions.find(two.secret) == two.session
    assert [event for event, _ in events(desk, one.session.id)] == ["session.started"] * 2


def test_another_person_ends_the_session_before(desk: Desk, person: uuid.UUID) -> None:
    """One browser, one person: whoever signs in next gets a session of their own, and the old one is over."""
    one = started(desk, person)
    two = started(desk, desk.person("other"), replaces=one)
    assert two.session.id != one.session.id
    assert desk.sessions.find(one.secret) is None
    assert reason_of(desk, one.session.id) == "replaced"


def test_an_ended_session_is_not_renewed(desk: Desk, person: uuid.UUID) -> None:
    """A sign-in that was under way while the old session ended begins a new one."""
    one = started(desk, person)
    desk.sessions.end(one.session.id, EndReason.SIGNED_OUT)
    two = started(desk, person, replaces=one)
    assert two.session.id != one.session.id


def test_ending_is_at_once_and_once(desk: Desk, person: uuid.UUID) -> None:
    """The next look-up finds nothing, copy or not; ending again changes and audits nothing."""
    one = started(desk, person)
    desk.sessions.find(one.secret)
    desk.clock.advance(seconds=1)
    assert desk.sessions.end(one.session.id, EndReason.SIGNED_OUT)
    assert desk.sessions.find(one.secret) is None
    assert not desk.sessions.end(one.session.id, EndReason.IDLE)
    assert not desk.sessions.end(uuid.uuid4(), EndReason.IDLE)
    assert events(desk, one.session.id)[1:] == [("session.ended", {"reason": "signed_out"})]


def test_all_of_a_person_end(desk: Desk, person: uuid.UUID) -> None:
    """Every browser of this person, nobody else's; Valkey may be away meanwhile."""
    mine = [started(desk, person) for _ in range(3)]
    other = started(desk, desk.person("other"))
    for one in (*mine, other):
        desk.sessions.find(one.secret)
    assert desk.sessions.end_all(person, "subscriber_suspended") == 3
    assert [desk.sessions.find(one.secret) for one in mine] == [None] * 3
    assert desk.sessions.find(other.secret) == other.session
    assert desk.sessions.end_all(person, "subscriber_suspended") == 0


def test_an_outage_does_not_stop_a_suspension_but_a_sign_out(desk: Desk, person: uuid.UUID) -> None:
    """Ending all goes on without Valkey; a person who signs out is told when a copy may remain (AC-123)."""
    one = started(desk, person)
    away = without_store(desk)
    with pytest.raises(StoreUnavailableError):
        away.end(one.session.id, EndReason.SIGNED_OUT)
    two = started(desk, person)
    assert away.end_all(person, "subscriber_suspended") == 1
    assert away.find(two.secret) is None


def test_a_reader_cannot_bring_a_session_back(own_database: Engine, shared: Shared) -> None:
    """Who read the row just before it ended does not leave a copy that lasts (the race of sign-out and page)."""
    with DatabaseSession(own_database) as setting_up:
        desk = Desk(shared, setting_up)
        one = started(desk, desk.person("testa"))
        setting_up.commit()
    with DatabaseSession(own_database) as ending, DatabaseSession(own_database) as reading:
        Desk(shared, ending).sessions.end(one.session.id, EndReason.SIGNED_OUT)
        # The end is not committed yet: this reader still sees the row, and would keep a copy of it.
        assert Desk(shared, reading).sessions.find(one.secret) == one.session
        ending.commit()
    with DatabaseSession(own_database) as later:
        assert Desk(shared, later).sessions.find(one.secret) is None


def test_a_browser_cannot_write_into_the_row(desk: Desk, person: uuid.UUID) -> None:
    """What a browser calls itself is cut and cleaned (AC-117)."""
    one = desk.sessions.start(SessionStart(person, ("pwd",), 1, None, "a\r\nb\0c\x1b[31m" + "x" * 5000))
    stored = desk.session.scalar(select(SessionRow.user_agent).where(SessionRow.id == one.session.id)) or ""
    assert stored.isprintable()
    assert len(stored) == 200
