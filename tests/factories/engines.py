"""A second engine for tests: another's, under another name, with templates that only it can read."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from hashlib import shake_256
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from enrollment.capture import Position
from enrollment.capture.findings import Made
from enrollment.capture.probing import Compared, Probe, Reference, Terms
from enrollment.engines import Beside, Engines, Modality, Reextraction, Reports, Retiring, Round, Shelf
from enrollment.errors import Code, Refusal
from enrollment.gallery import Entries, Fetch, Found, Subject, Template
from enrollment.gallery import Place as GalleryPlace
from enrollment.gallery import Terms as SearchTerms
from enrollment.gallery.local import LocalGallery
from enrollment.storage import Vault
from enrollment.verification import Asked, Change, Enrolled, Place, Said, Verification
from idp.audit import Trail
from tests.factories.captures import ENGINE, WrittenExaminer
from tests.factories.register import Office
from tests.factories.verification import Enroller, shown

__all__ = ["SECOND", "Turned", "TurnedGallery", "Workshop", "installed", "turned"]

SECOND = "written-2"
_ROOT = Path(__file__).resolve().parents[2]
_MARK = b"turned "


def installed(folder: Path) -> Path:
    """Another installation in that new folder: this one, elsewhere."""
    folder.mkdir()
    for name in ("biometrics", "enrollment", "idp"):
        (folder / name).symlink_to(_ROOT / name)
    (folder / ".venv").symlink_to(sys.prefix)
    return folder


def turned(content: bytes, key: str) -> bytes:
    """The bytes under a key of the engine; the same again gives them back."""
    mask = shake_256(key.encode()).digest(len(content))
    return (int.from_bytes(content) ^ int.from_bytes(mask)).to_bytes(len(content))


@dataclass
class Turned:
    """Fulfils `Side` by another one. `stricter` divides the rate that is asked for; `blind` are pictures it refuses.

    `asked` counts comparisons, `lost` ones are answered as by an engine that died.
    """

    under: Any
    name: str
    stricter: float = 1.0
    blind: frozenset[bytes] = frozenset()
    asked: int = 0
    lost: int = 0

    def templates(self, position: Position, content: bytes, quality: int) -> tuple[Made, ...] | Refusal:
        """The other's templates, turned."""
        if self.lost:
            self.lost -= 1
            return Refusal(Code.BIO_ENGINE, "lost")
        if content in self.blind:
            return Refusal(Code.BIO_QUALITY, "hold_still")
        made = self.under.templates(position, content, quality)
        if isinstance(made, Refusal):
            return made
        return tuple(replace(one, engine=self.name, content=_MARK + turned(one.content, self.name)) for one in made)

    def compare(self, probes: tuple[Probe, ...], references: tuple[Reference, ...], terms: Terms) -> Compared | Refusal:
        """By the other, once they are turned back; `BIO_ENGINE` for templates of any other making."""
        self.asked += 1
        if self.lost:
            self.lost -= 1
            raise ConnectionError(self.name)
        if not all(one.content.startswith(_MARK) for one in references):
            return Refusal(Code.BIO_ENGINE, "template")
        back = tuple(Reference(one.position, turned(one.content.removeprefix(_MARK), self.name)) for one in references)
        said: Compared | Refusal = self.under.compare(probes, back, replace(terms, rate=terms.rate / self.stricter))
        return said


