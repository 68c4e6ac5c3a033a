"""Templates that come after their sample was entered: indexes of the gallery hear of them by the number of a change."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"


def upgrade() -> None:
    """Apply. What another engine made before needs no number: indexes of it begin after this."""
    op.add_column("bio_template", sa.Column("changed", sa.BigInteger(), nullable=True))
    op.create_index(
        "ix_bio_template_changed",
        "bio_template",
        ["engine", "changed"],
        postgresql_where=sa.text("changed is not null"),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_bio_template_changed", "bio_template")
    op.drop_column("bio_template", "changed")
