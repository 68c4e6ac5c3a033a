"""What is in the sections: sealed at every field, so that nothing typed is ever lost, and judged as it stands.

A value that is wrong is kept, too: the section is `partial` then, and says which field has which fault.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import BindParameter, LargeBinary, Text, Uuid, any_, bindparam, func, or_, update
from sqlalchemy import case as case_when

from enrollment.cases.access import Access, Wish
from enrollment.cases.case import Case, Kind, State
from enrollment.cases.demographics import Divisions, Fault
from enrollment.cases.judging import Judged, Judging, Material
from enrollment.cases.material import Materials
from enrollment.cases.models import SectionRow
from enrollment.cases.orders import Applicant, Doer, Hand, actor_id_of, reference_of
from enrollment.cases.policy import CasePolicy
from enrollment.cases.sections import RECORDED, TYPED, Section, Status
from enrollment.centres.actors import Actor, Role
from enrollment.errors import Code, Refusal
from idp.audit import AuditEvent, Event, Trail
from idp.clock import Clock
from idp.database import Session

__all__ = ["CAPTURING", "FLAGS", "NO_DEVICE", "Saved", "Sections"]

MAX_FIELD = 4_000
MAX_SECTION = 60_000
CAPTURING: tuple[Role | Hand, ...] = (Role.OFFICER, Role.REGISTRAR, Hand.APPLICANT, Hand.SYSTEM)
# Set by the pages of capture, not by an officer's choice: no registered device vouches for the samples.
NO_DEVICE = "no_device"
FLAGS = frozenset({"unreadable", "doubtful", "differs", "unusual_age", "helped", "other", NO_DEVICE})
_DOCUMENT = frozenset({"type", "number", "issuer", "issued_on", "expires_on", "note"})
_TICKS = frozenset({"none", "no_contact", "single_name", "looked_at_face", "looked_at_fingers"})
_BY_APPLICANT = frozenset({Section.PERSON, Section.DOCUMENTS})

# Made once, and of the table: it is asked at every field that somebody types. What is null stays as it is.
_TABLE = SectionRow.metadata.tables[SectionRow.__tablename__]
_ACTOR: BindParameter[UUID | None] = bindparam("actor", type_=Uuid())
_SAVE = (
    update(_TABLE)
    .where(_TABLE.c.aid == bindparam("in_aid"), _TABLE.c.name == bindparam("in_name"))
    .values(
        version=_TABLE.c.version + 1,
        saved_at=bindparam("now"),
        savers=case_when(
            (or_(_ACTOR.is_(None), any_(_TABLE.c.savers) == _ACTOR), _TABLE.c.savers),
            else_=func.array_append(_TABLE.c.savers, _ACTOR),
        ),
        sealed=func.coalesce(bindparam("new_sealed", type_=LargeBinary()), _TABLE.c.sealed),
        status=func.coalesce(bindparam("new_status", type_=Text()), _TABLE.c.status),
    )
)


@dataclass(frozen=True, slots=True)
class Saved:
    """What came of it. `version` is the section's own; `changed` is False when the value stood there already."""

    section: Section
    status: Status
    version: int
    changed: bool
    faults: tuple[Fault, ...] = ()


