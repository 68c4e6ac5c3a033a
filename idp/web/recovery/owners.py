"""What the owner of an account sees of recoveries that are under way, and the one button that stops them."""

from __future__ import annotations

from flask import redirect, url_for
from werkzeug.wrappers import Response

from idp.recovery import Case
from idp.recovery.ladder import LONG_WAIT
from idp.web.account.guard import signed_in
from idp.web.extensions import db
from idp.web.guards import current_session
from idp.web.recovery.blueprint import recovery
from idp.web.recovery.rooms import cases
from idp.web.recovery.rooms import recovery as steps
from idp.web.rooms import devices

__all__ = ["stop_all", "under_way"]


@recovery.post("/recover/stop")
def stop_all() -> Response:
    """Stop every recovery that the signed-in owner is shown."""
    session = signed_in()
    if isinstance(session, Response):
        return session
    for case in _shown():
        steps().stop(session.subscriber_id, case.id, "owner")
    db.session.commit()
    return redirect(url_for("account.home"), code=303)


@recovery.get("/recover/stop")
def reread_stop() -> Response:
    """An address that only takes a form, opened by hand: to the page that has it."""
    return redirect(url_for("account.home"), code=303)


def under_way() -> list[Case]:
    """For the account's first page: the recoveries that its owner, on this device, can stop."""
    return _shown()


def _shown() -> list[Case]:
    """On a device that was known before it began: whoever guessed a password must not stop the owner's own recovery.

    A long wait is of a mailbox alone, which somebody else may read: there every sign-in is good enough to stop it.
    """
    session = current_session()
    if session is None:
        return []
    found = cases().open_for(session.subscriber_id)
    known = next((one for one in devices().list_for(session.subscriber_id) if one.id == session.device_id), None)
    return [case for case in found if _waits_long(case) or (known is not None and known.created_at <= case.opened_at)]


def _waits_long(case: Case) -> bool:
    return case.ready_at is not None and case.ready_at >= case.opened_at + LONG_WAIT


@recovery.app_context_processor
def _names() -> dict[str, object]:
    return {"recoveries_under_way": under_way}
