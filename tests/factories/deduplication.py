"""Applicants with fingers and faces that nobody has, and the rooms that search them for duplicates."""

import json
import random
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import insert
from sqlalchemy.orm import Session

from biometrics.face import codec as face_codec
from biometrics.face.identity import ENGINE as FACE_ENGINE
from biometrics.face.parameters import DIMENSIONS
from biometrics.face.template import FaceTemplate
from biometrics.fingerprint import template_codec
from biometrics.fingerprint.identity import ENGINE as FINGER_ENGINE
from biometrics.synthetic.collection import templates as synthetic
from enrollment.capture import FINGERS, Position
from enrollment.capture.captures import Captures
from enrollment.capture.desk import CaptureDesk
from enrollment.capture.documents import Documents
from enrollment.capture.extraction import Extraction
from enrollment.capture.findings import Made
from enrollment.capture.mixups import Mixups
from enrollment.capture.overview import Overview
from enrollment.cases import Cases, Guard, Kind, Reason, Section, State
from enrollment.cases.models import ExceptionRow
from enrollment.deduplication import Deduplication, DedupPolicy, Intake, Rooms, Search, Searches
from enrollment.errors import Refusal
from enrollment.gallery import Entries, EpochKey, Follower, Gallery, Template
from enrollment.gallery.local import ENGINES, LocalGallery
from enrollment.issuance import Conditions
from enrollment.life_events.told import Recognition
from enrollment.register import DemographicPolicy, Demographics
from enrollment.storage import Bucket, Vault
from enrollment.storage import Kind as Stored
from enrollment.storage.store import Listed
from idp.audit import Trail
from idp.entropy import Entropy
from idp.errors import StoreUnavailableError
from idp.keys import PurposeKeys, Sealer
from tests.factories.captures import WrittenExaminer, image
from tests.factories.cases import FOREIGN_GUARDS, Counter, held
from tests.factories.keys import purpose_keys, sealer
from tests.factories.moments import StillClock
from tests.factories.register import Office

SEED = 20260101
STRONG = (Position.FACE, *(finger for finger in FINGERS if finger.strong))
"""What is captured of everybody here: the rest is missing, so that a test is short."""


@cache
def finger(number: int, impression: int = 0) -> bytes:
    """The stored template of an impression of finger `number`, which nobody has."""
    [template] = synthetic(SEED, number, range(impression, impression + 1))
    content = template_codec.encode(template)
    assert isinstance(content, bytes)
    return content


def face(number: int, impression: int = 0) -> bytes:
    """The stored template of a face that nobody has; impressions of one number are alike."""
    one = np.random.default_rng([SEED, number]).standard_normal(DIMENSIONS)
    shift = np.random.default_rng([SEED, number, impression]).standard_normal(DIMENSIONS)
    vector = one / np.linalg.norm(one) + 0.4 * shift / np.linalg.norm(shift)
    unit = (vector / np.linalg.norm(vector)).astype(np.float32)
    content = face_codec.encode(FaceTemplate(FACE_ENGINE, unit[np.newaxis]))
    assert isinstance(content, bytes)
    return content


def probe(number: int, positions: tuple[Position, ...] = STRONG, impression: int = 0) -> list[Template]:
    """Templates of the body `number`: ten fingers and a face of its own."""
    return [Template(one, 1, content_of(number, one, impression), 70) for one in positions]


def content_of(number: int, position: Position, impression: int = 0) -> bytes:
    """The template of one position of that body."""
    if position is Position.FACE:
        return face(number, impression)
    return finger(100 * number + position.number, impression)


class SyntheticExaminer(WrittenExaminer):
    """Images say which body and impression they are of; templates are the engine's own."""

    def templates(self, position: Position, content: bytes, quality: int) -> tuple[Made, ...] | Refusal:  # noqa: ARG002 - the interface
        """Templates of what was written; `hand` says where the finger really is from."""
        self.asked.append("templates")
        told = json.loads(content)
        really = Position(told.get("hand", position.value))
        made = content_of(told["body"], really, told["impression"])
        if position is Position.FACE:
            return (Made(Stored.FACE_TEMPLATE, FACE_ENGINE, "face", made),)
        return (Made(Stored.FINGER_TEMPLATE, FINGER_ENGINE, "own", made),)


