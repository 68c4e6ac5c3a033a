"""An examiner whose images say themselves what is in them, and the services of capture over a cellar."""

import json
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from enrollment.capture import Hint, Position
from enrollment.capture.captures import Captures, Shot, Subject
from enrollment.capture.documents import Documents
from enrollment.capture.extraction import Extraction
from enrollment.capture.findings import Finger, Made, Mixup, MixupKind, Page, RidgePoint, RidgePoints, Seen
from enrollment.capture.mixups import Mixups
from enrollment.capture.overview import Overview
from enrollment.capture.probing import Compared, Probe, Reference, Terms
from enrollment.errors import Code, Refusal
from enrollment.storage import Kind
from tests.factories.vaults import Cellar

ENGINE = "written-1"


def image(finger: str, quality: int = 70, **more: object) -> bytes:
    """An image of what is called `finger`; `code` has it refused, `hint` advises."""
    return json.dumps({"finger": finger, "quality": quality, **more}).encode()


@dataclass
class WrittenExaminer:
    """Fulfils `Examiner`: reads what `image` wrote. `asked` counts its questions."""

    asked: list[str] = field(default_factory=list)

    def face(self, content: bytes) -> Seen | Refusal:
        """Judge a photograph."""
        return self._seen("face", content)

    def finger(self, content: bytes) -> Seen | Refusal:
        """Judge an image of one finger."""
        return self._seen("finger", content)

    def page(self, content: bytes, least_side: int) -> Page | Refusal:  # noqa: ARG002 - the interface
        """Look at a picture of a document."""
        self.asked.append("page")
        return Page("png", 1000, 700) if content.startswith(b"{") else Refusal(Code.BIO_FORMAT, Hint.OTHER_FILE)

    def mixups(self, fingers: tuple[Finger, ...], rate: float) -> tuple[Mixup, ...] | Refusal:  # noqa: ARG002 - as above
        """Fingers of one name are the same finger."""
        self.asked.append("mixups")
        names = [json.loads(finger.content)["finger"] for finger in fingers]
        found = []
        for index, finger in enumerate(fingers):
            for other in range(index):
                same_place = fingers[other].position is finger.position
                if names[other] == names[index] and not same_place:
                    found.append(Mixup(MixupKind.REPEAT, index, other))
        return tuple(found)

    def templates(self, position: Position, content: bytes, quality: int) -> tuple[Made, ...] | Refusal:  # noqa: ARG002 - as above
        """Templates of what was written."""
        self.asked.append("templates")
        if position is Position.FACE:
            return (Made(Kind.FACE_TEMPLATE, ENGINE, "face", b"face " + content),)
        return (
            Made(Kind.FINGER_TEMPLATE, ENGINE, "own", b"own " + content),
            Made(Kind.MINUTIAE, ENGINE, "iso", b"iso " + content),
        )

    def picture(self, content: bytes, longest_side: int) -> bytes | Refusal:  # noqa: ARG002 - as above
        """As it is."""
        return content

    def compare(
        self,
        probes: tuple[Probe, ...],
        references: tuple[Reference, ...],
        terms: Terms,  # noqa: ARG002 - as above
    ) -> Compared | Refusal:
        """Whoever bears the same name in every part is the person."""
        self.asked.append("compare")
        told = [json.loads(probe.content) for probe in probes]
        for one in told:
            if "code" in one:
                return Refusal(Code(one["code"]), one["hint"])
        held = [(one.position, json.loads(one.content.partition(b" ")[2])["finger"]) for one in references]
        same = all((probe.position, one["finger"]) in held for probe, one in zip(probes, told, strict=True))
        copied = any(one.content.partition(b" ")[2] == probe.content for one in references for probe in probes)
        return Compared(same and not copied, 9.0 if same else -3.0, copied, min(one["quality"] for one in told))

    def portrait(self, content: bytes, most_bytes: int) -> bytes | Refusal:
        """The beginning of it: nothing is drawn here."""
        return content[:most_bytes]

    def ridge_points(self, content: bytes) -> RidgePoints | Refusal:
        """Two points, for whatever this examiner called a record."""
        if not content.startswith(b"iso "):
            return Refusal(Code.BIO_FORMAT, Hint.OTHER_FILE)
        return RidgePoints(388, 374, (RidgePoint(100, 120, 90, "ending"), RidgePoint(200, 210, 0, "fork")))

    def _seen(self, what: str, content: bytes) -> Seen | Refusal:
        self.asked.append(what)
        told = json.loads(content)
        if "code" in told:
            return Refusal(Code(told["code"]), told["hint"])
        hints = tuple(map(Hint, told.get("hints", ())))
        return Seen("png", 388, 374, 500, told["quality"], told.get("sound", True), ENGINE, hints)


@dataclass
class CaptureDesk:
    """The services of capture in one transaction, for one subject; `examiner` is any `Examiner`."""

    cellar: Cellar
    session: Session
    examiner: Any = field(default_factory=WrittenExaminer)
    subject: Subject = field(default_factory=lambda: Subject("7KQ2M8RTV3XW9H", uuid4()))
    officer: UUID = field(default_factory=uuid4)

    @property
    def captures(self) -> Captures:
        """Taking faces and fingers."""
        held = self.cellar
        vault = held.vault(self.session)
        return Captures(self.session, vault, self.examiner, held.keys, held.clock, held.entropy)

    @property
    def documents(self) -> Documents:
        """Taking pictures of documents."""
        held = self.cellar
        vault = held.vault(self.session)
        return Documents(self.session, vault, self.examiner, held.keys, held.clock, held.entropy)

    @property
    def mixups(self) -> Mixups:
        """Comparing fingers."""
        held = self.cellar
        return Mixups(self.session, held.vault(self.session), self.examiner, held.clock, held.entropy)

    @property
    def extraction(self) -> Extraction:
        """Making templates."""
        held = self.cellar
        return Extraction(self.session, held.vault(self.session), self.examiner, held.clock, held.entropy)

    @property
    def overview(self) -> Overview:
        """Reading what is captured."""
        return Overview(self.session)

    def shot(self, position: Position, content: bytes, impression: int = 1) -> Shot:
        """A capture by this desk's officer."""
        return Shot(position, content, "S-7", self.officer, impression)
