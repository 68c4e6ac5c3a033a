"""The jobs of a recovery as the worker runs them: each in a transaction of its own."""

from __future__ import annotations

from idp.web.extensions import db
from idp.web.recovery.rooms import errands

__all__ = ["remind", "send_code", "visit"]


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
