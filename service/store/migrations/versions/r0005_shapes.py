"""What SQLite is told of the shapes of tables, so that it reads pages first and their posts along an index.

Without it SQLite takes every post of a span, whatever its page, and sorts: four times as
long for a region. PostgreSQL keeps such statistics by itself. Numbers that stand still,
rather than ANALYZE now and then, make the same question take the same way in every store.
They are those of a year of 1,700 pages, as ANALYZE wrote them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# By table and index: rows, then rows that share the first column, the first two, …
SHAPES = (
    ("pages", "sqlite_autoindex_pages_1", "1700 1700 1"),
    ("posts", "ix_posts_date_id", "300000 3 1"),
    ("posts", "ix_posts_page_date", "300000 170 1"),
    ("posts", "sqlite_autoindex_posts_1", "300000 170 1"),
    ("posts", "ix_posts_digest", "300000 1"),
    ("scores", "ix_scores_latest", "300000 1"),
    ("scores", "sqlite_autoindex_scores_1", "300000 1 1"),
    ("scores", "ix_scores_usefulness_id", "300000 300 1"),
    ("scores", "ix_scores_engagement_id", "300000 300 1"),
    ("scores", "ix_scores_scored_at_id", "300000 1000 1"),
)


def upgrade() -> None:
    """Go on."""
    if op.get_bind().dialect.name != "sqlite":
        return
    op.execute("ANALYZE")  # makes the table that the shapes are written into
    told = sa.table("sqlite_stat1", sa.column("tbl"), sa.column("idx"), sa.column("stat"))
    op.execute(told.delete())
    op.bulk_insert(told, [dict(zip(("tbl", "idx", "stat"), shape, strict=True)) for shape in SHAPES])


def downgrade() -> None:
    """Go back."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE IF EXISTS sqlite_stat1")
