"""Queues messages in the transaction of what they tell of: both happen or neither does."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import insert

from idp.clock import Clock
from idp.database import Session
from idp.entropy import Entropy
from idp.errors import Code, Refusal
from idp.jobs import Jobs
from idp.keys import Purpose, Sealer
from idp.keys.person_keys import PersonKeys
from idp.outbox.addresses import mail_address, phone_number
from idp.outbox.budget import SmsBudget, SmsBudgets
from idp.outbox.message import Channel, Content, Message, State
from idp.outbox.models import MessageRow

__all__ = ["DELIVER", "Outbox"]

# The job that a worker does for each message.
DELIVER = "outbox.deliver"


class Outbox:
    """Messages to people. Never commits: whoever made the change that is told of does."""

    def __init__(
        self, session: Session, sealer: Sealer, clock: Clock, entropy: Entropy, budget: SmsBudget | None = None
    ) -> None:
        self._session = session
        self._sealer = sealer
        self._clock = clock
        self._entropy = entropy
        self._budget = budget or SmsBudget()

    def queue(self, message: Message) -> UUID | Refusal:
        """Write the message down, sealed; a worker sends it once the transaction has committed.

        Refused: MESSAGE_ADDRESS (not an address that may be written to), MESSAGE_BUDGET (text messages to this network
        are used up for today).
        """
        to, network = mail_address(message.to), None
        if message.channel is Channel.SMS:
            number = phone_number(message.to, self._budget.home_region)
            if number is None:
                return Refusal(Code.MESSAGE_ADDRESS, message.channel.value)
            refusal = SmsBudgets(self._session, self._clock, self._budget).take(number)
            if refusal is not None:
                return refusal
            to, network = number.e164, number.network
        if to is None:
            return Refusal(Code.MESSAGE_ADDRESS, message.channel.value)
        message_id, now = self._entropy.uuid(), self._clock.now()
        content = Content(to, message.locale, message.parameters, message.secret)
        sealed = seal_content(self._session, self._sealer, self._clock, message_id, message.subscriber_id, content)
        self._session.execute(
            insert(MessageRow).values(
                id=message_id,
                subscriber_id=message.subscriber_id,
                notice=str(message.notice),
                channel=message.channel.value,
                sealed=sealed,
                state=State.WAITING.value,
                tries=0,
                network=network,
                created_at=now,
                next_try_at=now,
                expires_at=message.expires_at,
            )
        )
        Jobs(self._session).defer(DELIVER, message_id=str(message_id))
        return message_id


def seal_content(
    session: Session, sealer: Sealer, clock: Clock, message_id: UUID, subscriber_id: UUID | None, content: Content
) -> bytes:
    """Under the person's key, so that it goes with the person; under the purpose's where nobody has an account yet."""
    if subscriber_id is None:
        return sealer.seal_system(Purpose.MESSAGE, str(message_id), content.as_bytes())
    return PersonKeys(session, sealer, clock).seal(subscriber_id, Purpose.MESSAGE, content.as_bytes())


def open_content(
    session: Session, sealer: Sealer, clock: Clock, message_id: UUID, subscriber_id: UUID | None, sealed: bytes
) -> Content | None:
    """The reverse; None once the person's key is destroyed. Raises `SealBrokenError` for any other message's bytes."""
    if subscriber_id is None:
        return Content.from_bytes(sealer.open_system(Purpose.MESSAGE, str(message_id), sealed))
    raw = PersonKeys(session, sealer, clock).open(subscriber_id, Purpose.MESSAGE, sealed)
    return None if raw is None else Content.from_bytes(raw)
