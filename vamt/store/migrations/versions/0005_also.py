"""Several errands in one appointment."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Appointments of today have one errand."""
    op.add_column("appointments", sa.Column("also", sa.JSON(), nullable=False, server_default="[]"))
