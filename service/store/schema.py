"""Tables as the newest migration leaves them.

Whatever is changed here wants a migration; a test compares the two. A count, a name or a
date that is not known is NULL, never zero.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from service.store.moment import Moment

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# Only an INTEGER key counts up by itself in SQLite.
NUMBER = BigInteger().with_variant(Integer(), "sqlite")
TREE = JSON().with_variant(JSONB(), "postgresql")

SCOPES = ("score", "read", "write", "admin")
STATES = ("queued", "running", "done", "failed")

PAGES = Table(
    "pages",
    METADATA,
    Column("id", NUMBER, primary_key=True),
    # Empty where a post does not tell: NULLs would not be equal to one another, and a page would not be found again.
    Column("platform", Text, nullable=False),
    Column("page_id", Text, nullable=False),
    Column("name", Text),
    Column("kind", Text),
    Column("region", Text),
    Column("municipality", Text),
    Column("followers", BigInteger),
    Column("zone", Text),
    UniqueConstraint("platform", "page_id"),
)

POSTS = Table(
    "posts",
    METADATA,
    Column("id", NUMBER, primary_key=True),
    Column("page", NUMBER, ForeignKey("pages.id", ondelete="CASCADE"), nullable=False),
    # What tells posts of a page apart, see `identity` in service.store.ingest.
    Column("identity", Text, nullable=False),
    Column("post_id", Text),
    Column("date", Moment),
    Column("likes", BigInteger),
    Column("comments", BigInteger),
    Column("reposts", BigInteger),
    Column("views", BigInteger),
    Column("counted_at", Moment),
    Column("digest", Text, nullable=False),
    Column("text", Text),
    # One of service.forms.FORMS.
    Column("form", Text),
    UniqueConstraint("page", "identity"),
    Index(None, "page", "date"),
    Index(None, "date", "id"),
    Index(None, "digest"),
)

SCORES = Table(
    "scores",
    METADATA,
    Column("id", NUMBER, primary_key=True),
    Column("post", NUMBER, ForeignKey("posts.id", ondelete="CASCADE"), nullable=False),
    Column("model", Text, nullable=False),
    Column("latest", Boolean, nullable=False),
    Column("usefulness", Double, nullable=False),
    Column("usefulness_low", Double, nullable=False),
    Column("usefulness_high", Double, nullable=False),
    Column("engagement", Double, nullable=False),
    Column("engagement_likes", Double, nullable=False),
    Column("engagement_comments", Double, nullable=False),
    Column("engagement_reposts", Double, nullable=False),
    Column("engagement_general", Double, nullable=False),
    Column("memory_posts", Integer, nullable=False),
    Column("type", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("checklist", TREE, nullable=False),
    Column("missing", TREE, nullable=False),
    Column("scored_at", Moment, nullable=False),
    UniqueConstraint("post", "model"),
    # One row a post is the latest, whatever two writers do at once.
    Index("ix_scores_latest", "post", unique=True, sqlite_where=text("latest = 1"), postgresql_where=text("latest")),
    Index(None, "usefulness", "id"),
    Index(None, "engagement", "id"),
    Index(None, "scored_at", "id"),
)

KEYS = Table(
    "keys",
    METADATA,
    Column("id", NUMBER, primary_key=True),
    Column("name", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Column("created", Moment, nullable=False),
    Column("expires", Moment),
    Column("revoked", Moment),
    Column("last_used", Moment),
    UniqueConstraint("hash"),
    # A key may be given anew under the name of a revoked one.
    Index(
        "ix_keys_name",
        "name",
        unique=True,
        sqlite_where=text("revoked IS NULL"),
        postgresql_where=text("revoked IS NULL"),
    ),
    CheckConstraint("scope IN ('score', 'read', 'write', 'admin')", name="scope"),
)

JOBS = Table(
    "jobs",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("file_name", Text),
    # How many records were read, refused, and stored: the last one is counted in the transaction that stores.
    Column("received", BigInteger, nullable=False),
    Column("refused", BigInteger, nullable=False),
    Column("stored", BigInteger, nullable=False),
    Column("error", Text),
    Column("created", Moment, nullable=False),
    Column("updated", Moment, nullable=False),
    # Bytes of the archive, those of them that are read; as JSON, what to make of it, and what inside was passed by.
    Column("size", BigInteger),
    Column("read", BigInteger),
    Column("asked", Text),
    Column("skipped", Text),
    CheckConstraint("state IN ('queued', 'running', 'done', 'failed')", name="state"),
    Index(None, "state"),
)

FEEDBACK = Table(
    "feedback",
    METADATA,
    Column("id", NUMBER, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("grade", Integer),
    Column("type", Text),
    Column("who", Text, nullable=False),
    Column("created", Moment, nullable=False),
    Column("text", Text),
    CheckConstraint("grade BETWEEN 0 AND 4", name="grade"),
    CheckConstraint("grade IS NOT NULL OR type IS NOT NULL", name="told"),
    Index(None, "digest"),
)
