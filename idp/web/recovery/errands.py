"""The jobs of a recovery as the worker runs them: each in a transaction of its own."""

from __future__ import annotations

from idp.web.extensions import db
from idp.web.recovery.rooms import errands, waits

__all__ = ["remind", "send_code", "tell_of_waits", "visit"]


def remind(attempt: str) -> None:
    """Tell somebody their user names."""
    errands().remind(attempt)
    db.session.commit()


def send_code(attempt: str, proof: str) -> None:
    """Send a code for the first proof."""
    errands().send_code(attempt, proof)
    db.session.commit()


def visit(attempt: str, case_id: str) -> None:
    """Keep the reference of a visit."""
    errands().visit(attempt, case_id)
    db.session.commit()


def tell_of_waits() -> int:
    """Tell people of recoveries that wait, and of those whose wait is over; how many that were."""
    told = waits().tell()
    db.session.commit()
    return told
