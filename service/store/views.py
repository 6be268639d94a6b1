"""Views: what people who use SQL read, and what queries here stand on. Made by a migration, so only described here."""

from sqlalchemy import BigInteger, Boolean, Column, Date, Double, Integer, MetaData, Table, Text

from service.store.moment import Moment
from service.store.schema import NUMBER, TREE

VIEWS = MetaData()

# One row a post and model: page, post, scores. No text.
SCORES = Table(
    "v_scores",
    VIEWS,
    Column("score", NUMBER, nullable=False),
    Column("post", NUMBER, nullable=False),
    Column("page", NUMBER, nullable=False),
    Column("platform", Text),
    Column("page_id", Text),
    Column("page_name", Text),
    Column("page_kind", Text),
    Column("region", Text),
    Column("municipality", Text),
    Column("followers", BigInteger),
    Column("zone", Text),
    Column("post_id", Text),
    Column("date", Moment),
    Column("likes", BigInteger),
    Column("comments", BigInteger),
    Column("reposts", BigInteger),
    Column("views", BigInteger),
    Column("digest", Text, nullable=False),
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
    Column("checklist", TREE, nullable=False),
    Column("missing", TREE, nullable=False),
    Column("status", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("latest", Boolean, nullable=False),
    Column("scored_at", Moment, nullable=False),
)

# One row a page, ISO week in UTC and model. Means and shares are over trusted posts (status ok).
PAGES_WEEK = Table(
    "v_pages_week",
    VIEWS,
    Column("page", NUMBER, nullable=False),
    Column("platform", Text),
    Column("page_id", Text),
    Column("page_name", Text),
    Column("page_kind", Text),
    Column("region", Text),
    Column("municipality", Text),
    Column("week", Text, nullable=False),
    Column("monday", Date, nullable=False),
    Column("model", Text, nullable=False),
    Column("posts", Integer, nullable=False),
    Column("trusted", Integer, nullable=False),
    Column("usefulness", Double),
    Column("engagement", Double),
    Column("useful", Double),
    Column("share_alert", Double),
    Column("share_service", Double),
    Column("share_event", Double),
    Column("share_explain", Double),
    Column("share_news", Double),
    Column("share_report", Double),
    Column("share_greeting", Double),
    Column("share_culture", Double),
    Column("share_ad", Double),
    Column("share_other", Double),
)
