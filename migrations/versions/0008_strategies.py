"""Strategy groups, and their profit by minute."""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op

import data.db.types

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    text = sqlmodel.sql.sqltypes.AutoString
    op.create_table(
        "strategies",
        sa.Column("id", text(), nullable=False),
        sa.Column("account", text(), nullable=False),
        sa.Column("created_at", data.db.types.UtcDateTime(), nullable=False),
        sa.Column("edited_at", data.db.types.UtcDateTime(), nullable=False),
        sa.Column("is_open", data.db.types.Flag(), nullable=False),
        sa.Column("body", text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_strategies")),
    )
    with op.batch_alter_table("strategies", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_strategies_account"), ["account"], unique=False)
    op.create_table(
        "strategy_minutes",
        sa.Column("strategy_id", text(), nullable=False),
        sa.Column("minute", data.db.types.UtcDateTime(), nullable=False),
        sa.Column("open", sa.Float(), nullable=False),
        sa.Column("high", sa.Float(), nullable=False),
        sa.Column("low", sa.Float(), nullable=False),
        sa.Column("close", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["strategy_id"],
            ["strategies.id"],
            name=op.f("fk_strategy_minutes_strategy_id_strategies"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("strategy_id", "minute", name=op.f("pk_strategy_minutes")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("strategy_minutes")
    with op.batch_alter_table("strategies", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_strategies_account"))

    op.drop_table("strategies")
