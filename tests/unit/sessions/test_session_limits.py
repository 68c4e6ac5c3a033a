import dataclasses
import datetime as dt
import json
import uuid

from hypothesis import given
from hypothesis import strategies as st

from idp.sessions import EndReason, Session, SessionPolicy
from tests.factories.moments import START

POLICY = SessionPolicy()
moments = st.datetimes(dt.datetime(2000, 1, 1), dt.datetime(2100, 1, 1), timezones=st.just(dt.UTC))  # noqa: DTZ001 - the strategy adds the zone


def session(**changes: object) -> Session:
    """A session that began and was used at START."""
    base = Session(
        id=uuid.UUID(int=1),
        subscriber_id=uuid.UUID(int=2),
        device_id=None,
        created_at=START,
        authenticated_at=START,
        seen_at=START,
        expires_at=START + POLICY.absolute,
        aal=1,
        amr=("pwd",),
    )
    return dataclasses.replace(base, **changes)  # type: ignore[arg-type]  # by field name


def test_idle_limit_is_half_an_hour() -> None:
    """A second before it lasts, at the limit it is over."""
    assert session().over(START + dt.timedelta(minutes=30, seconds=-1), POLICY) is None
    assert session().over(START + dt.timedelta(minutes=30), POLICY) is EndReason.IDLE


def test_a_session_may_have_a_shorter_time_of_its_own() -> None:
    """That of staff is a quarter of an hour (AC-068); one that is longer than everybody's counts for nothing."""
    staff, long = session(idle_seconds=900), session(idle_seconds=7200)
    assert staff.over(START + dt.timedelta(minutes=15, seconds=-1), POLICY) is None
    assert staff.over(START + dt.timedelta(minutes=15), POLICY) is EndReason.IDLE
    assert long.over(START + dt.timedelta(minutes=30), POLICY) is EndReason.IDLE


def test_a_copy_of_an_older_version_is_read() -> None:
    """Made before sessions had a time of their own."""
    older = session().to_dict()
    del older["idle_seconds"]
    assert Session.from_dict(older) == session()


def test_absolute_limit_is_twelve_hours_however_busy() -> None:
    """Use does not carry a session over its end."""
    end = START + dt.timedelta(hours=12)
    busy = session(seen_at=end - dt.timedelta(seconds=2))
    assert busy.over(end - dt.timedelta(seconds=1), POLICY) is None
    assert busy.over(end, POLICY) is EndReason.ABSOLUTE


@given(
    moments,
    moments,
    moments,
    st.sampled_from([None, uuid.UUID(int=9)]),
    st.lists(st.sampled_from(["pwd", "otp"])),
    st.sampled_from([None, 900]),
)
def test_a_session_survives_its_copy(
    created: dt.datetime,
    seen: dt.datetime,
    expires: dt.datetime,
    device: uuid.UUID | None,
    amr: list[str],
    idle: int | None,
) -> None:
    """What goes into the cache comes out equal, to the microsecond."""
    one = session(
        created_at=created, seen_at=seen, expires_at=expires, device_id=device, amr=tuple(amr), idle_seconds=idle
    )
    assert Session.from_dict(json.loads(json.dumps(one.to_dict()))) == one
