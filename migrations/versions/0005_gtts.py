"""Orders good till triggered."""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op

import data.db.types

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    text = sqlmodel.sql.sqltypes.AutoString
    op.create_table(
        "gtts",
        sa.Column("id", text(), nullable=False),
        sa.Column("placed_at", data.db.types.UtcDateTime(), nullable=False),
        sa.Column("status", text(), nullable=False),
        sa.Column("instrument_key", text(), nullable=False),
        sa.Column("body", text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gtts")),
    )
    with op.batch_alter_table("gtts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_gtts_placed_at"), ["placed_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_gtts_status"), ["status"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("gtts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_gtts_status"))
        batch_op.drop_index(batch_op.f("ix_gtts_placed_at"))

    op.drop_table("gtts")
