"""Alembic's environment: every room's models on one metadata, the database of the running app."""

from __future__ import annotations

from alembic import context
from flask import current_app
from sqlalchemy import text

import enrollment.abis.models
import enrollment.adjudication.models
import enrollment.booking.models
import enrollment.capture.models
import enrollment.card.models
import enrollment.cases.models
import enrollment.centres.models
import enrollment.deduplication.models
import enrollment.engines.models
import enrollment.erasure.models
import enrollment.finding.models
import enrollment.gallery.models
import enrollment.issuance.models
import enrollment.legacy.models
import enrollment.life_events.models
import enrollment.register.models
import enrollment.standing.models
import enrollment.statistics.models
import enrollment.storage.models
import enrollment.verification.models
import enrollment.visits.models  # noqa: F401 - imported for their tables
import idp.audit.models
import idp.authenticators.models
import idp.clients.models
import idp.consent.models
import idp.keys.models
import idp.notices.models
import idp.outbox.models
import idp.recovery.models
import idp.representation.models
import idp.selfservice.models
import idp.sessions.models
import idp.subscribers.models
import idp.tokens.models  # noqa: F401 - imported for their tables
from idp.database import Base
from idp.database.bounded import BoundedConnection


def run_migrations() -> None:
    """Bring the database up (or down) in one transaction per migration."""
    engine = current_app.extensions["migrate"].db.engine
    with engine.connect() as connection:
        # A migration may take as long as it needs.
        held = connection.connection.driver_connection
        if isinstance(held, BoundedConnection):
            held.deadline_seconds = None
        connection.execute(text("set statement_timeout = 0"))
        connection.commit()
        context.configure(
            connection=connection, target_metadata=Base.metadata, compare_type=True, transaction_per_migration=True
        )
        with context.begin_transaction():
            context.run_migrations()


run_migrations()
