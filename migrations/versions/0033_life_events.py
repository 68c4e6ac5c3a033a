"""Events of people's lives in the register, what services are told, guardians, calls of children, facts told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0033"
down_revision = "0032"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "life_event",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("person_id", sa.UUID(), nullable=False),
        sa.Column("other_id", sa.UUID(), nullable=True),
        sa.Column("undoes", sa.UUID(), nullable=True),
        sa.Column("aid", sa.Text(), nullable=True),
        sa.Column("ground", sa.Text(), nullable=False),
        sa.Column("details", postgresql.JSONB(), nullable=False),
        sa.Column("asked_by", sa.UUID(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.UUID(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undo_until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind in ('death', 'death_undone', 'merge', 'split')", name=op.f("ck_life_event_kind")),
        sa.CheckConstraint(
            "state in ('asked', 'done', 'refused', 'withdrawn', 'undone')", name=op.f("ck_life_event_state")
        ),
        sa.CheckConstraint("other_id <> person_id", name=op.f("ck_life_event_two")),
        sa.CheckConstraint("decided_by <> asked_by", name=op.f("ck_life_event_four_eyes")),
        sa.ForeignKeyConstraint(["other_id"], ["person.id"], name=op.f("fk_life_event_other_id_person")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_life_event_person_id_person")),
        sa.ForeignKeyConstraint(["undoes"], ["life_event.id"], name=op.f("fk_life_event_undoes_life_event")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_life_event")),
    )
    op.create_index("ix_life_event_person_id", "life_event", ["person_id"])
    op.create_index("ix_life_event_other_id", "life_event", ["other_id"])
    op.create_index(
        "uq_life_event_asked",
        "life_event",
        ["kind", "person_id"],
        unique=True,
        postgresql_where=sa.text("state = 'asked'"),
    )
    op.create_index(
        "uq_life_event_undoes", "life_event", ["undoes"], unique=True, postgresql_where=sa.text("state = 'done'")
    )
    op.create_index("uq_life_event_aid", "life_event", ["aid"], unique=True)
    op.create_table(
        "service_event",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("other_subject", sa.Text(), nullable=True),
        sa.Column("change", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["client_id"], ["client.client_id"], name=op.f("fk_service_event_client_id_client")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_event")),
    )
    op.create_index(
        "ix_service_event_waiting",
        "service_event",
        ["client_id", "id"],
        postgresql_where=sa.text("taken_at is null"),
    )
    op.create_table(
        "relation",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("person_id", sa.UUID(), nullable=False),
        sa.Column("other_id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("made_by", sa.UUID(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind in ('guardian')", name=op.f("ck_relation_kind")),
        sa.CheckConstraint("other_id <> person_id", name=op.f("ck_relation_two")),
        sa.ForeignKeyConstraint(["other_id"], ["person.id"], name=op.f("fk_relation_other_id_person")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_relation_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_relation")),
    )
    op.create_index("ix_relation_other_id", "relation", ["other_id"])
    op.create_index(
        "uq_relation_now",
        "relation",
        ["person_id", "other_id", "kind"],
        unique=True,
        postgresql_where=sa.text("ended_at is null"),
    )
    op.create_table(
        "child_call",
        sa.Column("person_id", sa.UUID(), nullable=False),
        sa.Column("age", sa.SmallInteger(), nullable=False),
        sa.Column("month", sa.LargeBinary(), nullable=False),
        sa.Column("called_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("age in (5, 15)", name=op.f("ck_child_call_age")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_child_call_person_id_person")),
        sa.PrimaryKeyConstraint("person_id", "age", name=op.f("pk_child_call")),
    )
    op.create_index("ix_child_call_month", "child_call", ["month"], postgresql_where=sa.text("called_at is null"))
    op.create_table(
        "told_fact",
        sa.Column("aid", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("saved_by", sa.UUID(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["aid"], ["enrol_application.aid"], name=op.f("fk_told_fact_aid_enrol_application")),
        sa.PrimaryKeyConstraint("aid", name=op.f("pk_told_fact")),
    )


def downgrade() -> None:
    """Take back."""
    for name in ("told_fact", "child_call", "relation", "service_event", "life_event"):
        op.drop_table(name)
