"""Whose orders and fills they are: those on paper and those at the broker are kept apart."""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    for table in ("orders", "fills"):
        account = sa.Column(
            "account", sqlmodel.sql.sqltypes.AutoString(), nullable=False, server_default=""
        )
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(account)


def downgrade() -> None:
    for table in ("fills", "orders"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_column("account")
