"""The links by which clerks subscribe to the office's calendar."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Make the table of the links' serial numbers."""
    op.create_table(
        "feeds",
        sa.Column("clerk", sa.String(length=40), nullable=False),
        sa.Column("serial", sa.String(length=40), nullable=False),
        sa.Column("made", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["clerk"], ["clerks.id"]),
        sa.PrimaryKeyConstraint("clerk"),
    )
