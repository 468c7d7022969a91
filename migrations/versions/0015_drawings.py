"""Drawings on charts."""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision: str = "0015"
down_revision: str | None = "0014"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

Text = sqlmodel.sql.sqltypes.AutoString


def upgrade() -> None:
    op.create_table(
        "drawings",
        sa.Column("user_id", Text(), nullable=False),
        sa.Column("id", Text(), nullable=False),
        sa.Column("key", Text(), nullable=False),
        sa.Column("body", Text(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "id", name=op.f("pk_drawings")),
    )
    with op.batch_alter_table("drawings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_drawings_key"), ["key"], unique=False)


def downgrade() -> None:
    op.drop_table("drawings")
