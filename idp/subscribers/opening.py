"""Opening many accounts at once, for people whose identity was proven elsewhere: one statement a table, not a person.

One account at a time, by a person or an operator: `Directory.create`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, any_, insert, literal, select
from sqlalchemy.dialects.postgresql import UUID as UUID_TYPE
from sqlalchemy.dialects.postgresql import insert as postgresql_insert

from idp.audit import AuditEvent, Event, Trail
from idp.clock import Clock
from idp.database import Session
from idp.entropy import Entropy
from idp.errors import Code, Refusal
from idp.keys import PersonKey, Purpose, PurposeKeys, Sealer
from idp.keys.models import PersonKeyRow
from idp.subscribers.blind import search_token, username_blind
from idp.subscribers.claim_values import checked_claims
from idp.subscribers.folding import search_forms
from idp.subscribers.lifecycle import State
from idp.subscribers.models import SearchTokenRow, SubscriberRow
from idp.subscribers.profile import Identity, seal_identity
from idp.subscribers.usernames import fold_username, unacceptable_username

__all__ = ["Account", "Openings"]


@dataclass(frozen=True, slots=True)
class Account:
    """An account to open, pending until its owner claims it."""

    username: str = field(repr=False)
    claims: Mapping[str, object] = field(repr=False)
    ial: int


@dataclass(frozen=True, slots=True)
class _Prepared:
    id: UUID
    key: PersonKey
    claims: Mapping[str, Any]
    row: Mapping[str, Any] = field(repr=False)


class Openings:
    """Opens accounts of citizens, in the caller's transaction."""

    def __init__(
        self, session: Session, sealer: Sealer, keys: PurposeKeys, clock: Clock, entropy: Entropy, trail: Trail
    ) -> None:
        self._session = session
        self._sealer = sealer
        self._keys = keys
        self._clock = clock
        self._entropy = entropy
        self._trail = trail

    def open(self, accounts: Sequence[Account], *, actor: str | None = None) -> list[UUID | Refusal]:
        """An identifier for each account, in order, each audited; the others are opened where one is refused.

        Refused: `SUBSCRIBER_INVALID` (user name, a claim), `SUBSCRIBER_EXISTS` (somebody, in this list too, has that
        user name or one that looks the same).
        """
        prepared = [self._prepared(account) for account in accounts]
        fit = [account for account in prepared if not isinstance(account, Refusal)]
        made = self._stored(fit)
        done = [account for account in fit if account.id in made]
        self._store_keys(done)
        self._store_tokens(done)
        self._trail.append_all([_created(account, actor) for account in done])
        return [
            account if isinstance(account, Refusal) else account.id if account.id in made else _EXISTS
            for account in prepared
        ]

    def _prepared(self, account: Account) -> _Prepared | Refusal:
        username, claims = fold_username(account.username), checked_claims(account.claims)
        if isinstance(claims, Refusal):
            return claims
        if username is None:
            return Refusal(Code.SUBSCRIBER_INVALID, "username: missing or too long")
        problem = unacceptable_username(username)
        if problem is not None:
            return problem
        subscriber_id, now = self._entropy.uuid(), self._clock.now()
        key = self._sealer.new_person_key(subscriber_id, Purpose.IDENTITY)
        claims.setdefault("updated_at", int(now.timestamp()))
        row = {
            "id": subscriber_id,
            "state": State.PENDING.value,
            "ial": account.ial,
            "username_blind": username_blind(self._keys, username),
            "sealed": seal_identity(self._sealer, key, Identity(username, claims)),
            "locale": claims.get("locale"),
            "created_at": now,
            "updated_at": now,
            "state_changed_at": now,
        }
        return _Prepared(subscriber_id, key, claims, row)

    def _stored(self, accounts: Sequence[_Prepared]) -> set[UUID]:
        """Whose user name nobody had. Sorted, so that two lists with names in common do not wait for each other."""
        if not accounts:
            return set()
        rows = sorted((account.row for account in accounts), key=lambda row: bytes(row["username_blind"]))
        stored = postgresql_insert(SubscriberRow).on_conflict_do_nothing(index_elements=[SubscriberRow.username_blind])
        self._session.execute(stored, rows)
        ids = literal([account.id for account in accounts], ARRAY(UUID_TYPE(as_uuid=True)))
        return set(self._session.scalars(select(SubscriberRow.id).where(SubscriberRow.id == any_(ids))))

    def _store_keys(self, accounts: Sequence[_Prepared]) -> None:
        now = self._clock.now()
        rows = [
            {
                "person_id": account.key.person_id,
                "purpose": account.key.purpose.value,
                "version": account.key.version,
                "purpose_version": account.key.purpose_version,
                "wrapped": account.key.wrapped,
                "created_at": now,
            }
            for account in accounts
        ]
        if rows:
            self._session.execute(insert(PersonKeyRow), rows)

    def _store_tokens(self, accounts: Sequence[_Prepared]) -> None:
        rows = [
            {"subscriber_id": account.id, "field": name, "token": search_token(self._keys, name, form)}
            for account in accounts
            for name, form in search_forms(account.claims)
        ]
        if rows:
            self._session.execute(insert(SearchTokenRow), rows)


_EXISTS = Refusal(Code.SUBSCRIBER_EXISTS)


def _created(account: _Prepared, actor: str | None) -> AuditEvent:
    body = {"state": State.PENDING.value, "ial": account.row["ial"], "claims": sorted(account.claims)}
    return AuditEvent(Event.SUBSCRIBER_CREATED, subscriber_id=account.id, actor=actor, body=body)
