"""Where a person is reached: a new address holds once it is proven, and its old one can undo that for 72 hours."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any
from uuid import UUID

from sqlalchemy import exists, insert, select, update

from idp.audit import AuditEvent, Event, Trail
from idp.authenticators.one_time_code import CodePurpose
from idp.clock import Clock
from idp.database import Session
from idp.entropy import Entropy
from idp.errors import Code, Refusal
from idp.notices import Contact, LinkKind, Notice
from idp.outbox import Channel
from idp.outbox.addresses import mail_address, phone_number
from idp.selfservice.contact_change import ContactChange, Ground, Messages, ground_of
from idp.selfservice.models import ContactChangeRow
from idp.selfservice.sealed_words import SealedWords
from idp.subscribers import Directory
from idp.subscribers.models import SubscriberRow

__all__ = ["CLAIMS", "STOPPABLE", "ContactChange", "ContactChanges", "Ground", "Messages"]

STOPPABLE = timedelta(hours=72)
LIFE = timedelta(minutes=30)
_NOWHERE: Mapping[str, str] = MappingProxyType({})
CLAIMS = {Channel.EMAIL: "email", Channel.SMS: "phone_number"}


class ContactChanges:
    """Changes of contact points, in the caller's transaction; commit after a refusal of `prove` too."""

    def __init__(
        self,
        session: Session,
        directory: Directory,
        words: SealedWords,
        messages: Messages,
        clock: Clock,
        entropy: Entropy,
        trail: Trail,
        home_region: str = "SL",
    ) -> None:
        self._session = session
        self._directory = directory
        self._words = words
        self._messages = messages
        self._clock = clock
        self._entropy = entropy
        self._trail = trail
        self._home_region = home_region

    def begin(self, subscriber_id: UUID, channel: Channel, typed: str, locale: str | None) -> ContactChange | Refusal:
        """Send a code to a new address. Whether somebody else has it too makes no difference (AC-063).

        Refused: CONTACT_INVALID, CONTACT_SAME (it is theirs and proven), and as `OneTimeCodes.send`; roll back then.
        """
        address = self._address(channel, typed.strip())
        if address is None:
            return Refusal(Code.CONTACT_INVALID, channel.value)
        self._lock(subscriber_id)
        claims = self._directory.profile(subscriber_id)
        name = CLAIMS[channel]
        if claims.get(name) == address and claims.get(f"{name}_verified") is True:
            return Refusal(Code.CONTACT_SAME, channel.value)
        now = self._clock.now()
        self._session.execute(
            update(ContactChangeRow)
            .where(
                ContactChangeRow.subscriber_id == subscriber_id,
                ContactChangeRow.channel == channel.value,
                ContactChangeRow.state == "proving",
            )
            .values(state="expired", ended_at=now)
        )
        change = ContactChange(self._entropy.opaque_uuid(), channel, address, now + LIFE)
        self._store(change, subscriber_id, {"new": address}, "proving")
        sent = self._send(subscriber_id, change, locale)
        if isinstance(sent, Refusal):
            return sent
        self._audit(Event.CONTACT_ASKED, subscriber_id, channel, change.id)
        return change

    def under_way(self, subscriber_id: UUID, change_id: UUID) -> ContactChange | None:
        """A change that can still be proven; None for anybody else's, as for one that never was (AC-090)."""
        row = self._session.scalar(
            select(ContactChangeRow).where(
                ContactChangeRow.id == change_id,
                ContactChangeRow.subscriber_id == subscriber_id,
                ContactChangeRow.state == "proving",
                ContactChangeRow.expires_at > self._clock.now(),
            )
        )
        if row is None:
            return None
        address = self._words.open(subscriber_id, row.sealed_value).get("new", "")
        return ContactChange(row.id, Channel(row.channel), address, row.expires_at)

    def holds(self, subscriber_id: UUID, change_id: UUID) -> bool:
        """True for a change of this person's that has taken effect."""
        wanted = select(ContactChangeRow.id).where(
            ContactChangeRow.id == change_id,
            ContactChangeRow.subscriber_id == subscriber_id,
            ContactChangeRow.state == "done",
        )
        return self._session.scalar(wanted) is not None

    def resend(self, subscriber_id: UUID, change_id: UUID, locale: str | None) -> Refusal | None:
        """Another code to the same address. Refused: CONTACT_OVER, and as `OneTimeCodes.send`."""
        change = self.under_way(subscriber_id, change_id)
        if change is None:
            return Refusal(Code.CONTACT_OVER)
        sent = self._send(subscriber_id, change, locale)
        return sent if isinstance(sent, Refusal) else None

    def prove(
        self, subscriber_id: UUID, change_id: UUID, typed: str, where: Mapping[str, str] = _NOWHERE
    ) -> Ground | Refusal:
        """Let the change take effect: `typed` (six ASCII digits) came from the new address.

        The old address, where it was proven, and every other contact point are told, with a link that undoes it;
        `where` names the browser of the change to them.
        Refused: CONTACT_OVER (no such change, or too late), MESSAGE_CODE_WRONG and MESSAGE_CODE_OVER.
        """
        self._lock(subscriber_id)
        change = self.under_way(subscriber_id, change_id)
        if change is None:
            return Refusal(Code.CONTACT_OVER)
        refusal = self._messages.codes.spend(CodePurpose.CONTACT, str(change_id), typed, change.address)
        if refusal is not None:
            return refusal
        name = CLAIMS[change.channel]
        claims = self._directory.profile(subscriber_id)
        before = {"old": claims.get(name), "proven": claims.get(f"{name}_verified") is True}
        refusal = self._directory.record(subscriber_id, {name: change.address, f"{name}_verified": True})
        if refusal is not None:
            return refusal
        self._finish(subscriber_id, change_id, {"new": change.address, **before})
        ground = ground_of(change, before)
        self._audit(Event.CONTACT_CHANGED, subscriber_id, change.channel, change_id, removed=False, ground=ground)
        self._tell(subscriber_id, change, before, {"ground": ground.value, **where})
        return ground

    def remove(self, subscriber_id: UUID, channel: Channel, where: Mapping[str, str] = _NOWHERE) -> Refusal | None:
        """Give a contact point up. All of them, this one too, are told, with a link that undoes it.

        Refused: CONTACT_LAST (no other one is proven), CONTACT_OVER (there is none).
        """
        self._lock(subscriber_id)
        claims = self._directory.profile(subscriber_id)
        name = CLAIMS[channel]
        others = [other for other in CLAIMS.values() if other != name]
        if name not in claims:
            return Refusal(Code.CONTACT_OVER)
        proven = claims.get(f"{name}_verified") is True
        if proven and not any(claims.get(other) and claims.get(f"{other}_verified") is True for other in others):
            return Refusal(Code.CONTACT_LAST)
        change = ContactChange(self._entropy.opaque_uuid(), channel, "", self._clock.now())
        told = {"channel": channel.value, "link": self._link(subscriber_id, change), **where}
        self._messages.notices.tell(subscriber_id, Notice.CONTACT_REMOVED, told)
        refusal = self._directory.record(subscriber_id, {name: None, f"{name}_verified": None})
        if refusal is not None:
            return refusal
        self._store(change, subscriber_id, {"new": None, "old": claims[name], "proven": proven}, "done")
        self._audit(Event.CONTACT_CHANGED, subscriber_id, channel, change.id, removed=True)
        return None

    def stop(self, subscriber_id: UUID, change_id: UUID) -> Channel | Refusal:
        """Undo a change of the last 72 hours, and those of the same channel that came after it, for the old address.

        A removal is such a change: what was removed is back. All are told, the address that was taken away too. One
        statement uses the change up, so that of many at the same moment one does it. Refused: CONTACT_OVER (no such
        change, undone before, or too long ago).
        """
        self._lock(subscriber_id)
        now, columns = self._clock.now(), ContactChangeRow
        row = self._session.execute(
            update(ContactChangeRow)
            .where(
                columns.id == change_id,
                columns.subscriber_id == subscriber_id,
                columns.state == "done",
                columns.ended_at > now - STOPPABLE,
            )
            .values(state="stopped", ended_at=now)
            .returning(columns.channel, columns.created_at, columns.sealed_value)
            .execution_options(synchronize_session=False)
        ).one_or_none()
        if row is None:
            return Refusal(Code.CONTACT_OVER)
        before = self._words.open(subscriber_id, row.sealed_value)
        name = CLAIMS[Channel(row.channel)]
        claims = self._directory.profile(subscriber_id)
        lost = [Contact(Channel(row.channel), claims[name])] if claims.get(f"{name}_verified") is True else []
        proven = True if before.get("old") and before.get("proven") else None
        refusal = self._directory.record(subscriber_id, {name: before.get("old"), f"{name}_verified": proven})
        if refusal is not None:
            return refusal
        self._session.execute(
            update(ContactChangeRow)
            .where(
                ContactChangeRow.subscriber_id == subscriber_id,
                ContactChangeRow.channel == row.channel,
                ContactChangeRow.created_at >= row.created_at,
                ContactChangeRow.state.in_(["done", "proving"]),
            )
            .values(state="stopped", ended_at=now)
        )
        self._audit(Event.CONTACT_STOPPED, subscriber_id, Channel(row.channel), change_id)
        self._messages.notices.tell(subscriber_id, Notice.CONTACT_UNDONE, {"channel": row.channel}, also=lost)
        return Channel(row.channel)

    def settled(self, subscriber_id: UUID, since: datetime) -> bool:
        """True when no address of a person took another's place within 72 hours before `since`, or after it."""
        lately = exists().where(
            ContactChangeRow.subscriber_id == subscriber_id,
            ContactChangeRow.state == "done",
            ContactChangeRow.ended_at > since - STOPPABLE,
        )
        return not self._session.scalar(select(lately))

    def _address(self, channel: Channel, typed: str) -> str | None:
        if channel is Channel.EMAIL:
            return mail_address(typed)
        number = phone_number(typed, self._home_region)
        return None if number is None else number.e164

    def _send(self, subscriber_id: UUID, change: ContactChange, locale: str | None) -> object:
        codes = self._messages.codes
        return codes.send(CodePurpose.CONTACT, str(change.id), change.channel, change.address, subscriber_id, locale)

    def _tell(
        self, subscriber_id: UUID, change: ContactChange, before: dict[str, Any], where: Mapping[str, str]
    ) -> None:
        old = [Contact(change.channel, before["old"])] if before["old"] and before["proven"] else []
        told = {"channel": change.channel.value, "link": self._link(subscriber_id, change), **where}
        self._messages.notices.tell(subscriber_id, Notice.CONTACT_CHANGED, told, change.address, also=old)

    def _link(self, subscriber_id: UUID, change: ContactChange) -> str:
        return self._messages.links.make(LinkKind.STOP_CONTACT_CHANGE, subscriber_id, change.id, STOPPABLE)

    def _store(self, change: ContactChange, subscriber_id: UUID, document: dict[str, Any], state: str) -> None:
        now = self._clock.now()
        self._session.execute(
            insert(ContactChangeRow).values(
                id=change.id,
                subscriber_id=subscriber_id,
                channel=change.channel.value,
                sealed_value=self._words.seal(subscriber_id, document),
                state=state,
                created_at=now,
                expires_at=change.expires_at,
                ended_at=now if state == "done" else None,
            )
        )

    def _finish(self, subscriber_id: UUID, change_id: UUID, document: dict[str, Any]) -> None:
        self._session.execute(
            update(ContactChangeRow)
            .where(ContactChangeRow.id == change_id)
            .values(sealed_value=self._words.seal(subscriber_id, document), state="done", ended_at=self._clock.now())
        )

    def _lock(self, subscriber_id: UUID) -> None:
        """Changes of one person wait for each other."""
        self._session.execute(select(SubscriberRow.id).where(SubscriberRow.id == subscriber_id).with_for_update())

    def _audit(
        self,
        event: Event,
        subscriber_id: UUID,
        channel: Channel,
        change_id: UUID,
        *,
        removed: bool | None = None,
        ground: Ground | None = None,
    ) -> None:
        body: dict[str, str | bool] = {"channel": channel.value, "change": str(change_id)}
        if removed is not None:
            body["removed"] = removed
        if ground is not None:
            body["ground"] = ground.value
        self._trail.append(AuditEvent(event, subscriber_id=subscriber_id, body=dict(body)))