@dataclass
class TurnedGallery:
    """Fulfils `Gallery` by another one: fingers of the turned engine alone, `lacking` others were left out.

    `searched` counts searches, `taken` are people who were put in with something.
    """

    under: LocalGallery
    name: str = SECOND
    searched: int = 0
    lacking: int = 0
    taken: list[UUID] = field(default_factory=list)

    @property
    def reached(self) -> int:
        """The other's."""
        return self.under.reached

    def __len__(self) -> int:
        """People in it."""
        return len(self.under)

    def reset(self) -> None:
        """The other."""
        self.under.reset()

    def put(self, subjects: Sequence[Subject], upto: int) -> int:
        """What is of this engine."""
        self.taken += [subject.id for subject in subjects if subject.templates]
        known = [replace(one, templates=tuple(filter(None, map(self._back, one.templates)))) for one in subjects]
        lost = sum(len(one.templates) for one in subjects) - sum(len(one.templates) for one in known)
        self.lacking += lost
        return self.under.put(known, upto) + lost

    def search(self, probe: Sequence[Template], fetch: Fetch, terms: SearchTerms) -> Found | Refusal:
        """With a probe of this engine."""
        self.searched += 1
        back = [self._back(one) for one in probe]
        if None in back:
            return Refusal(Code.BIO_ENGINE, "probe")

        def opened(places: Sequence[GalleryPlace]) -> dict[GalleryPlace, bytes | None]:
            return {
                place: None if content is None else turned(content.removeprefix(_MARK), self.name)
                for place, content in fetch(places).items()
            }

        return self.under.search([one for one in back if one is not None], opened, terms)

    def _back(self, one: Template) -> Template | None:
        if one.position is Position.FACE:
            return one
        if not one.content.startswith(_MARK):
            return None
        return replace(one, content=turned(one.content.removeprefix(_MARK), self.name))


@dataclass
class Workshop:
    """Every room of an engine change over one session: the first engine counts, the second can be asked."""

    session: Session
    cellar: Any
    first: Any = field(default_factory=WrittenExaminer)
    present: str = ENGINE
    name: str = SECOND

    def __post_init__(self) -> None:
        held, session = self.cellar, self.session
        self.second = Turned(self.first, self.name)
        self.vault: Vault = held.vault(session)
        self.office = Office(session, keys=held.keys, clock=held.clock)
        self.enroller = Enroller(session, self.vault, held.keys, held.clock, engine=self.present)
        self.shelf = Shelf(self.first, {self.name: self.second})
        trail = Trail(session, held.clock, held.entropy)
        self.engines = Engines(session, held.clock, trail)
        self.work = Reextraction(session, self.vault, self.shelf, held.clock, held.entropy)
        self.retiring = Retiring(session, self.vault)
        self.reports = Reports(session)
        self.entries = Entries(session, held.clock, held.entropy)
        self.verification = Verification(
            session, self.vault, self.first, Enrolled(session, held.keys), held.clock, held.entropy,
            change=Change(self.shelf.get, Beside(session, self.vault, self.shelf, held.clock)),
        )  # fmt: skip

    def person(self, who: str) -> UUID:
        """Somebody of whom a face and two fingers are enrolled."""
        person_id = self.office.person(given_names=who)
        self.enroller.written(person_id, who)
        return person_id

    def verify(self, person_id: UUID, who: str, shot: int, position: Position = Position.RIGHT_INDEX) -> Said | Refusal:
        """Somebody called `who` says to be this person."""
        return self.compare(person_id, shown(who, shot), position)

    def compare(self, person_id: UUID, picture: bytes, position: Position = Position.RIGHT_INDEX) -> Said | Refusal:
        """Somebody shows this picture."""
        asked = Asked(person_id, (Probe(position, picture),), Place.COUNTER, "service")
        return self.verification.compare(asked)

    def extract(self, most: int = 100) -> int:
        """Everything that is left for the second engine; how many rounds."""
        rounds, after = 0, None
        while True:
            done = self.work.round(self.name, most, after)
            assert isinstance(done, Round), done
            rounds, after = rounds + 1, done.last
            if after is None:
                return rounds

    def tried(self) -> None:
        """The second engine as shadow, with templates of everybody."""
        assert not isinstance(self.engines.add(self.name, Modality.FINGER, present=self.present), Refusal)
        self.extract()
        assert not isinstance(self.engines.shadow(self.name), Refusal)

    def status(self) -> dict[str, str]:
        """Of each engine."""
        return {one.id: one.status.value for one in self.engines.listed()}
