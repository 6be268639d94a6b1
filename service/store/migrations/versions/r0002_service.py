"""What the service keeps beside scores: keys, jobs, feedback."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime().with_variant(TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    """Go on."""
    op.create_table(
        "keys",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("created", MOMENT, nullable=False),
        sa.Column("expires", MOMENT),
        sa.Column("revoked", MOMENT),
        sa.Column("last_used", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_keys"),
        sa.UniqueConstraint("hash", name="uq_keys_hash"),
        sa.CheckConstraint("scope IN ('score', 'read', 'write', 'admin')", name=op.f("ck_keys_scope")),
    )
    valid = sa.text("revoked IS NULL")
    op.create_index("ix_keys_name", "keys", ["name"], unique=True, sqlite_where=valid, postgresql_where=valid)
    op.create_table(
        "jobs",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text()),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.Column("refused", sa.BigInteger(), nullable=False),
        sa.Column("stored", sa.BigInteger(), nullable=False),
        sa.Column("error", sa.Text()),
        sa.Column("created", MOMENT, nullable=False),
        sa.Column("updated", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
        sa.CheckConstraint("state IN ('queued', 'running', 'done', 'failed')", name=op.f("ck_jobs_state")),
    )
    op.create_index("ix_jobs_state", "jobs", ["state"])
    op.create_table(
        "feedback",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("grade", sa.Integer()),
        sa.Column("type", sa.Text()),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("created", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_feedback"),
        sa.CheckConstraint("grade BETWEEN 0 AND 4", name=op.f("ck_feedback_grade")),
        sa.CheckConstraint("grade IS NOT NULL OR type IS NOT NULL", name=op.f("ck_feedback_told")),
    )
    op.create_index("ix_feedback_digest", "feedback", ["digest"])


def downgrade() -> None:
    """Go back."""
    for table in ("feedback", "jobs", "keys"):
        op.drop_table(table)
