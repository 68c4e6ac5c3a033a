"""The directory of people: making accounts, finding them, reading what is recorded.

Everything that says who a person is lies in one sealed record. It is found through keyed hashes: the skeleton
of the user name (unique), and search tokens of a few exact fields (not unique: a phone or an e-mail is a
contact, and a family may share one).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, delete, insert, select, update
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
from idp.subscribers.folding import SEARCH_FORMS, search_forms
from idp.subscribers.lifecycle import State
from idp.subscribers.models import SearchTokenRow, SubscriberRow
from idp.subscribers.profile import Identity, open_identity, seal_identity
from idp.subscribers.usernames import fold_username, unacceptable_username

__all__ = ["Directory", "NewSubscriber", "Subscriber"]

MAX_FOUND = 100
MAX_SEARCHED = 256
IALS = (1, 2, 3)
GROUPS = ("citizen", "staff")
_Account = Row[UUID, str, int, str | None, bytes | None, int, int, bytes, str, datetime | None, datetime | None]
_LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8}){0,4}")


@dataclass(frozen=True, slots=True)
class NewSubscriber:
    """What is needed to open an account. `ial` is the identity assurance level 1 to 3 (SP 800-63A)."""

    username: str = field(repr=False)
    claims: Mapping[str, object] = field(default_factory=dict, repr=False)
    ial: int = 1
    locale: str | None = None
    state: State = State.ACTIVE
    group: str = "citizen"


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A person's account, sealed until `Directory.identity` or `open_profile` is asked.

    `key` and `sealed` are None once the account is erased. `group` says which authenticators are asked for; until
    `changes_locked_until` nothing may be changed about how the person signs in or is reached.
    """

    id: UUID
    state: State
    ial: int
    locale: str | None
    key: PersonKey | None = field(repr=False)
    sealed: bytes | None = field(repr=False)
    group: str = "citizen"
    changes_locked_until: datetime | None = None
    changes_locked_at: datetime | None = None

    @property
    def active(self) -> bool:
        """True when this account may sign in."""
        return self.state is State.ACTIVE


