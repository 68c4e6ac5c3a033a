"""The rows that say which templates are searched: entered with an application, handed to its person at issuance."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, func, insert, select, union_all, update
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import aliased

from enrollment.capture import Position
from enrollment.capture.extraction import TemplateOf
from enrollment.capture.models import TemplateRow
from enrollment.cases.models import ApplicationRow
from enrollment.errors import Refusal
from enrollment.gallery.counting import counting
from enrollment.gallery.models import GalleryChangeRow, GalleryEntryRow
from enrollment.storage import Kind
from idp.clock import Clock
from idp.database import Session
from idp.entropy import Entropy

__all__ = ["Changes", "Entries", "Entry", "Owner"]

_NAME = "gallery"
# Any number that no other advisory lock of this database has.
_ALONE = 0x6761_6C6C_6572_7901
# The whole templates; minutiae records are for others.
_SEARCHED = {Kind.FACE_TEMPLATE: "face", Kind.FINGER_TEMPLATE: "finger"}
_HAND_OVER = sql(
    """
    update gallery_entry entry set person_id = given.person_id
    from unnest(cast(:aids as text[]), cast(:people as uuid[])) as given (aid, person_id)
    where entry.aid = given.aid
    """
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A template that is searched. `left`: the engine that counts could make none of this sample."""

    subject_id: UUID
    position: Position
    impression: int
    engine: str
    object_id: UUID
    left: bool = False


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose templates a subject's are: an application's, and from issuance on a person's."""

    aid: str
    person_id: UUID | None


@dataclass(frozen=True, slots=True)
class Changes:
    """Subjects that changed, with everything that is searched of them now; nothing is missing up to `upto`."""

    subjects: Mapping[UUID, tuple[Entry, ...]]
    upto: int


