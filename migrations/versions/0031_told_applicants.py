"""What applicants were told last, and when."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "enrol_telling",
        sa.Column("aid", sa.Text(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["aid"], ["enrol_application.aid"], name=op.f("fk_enrol_telling_aid_enrol_application")
        ),
        sa.PrimaryKeyConstraint("aid", name=op.f("pk_enrol_telling")),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("enrol_telling")