class Sections:
    """Reads and writes sections, in the caller's transaction."""

    def __init__(
        self,
        session: Session,
        materials: Materials,
        access: Access,
        clock: Clock,
        trail: Trail,
        *,
        divisions: Divisions | None = None,
        policy: CasePolicy | None = None,
    ) -> None:
        self._session = session
        self._materials = materials
        self._access = access
        self._clock = clock
        self._trail = trail
        self._divisions = divisions
        self._policy = policy or CasePolicy()

    def save_field(
        self, by: Doer, aid: str, section: Section, field: str, value: object, version: int | None = None
    ) -> Saved | Refusal:
        """Keep what was typed in one field, right or wrong. Safe to repeat; cheap when nothing changed.

        `version` is the section's own, where somebody else's change must not be overwritten unseen. Refused: as
        `Access.reach`, `ENR_STATE` (nothing is captured now, or another version), `ENR_SCHEMA` (no such field, a type
        or size that it cannot hold).
        """
        if field not in TYPED.get(section, ()):
            return self._access.refuse(by, aid, "save", Refusal(Code.ENR_SCHEMA, "field"))
        if not _fits(section, field, value):
            return Refusal(Code.ENR_SCHEMA, field)
        case = self.reach(by, aid)
        return case if isinstance(case, Refusal) else self._write(by, case, section, {field: value}, version=version)

    def record(
        self, by: Doer, aid: str, section: Section, facts: Mapping[str, object], held: Case | None = None
    ) -> Saved | Refusal:
        """Keep what a service of the rooms above made: samples of positions, pictures of documents. Never from a form.

        `held` is the application where it was reached (`reach`) in this transaction. A value of None takes one out.
        Refused: as `save_field`.
        """
        if not facts or not set(facts) <= RECORDED.get(section, frozenset()):
            return Refusal(Code.ENR_SCHEMA, "field")
        case = held or self.reach(by, aid)
        return case if isinstance(case, Refusal) else self._write(by, case, section, facts)

    def confirm(self, by: Doer, aid: str, language: str) -> Saved | Refusal:
        """The applicant saw everything on the second screen, or had it read aloud, and confirmed it.

        Holds for what is there at this moment. Refused: as `save_field`.
        """
        case = self.reach(by, aid)
        if isinstance(case, Refusal):
            return case
        material = self._materials.read(case)
        return self._write(by, case, Section.PREVIEW, {"shown": material.shown(), "language": language}, material)

    def flag(self, by: Doer, aid: str, section: Section, reason: str | None) -> Saved | Refusal:
        """Ask the supervisor to look at a section, by a closed word; None takes that back. Refused: as `save_field`."""
        if reason is not None and reason not in FLAGS:
            return Refusal(Code.ENR_SCHEMA, "flag")
        case = self.reach(by, aid)
        if isinstance(case, Refusal):
            return case
        self._session.execute(
            update(SectionRow)
            .where(SectionRow.aid == aid, SectionRow.name == section.value)
            .values(flag=reason)
            .execution_options(synchronize_session=False)
        )
        return self._settle(by, case, section, self._materials.read(case))

    def touch(self, by: Doer | None, case: Case, section: Section) -> Saved:
        """Something that belongs to a section stands in rows of its own, and has changed: judge again.

        For the services of this room, which hold the application.
        """
        self._change(by, case, section)
        return self._settle(by, case, section, self._materials.read(case))

    def read(self, case: Case) -> Material:
        """Everything in the sections, for services that have reached the application; people go through `CaseFile`."""
        return self._materials.read(case)

    def judge(self, case: Case) -> Judged:
        """How far each section is now. Opens all of them."""
        return self._judge(case, self._materials.read(case))

    def reach(
        self, by: Doer, aid: str, name: str = "save", roles: Collection[Role | Hand] = CAPTURING
    ) -> Case | Refusal:
        """The application, held, while its sections can be changed by this doer. Refused: as `save_field`."""
        case = self._access.reach(by, aid, Wish(name, roles, lock=True))
        if isinstance(case, Refusal):
            return case
        # Reached by another of the doer's roles than the one that writes in it.
        writer = _writer(case)
        other = isinstance(by, Actor) and writer in by.roles
        refusal = self._access.outside(by, case, Wish(name, (writer,))) if other else None
        if refusal is None and _captures(by, case):
            return case
        return self._access.refuse(by, aid, name, refusal or Refusal(Code.ENR_STATE, case.state.value), case)

    def _judge(self, case: Case, material: Material) -> Judged:
        return Judging(self._policy, self._divisions, self._clock.now().date()).judge(case, material)

    def _write(
        self,
        by: Doer,
        case: Case,
        section: Section,
        facts: Mapping[str, object],
        material: Material | None = None,
        version: int | None = None,
    ) -> Saved | Refusal:
        """Keep `facts` in a section of an application that is held; `material` is what was read of it a moment ago."""
        if isinstance(by, Applicant) and section not in _BY_APPLICANT:
            return self._access.refuse(by, case.aid, "save", Refusal(Code.ENR_ROLE, section.value), case)
        material = material or self._materials.read(case)
        content = material.of(section)
        changed = {name: value for name, value in {**content, **facts}.items() if value is not None}
        if changed == content:
            faults = self._judge(case, material).faults if section is Section.PERSON else ()
            return Saved(section, material.statuses[section], material.versions[section], changed=False, faults=faults)
        if version is not None and version != material.versions[section]:
            return Refusal(Code.ENR_STATE, "section_version")
        sealed = self._materials.sealed(case, changed)
        if len(sealed) > MAX_SECTION:
            return Refusal(Code.ENR_SCHEMA, "size")
        after = material.changed(section, changed)
        judged = self._judge(case, after)
        self._change(by, case, section, sealed, judged.statuses[section].value)
        return self._settle(by, case, section, after, judged)

    def _change(
        self, by: Doer | None, case: Case, section: Section, sealed: bytes | None = None, status: str | None = None
    ) -> None:
        place = {"in_aid": case.aid, "in_name": section.value}
        actor = None if by is None else actor_id_of(by)
        asked = {"actor": actor, "now": self._clock.now(), "new_sealed": sealed, "new_status": status}
        self._session.execute(_SAVE, place | asked)

    def _settle(
        self, by: Doer | None, case: Case, section: Section, material: Material, stored: Judged | None = None
    ) -> Saved:
        """Write down the statuses that moved: one field may decide what others need, and all of them the preview.

        `stored` is the judgement where that of the section itself stands already.
        """
        judged = stored or self._judge(case, material)
        actor = "staff" if by is None else reference_of(by)
        for name, status in judged.statuses.items():
            before = material.statuses[name]
            if before is status:
                continue
            if stored is None or name is not section:
                self._session.execute(
                    update(SectionRow)
                    .where(SectionRow.aid == case.aid, SectionRow.name == name.value)
                    .values(status=status.value)
                    .execution_options(synchronize_session=False)
                )
            body = {"aid": case.aid, "section": name.value, "from": before.value, "to": status.value}
            self._trail.append(
                AuditEvent(Event.ENROLMENT_SECTION_CHANGED, subscriber_id=case.subscriber_id, actor=actor, body=body)
            )
        faults = judged.faults if section is Section.PERSON else ()
        return Saved(section, judged.statuses[section], material.versions[section], changed=True, faults=faults)


def _captures(by: Doer, case: Case) -> bool:
    """Citizens write before they have sent it, the staff while it is captured: a registrar only for a death."""
    if isinstance(by, Applicant):
        return case.state is State.PRE_DRAFT
    if isinstance(by, Actor):
        return case.state is State.CAPTURING and _writer(case) in by.roles
    return case.state is State.CAPTURING or (case.kind is Kind.IMPORT and case.state is State.RECEIVED)


def _writer(case: Case) -> Role:
    return Role.REGISTRAR if case.kind is Kind.DEATH else Role.OFFICER


def _fits(section: Section, field: str, value: object) -> bool:
    """A type and size that this field can hold; whether it is right is another question."""
    if value is None:
        return True
    if field in _TICKS:
        return isinstance(value, bool)
    if section is Section.DOCUMENTS:
        return isinstance(value, dict) and set(value) <= _DOCUMENT and all(map(_is_text, value.values()))
    return _is_text(value)


def _is_text(value: object) -> bool:
    if not isinstance(value, str) or len(value) > MAX_FIELD or "\0" in value:
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
