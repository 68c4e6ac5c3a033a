"""Passkeys, printed codes, codes by mail and SMS, locked modalities; names of code generators."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "passkey",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("subscriber_id", sa.UUID(), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(), nullable=False),
        sa.Column("user_handle", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("aaguid", sa.UUID(), nullable=False),
        sa.Column("transports", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("attestation", sa.Text(), nullable=False),
        sa.Column("backup_eligible", sa.Boolean(), nullable=False),
        sa.Column("backed_up", sa.Boolean(), nullable=False),
        sa.Column("sealed_name", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscriber.id"], name=op.f("fk_passkey_subscriber_id_subscriber"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkey")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkey_credential_id")),
    )
    op.create_index(op.f("ix_passkey_subscriber_id"), "passkey", ["subscriber_id"], unique=False)
    op.create_index(op.f("ix_passkey_user_handle"), "passkey", ["user_handle"], unique=False)
    op.create_table(
        "recovery_code",
        sa.Column("subscriber_id", sa.UUID(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["subscriber.id"],
            name=op.f("fk_recovery_code_subscriber_id_subscriber"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("subscriber_id", "digest", name=op.f("pk_recovery_code")),
    )
    op.create_table(
        "one_time_code",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("bound_to", sa.Text(), nullable=False),
        sa.Column("subscriber_id", sa.UUID(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("target", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("spent_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("channel in ('email', 'sms')", name=op.f("ck_one_time_code_channel")),
        sa.CheckConstraint(
            "purpose in ('signin', 'contact', 'recovery', 'registration')", name=op.f("ck_one_time_code_purpose")
        ),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["subscriber.id"],
            name=op.f("fk_one_time_code_subscriber_id_subscriber"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_one_time_code")),
    )
    op.create_index("ix_one_time_code_bound", "one_time_code", ["purpose", "bound_to"], unique=False)
    op.create_table(
        "biometric_lock",
        sa.Column("subscriber_id", sa.UUID(), nullable=False),
        sa.Column("modality", sa.Text(), nullable=False),
        sa.Column("locked_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("modality in ('face', 'finger')", name=op.f("ck_biometric_lock_modality")),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["subscriber.id"],
            name=op.f("fk_biometric_lock_subscriber_id_subscriber"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("subscriber_id", "modality", name=op.f("pk_biometric_lock")),
    )
    op.add_column("totp", sa.Column("sealed_name", sa.LargeBinary(), nullable=True))
    op.add_column("totp", sa.Column("used_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Take back."""
    op.drop_column("totp", "used_at")
    op.drop_column("totp", "sealed_name")
    op.drop_table("biometric_lock")
    op.drop_index("ix_one_time_code_bound", table_name="one_time_code")
    op.drop_table("one_time_code")
    op.drop_table("recovery_code")
    op.drop_index(op.f("ix_passkey_user_handle"), table_name="passkey")
    op.drop_index(op.f("ix_passkey_subscriber_id"), table_name="passkey")
    op.drop_table("passkey")
