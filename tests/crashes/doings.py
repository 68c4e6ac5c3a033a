"""What officers, supervisors and workers do for one application, as steps that a process makes and commits.

Each takes what it needs from a JSON document and answers one. A step may be asked for again at any time, with the same
document: whoever asked did not hear what came of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from enrollment.capture import FINGERS, Position
from enrollment.capture.documents import DocumentType
from enrollment.cases import FACE, How, Kind, Moved, Order, Purpose, Section, Task, Tick
from enrollment.cases.models import ApplicationRow, ExceptionRow
from enrollment.centres import Actor, Role
from enrollment.cli.capturing import desk, extraction, vault
from enrollment.errors import Refusal
from enrollment.web import rooms
from idp.web.extensions import db, services
from tests.factories.captures import image
from tests.factories.centres import Country
from tests.factories.deduplication import STRONG

__all__ = ["DOINGS"]

Document = Mapping[str, Any]


def settle_in(_: Document) -> dict[str, Any]:
    """A centre with an officer and a supervisor."""
    held = services()
    country = Country(db.session(), held.clock, held.purpose_keys)  # type: ignore[arg-type]  # any clock
    centre = country.centre()
    people = {}
    for role in (Role.OFFICER, Role.SUPERVISOR):
        people[role.value] = str(country.person(role))
        country.post(UUID(people[role.value]), centre, country.station(centre), days=30)
    return people


def begin(asked: Document) -> dict[str, Any]:
    """Somebody stands at the counter."""
    return _moved(rooms.cases().lifecycle.open(_actor(asked), Kind.NEW, asked["key"]))


def agree(asked: Document) -> None:
    """The applicant consents."""
    _well(rooms.cases().consents.give(_actor(asked), asked["aid"], "v1", "en", How.SIGNED))


def fill_in(asked: Document) -> None:
    """One field of the form."""
    save = rooms.cases().sections.save_field
    _well(save(_actor(asked), asked["aid"], Section(asked["section"]), asked["field"], asked["value"]))


def except_fingers(asked: Document) -> None:
    """The fingers that are not captured here, so that a run is short, are missing by a supervisor's word."""
    now = services().clock.now()
    words = {"reason": "missing", "permanent": True, "noted_at": now, "granted_at": now}
    by = {"noted_by": UUID(asked["by"]), "granted_by": UUID(asked["supervisor"])}
    gone = [
        {"aid": asked["aid"], "position": position.value, **words, **by}
        for position in FINGERS
        if position not in STRONG
    ]
    db.session.execute(insert(ExceptionRow).on_conflict_do_nothing(), gone)


def take(asked: Document) -> dict[str, Any]:
    """A face or a finger is captured."""
    position = Position(asked["position"])
    content = image(
        position.value, asked["quality"], body=asked["body"], impression=asked["impression"], of=asked["aid"]
    )
    taken = _well(rooms_desk().take(_actor(asked), asked["aid"], position, content, device="station"))
    return {"sample": str(taken.sample_id), "attempt": taken.attempt}


def take_page(asked: Document) -> dict[str, Any]:
    """A document is photographed."""
    content = image(f"page of {asked['aid']}")
    taken = _well(rooms_desk().document(_actor(asked), asked["aid"], "document_1", DocumentType.PASSPORT, content))
    return {"object": str(taken.object_id)}


def ask_comparison(asked: Document) -> None:
    """The fingers are to be compared with each other."""
    _well(rooms_desk().ask_comparison(_actor(asked), asked["aid"]))


def confirm(asked: Document) -> None:
    """The applicant has read it on the second screen."""
    _well(rooms.cases().sections.confirm(_actor(asked), asked["aid"], "en"))


def sign(asked: Document) -> dict[str, Any]:
    """The officer signs: only the best samples stay, and their templates are asked for."""
    moved = _moved(rooms.cases().lifecycle.sign(_order(asked)))
    desk()._captures.settle(asked["aid"])
    extraction().ask(asked["aid"])
    return moved


def take_up(asked: Document) -> dict[str, Any]:
    """The supervisor takes it up."""
    return _moved(rooms.cases().lifecycle.take_up(_order(asked)))


def approve(asked: Document) -> dict[str, Any]:
    """The supervisor approves."""
    held = rooms.cases()
    opened = _well(held.files.open(_actor(asked), asked["aid"], Purpose.REVIEW))
    ticks = dict.fromkeys(opened.judged.flagged(), Tick.SEEN)
    return _moved(held.lifecycle.approve(_order(asked), ticks))


def look(asked: Document) -> dict[str, Any]:
    """Where it is, and what stands in it."""
    row = db.session.scalars(select(ApplicationRow).where(ApplicationRow.aid == asked["aid"])).one()
    opened = _well(rooms.cases().files.open(Task("judge"), asked["aid"], Purpose.PROCESSING))
    person, biometrics = dict(opened.of(Section.PERSON)), opened.of(Section.BIOMETRICS)
    captured = sorted(name for name in (FACE, *(finger.value for finger in FINGERS)) if biometrics.get(name))
    return {"state": row.state, "version": row.version, "person": person, "captured": captured}


def sweep(_: Document) -> dict[str, Any]:
    """The sweep of objects, until it finds nothing more, and a look at every object that is known."""
    removed = 0
    while (swept := vault().sweep(timedelta(minutes=30))).total:
        removed += swept.orphans
        db.session.commit()
    checked = vault().check(most=100_000)
    return {"orphans": removed, "objects": checked.count, "damaged": [str(one) for one in checked.damaged]}


DOINGS: Mapping[str, Callable[[Document], dict[str, Any] | None]] = {
    doing.__name__: doing
    for doing in (
        settle_in, begin, agree, fill_in, except_fingers, take, take_page, ask_comparison, confirm, sign, take_up,
        approve, look, sweep,
    )
}  # fmt: skip


def rooms_desk() -> Any:
    """Captures as the pages take them."""
    held = rooms.capture_desk()
    assert held is not None
    return held


def _actor(asked: Document) -> Actor:
    found = rooms.members().actor(UUID(asked["by"]), services().clock.now())
    assert isinstance(found, Actor), found
    return found


def _order(asked: Document) -> Order:
    return Order(_actor(asked), asked["aid"], asked["version"], asked["key"], services().clock.now())


def _moved(outcome: Moved | Refusal) -> dict[str, Any]:
    done = _well(outcome)
    return {"aid": done.aid, "state": done.state, "version": done.version}


def _well(outcome: Any) -> Any:
    """What is refused here is a broken promise: every step is one that may be made."""
    if isinstance(outcome, Refusal):
        raise RefusedError(f"{outcome.code.value} {outcome.about}")
    return outcome


class RefusedError(Exception):
    """A step was refused."""
