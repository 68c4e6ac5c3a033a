"""Messages to deliver, and the budget of text messages."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "outbox_message",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("subscriber_id", sa.UUID(), nullable=True),
        sa.Column("notice", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("network", sa.Text(), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("channel in ('email', 'sms')", name=op.f("ck_outbox_message_channel")),
        sa.CheckConstraint("state in ('waiting', 'sent', 'failed', 'held')", name=op.f("ck_outbox_message_state")),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["subscriber.id"],
            name=op.f("fk_outbox_message_subscriber_id_subscriber"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_message")),
    )
    op.create_index(
        "ix_outbox_message_due",
        "outbox_message",
        ["next_try_at"],
        unique=False,
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_index(op.f("ix_outbox_message_subscriber_id"), "outbox_message", ["subscriber_id"], unique=False)
    op.create_table(
        "sms_budget",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("network", sa.Text(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "network", name=op.f("pk_sms_budget")),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("sms_budget")
    op.drop_index(op.f("ix_outbox_message_subscriber_id"), table_name="outbox_message")
    op.drop_index("ix_outbox_message_due", table_name="outbox_message", postgresql_where=sa.text("state = 'waiting'"))
    op.drop_table("outbox_message")