class Directory:
    """Makes and finds accounts."""

    def __init__(
        self,
        session: Session,
        sealer: Sealer,
        keys: PurposeKeys,
        clock: Clock,
        entropy: Entropy,
        trail: Trail,
    ) -> None:
        self._session = session
        self._sealer = sealer
        self._keys = keys
        self._clock = clock
        self._entropy = entropy
        self._trail = trail

    def create(self, new: NewSubscriber, *, actor: str | None = None) -> UUID | Refusal:
        """Open an account, pending or active, and audit it.

        Refused: SUBSCRIBER_INVALID (user name, claims, level, locale or state), SUBSCRIBER_EXISTS (somebody
        has that user name or one that looks the same).
        """
        username, claims = fold_username(new.username), checked_claims(new.claims)
        if isinstance(claims, Refusal):
            return claims
        if username is None:
            return Refusal(Code.SUBSCRIBER_INVALID, "username: missing or too long")
        problem = unacceptable_username(username) or _unacceptable(new)
        if problem is not None:
            return problem
        subscriber_id, now = self._entropy.uuid(), self._clock.now()
        key = self._sealer.new_person_key(subscriber_id, Purpose.IDENTITY)
        claims.setdefault("updated_at", int(now.timestamp()))
        made = self._session.scalar(
            postgresql_insert(SubscriberRow)
            .values(
                id=subscriber_id,
                state=new.state.value,
                ial=new.ial,
                username_blind=self._username_blind(username),
                sealed=seal_identity(self._sealer, key, Identity(username, claims)),
                locale=new.locale,
                policy_group=new.group,
                created_at=now,
                updated_at=now,
                state_changed_at=now,
            )
            .on_conflict_do_nothing(index_elements=[SubscriberRow.username_blind])
            .returning(SubscriberRow.id)
        )
        if made is None:
            return Refusal(Code.SUBSCRIBER_EXISTS)
        self._store_key(key)
        self._store_tokens(subscriber_id, claims)
        self._trail.append(
            AuditEvent(
                Event.SUBSCRIBER_CREATED,
                subscriber_id=subscriber_id,
                actor=actor,
                body={"state": new.state.value, "ial": new.ial, "claims": sorted(claims)},
            )
        )
        return subscriber_id

    def get(self, subscriber_id: UUID) -> Subscriber | None:
        """The account with this identifier, in whatever state; None when there never was one."""
        return _subscriber(self._session.execute(_accounts().where(SubscriberRow.id == subscriber_id)).one_or_none())

    def by_username(self, typed: str) -> Subscriber | None:
        """The account with this user name, in whatever state; None for look-alikes too."""
        username = fold_username(typed)
        if username is None:
            return None
        wanted = _accounts().where(SubscriberRow.username_blind == self._username_blind(username))
        found = _subscriber(self._session.execute(wanted).one_or_none())
        identity = None if found is None else self.identity(found)
        return found if identity is not None and identity.username == username else None

    def identity(self, subscriber: Subscriber) -> Identity | None:
        """The opened record of an account; None once it is erased."""
        if subscriber.key is None or subscriber.sealed is None:
            return None
        return open_identity(self._sealer, subscriber.key, subscriber.sealed)

    def profile(self, subscriber_id: UUID) -> dict[str, Any]:
        """The recorded claims of a person; empty when there is no such person or it was erased."""
        subscriber = self.get(subscriber_id)
        identity = None if subscriber is None else self.identity(subscriber)
        return {} if identity is None else dict(identity.claims)

    def search(self, name: str, value: str) -> list[UUID]:
        """The people of whom the claim `name` (email, phone_number or name) is `value`: at most 100.

        Case, accents, spacing and letters of other keyboards do not matter in names (`fold_name`), nor punctuation of
        phone numbers. Raises KeyError for any other claim: it has no tokens.
        """
        form = SEARCH_FORMS[name]
        if len(value) > MAX_SEARCHED:
            return []
        token = self._token(name, form(value))
        wanted = select(SearchTokenRow.subscriber_id).where(SearchTokenRow.field == name, SearchTokenRow.token == token)
        return list(self._session.scalars(wanted.order_by(SearchTokenRow.subscriber_id).limit(MAX_FOUND)))

    def stays_active(self, subscriber_id: UUID) -> bool:
        """True for an active account, which nothing changes then before the caller's transaction ends."""
        state = select(SubscriberRow.state).where(SubscriberRow.id == subscriber_id)
        return self._session.scalar(state.with_for_update(read=True, key_share=True)) == State.ACTIVE.value

    def record(self, subscriber_id: UUID, changes: Mapping[str, object], *, actor: str | None = None) -> Refusal | None:
        """Record other values of these claims, None for one that is no longer held; audited by the claims' names.

        `*_verified` is said by whoever proved it, never taken from a form. Refused: SUBSCRIBER_UNKNOWN (or erased),
        SUBSCRIBER_INVALID (a value that the claim cannot have).
        """
        self._session.execute(select(SubscriberRow.id).where(SubscriberRow.id == subscriber_id).with_for_update())
        person = self.get(subscriber_id)
        identity = None if person is None else self.identity(person)
        if person is None or person.key is None or identity is None:
            return Refusal(Code.SUBSCRIBER_UNKNOWN)
        now = self._clock.now()
        claims = checked_claims({**identity.claims, **changes, "updated_at": int(now.timestamp())})
        if isinstance(claims, Refusal):
            return claims
        sealed = seal_identity(self._sealer, person.key, Identity(identity.username, claims))
        stored = update(SubscriberRow).where(SubscriberRow.id == subscriber_id)
        self._session.execute(stored.values(sealed=sealed, updated_at=now, locale=claims.get("locale", person.locale)))
        self._session.execute(delete(SearchTokenRow).where(SearchTokenRow.subscriber_id == subscriber_id))
        self._store_tokens(subscriber_id, claims)
        body = {"claims": sorted(changes)}
        self._trail.append(AuditEvent(Event.SUBSCRIBER_UPDATED, subscriber_id=subscriber_id, actor=actor, body=body))
        return None

    def listed_after(self, subscriber_id: UUID | None) -> list[UUID]:
        """The identifiers that come after this one (None: the first), at most a hundred, for work on all accounts."""
        wanted = select(SubscriberRow.id).order_by(SubscriberRow.id).limit(MAX_FOUND)
        return list(
            self._session.scalars(wanted if subscriber_id is None else wanted.where(SubscriberRow.id > subscriber_id))
        )

    def reindex(self, subscriber_id: UUID) -> bool:
        """Make the search tokens of a person anew, after their form has changed; False when there is no record."""
        self._session.execute(select(SubscriberRow.id).where(SubscriberRow.id == subscriber_id).with_for_update())
        claims = self.profile(subscriber_id)
        self._session.execute(delete(SearchTokenRow).where(SearchTokenRow.subscriber_id == subscriber_id))
        self._store_tokens(subscriber_id, claims)
        return bool(claims)

    def _username_blind(self, username: str) -> bytes:
        return username_blind(self._keys, username)

    def _token(self, name: str, form: str) -> bytes:
        return search_token(self._keys, name, form)

    def _store_key(self, key: PersonKey) -> None:
        values = {
            "person_id": key.person_id,
            "purpose": key.purpose.value,
            "version": key.version,
            "purpose_version": key.purpose_version,
            "wrapped": key.wrapped,
            "created_at": self._clock.now(),
        }
        self._session.execute(insert(PersonKeyRow), values)

    def _store_tokens(self, subscriber_id: UUID, claims: Mapping[str, Any]) -> None:
        rows = [
            {"subscriber_id": subscriber_id, "field": name, "token": self._token(name, form)}
            for name, form in search_forms(claims)
        ]
        if rows:
            self._session.execute(insert(SearchTokenRow), rows)


