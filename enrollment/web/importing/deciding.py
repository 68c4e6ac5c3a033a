"""What a registrar decides about an import: which column is what, that it is taken over, or that it is not."""

from __future__ import annotations

from uuid import UUID

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from enrollment.centres import Role
from enrollment.errors import Code, Refusal
from enrollment.legacy import Column, State, Wishes, digest_of
from enrollment.legacy.columns import NEEDED
from enrollment.legacy.errands import CHECK, TAKE
from enrollment.legacy.wishes import DateOrder
from enrollment.web.importing.blueprint import importing
from enrollment.web.importing.showing import page
from enrollment.web.legacy_rooms import batches, pieces
from enrollment.web.staff.guard import fresh, present, refusal_page
from idp.jobs import Jobs
from idp.web.extensions import db

__all__ = ["discard", "say_columns", "take"]

MAX_COLUMNS = 200


@importing.post("/staff/imports/<uuid:batch_id>/columns")
def say_columns(batch_id: UUID) -> Response:
    """Confirm the columns, and have the file read and checked by a worker. Nothing is taken over by that."""
    here = present(Role.REGISTRAR)
    if isinstance(here, Response):
        return here
    kept = batches()
    held = kept.hold(batch_id, State.COLUMNS)
    if held is None:
        return _not_now(batch_id)
    wishes, faults = _wishes()
    if faults:
        db.session.rollback()
        return page(here, batch_id, faults, 400)
    stream = pieces().open(batch_id)
    if stream is None:
        return _not_now(batch_id)
    with stream:
        digest = digest_of(stream, wishes)
    other = kept.same(digest)
    if other is not None and other != batch_id:
        kept.discard(held, here.actor.subscriber_id)
        pieces().forget(batch_id)
        db.session.commit()
        return redirect(url_for("importing.batch", batch_id=other), code=303)
    kept.change(batch_id, digest=digest, wishes=wishes.as_document(), state=State.ASKED.value)
    Jobs(db.session()).defer(CHECK, in_line=str(batch_id), batch_id=str(batch_id))
    db.session.commit()
    return redirect(url_for("importing.batch", batch_id=batch_id), code=303)


@importing.post("/staff/imports/<uuid:batch_id>/take")
def take(batch_id: UUID) -> Response:
    """Have the checked rows taken over by a worker; asks for a fresh proof of who decides."""
    here = present(Role.REGISTRAR)
    if isinstance(here, Response):
        return here
    again = fresh(here, "importing.batch", batch_id=str(batch_id))
    if again is not None:
        return again
    kept = batches()
    if kept.hold(batch_id, State.CHECKED) is None:
        return _not_now(batch_id)
    kept.change(batch_id, state=State.TAKING.value, by_id=here.actor.subscriber_id)
    Jobs(db.session()).defer(TAKE, in_line=str(batch_id), batch_id=str(batch_id))
    db.session.commit()
    return redirect(url_for("importing.batch", batch_id=batch_id), code=303)


@importing.post("/staff/imports/<uuid:batch_id>/discard")
def discard(batch_id: UUID) -> Response:
    """Give an import up before anything of it was taken over: the file and its rows are gone."""
    here = present(Role.REGISTRAR)
    if isinstance(here, Response):
        return here
    kept = batches()
    held = kept.hold(batch_id, State.COLUMNS, State.CHECKED, State.FAILED)
    if held is None:
        return _not_now(batch_id)
    kept.discard(held, here.actor.subscriber_id)
    pieces().forget(batch_id)
    db.session.commit()
    return redirect(url_for("importing.imports"), code=303)


def _wishes() -> tuple[Wishes, tuple[str, ...]]:
    """What the form says, and the columns that are missing or named twice."""
    chosen: dict[Column, str] = {}
    faults: list[str] = []
    for place in range(1, MAX_COLUMNS + 1):
        said = request.form.get(f"column_{place}", "")
        if said not in set(Column):
            continue
        column = Column(said)
        if column in chosen:
            faults.append(f"{column.value}_twice")
        chosen[column] = str(place)
    faults += [column.value for column in NEEDED if column not in chosen]
    order = request.form.get("date_order", "")
    return Wishes(chosen, date_order=DateOrder(order) if order in set(DateOrder) else None), tuple(faults)


def _not_now(batch_id: UUID) -> Response:
    db.session.rollback()
    there = not isinstance(batches().find(batch_id), Refusal)
    refusal = Refusal(Code.ENR_STATE if there else Code.ENR_UNKNOWN, "import")
    back = url_for("importing.batch", batch_id=batch_id) if there else url_for("importing.imports")
    return refusal_page(refusal, back)