@dataclass
class Shelf:
    """Fulfils `ObjectStore` in memory. `down` takes it away."""

    held: dict[tuple[Bucket, str], bytes] = field(default_factory=dict)
    clock: StillClock = field(default_factory=StillClock)
    down: bool = False

    def prepare(self) -> None:
        """Nothing to do."""

    def put(self, bucket: Bucket, name: str, content: bytes) -> str:
        """Store under a free name."""
        self._answer()
        if (bucket, name) in self.held:
            raise FileExistsError(name)
        self.held[bucket, name] = content
        return ""

    def get(self, bucket: Bucket, name: str, version: str, most: int) -> bytes | None:  # noqa: ARG002 - the interface
        """The bytes."""
        self._answer()
        content = self.held.get((bucket, name))
        return None if content is None else content[:most]

    def remove(self, bucket: Bucket, name: str, version: str) -> None:  # noqa: ARG002 - the interface
        """Remove them."""
        self.held.pop((bucket, name), None)

    def hold(self, bucket: Bucket, name: str, version: str) -> bool:  # noqa: ARG002 - the interface
        """It cannot."""
        return False

    def listed(self, bucket: Bucket, after: str, most: int) -> Sequence[Listed]:
        """What lies there."""
        names = sorted(name for held, name in self.held if held is bucket and name > after)
        return [Listed(name, "", self.clock.now()) for name in names[:most]]

    def damage(self, object_id: uuid.UUID) -> None:
        """Change one bit of an object."""
        for place, content in self.held.items():
            if place[1].startswith(str(object_id)):
                self.held[place] = content[:-1] + bytes([content[-1] ^ 1])

    def _answer(self) -> None:
        if self.down:
            raise StoreUnavailableError


@dataclass
class Cellar:
    """Keys, a clock that stands still, and a vault over a shelf."""

    store: Shelf = field(default_factory=Shelf)
    clock: StillClock = field(default_factory=StillClock)
    keys: PurposeKeys = field(default_factory=purpose_keys)

    @property
    def sealer(self) -> Sealer:
        """The sealer under these keys."""
        return sealer(self.keys)

    @property
    def entropy(self) -> Entropy:
        """Identifiers by this clock."""
        return Entropy(self.clock)

    def vault(self, session: Session) -> Vault:
        """A vault in this session's transaction."""
        return Vault(session, self.store, self.sealer, self.clock, self.entropy)


def mirrored(position: Position) -> Position:
    """The same finger of the other hand."""
    return position if position is Position.FACE else Position.of_number((position.number + 4) % 10 + 1)


