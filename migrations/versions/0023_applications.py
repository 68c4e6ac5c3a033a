"""Applications: life cycle, sections, consents, exceptions, introducers, replies."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "enrol_application",
        sa.Column("aid", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("centre_id", sa.UUID(), nullable=True),
        sa.Column("station_id", sa.UUID(), nullable=True),
        sa.Column("officer_id", sa.UUID(), nullable=True),
        sa.Column("person_id", sa.UUID(), nullable=True),
        sa.Column("subscriber_id", sa.UUID(), nullable=True),
        sa.Column("subject_key_id", sa.UUID(), nullable=False),
        sa.Column("searched", sa.Boolean(), nullable=False),
        sa.Column("held_from", sa.Text(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("packet_number", sa.Integer(), nullable=True),
        sa.Column("packet_digest", sa.LargeBinary(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state = 'held') = (held_from is not null)", name=op.f("ck_enrol_application_held")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_enrol_application_version")),
        sa.PrimaryKeyConstraint("aid", name=op.f("pk_enrol_application")),
        sa.UniqueConstraint("subject_key_id", name=op.f("uq_enrol_application_subject_key_id")),
    )
    op.create_index("ix_enrol_application_centre_id_state", "enrol_application", ["centre_id", "state"], unique=False)
    op.create_index(op.f("ix_enrol_application_person_id"), "enrol_application", ["person_id"], unique=False)
    op.create_index("ix_enrol_application_state_due_at", "enrol_application", ["state", "due_at"], unique=False)
    op.create_index(op.f("ix_enrol_application_subscriber_id"), "enrol_application", ["subscriber_id"], unique=False)
    op.create_table(
        "enrol_section",
        sa.Column("aid", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("flag", sa.Text(), nullable=True),
        sa.Column("savers", postgresql.ARRAY(sa.UUID()), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("status in ('empty', 'partial', 'ok', 'flagged')", name=op.f("ck_enrol_section_status")),
        sa.CheckConstraint("version >= 0", name=op.f("ck_enrol_section_version")),
        sa.ForeignKeyConstraint(
            ["aid"], ["enrol_application.aid"], name=op.f("fk_enrol_section_aid_enrol_application")
        ),
        sa.PrimaryKeyConstraint("aid", "name", name=op.f("pk_enrol_section")),
    )
    op.create_table(
        "enrol_event",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("aid", sa.Text(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("from_state", sa.Text(), nullable=True),
        sa.Column("to_state", sa.Text(), nullable=False),
        sa.Column("hand", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.UUID(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["aid"], ["enrol_application.aid"], name=op.f("fk_enrol_event_aid_enrol_application")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrol_event")),
        sa.UniqueConstraint("aid", "n", name=op.f("uq_enrol_event_aid_n")),
    )
    op.create_table(
        "enrol_consent",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("aid", sa.Text(), nullable=False),
        sa.Column("text_version", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("taken_by", sa.UUID(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("how in ('signed', 'spoken', 'guardian')", name=op.f("ck_enrol_consent_how")),
        sa.ForeignKeyConstraint(
            ["aid"], ["enrol_application.aid"], name=op.f("fk_enrol_consent_aid_enrol_application")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrol_consent")),
    )
    op.create_index(op.f("ix_enrol_consent_aid"), "enrol_consent", ["aid"], unique=False)
    op.create_table(
        "enrol_exception",
        sa.Column("aid", sa.Text(), nullable=False),
        sa.Column("position", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("permanent", sa.Boolean(), nullable=False),
        sa.Column("recall_on", sa.Date(), nullable=True),
        sa.Column("photo_id", sa.UUID(), nullable=True),
        sa.Column("noted_by", sa.UUID(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("granted_by", sa.UUID(), nullable=True),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "reason in ('missing', 'injured', 'worn', 'deformed', 'child', 'medical')",
            name=op.f("ck_enrol_exception_reason"),
        ),
        sa.CheckConstraint("not permanent or recall_on is null", name=op.f("ck_enrol_exception_recall")),
        sa.ForeignKeyConstraint(
            ["aid"], ["enrol_application.aid"], name=op.f("fk_enrol_exception_aid_enrol_application")
        ),
        sa.PrimaryKeyConstraint("aid", "position", name=op.f("pk_enrol_exception")),
    )
    op.create_table(
        "enrol_vouch",
        sa.Column("aid", sa.Text(), nullable=False),
        sa.Column("introducer_id", sa.UUID(), nullable=False),
        sa.Column("relation", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["aid"], ["enrol_application.aid"], name=op.f("fk_enrol_vouch_aid_enrol_application")),
        sa.PrimaryKeyConstraint("aid", "introducer_id", name=op.f("pk_enrol_vouch")),
    )
    op.create_index("ix_enrol_vouch_introducer_id_at", "enrol_vouch", ["introducer_id", "at"], unique=False)
    op.create_table(
        "enrol_kin",
        sa.Column("aid", sa.Text(), nullable=False),
        sa.Column("subscriber_id", sa.UUID(), nullable=False),
        sa.Column("relation", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["aid"], ["enrol_application.aid"], name=op.f("fk_enrol_kin_aid_enrol_application")),
        sa.PrimaryKeyConstraint("aid", "subscriber_id", name=op.f("pk_enrol_kin")),
    )
    op.create_table(
        "enrol_reply",
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("reply", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("owner", "key", name=op.f("pk_enrol_reply")),
    )
    op.create_index(op.f("ix_enrol_reply_created_at"), "enrol_reply", ["created_at"], unique=False)
    op.create_table(
        "enrol_device",
        sa.Column("station_id", sa.UUID(), nullable=False),
        sa.Column("number", sa.Integer(), sa.Identity(always=False, start=0, minvalue=0), nullable=False),
        sa.Column("counter", sa.Integer(), nullable=False),
        sa.Column("packets", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("station_id", name=op.f("pk_enrol_device")),
        sa.UniqueConstraint("number", name=op.f("uq_enrol_device_number")),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("enrol_device")
    op.drop_index(op.f("ix_enrol_reply_created_at"), table_name="enrol_reply")
    op.drop_table("enrol_reply")
    op.drop_table("enrol_kin")
    op.drop_index("ix_enrol_vouch_introducer_id_at", table_name="enrol_vouch")
    op.drop_table("enrol_vouch")
    op.drop_table("enrol_exception")
    op.drop_index(op.f("ix_enrol_consent_aid"), table_name="enrol_consent")
    op.drop_table("enrol_consent")
    op.drop_table("enrol_event")
    op.drop_table("enrol_section")
    op.drop_index("ix_enrol_application_centre_id_state", table_name="enrol_application")
    op.drop_index(op.f("ix_enrol_application_person_id"), table_name="enrol_application")
    op.drop_index("ix_enrol_application_state_due_at", table_name="enrol_application")
    op.drop_index(op.f("ix_enrol_application_subscriber_id"), table_name="enrol_application")
    op.drop_table("enrol_application")
