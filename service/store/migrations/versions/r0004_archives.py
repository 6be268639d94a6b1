"""What a job was asked and how far it has come; texts of judged posts where they are kept."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

JOBS = ("size", "read")


def upgrade() -> None:
    """Go on."""
    for name in JOBS:
        op.add_column("jobs", sa.Column(name, sa.BigInteger()))
    op.add_column("jobs", sa.Column("asked", sa.Text()))
    op.add_column("feedback", sa.Column("text", sa.Text()))


def downgrade() -> None:
    """Go back."""
    op.drop_column("feedback", "text")
    for name in ("asked", *JOBS):
        op.drop_column("jobs", name)
