"""What is over goes when its time has come, and not a moment before; what is in use or in somebody's hands stays."""

import datetime as dt
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import Engine, func, insert, select, update
from sqlalchemy.orm import Session

from idp.audit.models import AuditRow
from idp.authenticators.models import BiometricSampleRow, OneTimeCodeRow, ThrottleRow
from idp.authenticators.purging import purge_throttles
from idp.authenticators.throttling import Factor, Reserved, ThrottlePolicy
from idp.cli.purge import KINDS
from idp.consent.models import ConsentRow
from idp.database import Base
from idp.database import Session as DatabaseSession
from idp.notices.models import SecurityLinkRow
from idp.notices.purging import purge_links
from idp.outbox.models import MessageRow, SmsBudgetRow
from idp.recovery.models import RecoveryCaseRow
from idp.recovery.purging import expire_cases
from idp.representation.models import MandateRow
from idp.selfservice.models import AccountClosingRow, ConcernRow, ContactChangeRow, CorrectionRow, DataExportRow
from idp.sessions.models import DeviceRow, SessionRow
from idp.tokens.models import GrantRow, RevokedTokenRow
from tests.factories.clients import store_client
from tests.factories.grants import store_grant, store_session
from tests.factories.keys import purpose_keys
from tests.factories.moments import START, StillClock
from tests.factories.signin import Desk
from tests.factories.subscribers import store_subscriber

pytestmark = pytest.mark.integration
SECOND, MINUTE, HOUR, DAY = (dt.timedelta(**{unit: 1}) for unit in ("seconds", "minutes", "hours", "days"))
MOST = 100
Make = Callable[[DatabaseSession, uuid.UUID], object]


@dataclass(frozen=True)
class Life:
    """A row made at `START`, and when it has to go: as the promise says, not as the code does."""

    make: Make
    kind: type[Base]
    kept: dt.timedelta


def _row(kind: type[Base], /, **columns: Any) -> Make:
    """Stores a row of `kind` that belongs to the person, unless it belongs to nobody."""

    def make(session: DatabaseSession, person: uuid.UUID) -> None:
        given = {"id": uuid.uuid4(), "subscriber_id": person, "created_at": START, **columns}
        known = {column.name for column in kind.__table__.columns}
        session.execute(insert(kind).values({name: value for name, value in given.items() if name in known}))

    return make


def _session(session: DatabaseSession, person: uuid.UUID) -> uuid.UUID:
    return store_session(session, person)


def _grant(session: DatabaseSession, person: uuid.UUID, **changes: Any) -> uuid.UUID:
    return store_grant(session, person, "client", uuid.uuid4(), **changes)


_CASE = {"proofs": ["email"], "level": 1, "browser": b"b" * 32, "opened_at": START, "expires_at": START + 15 * MINUTE}
_CHANGE = {"channel": "email", "sealed_value": b"s", "expires_at": START + 30 * MINUTE}
_CODE = {"purpose": "signin", "bound_to": "b", "channel": "sms", "target": b"t", "digest": b"d", "tries": 0}
_DONE = {"state": "done", "ended_at": START}
_MESSAGE = {"notice": "code", "channel": "email", "tries": 1, "next_try_at": START}
_EXPORT = {"progress": 100, "expires_at": START + DAY}

LIVES: Mapping[str, Life] = {
    "recovery cases": Life(_row(RecoveryCaseRow, **_CASE, **_DONE), RecoveryCaseRow, 30 * DAY),
    "contact changes": Life(_row(ContactChangeRow, **_CHANGE, **_DONE), ContactChangeRow, 90 * DAY),
    "authorizations": Life(_grant, GrantRow, 30 * DAY + MINUTE),
    "revoked access tokens": Life(_row(RevokedTokenRow, jti="j", expires_at=START), RevokedTokenRow, DAY),
    "sessions": Life(_session, SessionRow, 90 * DAY + 12 * HOUR),
    "known devices": Life(_row(DeviceRow, secret_digest=b"s", seen_at=START), DeviceRow, 365 * DAY),
    "counters of guesses": Life(
        _row(ThrottleRow, subject=b"s", factor="password", bucket="unknown", tries=9, window_started_at=START),
        ThrottleRow,
        DAY,
    ),
    "codes by message": Life(_row(OneTimeCodeRow, **_CODE, expires_at=START + 10 * MINUTE), OneTimeCodeRow, DAY),
    "sample digests": Life(_row(BiometricSampleRow, digest=b"d", seen_at=START), BiometricSampleRow, 90 * DAY),
    "links in notices": Life(
        _row(SecurityLinkRow, digest=b"d", kind="not_me", expires_at=START + 7 * DAY), SecurityLinkRow, 14 * DAY
    ),
    "messages": Life(_row(MessageRow, **_MESSAGE, state="sent"), MessageRow, 30 * DAY),
    # Days are whole: that of START is over with its last second.
    "text message budgets": Life(
        _row(SmsBudgetRow, day=START.date(), network="n", used=1), SmsBudgetRow, 31 * DAY - 9 * HOUR
    ),
    "copies of data": Life(_row(DataExportRow, **_EXPORT, state="expired"), DataExportRow, 31 * DAY),
}
CLOSED = {
    "recovery cases closed": Life(_row(RecoveryCaseRow, **_CASE, state="proving"), RecoveryCaseRow, 15 * MINUTE),
    "contact changes closed": Life(_row(ContactChangeRow, **_CHANGE, state="proving"), ContactChangeRow, 30 * MINUTE),
}


