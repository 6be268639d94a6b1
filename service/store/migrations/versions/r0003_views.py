"""Views for people who use SQL. Their names and columns are promised in docs/store.md."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

SCORES = """
CREATE VIEW v_scores AS
SELECT
    scores.id AS score,
    posts.id AS post,
    pages.id AS page,
    nullif(pages.platform, '') AS platform,
    nullif(pages.page_id, '') AS page_id,
    pages.name AS page_name,
    pages.kind AS page_kind,
    pages.region,
    pages.municipality,
    pages.followers,
    pages.zone,
    posts.post_id,
    posts.date,
    posts.likes,
    posts.comments,
    posts.reposts,
    posts.views,
    posts.digest,
    scores.usefulness,
    scores.usefulness_low,
    scores.usefulness_high,
    scores.engagement,
    scores.engagement_likes,
    scores.engagement_comments,
    scores.engagement_reposts,
    scores.engagement_general,
    scores.memory_posts,
    scores.type,
    scores.checklist,
    scores.missing,
    scores.status,
    scores.model,
    scores.latest,
    scores.scored_at
FROM scores
JOIN posts ON posts.id = scores.post
JOIN pages ON pages.id = posts.page
"""

# The Monday of a week, and the ISO name of the week of a Monday, whose Thursday tells the year.
_SQLITE_MONDAY = "date(date, '-6 days', 'weekday 1')"
_SQLITE_WEEK = "strftime('%Y', monday, '+3 days') || printf('-W%02d', (strftime('%j', monday, '+3 days') - 1) / 7 + 1)"
_POSTGRES_MONDAY = "date_trunc('week', date AT TIME ZONE 'UTC')::date"
_POSTGRES_WEEK = "to_char(monday, 'IYYY\"-W\"IW')"

_TYPES = ("alert", "service", "event", "explain", "news", "report", "greeting", "culture", "ad", "other")


def _share(condition: str) -> str:
    return f"avg(CAST(CASE WHEN {condition} THEN 1 ELSE 0 END AS double precision)) FILTER (WHERE status = 'ok')"


def _weeks(monday: str, week: str) -> str:
    shares = ",\n    ".join(_share(f"type = '{name}'") + f" AS share_{name}" for name in _TYPES)
    # Every part is a constant of this module.
    return f"""
CREATE VIEW v_pages_week AS
SELECT
    page,
    platform,
    page_id,
    page_name,
    page_kind,
    region,
    municipality,
    {week} AS week,
    monday,
    model,
    count(*) AS posts,
    count(*) FILTER (WHERE status = 'ok') AS trusted,
    avg(usefulness) FILTER (WHERE status = 'ok') AS usefulness,
    avg(engagement) FILTER (WHERE status = 'ok') AS engagement,
    {_share("usefulness >= 62.5")} AS useful,
    {shares}
FROM (SELECT v_scores.*, {monday} AS monday FROM v_scores WHERE date IS NOT NULL) AS dated
GROUP BY page, platform, page_id, page_name, page_kind, region, municipality, monday, model
"""  # noqa: S608


def upgrade() -> None:
    """Go on."""
    op.execute(SCORES)
    if op.get_bind().dialect.name == "postgresql":
        op.execute(_weeks(_POSTGRES_MONDAY, _POSTGRES_WEEK))
    else:
        op.execute(_weeks(_SQLITE_MONDAY, _SQLITE_WEEK))


def downgrade() -> None:
    """Go back."""
    op.execute("DROP VIEW v_pages_week")
    op.execute("DROP VIEW v_scores")
