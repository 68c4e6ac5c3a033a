"""Cards of people: made from what the register holds now, printed again as they are, replaced, taken back."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import select, update

from enrollment.card import base45
from enrollment.card.checking import CLAIM, Checked, check
from enrollment.card.envelope import sealed
from enrollment.card.identity import names_of
from enrollment.card.keys import CardKeys
from enrollment.card.models import CredentialRow
from enrollment.card.policy import CardPolicy
from enrollment.errors import Code, Refusal
from enrollment.register import Aliases, AliasKind, Facts, Person, Register, Seals, Sex, Status, Version
from enrollment.register.models import IdentifierRow
from enrollment.register.seals import Content
from idp.audit import AuditEvent, Event, Trail
from idp.clock import Clock
from idp.database import Session
from idp.entropy import Entropy

__all__ = ["Asked", "Card", "Cards", "Portraits", "Rooms", "forget_cards"]

KIND = "card"
SERIAL_BYTES = 10
_SEXES = {Sex.MALE: 1, Sex.FEMALE: 2, Sex.UNSPECIFIED: 3}


class Portraits(Protocol):
    """Knows what people look like."""

    def of(self, person_id: UUID, most_bytes: int) -> bytes | Refusal | None:
        """A small picture of the face that was captured last, as WebP; None where there is none.

        Refused: `BIO_ENGINE` where pictures cannot be made now.
        """
        ...


@dataclass(frozen=True, slots=True)
class Rooms:
    """What cards are made with."""

    register: Register
    aliases: Aliases
    seals: Seals
    keys: CardKeys
    portraits: Portraits


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks for a card: the account that is theirs, or an officer for them. `new`: in place of a lost one."""

    subscriber_id: UUID | None
    actor: str | None = None
    new: bool = False


@dataclass(frozen=True, slots=True)
class Card:
    """A card that is good. `text` is what its code says; `said` the same, read. `outdated`: the record has changed."""

    id: UUID
    person_id: UUID
    key_id: str
    issued_at: datetime
    expires_at: datetime
    text: str = field(repr=False)
    said: Checked = field(repr=False)
    outdated: bool = False


