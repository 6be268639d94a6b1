"""What posts are by what is attached to them. Posts that were stored before have no form, until they come again."""

import sqlalchemy as sa
from alembic import op

from service.store.migrations.versions.r0003_views import SCORES
from service.store.migrations.versions.r0003_views import downgrade as drop_views
from service.store.migrations.versions.r0003_views import upgrade as make_views

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# New columns of a view stand last: so PostgreSQL takes them without making the view, and what may be read, anew.
_WITH_FORM = SCORES.replace("    scores.scored_at\n", "    scores.scored_at,\n    posts.form\n")


def upgrade() -> None:
    """Go on."""
    op.add_column("posts", sa.Column("form", sa.Text))
    if op.get_bind().dialect.name == "postgresql":
        op.execute(_WITH_FORM.replace("CREATE VIEW", "CREATE OR REPLACE VIEW"))
    else:
        op.execute("DROP VIEW v_scores")
        op.execute(_WITH_FORM)


def downgrade() -> None:
    """Go back."""
    drop_views()  # none of them may know the column
    op.drop_column("posts", "form")
    make_views()
