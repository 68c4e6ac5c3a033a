"""Stored recovery cases: from the first proof on, in the database, so that a wait of days survives.

Every change is one statement that names the state it found; of parallel requests one succeeds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, exists, insert, select, update
from sqlalchemy.dialects.postgresql import array

from idp.audit import Event
from idp.audit.models import AuditRow
from idp.authenticators.models import PasswordRow
from idp.clock import Clock
from idp.database import Session
from idp.entropy import Entropy, SecretKind, digest
from idp.errors import Code, Refusal
from idp.recovery.ladder import LIFE, Move, Proof, State, next_state
from idp.recovery.models import RecoveryCaseRow
from idp.subscribers.models import SubscriberRow

__all__ = ["OPEN", "Case", "Cases"]

OPEN = (State.PROVING.value, State.COOLING.value, State.READY.value)
MAX_LISTED = 20
VISIT = "visit"
_REACHED_BY = ("email", "email_verified", "phone_number", "phone_number_verified")
_COLUMNS = (
    RecoveryCaseRow.id,
    RecoveryCaseRow.subscriber_id,
    RecoveryCaseRow.state,
    RecoveryCaseRow.proofs,
    RecoveryCaseRow.level,
    RecoveryCaseRow.browser,
    RecoveryCaseRow.opened_at,
    RecoveryCaseRow.ready_at,
    RecoveryCaseRow.expires_at,
)
_Stored = Row[UUID, UUID, str, list[str], int, bytes, datetime, datetime | None, datetime]


@dataclass(frozen=True, slots=True)
class Case:
    """One case. `level` is the account's level that its proofs can keep, 0 while no rung is reached."""

    id: UUID
    subscriber_id: UUID
    state: State
    proofs: frozenset[Proof]
    level: int
    browser: bytes = field(repr=False)
    opened_at: datetime
    ready_at: datetime | None
    expires_at: datetime

    def ripe(self, now: datetime) -> bool:
        """True when the cooling-off time is over."""
        return self.state is State.COOLING and self.ready_at is not None and now >= self.ready_at

    def bound_to(self, proof: Proof) -> str:
        """What a code by message is bound to: one that was sent before the wait is none after it."""
        return f"{self.id}:{self.state}:{proof}"


