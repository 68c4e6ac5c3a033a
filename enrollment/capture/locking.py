"""One at a time for one application."""

from __future__ import annotations

from sqlalchemy import text

from idp.database import Session

__all__ = ["alone"]

_LOCK = text("select pg_advisory_xact_lock(hashtextextended(:name, 0))")


def alone(session: Session, aid: str) -> None:
    """Until the end of the transaction, nobody else captures for this application; what they did before is seen."""
    session.execute(_LOCK, {"name": f"capture|{aid}"})
