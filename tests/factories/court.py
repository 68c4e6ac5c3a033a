"""Cases before adjudicators on the staff's floor: applications with pictures, found for one another."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

import cv2
import numpy as np
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from enrollment.adjudication.models import AdjudicationRow
from enrollment.capture import Position
from enrollment.cases import FACE, FINGERS, Case, How, Moved, Order, Reason, Section, State, Task
from enrollment.cases import Kind as Sort
from enrollment.cases.case import case_of
from enrollment.cases.models import ApplicationRow
from enrollment.centres import Actor, Role
from enrollment.deduplication import Hit, Searches, Why
from enrollment.errors import Refusal
from enrollment.storage import Kind
from enrollment.storage.models import StoredObjectRow
from enrollment.web.rooms import EXAMINER, OBJECTS, adjudication, capture_desk, cases, divisions, extraction, members
from enrollment.web.staff.typed import typed_fields
from idp.web.extensions import db, services
from tests.factories.captures import WrittenExaminer, image
from tests.factories.floor import PERSON, Floor, Member
from tests.factories.vaults import Cellar, cellar
from tests.stack import Stack

THUMB, INDEX = Position.RIGHT_THUMB, Position.RIGHT_INDEX
CAPTURED = (Position.FACE, THUMB, INDEX)
RATIO = 48.125
"""What the search says of whoever it found: a number that stands nowhere else."""
_numbers = itertools.count(1)


class Painter(WrittenExaminer):
    """As its parent, but its pictures are PNG files that a browser draws."""

    def picture(self, content: bytes, longest_side: int) -> bytes | Refusal:
        """Rings, wider for a longer description."""
        self.asked.append("picture")
        side = min(longest_side, 388)
        drawn = np.full((374, side), 235, np.uint8)
        for radius in range(10 + len(content) % 7, 180, 9):
            cv2.circle(drawn, (side // 2, 187), radius, (60,), 3)
        return cv2.imencode(".png", drawn)[1].tobytes()


@dataclass
class Court:
    """A floor with an object store behind it, and the people who make cases."""

    floor: Floor
    cellar: Cellar

    def __post_init__(self) -> None:
        self.officer = self.floor.member(Role.OFFICER)
        self.supervisor = self.floor.member(Role.SUPERVISOR)

    def adjudicator(self, **account: object) -> Member:
        """Somebody who decides, posted nowhere."""
        posted = bool(account.pop("posted", False))
        return self.floor.member(Role.ADJUDICATOR, posted=posted, **account)  # type: ignore[arg-type]  # as given

    def actor(self, member: Member) -> Actor:
        """A member of staff as services know them."""
        found = members().actor(member.id, services().clock.now())
        assert isinstance(found, Actor)
        return found

    def application(self, *, family: str = "Person") -> str:
        """One that can be signed, with pictures and templates of `CAPTURED`."""
        with self.floor.site.app.test_request_context():
            officer, held, key = self.actor(self.officer), cases(), str(services().entropy.uuid())
            opened = held.lifecycle.open(officer, Sort.NEW, key)
            assert isinstance(opened, Moved), opened
            self._fill(officer, opened.aid, family)
            db.session.commit()
        return opened.aid

    def _fill(self, officer: Actor, aid: str, family: str) -> None:
        held, desk, made = cases(), capture_desk(), extraction()
        assert desk is not None
        assert made is not None
        held.consents.give(officer, aid, "v1", "en", How.SIGNED)
        person = typed_fields(Section.PERSON, MultiDict({**PERSON, "family_name": family}), divisions())
        for field, value in person.items():
            assert not isinstance(held.sections.save_field(officer, aid, Section.PERSON, field, value), Refusal), field
        held.sections.save_field(officer, aid, Section.DOCUMENTS, "document_1", {"type": "passport"})
        held.sections.record(officer, aid, Section.DOCUMENTS, {"document_1_object": str(services().entropy.uuid())})
        for position in CAPTURED:
            shot = image(f"{position.value}-{next(_numbers)}", 70)
            assert not isinstance(desk.take(officer, aid, position, shot), Refusal)
        assert not isinstance(desk.compare(officer, aid), Refusal)
        assert not isinstance(made.run(aid), Refusal)
        sample = {"sample": str(services().entropy.uuid()), "accepted": True}
        held.sections.record(officer, aid, Section.BIOMETRICS, dict.fromkeys((FACE, *FINGERS), sample))
        for tick in ("looked_at_face", "looked_at_fingers"):
            held.sections.save_field(officer, aid, Section.BIOMETRICS, tick, value=True)
        assert not isinstance(held.sections.confirm(officer, aid, "en"), Refusal)

    def referred(self, *candidates: str, reason: Reason = Reason.BIOMETRIC, aid: str = "") -> str:
        """An application for which the search found these; its number."""
        aid = aid or self.application()
        with self.floor.site.app.test_request_context():
            officer, supervisor, worker = self.actor(self.officer), self.actor(self.supervisor), Task("worker")
            life = cases().lifecycle
            for step, by in (
                (life.sign, officer), (life.take_up, supervisor), (life.approve, supervisor), (life.receive, worker),
                (life.validate, worker), (life.search, worker),
            ):  # fmt: skip
                moved = step(self._order(by, aid))
                assert isinstance(moved, Moved), (step, moved)
            self._found(aid, candidates, reason)
            assert isinstance(life.refer(self._order(worker, aid), reason), Moved)
            db.session.commit()
        return aid

    def case_of(self, aid: str) -> str:
        """The path of the case that is open about an application."""
        with self.floor.site.app.test_request_context():
            adjudication().opening.open_new()
            db.session.commit()
            wanted = select(AdjudicationRow.id).where(AdjudicationRow.aid == aid, ~AdjudicationRow.known)
            found = db.session.scalars(wanted.order_by(AdjudicationRow.version.desc())).first()
        assert found is not None
        return f"/adjudicate/{found}"

    def state(self, aid: str) -> State:
        """Where an application is."""
        with self.floor.site.app.test_request_context():
            return self._case(aid).state

    def damage(self, aid: str, kind: Kind) -> None:
        """Take away the bytes of every object of a kind that an application has."""
        with self.floor.site.app.test_request_context():
            owner = self._case(aid).subject_key_id
            wanted = select(StoredObjectRow).where(
                StoredObjectRow.owner_id == owner, StoredObjectRow.kind == kind.value
            )
            for row in db.session.scalars(wanted):
                self.cellar.store.remove(kind.bucket, f"{row.id}.{row.version}", row.store_version)

    def _found(self, aid: str, candidates: tuple[str, ...], reason: Reason) -> None:
        shared, version = services(), self._case(aid).version
        searches = Searches(db.session(), shared.clock)
        searches.begin(aid, version, 0, 1)
        hits = [
            Hit(None, candidate, Why.COMPARED, RATIO, {THUMB.value: RATIO / 2, "face": RATIO / 2}, 0.4375)
            for candidate in candidates
        ]
        searches.end(aid, version, hits, reason, people=1, review=20.0)

    def _order(self, by: Actor | Task, aid: str) -> Order:
        shared = services()
        return Order(by, aid, self._case(aid).version, str(shared.entropy.uuid()), shared.clock.now())

    @staticmethod
    def _case(aid: str) -> Case:
        wanted = select(ApplicationRow).where(ApplicationRow.aid == aid).execution_options(populate_existing=True)
        return case_of(db.session.scalars(wanted).one())


@contextmanager
def court(floor: Floor, stack: Stack, worker: str) -> Iterator[Court]:
    """The floor with buckets of its own and an examiner that paints."""
    with cellar(stack, worker) as held:
        floor.site.app.extensions |= {OBJECTS: held.store, EXAMINER: Painter()}
        yield Court(floor, held)


def case_id(path: str) -> UUID:
    """The identifier in the path of a case."""
    return UUID(path.rpartition("/")[2])
