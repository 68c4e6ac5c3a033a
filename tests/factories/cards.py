"""Cards over an office of the register, and the hands of a forger."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from sqlalchemy import update
from sqlalchemy.orm import Session

from enrollment.card import Asked, Card, CardKeys, CardLists, Cards, Standings, base45, cbor, check
from enrollment.card.cards import Rooms
from enrollment.card.checking import Checked
from enrollment.card.envelope import sealed
from enrollment.card.identity import names_of
from enrollment.card.policy import CardPolicy
from enrollment.card.trust import key_id_of
from enrollment.errors import Refusal
from enrollment.register import Status
from enrollment.register.models import PersonRow
from idp.keys.jose import Algorithm
from tests.factories.register import Office

ISSUER = "https://id.example"
PICTURE = b"RIFF\x20\x00\x00\x00WEBPVP8 " + bytes(24)


@dataclass
class Portraits:
    """Everybody looks alike."""

    picture: bytes | Refusal | None = PICTURE
    asked: list[uuid.UUID] = field(default_factory=list)

    def of(self, person_id: uuid.UUID, most_bytes: int) -> bytes | Refusal | None:  # noqa: ARG002 - the interface
        """The same for everybody."""
        self.asked.append(person_id)
        return self.picture


class Press:
    """The room of cards over an office."""

    def __init__(self, office: Office, policy: CardPolicy | None = None) -> None:
        self.office = office
        self.portraits = Portraits()
        over = office.session, office.sealer, office.clock, office.trail
        self.keys = CardKeys(*over, policy)
        self.standings = Standings(office.session, office.clock)
        self.lists = CardLists(office.session, self.keys, self.standings, office.clock, ISSUER, policy)
        rooms = Rooms(office.register, office.aliases, office.seals, self.keys, self.portraits)
        self.cards = Cards(office.session, rooms, office.clock, office.entropy, office.trail, ISSUER, policy)

    def card(self, person_id: uuid.UUID | None = None, *, new: bool = False) -> Card:
        """A card that is not refused."""
        made = self.cards.issue(person_id or self.office.person(), Asked(None, new=new))
        assert isinstance(made, Card), made
        return made

    def look(self, text: str) -> Checked:
        """What somebody with our keys and the register in hand finds."""
        return self.standings.settled(check(text, self.keys.trusted(), self.office.clock.now()))

    def unasked(self, text: str) -> Checked:
        """What somebody with our keys finds, away from the register."""
        return check(text, self.keys.trusted(), self.office.clock.now())

    def becomes(self, person_id: uuid.UUID, status: Status) -> None:
        """The status of a person, behind everybody's back."""
        other = self.office.person() if status is Status.MERGED else None
        changed = update(PersonRow).where(PersonRow.id == person_id).values(status=status.value, merged_into=other)
        self.office.session.execute(changed)


def press(session: Session, policy: CardPolicy | None = None) -> Press:
    """A room with a register of its own."""
    return Press(Office(session), policy)


class Forger:
    """Signs whatever is asked, with a key of its own."""

    def __init__(self, algorithm: Algorithm = Algorithm.ES256) -> None:
        self.algorithm = algorithm
        self.private: Any = (
            ed25519.Ed25519PrivateKey.generate()
            if algorithm is Algorithm.EDDSA
            else ec.generate_private_key(ec.SECP256R1())
        )
        self.public = self.private.public_key()

    def text(self, claims: dict[int, Any] | None = None, **members: Any) -> str:
        """A QR text of a person who does not exist."""
        told = names_of(**{"id": "2234567890123457", "fullName": "Testa Sampleton", **members})
        body: dict[int, Any] = {
            1: ISSUER,
            4: 2_000_000_000,
            6: 1_800_000_000,
            7: b"serial-one",
            169: told,
            **(claims or {}),
        }
        return base45.encoded(sealed(body, self.algorithm, self.private, key_id_of(self.public)))

    def wrapped(self, *parts: Any) -> str:
        """Four parts as they stand, tagged, not deflated, signed by nobody."""
        return base45.encoded(cbor.encoded(cbor.Tagged(18, list(parts))))
