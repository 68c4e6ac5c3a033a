"""The tables of authenticators."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "throttle",
        sa.Column("subject", sa.LargeBinary(), nullable=False),
        sa.Column("factor", sa.Text(), nullable=False),
        sa.Column("bucket", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("window_started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("blocked_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("subject", "factor", "bucket", name=op.f("pk_throttle")),
    )
    op.create_table(
        "password",
        sa.Column("subscriber_id", sa.UUID(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscriber.id"], name=op.f("fk_password_subscriber_id_subscriber"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("subscriber_id", name=op.f("pk_password")),
    )
    op.create_table(
        "totp",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("subscriber_id", sa.UUID(), nullable=False),
        sa.Column("sealed_secret", sa.LargeBinary(), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscriber.id"], name=op.f("fk_totp_subscriber_id_subscriber"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_totp")),
    )
    op.create_index(op.f("ix_totp_subscriber_id"), "totp", ["subscriber_id"], unique=False)


def downgrade() -> None:
    """Take back."""
    op.drop_index(op.f("ix_totp_subscriber_id"), table_name="totp")
    op.drop_table("totp")
    op.drop_table("password")
    op.drop_table("throttle")
