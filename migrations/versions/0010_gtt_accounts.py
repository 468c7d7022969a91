"""Whose orders good till triggered they are."""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    account = sa.Column(
        "account", sqlmodel.sql.sqltypes.AutoString(), nullable=False, server_default=""
    )
    with op.batch_alter_table("gtts", schema=None) as batch_op:
        batch_op.add_column(account)


def downgrade() -> None:
    with op.batch_alter_table("gtts", schema=None) as batch_op:
        batch_op.drop_column("account")