def _count(session: DatabaseSession, kind: type[Base]) -> int:
    return session.scalar(select(func.count()).select_from(kind)) or 0


def _all(session: DatabaseSession, now: dt.datetime) -> dict[str, int]:
    done = {name: work(session, now, MOST) for name, work in KINDS.items()}
    return {name: count for name, count in done.items() if count}


def test_every_kind_has_a_test() -> None:
    """A kind that is added to the list is added here."""
    assert set(LIVES) | set(CLOSED) | {"jobs given up"} == set(KINDS)


@pytest.mark.parametrize("name", LIVES)
def test_a_row_goes_when_its_time_is_over(desk: Desk, name: str) -> None:
    """A second before nothing goes; a second after exactly this row does, and once."""
    life, person = LIVES[name], desk.person("testa")
    life.make(desk.session, person)
    assert KINDS[name](desk.session, START + life.kept - SECOND, MOST) == 0
    assert _count(desk.session, life.kind) == 1
    assert _all(desk.session, START + life.kept + SECOND) == {name: 1}
    assert _count(desk.session, life.kind) == 0
    assert _all(desk.session, START + life.kept + SECOND) == {}


@pytest.mark.parametrize("name", CLOSED)
def test_what_nobody_finished_is_written_as_expired(desk: Desk, name: str) -> None:
    """It ended when its time was over, whenever that is noticed; a month and a quarter later it is gone."""
    life, person = CLOSED[name], desk.person("testa")
    life.make(desk.session, person)
    assert KINDS[name](desk.session, START + life.kept - SECOND, MOST) == 0
    assert KINDS[name](desk.session, START + 5 * HOUR, MOST) == 1
    row = desk.session.execute(select(life.kind)).scalar_one()
    assert (vars(row)["state"], vars(row)["ended_at"]) == ("expired", START + life.kept)
    assert len(_all(desk.session, START + 100 * DAY)) == 1
    assert _count(desk.session, life.kind) == 0


@pytest.mark.parametrize("state", ["done", "stopped"])
def test_a_case_that_ended_is_not_rewritten(desk: Desk, state: str) -> None:
    """What became of a recovery stays what it was."""
    person = desk.person("testa")
    _row(RecoveryCaseRow, **_CASE, state=state, ended_at=START)(desk.session, person)
    assert expire_cases(desk.session, START + HOUR, MOST) == 0
    assert desk.session.scalar(select(RecoveryCaseRow.state)) == state


def test_proof_stays_for_ever(desk: Desk) -> None:
    """The audit trail, consents, mandates, closings, corrections and reports outlive everything."""
    person, other = desk.person("testa"), desk.person("testo")
    store_client(desk.session, "client")
    scope: dict[str, Any] = {"data_scope": {"providers": [], "fields": []}, "purpose": "", "client_fingerprint": "f"}
    asked: dict[str, Any] = {"scopes": [], "asked_scopes": [], "asked_fields": []}
    consent = {"consent_id": uuid.uuid4(), "citizen_id": person, "consumer_id": "client", "granted_at": START}
    _row(ConsentRow, **consent, **scope, **asked, status="withdrawn", ended_at=START)(desk.session, person)
    pair = {"represented_id": person, "carer_id": other, "powers": ["view"], "expires_at": START + DAY}
    _row(MandateRow, **pair, state="proposed")(desk.session, person)
    _row(AccountClosingRow, asked_at=START, closes_at=START + DAY, ended_at=START)(desk.session, person)
    _row(CorrectionRow, claim="name", sealed=b"s", state="open")(desk.session, person)
    _row(ConcernRow, event_id=uuid.uuid4(), sealed=b"s", state="open")(desk.session, person)
    kinds = (AuditRow, ConsentRow, MandateRow, AccountClosingRow, CorrectionRow, ConcernRow)
    before = [_count(desk.session, kind) for kind in kinds]
    assert all(before)
    assert _all(desk.session, START + 40_000 * DAY) == {}
    assert [_count(desk.session, kind) for kind in kinds] == before


