"""What people ask about their own record."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "contact_change",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("subscriber_id", sa.UUID(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("sealed_value", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("channel in ('email', 'sms')", name=op.f("ck_contact_change_channel")),
        sa.CheckConstraint("state in ('proving', 'done', 'stopped', 'expired')", name=op.f("ck_contact_change_state")),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["subscriber.id"],
            name=op.f("fk_contact_change_subscriber_id_subscriber"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_change")),
    )
    op.create_index(op.f("ix_contact_change_subscriber_id"), "contact_change", ["subscriber_id"], unique=False)
    op.create_table(
        "correction",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("subscriber_id", sa.UUID(), nullable=False),
        sa.Column("claim", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.CheckConstraint("state in ('open', 'accepted', 'rejected', 'withdrawn')", name=op.f("ck_correction_state")),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["subscriber.id"],
            name=op.f("fk_correction_subscriber_id_subscriber"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correction")),
    )
    op.create_index(
        "ix_correction_open", "correction", ["created_at"], unique=False, postgresql_where=sa.text("state = 'open'")
    )
    op.create_index(op.f("ix_correction_subscriber_id"), "correction", ["subscriber_id"], unique=False)
    op.create_table(
        "concern",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("subscriber_id", sa.UUID(), nullable=False),
        sa.Column("event_id", sa.UUID(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state in ('open', 'answered')", name=op.f("ck_concern_state")),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscriber.id"], name=op.f("fk_concern_subscriber_id_subscriber"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_concern")),
    )
    op.create_index(op.f("ix_concern_subscriber_id"), "concern", ["subscriber_id"], unique=False)
    op.create_table(
        "data_export",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("subscriber_id", sa.UUID(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("progress", sa.SmallInteger(), nullable=False),
        sa.Column("sealed_document", sa.LargeBinary(), nullable=True),
        sa.Column("sealed_print", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ready_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state in ('waiting', 'working', 'ready', 'failed', 'expired')", name=op.f("ck_data_export_state")
        ),
        sa.CheckConstraint("progress between 0 and 100", name=op.f("ck_data_export_progress")),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["subscriber.id"],
            name=op.f("fk_data_export_subscriber_id_subscriber"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_export")),
    )
    op.create_index(op.f("ix_data_export_subscriber_id"), "data_export", ["subscriber_id"], unique=False)
    op.create_table(
        "account_closing",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("subscriber_id", sa.UUID(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["subscriber.id"],
            name=op.f("fk_account_closing_subscriber_id_subscriber"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_closing")),
    )
    op.create_index(
        "uq_account_closing_open",
        "account_closing",
        ["subscriber_id"],
        unique=True,
        postgresql_where=sa.text("ended_at is null"),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_index("uq_account_closing_open", table_name="account_closing", postgresql_where=sa.text("ended_at is null"))
    op.drop_table("account_closing")
    op.drop_index(op.f("ix_data_export_subscriber_id"), table_name="data_export")
    op.drop_table("data_export")
    op.drop_index(op.f("ix_concern_subscriber_id"), table_name="concern")
    op.drop_table("concern")
    op.drop_index(op.f("ix_correction_subscriber_id"), table_name="correction")
    op.drop_index("ix_correction_open", table_name="correction", postgresql_where=sa.text("state = 'open'"))
    op.drop_table("correction")
    op.drop_index(op.f("ix_contact_change_subscriber_id"), table_name="contact_change")
    op.drop_table("contact_change")
