"""People of the register whose face and fingers are enrolled, over the staff's floor, and pictures of them."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from enrollment.capture import Position
from enrollment.capture.captures import sample_digest
from enrollment.capture.extraction import TemplateOf
from enrollment.capture.models import SampleRow, TemplateRow
from enrollment.gallery import Entries
from enrollment.register import Accounts, Status
from enrollment.register.models import PersonRow
from enrollment.storage import Facts, Kind, StoredObject, Vault
from enrollment.verification.models import VerifyLogRow
from idp.clock import Clock
from idp.entropy import Entropy
from idp.keys import PurposeKeys
from tests.factories.captures import image
from tests.factories.register import an_aid

__all__ = ["Enroller", "Shown", "shown"]

FACE, INDEX, THUMB = Position.FACE, Position.RIGHT_INDEX, Position.LEFT_THUMB
EVERYTHING = (FACE, INDEX, THUMB)


def shown(who: str, shot: int = 1, **more: Any) -> bytes:
    """A picture of a part of somebody called `who`, as `WrittenExaminer` reads it; each shot has other bytes."""
    return image(who, shot=shot, **more)


Shown = Mapping[Position, Sequence[tuple[bytes, bytes]]]


@dataclass
class Enroller:
    """Enters what is captured of people, as issuance leaves it."""

    session: Session
    vault: Vault
    keys: PurposeKeys
    clock: Clock
    aids: list[str] = field(default_factory=list)
    engine: str = "written-1"

    def enrol(self, person_id: uuid.UUID, pictures: Shown) -> None:
        """For each position: the image, and its template."""
        aid = an_aid()
        owner = self.session.scalars(select(PersonRow.subject_key_id).where(PersonRow.id == person_id)).one()
        self.captured(aid, owner, pictures).enter({aid: person_id})
        self.session.flush()
        self.aids.append(aid)

    def captured(self, aid: str, owner: uuid.UUID, pictures: Shown) -> Entries:
        """The same for an application, whose record there is none of yet."""
        entropy, made = Entropy(self.clock), []
        for position, impressions in pictures.items():
            for number, (picture, template) in enumerate(impressions, 1):
                made.append(self._one(owner, aid, position, number, picture, template, entropy))
        entries = Entries(self.session, self.clock, entropy)
        entries.enter_case(aid, owner, made)
        self.session.flush()
        return entries

    def written(self, person_id: uuid.UUID, who: str, positions: Sequence[Position] = EVERYTHING) -> None:
        """Somebody of whom every picture says `who`, as `WrittenExaminer` makes templates."""
        self.enrol(
            person_id,
            {one: [(picture := shown(who, -1), (b"face " if one is FACE else b"own ") + picture)] for one in positions},
        )

    def account(self, person_id: uuid.UUID, subscriber_id: uuid.UUID) -> None:
        """Make the account theirs."""
        assert Accounts(self.session, self.clock).link(subscriber_id, person_id) is None

    def stand(self, person_id: uuid.UUID, status: Status) -> None:
        """Let the record be in that status."""
        row = self.session.get(PersonRow, person_id)
        assert row is not None
        row.status = status.value
        self.session.flush()

    def log(self, person_id: uuid.UUID) -> list[tuple[str, str, str | None]]:
        """Place, result and code of every comparison."""
        wanted = select(VerifyLogRow).where(VerifyLogRow.person_id == person_id).order_by(VerifyLogRow.id)
        return [(row.place, row.result, row.code) for row in self.session.scalars(wanted)]

    def _one(
        self,
        owner: uuid.UUID,
        aid: str,
        position: Position,
        impression: int,
        picture: bytes,
        template: bytes,
        entropy: Entropy,
    ) -> TemplateOf:
        face = position is FACE
        quality = 80 if position is INDEX else 60
        facts = Facts(position.subtype, quality, "test", "S-1")
        seen = self.vault.put(owner, Kind.FACE_IMAGE if face else Kind.FINGER_IMAGE, picture, facts)
        kept = self.vault.put(owner, Kind.FACE_TEMPLATE if face else Kind.FINGER_TEMPLATE, template, facts)
        assert isinstance(seen, StoredObject), seen
        assert isinstance(kept, StoredObject), kept
        sample_id, now = entropy.uuid(), self.clock.now()
        self.session.execute(
            insert(SampleRow).values(
                id=sample_id, aid=aid, owner_id=owner, position=position.value, impression=impression, attempt=1,
                object_id=seen.id, format="png", width=10, height=10, ppi=500, device="S-1", captured_at=now,
                captured_by=uuid.uuid4(), quality=quality, algorithm="test", accepted=True, best=True,
                digest=sample_digest(self.keys, aid, picture), flag=None, flag_position=None,
            )
        )  # fmt: skip
        self.session.execute(
            insert(TemplateRow).values(
                id=entropy.uuid(), sample_id=sample_id, owner_id=owner, engine=self.engine, format="own",
                object_id=kept.id, created_at=now,
            )
        )  # fmt: skip
        kind = Kind.FACE_TEMPLATE if face else Kind.FINGER_TEMPLATE
        return TemplateOf(sample_id, owner, position, impression, quality, kind, self.engine, kept.id)