def _unacceptable(new: NewSubscriber) -> Refusal | None:
    if new.ial not in IALS:
        return Refusal(Code.SUBSCRIBER_INVALID, "ial: 1, 2 or 3")
    if new.group not in GROUPS:
        return Refusal(Code.SUBSCRIBER_INVALID, "group: citizen or staff")
    if new.state not in {State.PENDING, State.ACTIVE}:
        return Refusal(Code.SUBSCRIBER_INVALID, "state: a new account is pending or active")
    if new.locale is not None and not _LANGUAGE_TAG.fullmatch(new.locale):
        return Refusal(Code.SUBSCRIBER_INVALID, "locale: not a language tag")
    return None


def _accounts() -> Select[
    UUID, str, int, str | None, bytes | None, int, int, bytes, str, datetime | None, datetime | None
]:
    return select(
        SubscriberRow.id,
        SubscriberRow.state,
        SubscriberRow.ial,
        SubscriberRow.locale,
        SubscriberRow.sealed,
        PersonKeyRow.version,
        PersonKeyRow.purpose_version,
        PersonKeyRow.wrapped,
        SubscriberRow.policy_group,
        SubscriberRow.changes_locked_until,
        SubscriberRow.changes_locked_at,
    ).outerjoin(
        PersonKeyRow,
        (PersonKeyRow.person_id == SubscriberRow.id) & (PersonKeyRow.purpose == Purpose.IDENTITY.value),
    )


def _subscriber(row: _Account | None) -> Subscriber | None:
    if row is None:
        return None
    key = None
    if row.wrapped is not None:
        key = PersonKey(row.id, Purpose.IDENTITY, row.version, row.purpose_version, row.wrapped)
    held = row.changes_locked_until, row.changes_locked_at
    return Subscriber(row.id, State(row.state), row.ial, row.locale, key, row.sealed, row.policy_group, *held)