class Cases:
    """Cases, in the caller's transaction."""

    def __init__(self, session: Session, clock: Clock, entropy: Entropy) -> None:
        self._session = session
        self._clock = clock
        self._entropy = entropy

    def open(self, subscriber_id: UUID, browser_secret: str, proof: Proof) -> Case:
        """A new case with its first proof. It takes the place of what this browser left unfinished, but for a wait."""
        now, browser = self._clock.now(), digest(SecretKind.BROWSER, browser_secret)
        self._end(
            RecoveryCaseRow.subscriber_id == subscriber_id,
            RecoveryCaseRow.browser == browser,
            RecoveryCaseRow.state != State.COOLING.value,
        )
        case = Case(
            self._entropy.opaque_uuid(),
            subscriber_id,
            State.PROVING,
            frozenset({proof}),
            0,
            browser,
            now,
            None,
            now + LIFE,
        )
        self._insert(case)
        return case

    def find(self, case_id: UUID, browser_secret: str | None) -> Case | Refusal:
        """The case, for the browser that began it; `RECOVERY_UNKNOWN` for nobody's and another's alike.

        One that is past its time is found as `expired`, whatever is stored.
        """
        case = None if browser_secret is None else self._one(RecoveryCaseRow.id == case_id, _of(browser_secret))
        return Refusal(Code.RECOVERY_UNKNOWN) if case is None else case

    def of_browser(self, browser_secret: str | None) -> Case | None:
        """The open case that this browser began last."""
        if browser_secret is None:
            return None
        return self._one(_of(browser_secret), *self._live(), RecoveryCaseRow.proofs != [VISIT])

    def open_for(self, subscriber_id: UUID) -> list[Case]:
        """The open cases about a person, newest first, whoever began them."""
        found = _cases().where(RecoveryCaseRow.subscriber_id == subscriber_id, *self._live())
        return [self._case(row) for row in self._session.execute(found.limit(MAX_LISTED))]

    def under_way(self, subscriber_id: UUID) -> bool:
        """True while somebody who proved something gets back into this account; a number for a visit proves nothing."""
        theirs = select(RecoveryCaseRow.id).where(RecoveryCaseRow.subscriber_id == subscriber_id, *self._live())
        return self._session.scalar(theirs.where(RecoveryCaseRow.proofs != [VISIT]).limit(1)) is not None

    def move(
        self,
        case: Case,
        move: Move,
        *,
        proofs: frozenset[Proof] | None = None,
        level: int | None = None,
        ready_at: datetime | None = None,
        life: timedelta = LIFE,
    ) -> Case | Refusal:
        """Make a move; `RECOVERY_STATE` when the table does not have it or another request was faster."""
        state = next_state(case.state, move)
        if state is None:
            return Refusal(Code.RECOVERY_STATE, f"{case.state} {move}")
        now = self._clock.now()
        over = state in {State.DONE, State.STOPPED, State.EXPIRED}
        found = self._one_updated(
            case,
            {
                "state": state.value,
                "proofs": sorted(case.proofs if proofs is None else proofs),
                "level": case.level if level is None else level,
                "ready_at": case.ready_at if ready_at is None else ready_at,
                "expires_at": case.expires_at if over else now + life,
                "ended_at": now if over else None,
                "told_at": now,
            },
        )
        return Refusal(Code.RECOVERY_STATE, "moved by another request") if found is None else found

    def hold(self, case: Case) -> bool:
        """Wait for whoever has this case in hand; True when it still stands where it stood."""
        held = select(RecoveryCaseRow.state).where(RecoveryCaseRow.id == case.id).with_for_update()
        return self._session.scalar(held) == case.state.value

    def end_others(self, case: Case) -> int:
        """End every other open case about the same person; how many there were."""
        return self._end(RecoveryCaseRow.subscriber_id == case.subscriber_id, RecoveryCaseRow.id != case.id)

    def stop(self, subscriber_id: UUID, case_id: UUID) -> bool:
        """Stop an open case about this person; False where there is none of that identifier."""
        return bool(self._end(RecoveryCaseRow.subscriber_id == subscriber_id, RecoveryCaseRow.id == case_id))

    def unchanged(self, subscriber_id: UUID, since: datetime) -> bool:
        """True when neither where a person is reached, nor their password, nor their state changed after `since`.

        AC-083. What else is recorded, their language before all, is anybody's to change who has a session: it must not
        end what only the owner can begin.
        """
        reached_anew = exists().where(
            AuditRow.subscriber_id == subscriber_id,
            AuditRow.at > since,
            AuditRow.event == Event.SUBSCRIBER_UPDATED.value,
            AuditRow.body["claims"].has_any(array(_REACHED_BY)),
        )
        row = self._session.execute(
            select(SubscriberRow.state_changed_at, PasswordRow.changed_at, select(reached_anew).scalar_subquery())
            .outerjoin(PasswordRow, PasswordRow.subscriber_id == SubscriberRow.id)
            .where(SubscriberRow.id == subscriber_id)
        ).one_or_none()
        if row is None:
            return False
        *moments, moved = row
        return not moved and all(moment is None or moment <= since for moment in moments)

    def open_visit(self, case_id: UUID, subscriber_id: UUID, life: timedelta) -> bool:
        """A case that only a visit can bring on; True where it is the first one that is open.

        There may be several: a stranger who asks for one must not make the owner's number worthless.
        """
        first = self.visit_of(subscriber_id) is None
        if self._one(RecoveryCaseRow.id == case_id) is not None:
            return False
        now = self._clock.now()
        case = Case(case_id, subscriber_id, State.PROVING, frozenset(), 0, b"", now, None, now + life)
        self._insert(case, [VISIT])
        return first

    def new_visit(self, subscriber_id: UUID, life: timedelta) -> UUID:
        """As `open_visit`, under an identifier that it returns."""
        case_id = self._entropy.opaque_uuid()
        self.open_visit(case_id, subscriber_id, life)
        return case_id

    def visit_of(self, subscriber_id: UUID) -> Case | None:
        """The open visit of a person."""
        return self._one(
            RecoveryCaseRow.subscriber_id == subscriber_id, RecoveryCaseRow.proofs == [VISIT], *self._live()
        )

    def visits(self, first: UUID, last: UUID) -> list[Case]:
        """The open cases that wait for a visit, of identifiers from `first` to `last`."""
        between = RecoveryCaseRow.id.between(first, last)
        found = _cases().where(between, RecoveryCaseRow.proofs == [VISIT], *self._live())
        return [self._case(row) for row in self._session.execute(found.limit(MAX_LISTED))]

    def _insert(self, case: Case, proofs: list[str] | None = None) -> None:
        values = {
            "id": case.id,
            "subscriber_id": case.subscriber_id,
            "state": case.state.value,
            "proofs": sorted(case.proofs) if proofs is None else proofs,
            "level": case.level,
            "browser": case.browser,
            "opened_at": case.opened_at,
            "expires_at": case.expires_at,
        }
        self._session.execute(insert(RecoveryCaseRow).values(values))

    def _one(self, *conditions: ColumnElement[bool]) -> Case | None:
        row = self._session.execute(_cases().where(*conditions).limit(1)).one_or_none()
        return None if row is None else self._case(row)

    def _one_updated(self, case: Case, values: dict[str, object]) -> Case | None:
        row = self._session.execute(
            update(RecoveryCaseRow)
            .where(
                RecoveryCaseRow.id == case.id,
                RecoveryCaseRow.state == case.state.value,
                RecoveryCaseRow.proofs == sorted(case.proofs),
                RecoveryCaseRow.expires_at > self._clock.now(),
            )
            .values(**values)
            .returning(*_COLUMNS)
            .execution_options(synchronize_session=False)
        ).one_or_none()
        return None if row is None else self._case(row)

    def _end(self, *conditions: ColumnElement[bool]) -> int:
        ended = (
            update(RecoveryCaseRow)
            .where(*conditions, RecoveryCaseRow.state.in_(OPEN))
            .values(state=State.STOPPED.value, ended_at=self._clock.now())
            .returning(RecoveryCaseRow.id)
            .execution_options(synchronize_session=False)
        )
        return len(self._session.execute(ended).all())

    def _live(self) -> list[ColumnElement[bool]]:
        return [RecoveryCaseRow.state.in_(OPEN), RecoveryCaseRow.expires_at > self._clock.now()]

    def _case(self, row: _Stored) -> Case:
        state = State(row.state)
        if row.state in OPEN and row.expires_at <= self._clock.now():
            state = State.EXPIRED
        proofs = frozenset(Proof(name) for name in row.proofs if name != VISIT)
        return Case(
            row.id,
            row.subscriber_id,
            state,
            proofs,
            row.level,
            row.browser,
            row.opened_at,
            row.ready_at,
            row.expires_at,
        )


def _cases() -> Select[UUID, UUID, str, list[str], int, bytes, datetime, datetime | None, datetime]:
    return select(*_COLUMNS).order_by(RecoveryCaseRow.opened_at.desc(), RecoveryCaseRow.id)


def _of(browser_secret: str) -> ColumnElement[bool]:
    return RecoveryCaseRow.browser == digest(SecretKind.BROWSER, browser_secret)