class Entries:
    """Reads and writes the rows, in the caller's transaction.

    `engines` are those whose templates count for the reader, the active ones if not given.

    Changes are numbered in the order of their commits: a transaction that makes one keeps all others waiting until
    it ends, so it ends soon.
    """

    def __init__(self, session: Session, clock: Clock, entropy: Entropy, engines: frozenset[str] | None = None) -> None:
        self._session = session
        self._engines = engines
        self._clock = clock
        self._entropy = entropy

    def enter_case(self, aid: str, subject_id: UUID, templates: Iterable[TemplateOf]) -> int:
        """Let exactly these templates be searched for an application; the number of the last change. Repeatable."""
        wanted = {_place(one): one for one in templates if one.kind in _SEARCHED}
        held = {(row.position, row.impression): row for row in self._active([subject_id])}
        gone = [row.id for place, row in held.items() if _object_of(wanted.get(place)) != row.object_id]
        new = [
            one
            for place, one in wanted.items()
            if place not in held or held[place].object_id != one.object_id
        ]  # fmt: skip
        if not gone and not new:
            return self.newest()
        number = self._next(2)
        self._end(gone, number - 1)
        rows = [self._row(aid, subject_id, one, number) for one in new]
        if rows:
            self._session.execute(insert(GalleryEntryRow), rows)
        return number

    def withdraw(self, subject_ids: Collection[UUID]) -> int:
        """Let nothing of these subjects be searched any more; how many templates that were."""
        gone = [row.id for row in self._active(subject_ids)]
        if gone:
            self._end(gone, self._next(1))
        return len(gone)

    def withdraw_cancelled(self, most: int = 100) -> int:
        """The same for applications that were given up: an honest second try must not find the first."""
        subjects = self._session.scalars(
            select(GalleryEntryRow.subject_id)
            .join(ApplicationRow, ApplicationRow.aid == GalleryEntryRow.aid)
            .where(ApplicationRow.state == "cancelled", GalleryEntryRow.removed.is_(None))
            .distinct()
            .limit(most)
        ).all()
        return self.withdraw(subjects)

    def enter(self, people: Mapping[str, UUID]) -> Refusal | None:
        """Let the templates of each application (AID) be its person's. Fulfils `issuance.GalleryEntries`."""
        if people:
            values = {"aids": list(people), "people": list(people.values())}
            self._session.execute(_HAND_OVER, values)
        return None

    def alone(self) -> None:
        """Wait until no other worker is here; from then on they wait until the transaction ends."""
        self._session.execute(sql("select pg_advisory_xact_lock(:key)"), {"key": _ALONE})

    def newest(self) -> int:
        """The number of the last change that is committed, or made in this transaction."""
        found: int | None = self._session.scalar(select(GalleryChangeRow.last).where(GalleryChangeRow.name == _NAME))
        return found or 0

    def changes(self, after: int, most: int = 500) -> Changes:
        """What changed after that number: the next `most` templates' changes, whole subjects."""
        upto = self.newest()
        added = select(GalleryEntryRow.added.label("n"), GalleryEntryRow.subject_id).where(
            GalleryEntryRow.added > after, GalleryEntryRow.added <= upto
        )
        removed = select(GalleryEntryRow.removed.label("n"), GalleryEntryRow.subject_id).where(
            GalleryEntryRow.removed > after, GalleryEntryRow.removed <= upto
        )
        both = union_all(added, removed, self._made(after, upto)).subquery()
        rows = self._session.execute(select(both.c.n, both.c.subject_id).order_by(both.c.n).limit(most)).all()
        if len(rows) == most:
            # The last number may have more: its subjects come whole, and come again with the next ones.
            upto = max(rows[-1].n - 1, rows[0].n)
            rows = self._session.execute(select(both.c.n, both.c.subject_id).where(both.c.n <= upto)).all()
        subjects: dict[UUID, tuple[Entry, ...]] = dict.fromkeys((row.subject_id for row in rows), ())
        for entry in self.of(subjects):
            subjects[entry.subject_id] = (*subjects[entry.subject_id], entry)
        return Changes(subjects, upto)

    def announce(self, template_ids: Collection[UUID]) -> None:
        """Let indexes hear of templates that came after their samples were entered; other changes wait from here on."""
        if template_ids:
            told = update(TemplateRow).where(TemplateRow.id.in_(list(template_ids)))
            self._session.execute(told.values(changed=self._next(1)).execution_options(synchronize_session=False))

    def of(self, subject_ids: Collection[UUID]) -> tuple[Entry, ...]:
        """Everything that is searched of these subjects now, by position and impression, of the engines that count."""
        rows = self._session.execute(counting(self._engines).where(GalleryEntryRow.subject_id.in_(subject_ids)))
        found = [
            Entry(row.subject_id, list(Position)[row.position], row.impression, engine, object_id, bool(left))
            for row, engine, object_id, left, _ in rows
        ]
        return tuple(sorted(found, key=lambda entry: (entry.position.number, entry.impression)))

    def owners(self, subject_ids: Collection[UUID]) -> dict[UUID, Owner]:
        """Whose these subjects are; those that nothing was ever entered of are left out."""
        rows = self._session.execute(
            select(GalleryEntryRow.subject_id, GalleryEntryRow.aid, GalleryEntryRow.person_id)
            .where(GalleryEntryRow.subject_id.in_(subject_ids))
            .order_by(GalleryEntryRow.added)
        )
        return {row.subject_id: Owner(row.aid, row.person_id) for row in rows}

    def subjects_of(self, person_id: UUID) -> frozenset[UUID]:
        """Under which subjects a person is searched: one, or more after a second capture."""
        rows = self._session.scalars(
            select(GalleryEntryRow.subject_id).where(
                GalleryEntryRow.person_id == person_id, GalleryEntryRow.removed.is_(None)
            )
        )
        return frozenset(rows)

    def people(self) -> int:
        """How many subjects are searched."""
        counted = select(func.count(GalleryEntryRow.subject_id.distinct())).where(GalleryEntryRow.removed.is_(None))
        return self._session.scalar(counted) or 0

    def _made(self, after: int, upto: int) -> Select[int | None, UUID]:
        """Changes that were no entry: templates of the reader's engines, of samples entered before."""
        own = aliased(TemplateRow)
        return (
            select(TemplateRow.changed.label("n"), GalleryEntryRow.subject_id)
            .join(own, own.sample_id == TemplateRow.sample_id)
            .join(GalleryEntryRow, GalleryEntryRow.object_id == own.object_id)
            .where(TemplateRow.changed > after, TemplateRow.changed <= upto)
            .where(TemplateRow.engine.in_(list(self._engines or ())))
        )

    def _active(self, subject_ids: Collection[UUID]) -> Sequence[GalleryEntryRow]:
        return self._session.scalars(
            select(GalleryEntryRow)
            .where(GalleryEntryRow.subject_id.in_(subject_ids), GalleryEntryRow.removed.is_(None))
            .execution_options(populate_existing=True)
        ).all()

    def _next(self, count: int) -> int:
        """The last of `count` new numbers; held until the transaction ends."""
        made = upsert(GalleryChangeRow).values(name=_NAME, last=count)
        made = made.on_conflict_do_update(index_elements=["name"], set_={"last": GalleryChangeRow.last + count})
        number: int | None = self._session.scalar(made.returning(GalleryChangeRow.last))
        assert number is not None, "a row that is made where it is missing"  # noqa: S101 - for the type checker
        return number

    def _end(self, entry_ids: Collection[UUID], number: int) -> None:
        if entry_ids:
            self._session.execute(
                update(GalleryEntryRow)
                .where(GalleryEntryRow.id.in_(entry_ids))
                .values(removed=number, removed_at=self._clock.now())
            )

    def _row(self, aid: str, subject_id: UUID, one: TemplateOf, number: int) -> dict[str, object]:
        return {
            "id": self._entropy.uuid(),
            "subject_id": subject_id,
            "aid": aid,
            "person_id": None,
            "modality": _SEARCHED[one.kind],
            "position": one.position.number,
            "impression": one.impression,
            "engine": one.engine,
            "object_id": one.object_id,
            "added": number,
            "added_at": self._clock.now(),
            "removed": None,
            "removed_at": None,
        }


def _place(one: TemplateOf) -> tuple[int, int]:
    return one.position.number, one.impression


def _object_of(one: TemplateOf | None) -> UUID | None:
    return None if one is None else one.object_id
