"""Payments online: the provider's id, and how often it was tried."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Add the two columns."""
    payment = sa.Column("payment", sa.String(80), nullable=True)
    attempts = sa.Column("attempts", sa.Integer(), server_default="0", nullable=False)
    op.add_column("charges", payment)
    op.add_column("charges", attempts)
