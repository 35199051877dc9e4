"""The history says which appointment a happening belongs to."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add the column; what is older stays without it, and out of the figures."""
    op.add_column(
        "history",
        sa.Column("appointment", sa.String(length=40), server_default="", nullable=False),
    )
    op.create_index(op.f("ix_history_appointment"), "history", ["appointment"], unique=False)
