"""Who hears of what happened to a record: the person, and each service that holds a consent of theirs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from uuid import UUID

from sqlalchemy import insert, or_, select

from enrollment.life_events.models import ServiceEventRow
from enrollment.register import Accounts
from idp.audit import AuditEvent, Event, Trail
from idp.clients.client import Client
from idp.clock import Clock
from idp.consent.models import ConsentRow
from idp.database import Session
from idp.entropy import Entropy
from idp.notices import Notice, Notices
from idp.subscribers.subject import Subjects

__all__ = ["Announcing", "Change"]


class Change(StrEnum):
    """What is told; closed. No detail of the person goes with it: a service asks for what its consent covers."""

    DETAILS_CHANGED = "details_changed"
    NUMBER_HANDED_OUT = "number_handed_out"
    DECEASED = "deceased"
    RESTORED = "restored"
    MERGED = "merged"
    SPLIT = "split"
    SUSPENDED = "suspended"
    REINSTATED = "reinstated"
    BODY_ERASED = "body_erased"
    ERASED = "erased"


class Announcing:
    """Writes what is to be told, in the caller's transaction. `clients` finds a registered client by its name."""

    def __init__(
        self,
        session: Session,
        accounts: Accounts,
        clients: Callable[[str], Client | None],
        subjects: Subjects,
        notices: Notices,
        clock: Clock,
        entropy: Entropy,
        trail: Trail,
    ) -> None:
        self._session = session
        self._accounts = accounts
        self._clients = clients
        self._subjects = subjects
        self._notices = notices
        self._clock = clock
        self._entropy = entropy
        self._trail = trail

    def tell(self, person_id: UUID, what: str) -> int:
        """Tell everybody who is to know of this person; how many services that were. `what` is a word of `Change`.

        A service hears it by the name under which it knows the person (OIDC Core 8.1), once for each account.
        """
        return sum(self.tell_account(account, Change(what)) for account in self._accounts.of_person(person_id))

    def tell_person(self, person_id: UUID, what: str) -> None:
        """Tell the person alone, at every address that is proven to be theirs: a word of `mail/words.txt`."""
        for account in self._accounts.of_person(person_id):
            self._notices.tell(account, Notice.LIFE_EVENT, {"what": what})

    def tell_joined(self, kept: UUID, closed: UUID, what: Change) -> None:
        """Tell of a merge, or its end, of two accounts' people: a service that knows both learns which two."""
        told = {client.client_id: consent_id for client, consent_id in self._consented(closed)}
        for client, consent_id in self._consented(kept):
            if client.client_id in told:
                other = self._subjects.for_client(closed, client), told[client.client_id]
                self._write(client, consent_id, kept, what, other)

    def tell_account(self, subscriber_id: UUID, what: Change) -> int:
        """The same for one account. Of an erasure the person hears in a message that outlives the account."""
        if what is not Change.ERASED:
            self._notices.tell(subscriber_id, Notice.LIFE_EVENT, {"what": what.value})
        consented = self._consented(subscriber_id)
        for client, consent_id in consented:
            self._write(client, consent_id, subscriber_id, what)
        return len(consented)

    def _write(
        self,
        client: Client,
        consent_id: UUID,
        subscriber_id: UUID,
        what: Change,
        other: tuple[str, UUID] | tuple[None, None] = (None, None),
    ) -> None:
        values: Mapping[str, object] = {
            "id": self._entropy.uuid(),
            "client_id": client.client_id,
            "subject": self._subjects.for_client(subscriber_id, client),
            "consent_id": consent_id,
            "other_subject": other[0],
            "other_consent_id": other[1],
            "change": what.value,
            "at": self._clock.now(),
        }
        self._session.execute(insert(ServiceEventRow).values(values))
        body = {"what": what.value}
        self._trail.append(
            AuditEvent(Event.SERVICE_TOLD, subscriber_id=subscriber_id, client_id=client.client_id, body=body)
        )

    def _consented(self, subscriber_id: UUID) -> list[tuple[Client, UUID]]:
        """The services with a consent of this account that is in force, each with that consent."""
        now = self._clock.now()
        wanted = select(ConsentRow.consumer_id, ConsentRow.consent_id).where(
            ConsentRow.citizen_id == subscriber_id,
            ConsentRow.status == "active",
            or_(ConsentRow.expires_at.is_(None), ConsentRow.expires_at > now),
        )
        rows = self._session.execute(wanted.order_by(ConsentRow.consumer_id))
        found = ((self._clients(row.consumer_id), row.consent_id) for row in rows)
        return [(client, consent_id) for client, consent_id in found if client is not None]
