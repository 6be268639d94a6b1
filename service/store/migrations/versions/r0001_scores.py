"""Pages, posts and scores."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime().with_variant(TIMESTAMP(timezone=True), "postgresql")
TREE = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    """Go on."""
    op.create_table(
        "pages",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("page_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text()),
        sa.Column("kind", sa.Text()),
        sa.Column("region", sa.Text()),
        sa.Column("municipality", sa.Text()),
        sa.Column("followers", sa.BigInteger()),
        sa.Column("zone", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_pages"),
        sa.UniqueConstraint("platform", "page_id", name="uq_pages_platform_page_id"),
    )
    op.create_table(
        "posts",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("page", NUMBER, nullable=False),
        sa.Column("identity", sa.Text(), nullable=False),
        sa.Column("post_id", sa.Text()),
        sa.Column("date", MOMENT),
        sa.Column("likes", sa.BigInteger()),
        sa.Column("comments", sa.BigInteger()),
        sa.Column("reposts", sa.BigInteger()),
        sa.Column("views", sa.BigInteger()),
        sa.Column("counted_at", MOMENT),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("text", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_posts"),
        sa.ForeignKeyConstraint(["page"], ["pages.id"], name="fk_posts_page", ondelete="CASCADE"),
        sa.UniqueConstraint("page", "identity", name="uq_posts_page_identity"),
    )
    op.create_index("ix_posts_page_date", "posts", ["page", "date"])
    op.create_index("ix_posts_date_id", "posts", ["date", "id"])
    op.create_index("ix_posts_digest", "posts", ["digest"])
    op.create_table(
        "scores",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("post", NUMBER, nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("latest", sa.Boolean(), nullable=False),
        sa.Column("usefulness", sa.Double(), nullable=False),
        sa.Column("usefulness_low", sa.Double(), nullable=False),
        sa.Column("usefulness_high", sa.Double(), nullable=False),
        sa.Column("engagement", sa.Double(), nullable=False),
        sa.Column("engagement_likes", sa.Double(), nullable=False),
        sa.Column("engagement_comments", sa.Double(), nullable=False),
        sa.Column("engagement_reposts", sa.Double(), nullable=False),
        sa.Column("engagement_general", sa.Double(), nullable=False),
        sa.Column("memory_posts", sa.Integer(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("checklist", TREE, nullable=False),
        sa.Column("missing", TREE, nullable=False),
        sa.Column("scored_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_scores"),
        sa.ForeignKeyConstraint(["post"], ["posts.id"], name="fk_scores_post", ondelete="CASCADE"),
        sa.UniqueConstraint("post", "model", name="uq_scores_post_model"),
    )
    op.create_index(
        "ix_scores_latest",
        "scores",
        ["post"],
        unique=True,
        sqlite_where=sa.text("latest = 1"),
        postgresql_where=sa.text("latest"),
    )
    op.create_index("ix_scores_usefulness_id", "scores", ["usefulness", "id"])
    op.create_index("ix_scores_engagement_id", "scores", ["engagement", "id"])
    op.create_index("ix_scores_scored_at_id", "scores", ["scored_at", "id"])


def downgrade() -> None:
    """Go back."""
    for table in ("scores", "posts", "pages"):
        op.drop_table(table)
