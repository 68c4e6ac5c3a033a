"""Decisions of people about services: given, declined, found again, taken back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import Select, column, or_, select, table, update

from idp.audit import AuditEvent, Event, Trail
from idp.clock import Clock
from idp.consent.models import ConsentRow
from idp.consent.offer import OFFLINE, Offer
from idp.consent.record import PROVIDER, Consent, Status
from idp.database import Session
from idp.entropy import Entropy
from idp.errors import Code, Refusal
from idp.subscribers.models import SubscriberRow

__all__ = ["WITHDRAWN", "Consents"]

WITHDRAWN = "consent_withdrawn"
MAX_LISTED = 100

# The room of tokens stands beside this one; what must end in the same transaction is named by its columns.
_GRANTS = table(
    "authorization_grant",
    *(column(name) for name in ("subscriber_id", "client_id", "offline", "revoked_at", "revoke_reason")),
)


class Consents:
    """The consents of people, each change with its audit row in the caller's transaction."""

    def __init__(self, session: Session, clock: Clock, entropy: Entropy, trail: Trail) -> None:
        self._session = session
        self._clock = clock
        self._entropy = entropy
        self._trail = trail

    def current(self, citizen_id: UUID, client_id: str) -> Consent | None:
        """The consent in force of this person for this client; None when there is none."""
        row = self._session.scalar(self._in_force(citizen_id).where(ConsentRow.consumer_id == client_id))
        return None if row is None else _consent(row)

    def list_for(self, citizen_id: UUID) -> list[Consent]:
        """The consents in force of this person, newest first, at most 100."""
        wanted = self._in_force(citizen_id).order_by(ConsentRow.granted_at.desc(), ConsentRow.consent_id)
        return [_consent(row) for row in self._session.scalars(wanted.limit(MAX_LISTED))]

    def grant(
        self, citizen_id: UUID, offer: Offer, ticked: Iterable[str], *, session_id: UUID | None = None
    ) -> Consent | Refusal:
        """Store a yes to this offer, in place of an earlier consent for the same client.

        `ticked` are the names of the optional fields the person chose, and `offline_access` where it was
        offered and chosen. Refused with CONSENT_FIELD: a name that was not offered. Where access while away
        is no longer granted, earlier grants of that kind end.
        """
        ticked = frozenset(ticked)
        fields = offer.granted(ticked)
        if isinstance(fields, Refusal):
            return fields
        self._lock(citizen_id)
        away = offer.offline and OFFLINE in ticked
        earlier = self._replace(citizen_id, offer.client.client_id)
        if earlier is not None and OFFLINE in earlier.scopes and not away:
            self._end_grants(citizen_id, offer.client.client_id, offline_only=True)
        row = ConsentRow(
            consent_id=self._entropy.opaque_uuid(),
            citizen_id=citizen_id,
            consumer_id=offer.client.client_id,
            data_scope={"providers": [PROVIDER], "fields": sorted(fields)},
            purpose=offer.purpose or "",
            granted_at=self._clock.now(),
            expires_at=offer.expires_at,
            status=Status.ACTIVE.value,
            scopes=sorted(offer.scopes if away else offer.scopes - {OFFLINE}),
            asked_scopes=sorted(offer.asked_scopes),
            asked_fields=sorted(offer.asked_fields),
            client_fingerprint=offer.client.fingerprint,
            ended_at=None,
        )
        self._session.add(row)
        self._session.flush()
        declined = {line.claim for line in offer.fields} - fields
        body = {"consent": str(row.consent_id), "fields": sorted(fields), "declined": sorted(declined)}
        self._audit(Event.CONSENT_GRANTED, citizen_id, row.consumer_id, session_id, {**body, "scopes": row.scopes})
        return _consent(row)

    def decline(self, citizen_id: UUID, offer: Offer, *, session_id: UUID | None = None) -> None:
        """Record a no to the whole offer. What was granted earlier stays as it is."""
        body = {"fields": sorted(offer.asked.fields), "scopes": sorted(offer.scopes)}
        self._audit(Event.CONSENT_DECLINED, citizen_id, offer.client.client_id, session_id, body)

    def withdraw(
        self, citizen_id: UUID, consent_id: UUID, *, session_id: UUID | None = None, actor: str | None = None
    ) -> Consent | Refusal:
        """Take a consent back, and end every grant of this person to that client in the same transaction.

        `actor`: who, if not the person.

        Refused with CONSENT_UNKNOWN for a consent that is not this person's, exactly as for one that never
        was; the attempt is audited, so commit after a refusal too. Asked with the identifier of a consent
        that has been replaced since, it withdraws the one that took its place; asked again, it changes
        nothing.
        """
        self._lock(citizen_id)
        named = self._session.scalar(
            select(ConsentRow).where(ConsentRow.consent_id == consent_id, ConsentRow.citizen_id == citizen_id)
        )
        if named is None:
            body = {"attempted": "consent.withdraw", "reason": Code.CONSENT_UNKNOWN.value}
            self._audit(Event.AUTHORIZATION_REFUSED, citizen_id, None, session_id, body)
            return Refusal(Code.CONSENT_UNKNOWN)
        row = self._active(citizen_id, named.consumer_id)
        if row is None:
            return _consent(named)
        row.status = Status.WITHDRAWN.value
        row.ended_at = self._clock.now()
        self._session.flush()
        self._end_grants(citizen_id, row.consumer_id)
        body = {"consent": str(row.consent_id)}
        self._audit(Event.CONSENT_WITHDRAWN, citizen_id, row.consumer_id, session_id, body, actor)
        return _consent(row)

    def _in_force(self, citizen_id: UUID) -> Select[ConsentRow]:
        return select(ConsentRow).where(
            ConsentRow.citizen_id == citizen_id,
            ConsentRow.status == Status.ACTIVE.value,
            or_(ConsentRow.expires_at.is_(None), ConsentRow.expires_at > self._clock.now()),
        )

    def _active(self, citizen_id: UUID, client_id: str) -> ConsentRow | None:
        return self._session.scalar(
            select(ConsentRow).where(
                ConsentRow.citizen_id == citizen_id,
                ConsentRow.consumer_id == client_id,
                ConsentRow.status == Status.ACTIVE.value,
            )
        )

    def _lock(self, citizen_id: UUID) -> None:
        # Decisions of one person wait for each other: two tabs may both say yes, and one consent is active.
        self._session.execute(
            select(SubscriberRow.id).where(SubscriberRow.id == citizen_id).with_for_update(key_share=True)
        )

    def _replace(self, citizen_id: UUID, client_id: str) -> ConsentRow | None:
        row = self._active(citizen_id, client_id)
        if row is not None:
            now = self._clock.now()
            row.status = (Status.REPLACED if _consent(row).in_force(now) else Status.EXPIRED).value
            row.ended_at = now
            self._session.flush()
        return row

    def _end_grants(self, citizen_id: UUID, client_id: str, *, offline_only: bool = False) -> None:
        theirs = (_GRANTS.c.subscriber_id == citizen_id) & (_GRANTS.c.client_id == client_id)
        ending = update(_GRANTS).where(theirs, _GRANTS.c.revoked_at.is_(None))
        if offline_only:
            ending = ending.where(_GRANTS.c.offline)
        self._session.execute(ending.values(revoked_at=self._clock.now(), revoke_reason=WITHDRAWN))

    def _audit(
        self,
        event: Event,
        citizen_id: UUID,
        client_id: str | None,
        session_id: UUID | None,
        body: dict[str, Any],
        actor: str | None = None,
    ) -> None:
        self._trail.append(
            AuditEvent(
                event, subscriber_id=citizen_id, client_id=client_id, session_id=session_id, actor=actor, body=body
            )
        )


def _consent(row: ConsentRow) -> Consent:
    return Consent(
        consent_id=row.consent_id,
        citizen_id=row.citizen_id,
        consumer_id=row.consumer_id,
        providers=tuple(row.data_scope["providers"]),
        fields=frozenset(row.data_scope["fields"]),
        purpose=row.purpose,
        granted_at=row.granted_at,
        expires_at=row.expires_at,
        status=Status(row.status),
        scopes=frozenset(row.scopes),
        asked_scopes=frozenset(row.asked_scopes),
        asked_fields=frozenset(row.asked_fields),
        client_fingerprint=row.client_fingerprint,
    )
