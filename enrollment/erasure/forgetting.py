"""What goes from the tables with a body, and with a whole record. Sealed content goes too, although no key opens it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import column, delete, func, or_, select, table, update

from enrollment.cases.models import ExceptionRow, KinRow, SectionRow
from enrollment.cases.sections import Section, Status
from enrollment.gallery.models import GalleryEntryRow
from enrollment.life_events.models import ChildCallRow, RelationRow, ToldFactRow
from enrollment.register.lookups import among
from enrollment.register.models import IdentifierRow, NameKeyRow, PersonAccountRow, PersonVersionRow
from enrollment.standing.models import AppealRow, SuspensionRow
from idp.database import Session

__all__ = ["forget_bodies", "forget_records"]


def forget_bodies(session: Session, people: Collection[UUID], aids: Collection[str]) -> None:
    """What the body's section of these applications of theirs says; and nothing of theirs is searched."""
    emptied = {"sealed": None, "flag": None, "status": Status.EMPTY.value}
    body = update(SectionRow).where(SectionRow.aid.in_(aids), SectionRow.name == Section.BIOMETRICS.value)
    session.execute(body.values(emptied).execution_options(synchronize_session=False))
    session.execute(delete(ExceptionRow).where(ExceptionRow.aid.in_(aids)))
    theirs = or_(GalleryEntryRow.person_id.in_(people), GalleryEntryRow.aid.in_(aids))
    left = select(func.count()).where(theirs, GalleryEntryRow.removed.is_(None))
    if session.scalar(left):
        message = "something of an erased body is still searched"
        raise RuntimeError(message)


def forget_records(
    session: Session, people: Collection[UUID], aids: Collection[str], accounts: Collection[UUID], now: datetime
) -> None:
    """What is recorded of them, in every version; how they are found; what they applied with, and appealed with.

    Numbers stay as keyed digests, retired, so that nobody is ever given one again (AC-086). Accounts that are not among
    theirs (`accounts`) were named by an application and never claimed: they are let go of, and nothing else of them.
    """
    emptied = {"sealed": None, "flag": None, "status": Status.EMPTY.value}
    cards = table("credential", column("person_id"), column("sealed"))
    rows = table("import_row", column("person_id"), column("sealed"), column("legacy_blind"))
    suspensions = select(SuspensionRow.id).where(among(SuspensionRow.person_id, people))
    ended = {"status": "retired", "ended_at": now}
    alive = IdentifierRow.status == "active"
    for statement in (
        update(SectionRow).where(SectionRow.aid.in_(aids)).values(emptied),
        delete(KinRow).where(KinRow.aid.in_(aids)),
        update(PersonVersionRow).where(among(PersonVersionRow.person_id, people)).values(sealed=None),
        update(cards).where(cards.c.person_id.in_(people)).values(sealed=None),
        update(rows).where(rows.c.person_id.in_(people)).values(sealed=None, legacy_blind=None),
        # Keyed digests of a month or of one fact are found out by trying: there are not so many.
        delete(ChildCallRow).where(among(ChildCallRow.person_id, people)),
        delete(ToldFactRow).where(ToldFactRow.aid.in_(aids)),
        delete(RelationRow).where(or_(among(RelationRow.person_id, people), among(RelationRow.other_id, people))),
        delete(PersonAccountRow).where(
            among(PersonAccountRow.person_id, people), PersonAccountRow.subscriber_id.not_in(accounts)
        ),
        delete(NameKeyRow).where(among(NameKeyRow.person_id, people)),
        update(AppealRow).where(AppealRow.suspension_id.in_(suspensions)).values(sealed=None),
        update(IdentifierRow).where(among(IdentifierRow.person_id, people)).values(sealed=None),
        update(IdentifierRow).where(among(IdentifierRow.person_id, people), alive).values(ended),
    ):
        session.execute(statement.execution_options(synchronize_session=False))