class Cards:
    """Makes, opens and ends cards, in the caller's transaction."""

    def __init__(
        self,
        session: Session,
        rooms: Rooms,
        clock: Clock,
        entropy: Entropy,
        trail: Trail,
        issuer: str,
        policy: CardPolicy | None = None,
    ) -> None:
        self._session = session
        self._rooms = rooms
        self._clock = clock
        self._entropy = entropy
        self._trail = trail
        self._issuer = issuer
        self._policy = policy or CardPolicy()

    def present(self, person_id: UUID) -> Card | None:
        """The card that a person has now; None where there is none, or its content is erased."""
        row = self._active(person_id)
        person = self._rooms.register.get(person_id)
        if row is None or person is None or person.status is not Status.ACTIVE:
            return None
        version = self._rooms.register.current(person_id)
        return self._opened(row, person, outdated=version is None or version.n != row.version)

    def issue(self, person_id: UUID, asked: Asked) -> Card | Refusal:
        """The card that a person has, or a new one.

        New where there is none, where the present one no longer says what the register does, or where that is asked
        for; then the earlier one is worthless. Of two at once, both get the same.

        Refused: `BIO_ENGINE` (no picture can be made now), `ENR_UNKNOWN`, `ENR_STATE` (not an active person),
        `ENR_GUARD` about `level` (nobody has seen them), and about `aliases` (ten are good).
        """
        # Pictures take their time; nobody waits for them with a record in hand.
        picture = self._rooms.portraits.of(person_id, self._policy.picture_bytes)
        if isinstance(picture, Refusal):
            return picture
        person = self._rooms.register.lock(person_id)
        if person is None:
            return Refusal(Code.ENR_UNKNOWN)
        version = self._rooms.register.current(person_id)
        if person.status is not Status.ACTIVE or version is None:
            return Refusal(Code.ENR_STATE, "status")
        if person.ial < self._policy.least_level:
            return Refusal(Code.ENR_GUARD, "level")
        row = self._active(person_id)
        if row is not None and not asked.new and row.version == version.n:
            held = self._opened(row, person)
            if held is not None:
                return held
        # A refusal leaves the earlier card as it is.
        with self._session.begin_nested() as attempt:
            if row is not None:
                self._end(row, "replaced", asked)
            made = self._made(person, version, picture, asked)
            if isinstance(made, Refusal):
                attempt.rollback()
        return made

    def revoke(self, person_id: UUID, asked: Asked) -> Refusal | None:
        """Take the card back, for ever: it was lost. Refused: `ENR_UNKNOWN` (nobody), `ENR_STATE` (there is none)."""
        if self._rooms.register.lock(person_id) is None:
            return Refusal(Code.ENR_UNKNOWN)
        row = self._active(person_id)
        if row is None:
            return Refusal(Code.ENR_STATE, KIND)
        self._end(row, "revoked", asked)
        return None

    def _made(self, person: Person, version: Version, picture: bytes | None, asked: Asked) -> Card | Refusal:
        alias = self._rooms.aliases.make(person.id, AliasKind.PERPETUAL, subscriber_id=asked.subscriber_id)
        if isinstance(alias, Refusal):
            return alias
        now = self._clock.now()
        issued_at = now.replace(microsecond=0)
        expires_at = issued_at + self._policy.lifetime
        kid, algorithm, private = self._rooms.keys.signer()
        card_id, serial = self._entropy.uuid(), self._entropy.bytes(SERIAL_BYTES)
        claims: dict[int, Any] = {
            1: self._issuer,
            4: int(expires_at.timestamp()),
            6: int(issued_at.timestamp()),
            7: serial,
            CLAIM: self._told(version.facts, alias.number, picture),
        }
        content = sealed(claims, algorithm, private, bytes.fromhex(kid))
        [kept] = self._rooms.seals.seal([Content(person.subject_key_id, _about(card_id), content)])
        row = CredentialRow(
            id=card_id,
            person_id=person.id,
            kind=KIND,
            serial=serial,
            key_id=kid,
            alias_id=alias.id,
            version=version.n,
            status="active",
            issued_at=issued_at,
            expires_at=expires_at,
            ended_at=None,
            sealed=kept,
        )
        self._session.add(row)
        self._session.flush()
        self._audit(Event.CARD_ISSUED, card_id, asked)
        opened = self._opened(row, person)
        if opened is None:
            message = "a card that was just sealed does not open"
            raise ValueError(message)
        return opened

    def _told(self, facts: Facts, number: str, picture: bytes | None) -> dict[int, Any]:
        """What the card says: no more than a paper card does, and the alias instead of the national number."""
        return names_of(
            id=number,
            version="1.0",
            language=self._policy.language,
            fullName=facts.name,
            dateOfBirth=facts.birth.text.replace("-", ""),
            gender=_SEXES[facts.sex],
            nationality=facts.nationality,
            countryOfIssuance=self._policy.country,
            face=picture,
        )

    def _active(self, person_id: UUID) -> CredentialRow | None:
        """A card whose time is over is none; its row ends when the next is made."""
        wanted = select(CredentialRow).where(
            CredentialRow.person_id == person_id, CredentialRow.kind == KIND, CredentialRow.status == "active"
        )
        return self._session.scalar(wanted.execution_options(populate_existing=True))

    def _opened(self, row: CredentialRow, person: Person, *, outdated: bool = False) -> Card | None:
        """None where it is over, erased, or its key was taken back."""
        [content] = self._rooms.seals.open([Content(person.subject_key_id, _about(row.id), row.sealed or b"")])
        if content is None:
            return None
        text = base45.encoded(content)
        said = check(text, self._rooms.keys.trusted(), self._clock.now())
        if not said.valid:
            return None
        return Card(row.id, person.id, row.key_id, row.issued_at, row.expires_at, text, said, outdated)

    def _end(self, row: CredentialRow, status: str, asked: Asked) -> None:
        """What it said is forgotten, and its alias finds nobody any more."""
        ended = update(CredentialRow).where(CredentialRow.id == row.id, CredentialRow.status == "active")
        self._session.execute(ended.values(status=status, ended_at=self._clock.now(), sealed=None))
        self._rooms.aliases.revoke(row.person_id, row.alias_id, subscriber_id=asked.subscriber_id)
        self._audit(Event.CARD_REPLACED if status == "replaced" else Event.CARD_REVOKED, row.id, asked)

    def _audit(self, event: Event, card_id: UUID, asked: Asked) -> None:
        body = {"card": str(card_id)}
        self._trail.append(AuditEvent(event, subscriber_id=asked.subscriber_id, actor=asked.actor, body=body))


def forget_cards(session: Session, clock: Clock, person_id: UUID) -> int:
    """End the card of somebody whose face is to be forgotten: a card keeps a small picture. How many there were.

    Its number ends with it.
    """
    held = update(CredentialRow).where(CredentialRow.person_id == person_id, CredentialRow.status == "active")
    ended = held.values(status="replaced", ended_at=clock.now(), sealed=None).returning(CredentialRow.alias_id)
    numbers = session.scalars(ended).all()
    aliases = update(IdentifierRow).where(IdentifierRow.id.in_(numbers), IdentifierRow.status == "active")
    session.execute(aliases.values(status="revoked", ended_at=clock.now()))
    return len(numbers)


def _about(card_id: UUID) -> str:
    return f"card|{card_id}"
