"""The tables of grants."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "revoked_token",
        sa.Column("jti", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("jti", name=op.f("pk_revoked_token")),
    )
    op.create_index(op.f("ix_revoked_token_expires_at"), "revoked_token", ["expires_at"], unique=False)
    op.create_table(
        "authorization_grant",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("subscriber_id", sa.UUID(), nullable=False),
        sa.Column("session_id", sa.UUID(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("scope", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("audience", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("id_token_claims", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("userinfo_claims", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("authenticated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acr", sa.Text(), nullable=False),
        sa.Column("amr", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("nonce", sa.Text(), nullable=True),
        sa.Column("redirect_uri", sa.Text(), nullable=False),
        sa.Column("code_challenge", sa.Text(), nullable=True),
        sa.Column("code_digest", sa.LargeBinary(), nullable=False),
        sa.Column("code_expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("code_spent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refresh_handle", sa.LargeBinary(), nullable=True),
        sa.Column("refresh_digest", sa.LargeBinary(), nullable=True),
        sa.Column("refresh_previous_digest", sa.LargeBinary(), nullable=True),
        sa.Column("refresh_generation", sa.Integer(), nullable=False),
        sa.Column("refresh_rotated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refresh_request", sa.LargeBinary(), nullable=True),
        sa.Column("refresh_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("offline", sa.Boolean(), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoke_reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["client_id"], ["client.client_id"], name=op.f("fk_authorization_grant_client_id_client")
        ),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name=op.f("fk_authorization_grant_session_id_session")),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscriber.id"], name=op.f("fk_authorization_grant_subscriber_id_subscriber")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_authorization_grant")),
    )
    op.create_index(
        "ix_authorization_grant_party",
        "authorization_grant",
        ["subscriber_id", "client_id"],
        unique=False,
        postgresql_where=sa.text("revoked_at is null"),
    )
    op.create_index(
        "ix_authorization_grant_session",
        "authorization_grant",
        ["session_id"],
        unique=False,
        postgresql_where=sa.text("revoked_at is null"),
    )
    op.create_index("uq_authorization_grant_code", "authorization_grant", ["code_digest"], unique=True)
    op.create_index(
        "uq_authorization_grant_refresh",
        "authorization_grant",
        ["refresh_handle"],
        unique=True,
        postgresql_where=sa.text("refresh_handle is not null"),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_index(
        "uq_authorization_grant_refresh",
        table_name="authorization_grant",
        postgresql_where=sa.text("refresh_handle is not null"),
    )
    op.drop_index("uq_authorization_grant_code", table_name="authorization_grant")
    op.drop_index(
        "ix_authorization_grant_session",
        table_name="authorization_grant",
        postgresql_where=sa.text("revoked_at is null"),
    )
    op.drop_index(
        "ix_authorization_grant_party", table_name="authorization_grant", postgresql_where=sa.text("revoked_at is null")
    )
    op.drop_table("authorization_grant")
    op.drop_index(op.f("ix_revoked_token_expires_at"), table_name="revoked_token")
    op.drop_table("revoked_token")