@dataclass
class Bureau:
    """Every room that an application meets until it is decided, over one session."""

    cellar: Cellar
    session: Session
    gallery: Gallery
    examiner: SyntheticExaminer = field(default_factory=SyntheticExaminer)
    policy: DedupPolicy = field(default_factory=DedupPolicy)

    def __post_init__(self) -> None:
        held_by = self.cellar
        self.office = Office(self.session, keys=held_by.keys, clock=held_by.clock)
        self.searches = Searches(self.session, held_by.clock)
        conditions = Conditions(self.session)
        recognition = Recognition(self.session, self.searches, self.office.register, held_by.keys)
        checks = dict.fromkeys(FOREIGN_GUARDS, held) | {
            Guard.NO_CANDIDATE: self.searches.no_candidate,
            Guard.RECOGNISED: recognition.recognised,
            Guard.RECORDED: conditions.recorded,
            Guard.LINKED: conditions.linked,
        }
        self.counter = Counter(self.session, held_by.keys, held_by.clock, checks)
        self.cases: Cases = self.counter.cases
        self.vault = held_by.vault(self.session)
        self.entries = Entries(self.session, held_by.clock, held_by.entropy)
        self.follower = Follower(self.entries, self.vault, ENGINES)
        self.intake = Intake(self.session, self.cases, held_by.clock, self.policy)
        over = (self.session, self.vault, self.examiner, held_by.keys, held_by.clock, held_by.entropy)
        apart = (self.session, self.vault, self.examiner, held_by.clock, held_by.entropy)
        self.extraction = Extraction(*apart)
        self.desk = CaptureDesk(self.cases, Captures(*over), Documents(*over), Mixups(*apart), Overview(self.session))
        rooms = Rooms(
            self.cases,
            self.extraction,
            Overview(self.session),
            self.vault,
            self.entries,
            self.follower,
            Demographics(self.session, held_by.keys, self.office.register, DemographicPolicy()),
            recognition.agrees,
        )
        trail = Trail(self.session, held_by.clock, held_by.entropy)
        self.deduplication = Deduplication(self.session, rooms, self.gallery, held_by.clock, trail, self.policy)

    def approved(
        self,
        body: int,
        impression: int = 0,
        *,
        kind: Kind = Kind.NEW,
        swapped: bool = False,
        person_id: uuid.UUID | None = None,
        **person: Any,
    ) -> str:
        """An application with the fingers and the face of that body, approved; `person` changes the details."""
        counter = self.counter
        opened = counter.lifecycle.open(counter.officer, kind, counter.key(), person_id=person_id)
        assert not isinstance(opened, Refusal), opened
        self.capture(opened.aid, body, impression, swapped=swapped, **(details(body) | person))
        counter.walk(opened.aid, State.APPROVED)
        return opened.aid

    def capture(
        self,
        aid: str,
        body: int,
        impression: int = 0,
        *,
        swapped: bool = False,
        positions: Sequence[Position] = STRONG,
        **person: Any,
    ) -> None:
        """Fill an application that is being captured; what is not among `positions` is missing."""
        officer = self.counter.officer
        self.counter.fill(aid, leaving=[Section.BIOMETRICS, Section.PREVIEW], **person)
        gone = [
            {
                "aid": aid, "position": position.value, "reason": "missing", "permanent": True,
                "noted_by": officer.subscriber_id, "noted_at": self.cellar.clock.now(),
                "granted_by": self.counter.supervisor.subscriber_id, "granted_at": self.cellar.clock.now(),
            }
            for position in Position if position not in positions
        ]  # fmt: skip
        self.session.execute(insert(ExceptionRow), gone)
        for position in positions:
            hand = mirrored(position) if swapped else position
            shot = image(position.value, 70, body=body, impression=impression, hand=hand.value, of=aid)
            taken = self.desk.take(officer, aid, position, shot)
            assert not isinstance(taken, Refusal), taken
        for tick in ("looked_at_face", "looked_at_fingers"):
            assert not isinstance(
                self.cases.sections.save_field(officer, aid, Section.BIOMETRICS, tick, value=True), Refusal
            )
        assert not isinstance(self.cases.sections.confirm(officer, aid, "en"), Refusal)

    def validated(self, body: int, impression: int = 0, **more: Any) -> str:
        """The same, taken in: its search is asked for."""
        aid = self.approved(body, impression, **more)
        assert self.intake.take(aid) is None
        return aid

    def searched(self, aid: str) -> Search:
        """Every step of the search, each committed."""
        room = self.deduplication
        for step in (room.prepare, room.begin, room.catch_up, room.decide):
            refusal = step(aid)
            self.session.commit()
            assert refusal is None, refusal
        return self.search(aid)

    def search(self, aid: str) -> Search:
        """What was written down last."""
        found = self.searches.last(aid)
        assert found is not None
        return found

    def issued(self, body: int, impression: int = 0, **more: Any) -> tuple[str, uuid.UUID]:
        """Somebody of the register, by an application that nobody was found for."""
        aid = self.validated(body, impression, **more)
        assert self.searched(aid).reason is None
        person_id = self.office.person(**_recorded(body))
        assert self.entries.enter({aid: person_id}) is None
        return aid, person_id

    def state(self, aid: str) -> State:
        """Where an application is."""
        return self.counter.case(aid).state

    def reason(self, aid: str) -> Reason | None:
        """Why it was referred."""
        return self.search(aid).reason


def local_gallery(cellar: Cellar, folder: Path) -> LocalGallery:
    """An index in that folder, of an epoch of the test's."""
    return LocalGallery(folder, EpochKey(1, b"k" * 32), cellar.sealer, cellar.entropy)


def details(body: int) -> dict[str, Any]:
    """Names and births that are far apart from each other, as the form takes them."""
    dice = random.Random(body)  # noqa: S311 - made-up names
    given, family = ("".join(dice.choices("abdefgiklmnorstuwy", k=9)).capitalize() for _ in range(2))
    return {
        "given_names": given,
        "family_name": family,
        "birth_date": f"{1950 + body % 40}-0{1 + body % 9}-1{body % 9}",
    }


def _recorded(body: int) -> dict[str, Any]:
    return details(body) | {"sex": "female"}
