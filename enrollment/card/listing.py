"""The list of cards that are not good: signed as cards are, made once a period, for checks off the network.

A card stands in it by the first eight bytes of the SHA-256 of its serial, which is printed in no list: who does not
hold the card learns nothing from it. Ten thousand cards take 80 kB.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from enrollment.card.checking import Checked, Reason
from enrollment.card.envelope import Fault, sealed, unwrapped
from enrollment.card.keys import CardKeys
from enrollment.card.models import CardListRow
from enrollment.card.policy import CardPolicy
from enrollment.card.standing import Standings
from enrollment.card.trust import Trusted, signer_of
from idp.clock import Clock
from idp.database import Session

__all__ = ["CLAIM", "MAX_LIST", "CardList", "CardLists", "Listed", "listed_in", "mark_of"]

# In the range of private use (RFC 8392 section 9.1): never taken for a card, which has claim 169.
CLAIM = -70_169
MARK_BYTES = 8
MAX_LIST = 1 << 24
_ISSUER, _EXPIRES, _ISSUED = 1, 4, 6
_LATEST = 1 << 36
_GROUPS = {1: Reason.REVOKED, 2: Reason.SUSPENDED, 3: Reason.DECEASED}


@dataclass(frozen=True, slots=True)
class CardList:
    """A list as published. `fresh_until`: then there is a newer one; it may be used for `list_lifetime`."""

    content: bytes
    etag: str
    made_at: datetime
    fresh_until: datetime


@dataclass(frozen=True, slots=True)
class Listed:
    """A list that somebody took along: the cards of `issuer` not good at `made_at`; worth asking before `until`."""

    issuer: str
    made_at: datetime
    until: datetime
    marks: Mapping[bytes, Reason] = field(repr=False)

    def speaks_of(self, checked: Checked) -> bool:
        """Whether the card is of the issuer whose list this is: of others' it knows nothing."""
        return bool(checked.meta.get("issuer", "") == self.issuer)

    def settled(self, checked: Checked) -> Checked:
        """The same card, with what the list says of it where nothing else is wrong."""
        if not self.speaks_of(checked) or checked.reason is not None or checked.serial is None:
            return checked
        return replace(checked, reason=self.marks.get(mark_of(checked.serial)))


def mark_of(serial: bytes) -> bytes:
    """How a card stands in the list."""
    return hashlib.sha256(serial).digest()[:MARK_BYTES]


def listed_in(content: bytes, trusted: Iterable[Trusted]) -> Listed | None:
    """A published list read again; None where it is none, or no key of these signed it."""
    envelope = unwrapped(content, most=MAX_LIST) if len(content) <= MAX_LIST else Fault.TOO_LARGE
    if isinstance(envelope, Fault) or signer_of(envelope, trusted).signer is None:
        return None
    groups, issuer = envelope.claims.get(CLAIM), envelope.claims.get(_ISSUER, "")
    made_at, until = _moment(envelope.claims.get(_ISSUED)), _moment(envelope.claims.get(_EXPIRES))
    if not isinstance(groups, dict) or not isinstance(issuer, str) or made_at is None or until is None:
        return None
    marks: dict[bytes, Reason] = {}
    for number, reason in _GROUPS.items():
        group = groups.get(number, b"")
        if not isinstance(group, bytes) or len(group) % MARK_BYTES:
            return None
        marks |= {group[at : at + MARK_BYTES]: reason for at in range(0, len(group), MARK_BYTES)}
    return Listed(issuer, made_at, until, marks)


def _moment(seconds: object) -> datetime | None:
    if isinstance(seconds, int) and 0 <= seconds < _LATEST:
        return datetime.fromtimestamp(seconds, UTC)
    return None


class CardLists:
    """Makes and reads lists, in the caller's transaction."""

    def __init__(
        self,
        session: Session,
        keys: CardKeys,
        standings: Standings,
        clock: Clock,
        issuer: str,
        policy: CardPolicy | None = None,
    ) -> None:
        self._session = session
        self._keys = keys
        self._standings = standings
        self._clock = clock
        self._issuer = issuer
        self._policy = policy or CardPolicy()

    def current(self) -> CardList:
        """The list of this period. Of any number who ask first at once, one makes it."""
        now = self._clock.now()
        seconds = int(self._policy.period.total_seconds())
        period = int(now.timestamp()) // seconds
        row = self._stored(period) or self._made(period, now)
        until = datetime.fromtimestamp((period + 1) * seconds, UTC)
        return CardList(row.content, f'"{hashlib.sha256(row.content).hexdigest()[:32]}"', row.made_at, until)

    def _stored(self, period: int) -> CardListRow | None:
        return self._session.get(CardListRow, period, populate_existing=True)

    def _made(self, period: int, now: datetime) -> CardListRow:
        kid, algorithm, private = self._keys.signer()
        claims: dict[int, Any] = {
            _ISSUER: self._issuer,
            4: int((now + self._policy.list_lifetime).timestamp()),
            6: int(now.timestamp()),
            CLAIM: _grouped(self._standings.bad()),
        }
        content = sealed(claims, algorithm, private, bytes.fromhex(kid))
        made = insert(CardListRow).values(period=period, content=content, made_at=now).on_conflict_do_nothing()
        self._session.execute(made)
        self._keys.forget_retired()
        self._session.execute(delete(CardListRow).where(CardListRow.period < period - 1))
        stored = self._stored(period)
        return CardListRow(period=period, content=content, made_at=now) if stored is None else stored


def _grouped(bad: Iterable[tuple[bytes, Reason]]) -> dict[int, bytes]:
    marks: dict[Reason, list[bytes]] = {reason: [] for reason in _GROUPS.values()}
    for serial, reason in bad:
        marks[reason].append(mark_of(serial))
    return {number: b"".join(sorted(marks[reason])) for number, reason in _GROUPS.items()}
