"""Which clients a session was used for: what a person wants to know before, and after, signing out."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from idp.database import Session
from idp.tokens.models import GrantRow

__all__ = ["clients_of_session"]

MAX_LISTED = 50


def clients_of_session(session: Session, session_id: UUID) -> list[str]:
    """The client ids that got a grant in this session, in no particular order, at most fifty."""
    statement = select(GrantRow.client_id).where(GrantRow.session_id == session_id, GrantRow.revoked_at.is_(None))
    return list(session.scalars(statement.distinct().limit(MAX_LISTED)))
