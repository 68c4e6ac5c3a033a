"""An appeal is settled where the record was given back for another reason before anybody decided it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"

_NAME = "ck_suspension_appeal_decision"


def upgrade() -> None:
    """Apply."""
    op.drop_constraint(op.f(_NAME), "suspension_appeal", type_="check")
    op.create_check_constraint(op.f(_NAME), "suspension_appeal", "decision in ('granted', 'kept', 'settled')")


def downgrade() -> None:
    """Take back: what was settled becomes granted, which is what came of it for the person."""
    op.drop_constraint(op.f(_NAME), "suspension_appeal", type_="check")
    op.execute(sa.text("update suspension_appeal set decision = 'granted' where decision = 'settled'"))
    op.create_check_constraint(op.f(_NAME), "suspension_appeal", "decision in ('granted', 'kept')")
