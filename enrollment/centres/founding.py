"""The founding: how the first two members of staff get their roles, when nobody is there yet who could give them any.

An operator names two accounts of staff and gets a one-time code for each, to be handed to two people. Once both have
used theirs, both hold `FOUNDING_ROLES` for thirty days: enough to enrol whoever comes after them, and then each other.
Nothing renews it; a new ceremony is possible only while nobody is an admin any more.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from enrollment.centres.actors import AreOne, Role
from enrollment.centres.ceremony import (
    AUTHORITY,
    CODE_LENGTH,
    CODE_LIFE,
    ENROLLED_LEVEL,
    FOUNDING_ROLES,
    MAX_TRIES,
    Ceremony,
    CeremonyState,
    FounderCode,
)
from enrollment.centres.models import FoundingRow, StaffRoleRow
from enrollment.centres.staff import in_force, is_member
from enrollment.errors import Code, Refusal
from idp.audit import AuditEvent, Event, Trail
from idp.audit.events import BodyValue
from idp.authenticators.models import PasskeyRow
from idp.authenticators.spoken_codes import grouped, new_code, typed_code_of
from idp.clock import Clock
from idp.database import Session
from idp.entropy import Entropy, same_digest
from idp.keys import Purpose, PurposeKeys
from idp.subscribers.models import SubscriberRow

__all__ = ["Founding"]


class Founding:
    """Runs the ceremony, in the caller's transaction. The edge commits a refusal, too: wrong codes are counted."""

    def __init__(
        self, session: Session, keys: PurposeKeys, clock: Clock, entropy: Entropy, trail: Trail, *, are_one: AreOne
    ) -> None:
        self._session = session
        self._keys = keys
        self._clock = clock
        self._entropy = entropy
        self._trail = trail
        self._are_one = are_one

    def start(self, first_id: UUID, second_id: UUID) -> tuple[FounderCode, FounderCode] | Refusal:
        """Begin: a code for each of two accounts of staff, good for two days. By the operator of the machine only.

        A ceremony whose codes are over makes way. Refused: `ENR_FOUREYES` (one and the same person), `ENR_UNKNOWN` (no
        active account of staff), `ENR_STATE` (somebody is an admin, or a ceremony is open).
        """
        if self._are_one(first_id, second_id):
            return Refusal(Code.ENR_FOUREYES)
        members = select(SubscriberRow.id).where(SubscriberRow.id.in_([first_id, second_id]), is_member())
        if len(self._session.scalars(members).all()) != 2:
            return Refusal(Code.ENR_UNKNOWN)
        now = self._clock.now()
        if self._anybody_admin(now):
            return Refusal(Code.ENR_STATE, "admin")
        late = (FoundingRow.state == CeremonyState.OPEN.value) & (FoundingRow.expires_at <= now)
        self._session.execute(update(FoundingRow).where(late).values(state=CeremonyState.STOPPED.value))
        ceremony_id, expires_at = self._entropy.uuid(), now + CODE_LIFE
        codes = [new_code(self._entropy, CODE_LENGTH) for _ in range(2)]
        rows = [
            {
                "ceremony_id": ceremony_id,
                "slot": slot,
                "subscriber_id": founder_id,
                "code_digest": self._digest(ceremony_id, founder_id, code),
                "started_at": now,
                "expires_at": expires_at,
                "tries": 0,
                "state": CeremonyState.OPEN.value,
            }
            for slot, (founder_id, code) in enumerate(zip((first_id, second_id), codes, strict=True), 1)
        ]
        made = upsert(FoundingRow).values(rows).on_conflict_do_nothing().returning(FoundingRow.slot)
        if len(self._session.scalars(made).all()) != len(rows):
            return Refusal(Code.ENR_STATE, "open")
        body: dict[str, BodyValue] = {
            "ceremony": str(ceremony_id),
            "founders": [str(first_id), str(second_id)],
            "expires": expires_at.isoformat(timespec="seconds"),
        }
        self._trail.append(AuditEvent(Event.FOUNDING_STARTED, actor="operator", body=body))
        first, second = (
            FounderCode(founder_id, grouped(code), expires_at)
            for founder_id, code in zip((first_id, second_id), codes, strict=True)
        )
        return first, second

    def redeem(self, subscriber_id: UUID, typed: str) -> Ceremony | Refusal:
        """Use the code, as the person it was made for; the second of the two begins the authority of both.

        Each code works once, for its own account only. Refused: `ENR_UNKNOWN` (no founder of an open ceremony),
        `ENR_EXPIRED`, `ENR_GUARD` (`passkey`: AC-101; `account` not active), `ENR_CHECKSUM` (wrong code; the tenth in a
        ceremony stops it), `ENR_STATE` (used already), `ENR_FOUREYES` (`founders`: known to be one person by now).
        """
        rows = self._open_rows()
        mine = next((row for row in rows if row.subscriber_id == subscriber_id), None)
        if mine is None:
            return self._refused(None, subscriber_id, Code.ENR_UNKNOWN)
        refusal = self._barred(mine)
        if refusal is not None:
            return refusal
        if any(self._are_one(subscriber_id, row.subscriber_id) for row in rows if row is not mine):
            return self._refused(mine, subscriber_id, Code.ENR_FOUREYES, "founders")
        code = typed_code_of(typed, CODE_LENGTH)
        expected = None if code is None else self._digest(mine.ceremony_id, subscriber_id, code)
        if expected is None or not same_digest(expected, mine.code_digest):
            return self._missed(rows, mine)
        if mine.redeemed_at is not None:
            return self._refused(mine, subscriber_id, Code.ENR_STATE)
        mine.redeemed_at = self._clock.now()
        self._session.flush()
        body = {"ceremony": str(mine.ceremony_id), "person": str(subscriber_id)}
        self._trail.append(AuditEvent(Event.FOUNDING_CODE_USED, body=body))
        if all(row.redeemed_at is not None for row in rows):
            self._complete(rows)
        return self._ceremony(rows)

    def stop(self) -> Ceremony | Refusal:
        """Stop the open ceremony; its codes are worth nothing. By the operator. Refused: `ENR_STATE` (none is open)."""
        rows = self._open_rows()
        if not rows:
            return Refusal(Code.ENR_STATE)
        self._set(rows, CeremonyState.STOPPED)
        self._trail.append(
            AuditEvent(
                Event.FOUNDING_STOPPED,
                actor="operator",
                body={"ceremony": str(rows[0].ceremony_id), "reason": "operator"},
            )
        )
        return self._ceremony(rows)

    def latest(self) -> Ceremony | None:
        """The ceremony that began last."""
        newest = select(FoundingRow.ceremony_id).order_by(FoundingRow.started_at.desc(), FoundingRow.ceremony_id.desc())
        rows = self._session.scalars(
            select(FoundingRow)
            .where(FoundingRow.ceremony_id == newest.limit(1).scalar_subquery())
            .order_by(FoundingRow.slot)
            .execution_options(populate_existing=True)
        ).all()
        return self._ceremony(list(rows)) if rows else None

    def admits(self, subscriber_id: UUID, at: datetime) -> bool:
        """Whether this person may enter the pages of staff with a passkey at a level below `nid:3`.

        True for the two founders while the founding's authority lasts and they are not enrolled; for nobody else, ever.
        Fulfils `idp.signin.staff_entry.Founders`.
        """
        theirs = (
            select(StaffRoleRow.id)
            .join(SubscriberRow, SubscriberRow.id == StaffRoleRow.subscriber_id)
            .where(StaffRoleRow.subscriber_id == subscriber_id, StaffRoleRow.approval_id.is_(None), in_force(at))
            .where(is_member(), SubscriberRow.ial < ENROLLED_LEVEL)
            .limit(1)
        )
        return self._session.scalar(theirs) is not None

    def _barred(self, row: FoundingRow) -> Refusal | None:
        if row.expires_at <= self._clock.now():
            return self._refused(row, row.subscriber_id, Code.ENR_EXPIRED)
        member = select(SubscriberRow.id).where(SubscriberRow.id == row.subscriber_id, is_member())
        if self._session.scalar(member) is None:
            return self._refused(row, row.subscriber_id, Code.ENR_GUARD, "account")
        passkey = select(PasskeyRow.id).where(PasskeyRow.subscriber_id == row.subscriber_id).limit(1)
        if self._session.scalar(passkey) is None:
            return self._refused(row, row.subscriber_id, Code.ENR_GUARD, "passkey")
        return None

    def _missed(self, rows: list[FoundingRow], mine: FoundingRow) -> Refusal:
        """One more wrong code of the ceremony, whoever typed it; the last one that is borne stops it."""
        mine.tries += 1
        self._session.flush()
        refusal = self._refused(mine, mine.subscriber_id, Code.ENR_CHECKSUM)
        if sum(row.tries for row in rows) >= MAX_TRIES:
            self._set(rows, CeremonyState.STOPPED)
            body = {"ceremony": str(mine.ceremony_id), "reason": "tries"}
            self._trail.append(AuditEvent(Event.FOUNDING_STOPPED, actor="system", body=body))
        return refusal

    def _complete(self, rows: list[FoundingRow]) -> None:
        now = self._clock.now()
        until = now + AUTHORITY
        self._set(rows, CeremonyState.COMPLETE)
        roles = sorted(FOUNDING_ROLES)
        self._session.execute(
            insert(StaffRoleRow),
            [
                {
                    "id": self._entropy.uuid(),
                    "subscriber_id": row.subscriber_id,
                    "role": role.value,
                    "granted_at": now,
                    "until": until,
                }
                for row in rows
                for role in roles
            ],
        )
        body: dict[str, BodyValue] = {
            "ceremony": str(rows[0].ceremony_id),
            "founders": [str(row.subscriber_id) for row in rows],
            "roles": [role.value for role in roles],
            "until": until.isoformat(timespec="seconds"),
        }
        self._trail.append(AuditEvent(Event.FOUNDING_COMPLETED, actor="system", body=body))

    def _open_rows(self) -> list[FoundingRow]:
        """Both founders of the open ceremony, held until the caller commits: two codes at once come one by one."""
        held = (
            select(FoundingRow)
            .where(FoundingRow.state == CeremonyState.OPEN.value)
            .order_by(FoundingRow.slot)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        return list(self._session.scalars(held))

    def _set(self, rows: list[FoundingRow], state: CeremonyState) -> None:
        for row in rows:
            row.state = state.value
        self._session.flush()

    def _anybody_admin(self, now: datetime) -> bool:
        admin = (
            select(StaffRoleRow.id)
            .join(SubscriberRow, SubscriberRow.id == StaffRoleRow.subscriber_id)
            .where(StaffRoleRow.role == Role.ADMIN.value, in_force(now), is_member())
        )
        return self._session.scalar(admin.limit(1)) is not None

    def _ceremony(self, rows: list[FoundingRow]) -> Ceremony:
        used = tuple(row.subscriber_id for row in rows if row.redeemed_at is not None)
        state = CeremonyState(rows[0].state)
        complete = max((row.redeemed_at for row in rows if row.redeemed_at is not None), default=None)
        until = None if complete is None or state is not CeremonyState.COMPLETE else complete + AUTHORITY
        founders = tuple(row.subscriber_id for row in rows)
        return Ceremony(rows[0].ceremony_id, state, founders, used, rows[0].expires_at, until)

    def _digest(self, ceremony_id: UUID, subscriber_id: UUID, code: str) -> bytes:
        return self._keys.mac(Purpose.BLIND_INDEX, f"founding|{ceremony_id}|{subscriber_id}|{code}")

    def _refused(self, row: FoundingRow | None, subscriber_id: UUID, code: Code, about: str = "") -> Refusal:
        body = {
            "ceremony": None if row is None else str(row.ceremony_id),
            "person": str(subscriber_id),
            "reason": f"{code.value} {about}".strip(),
        }
        self._trail.append(AuditEvent(Event.FOUNDING_REFUSED, body=body))
        return Refusal(code, about)
