"""What became of messages: for the person who waits for one, and for operators. Never what they say or to whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, update

from idp.clock import Clock
from idp.database import Session
from idp.errors import Code, Refusal
from idp.jobs import Jobs
from idp.outbox.message import Channel, State
from idp.outbox.models import MessageRow
from idp.outbox.outbox import DELIVER

__all__ = ["Standing", "Standings"]

MAX_LISTED = 1000
_COLUMNS = (
    MessageRow.id, MessageRow.subscriber_id, MessageRow.notice, MessageRow.channel, MessageRow.state, MessageRow.tries,
    MessageRow.network, MessageRow.failure, MessageRow.created_at, MessageRow.next_try_at, MessageRow.expires_at,
    MessageRow.sent_at,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one message is. `failure` is a member of `idp.outbox.sending.Failure`, of the last try."""

    id: UUID
    subscriber_id: UUID | None
    notice: str
    channel: Channel
    state: State
    tries: int
    network: str | None
    failure: str | None
    created_at: datetime
    next_try_at: datetime
    expires_at: datetime | None
    sent_at: datetime | None


class Standings:
    """Looks messages up, in the caller's transaction."""

    def __init__(self, session: Session, clock: Clock) -> None:
        self._session = session
        self._clock = clock

    def of(self, message_id: UUID) -> Standing | None:
        """One message; None when there is none, or it was sent long ago."""
        found = self._rows(MessageRow.id == message_id, most=1)
        return found[0] if found else None

    def listed(self, states: tuple[State, ...], most: int = 100) -> list[Standing]:
        """The newest messages in these states."""
        return self._rows(MessageRow.state.in_([state.value for state in states]), most=min(most, MAX_LISTED))

    def unreached(self, subscriber_id: UUID) -> list[Standing]:
        """For each channel on which we could not reach this person lately: the message that failed last.

        A channel is left out once anything newer was delivered on it.
        """
        newest: dict[Channel, Standing] = {}
        settled = [State.SENT.value, State.FAILED.value]
        for standing in self._rows(
            MessageRow.subscriber_id == subscriber_id, MessageRow.state.in_(settled), most=MAX_LISTED
        ):
            if standing.state is State.SENT or standing.failure not in {"expired", "erased"}:
                newest.setdefault(standing.channel, standing)
        return [standing for standing in newest.values() if standing.state is State.FAILED]

    def retry(self, message_id: UUID) -> Standing | Refusal:
        """Have a message that was not sent yet, or was given up, sent as soon as possible.

        Refused: MESSAGE_STATE (no such message, sent, or what it said is forgotten: codes, people who were erased).
        """
        now = self._clock.now()
        changed = self._session.execute(
            update(MessageRow)
            .where(
                MessageRow.id == message_id,
                MessageRow.state != State.SENT.value,
                MessageRow.sealed.is_not(None),
            )
            .values(state=State.WAITING.value, next_try_at=now, tries=0)
            .returning(MessageRow.id)
            .execution_options(synchronize_session=False)
        ).one_or_none()
        if changed is None:
            return Refusal(Code.MESSAGE_STATE, "sent, or forgotten, or never there")
        Jobs(self._session).defer(DELIVER, message_id=str(message_id))
        standing = self.of(message_id)
        assert standing is not None, "a message was changed and is not there"  # noqa: S101 - for the type checker
        return standing

    def held(self) -> list[UUID]:
        """Every message that waits for an operator, oldest first."""
        wanted = select(MessageRow.id).where(MessageRow.state == State.HELD.value).order_by(MessageRow.created_at)
        return list(self._session.scalars(wanted))

    def counted(self) -> dict[str, int]:
        """How many messages there are in each state."""
        wanted = select(MessageRow.state, func.count()).group_by(MessageRow.state)
        return {state: count for state, count in self._session.execute(wanted)}  # noqa: C416 - rows are no pairs to mypy

    def _rows(self, *conditions: object, most: int) -> list[Standing]:
        wanted = select(*_COLUMNS).where(*conditions).order_by(MessageRow.created_at.desc(), MessageRow.id.desc())  # type: ignore[arg-type]  # conditions of SQLAlchemy
        return [
            Standing(**{**row._mapping, "channel": Channel(row.channel), "state": State(row.state)})  # noqa: SLF001 - SQLAlchemy's documented view of a row
            for row in self._session.execute(wanted.limit(most))
        ]
