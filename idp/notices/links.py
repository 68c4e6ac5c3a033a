"""Links in notices: 256 random bits, stored as a digest, good once and for a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import insert, select, update

from idp.clock import Clock
from idp.database import Session
from idp.entropy import Entropy, SecretKind, digest, has_kind
from idp.errors import Code, Refusal
from idp.notices.catalogue import LinkKind
from idp.notices.models import SecurityLinkRow

__all__ = ["Links", "SecurityLink"]

_COLUMNS = (
    SecurityLinkRow.kind,
    SecurityLinkRow.subscriber_id,
    SecurityLinkRow.concerns,
    SecurityLinkRow.created_at,
    SecurityLinkRow.expires_at,
)


@dataclass(frozen=True, slots=True)
class SecurityLink:
    """What a link stands for. `concerns` is what was told of: a session, recovery case, contact change, ..."""

    kind: LinkKind
    subscriber_id: UUID
    concerns: UUID | None
    created_at: datetime
    expires_at: datetime


class Links:
    """Links, in the caller's transaction."""

    def __init__(self, session: Session, clock: Clock, entropy: Entropy) -> None:
        self._session = session
        self._clock = clock
        self._entropy = entropy

    def make(self, kind: LinkKind, subscriber_id: UUID, concerns: UUID | None, life: timedelta) -> str:
        """A new link's secret, for the parameter `link` of a notice; good for `life`."""
        secret, now = self._entropy.secret(SecretKind.NOTICE_LINK), self._clock.now()
        self._session.execute(
            insert(SecurityLinkRow).values(
                digest=digest(SecretKind.NOTICE_LINK, secret),
                kind=kind.value,
                subscriber_id=subscriber_id,
                concerns=concerns,
                created_at=now,
                expires_at=now + life,
            )
        )
        return secret

    def peek(self, secret: str) -> SecurityLink | Refusal:
        """What the link would do, which it still can. Refused: LINK_UNKNOWN for wrong, used and expired alike."""
        if not has_kind(SecretKind.NOTICE_LINK, secret):
            return Refusal(Code.LINK_UNKNOWN, "shape")
        wanted = select(*_COLUMNS).where(
            SecurityLinkRow.digest == digest(SecretKind.NOTICE_LINK, secret),
            SecurityLinkRow.used_at.is_(None),
            SecurityLinkRow.expires_at > self._clock.now(),
        )
        row = self._session.execute(wanted).one_or_none()
        return Refusal(Code.LINK_UNKNOWN) if row is None else SecurityLink(LinkKind(row.kind), *row[1:])

    def spend(self, secret: str) -> SecurityLink | Refusal:
        """Use the link, once: of many at the same moment one gets it. Refused: as `peek`."""
        if not has_kind(SecretKind.NOTICE_LINK, secret):
            return Refusal(Code.LINK_UNKNOWN, "shape")
        now = self._clock.now()
        spent = (
            update(SecurityLinkRow)
            .where(
                SecurityLinkRow.digest == digest(SecretKind.NOTICE_LINK, secret),
                SecurityLinkRow.used_at.is_(None),
                SecurityLinkRow.expires_at > now,
            )
            .values(used_at=now)
            .returning(*_COLUMNS)
            .execution_options(synchronize_session=False)
        )
        row = self._session.execute(spent).one_or_none()
        return Refusal(Code.LINK_UNKNOWN) if row is None else SecurityLink(LinkKind(row.kind), *row[1:])
