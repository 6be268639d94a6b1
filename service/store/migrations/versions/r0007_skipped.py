"""Files of an archive that were passed by."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go on."""
    op.add_column("jobs", sa.Column("skipped", sa.Text))


def downgrade() -> None:
    """Go back."""
    op.drop_column("jobs", "skipped")
