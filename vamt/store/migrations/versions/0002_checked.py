"""What the check before the waiting room found stays with the appointment."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the column; nobody has been checked yet."""
    with op.batch_alter_table("appointments") as appointments:
        appointments.add_column(sa.Column("checked", sa.JSON(none_as_null=True), nullable=True))