def test_a_message_that_waits_or_is_held_stays(desk: Desk) -> None:
    """An operator has yet to say what becomes of it."""
    person = desk.person("testa")
    for state in ("waiting", "held"):
        _row(MessageRow, **_MESSAGE, state=state)(desk.session, person)
    assert _all(desk.session, START + 400 * DAY) == {}


def test_a_device_that_was_struck_off_goes_after_a_month(desk: Desk) -> None:
    """One in use stays."""
    person = desk.person("testa")
    later = START + 30 * DAY
    _row(DeviceRow, secret_digest=b"1", seen_at=later, revoked_at=START)(desk.session, person)
    _row(DeviceRow, secret_digest=b"2", seen_at=later)(desk.session, person)
    assert _all(desk.session, later - SECOND) == {}
    assert _all(desk.session, later + SECOND) == {"known devices": 1}
    assert desk.session.scalars(select(DeviceRow.secret_digest)).all() == [b"2"]


def test_a_session_stays_while_an_authorization_hangs_on_it(desk: Desk) -> None:
    """Access while away outlives the session, and every use of it looks at the session's row."""
    person = desk.person("testa")
    held, revoked, filed = (_session(desk.session, person) for _ in range(3))
    long = {"refresh_expires_at": START + 900 * DAY, "code_spent_at": START}
    store_grant(desk.session, person, "client", held, **long)
    store_grant(desk.session, person, "client", revoked, **long, revoked_at=START)
    store_grant(desk.session, person, "client", filed, **long, filed_at=START)
    assert _all(desk.session, START + 800 * DAY) == {"sessions": 2}
    assert desk.session.scalars(select(SessionRow.id)).all() == [held]


@pytest.mark.parametrize("factor", Factor)
@pytest.mark.parametrize("tries", [1, 25])
def test_forgetting_a_counter_gives_nobody_a_try_more(desk: Desk, engine: Engine, factor: Factor, tries: int) -> None:
    """A counter that goes is one that the next try would have begun afresh, by the throttle itself."""
    budget = ThrottlePolicy().budget(factor)
    whole = max(budget.window, budget.memory)
    gone = []
    for share in (0.5, 0.9999, 1.0001):
        reserved = desk.throttle.reserve(factor, "somebody", None)
        assert isinstance(reserved, Reserved)
        with Session(engine) as apart:
            apart.execute(update(ThrottleRow).values(tries=tries))
            apart.commit()
            gone.append(purge_throttles(apart, desk.clock.now() + share * whole, MOST) == 1)
            apart.rollback()
            desk.clock.advance(seconds=(share * whole).total_seconds())
            again = desk.throttle.reserve(factor, "somebody", None)
            afresh = isinstance(again, Reserved) and apart.scalars(select(ThrottleRow.tries)).one() == 1
        assert afresh or not gone[-1]
        desk.throttle.clear(reserved)
    assert gone == [False, False, True]


def test_a_counter_that_still_makes_somebody_wait_stays(desk: Desk) -> None:
    """However old it is: its wait is not over."""
    guesses = {"subject": b"s", "factor": "password", "bucket": "unknown", "tries": 9, "window_started_at": START}
    _row(ThrottleRow, **guesses, blocked_until=START + 3 * DAY)(desk.session, uuid.uuid4())
    assert _all(desk.session, START + 3 * DAY - SECOND) == {}
    assert _all(desk.session, START + 3 * DAY) == {"counters of guesses": 1}


def test_a_row_in_somebodys_hands_is_passed_over(own_database: Engine) -> None:
    """Nobody waits: a locked row stays for the next round, the others go; at most so many at a time."""
    clock, keys = StillClock(), purpose_keys()
    with Session(own_database) as setting, setting.begin():
        person = store_subscriber(setting, keys, clock)
        for number in range(5):
            link = {"digest": bytes([number]), "kind": "not_me", "expires_at": START}
            _row(SecurityLinkRow, **link)(setting, person)
    held = select(SecurityLinkRow).where(SecurityLinkRow.digest == b"\0").with_for_update()
    with Session(own_database) as holding, Session(own_database) as purging:
        holding.execute(held)
        done: list[int] = []
        while not done or done[-1]:
            done.append(purge_links(purging, START + 30 * DAY, 3))
            purging.commit()
        assert done == [3, 1, 0]
        holding.rollback()
        assert purge_links(purging, START + 30 * DAY, 3) == 1
