"""History: volatility by session, the future beside a chain, and minutes found by their time."""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op

import data.db.types

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "volatility_days",
        sa.Column("symbol", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("day", data.db.types.Day(), nullable=False),
        sa.Column("iv30", sa.Float(), nullable=True),
        sa.Column("iv_near", sa.Float(), nullable=True),
        sa.Column("forward", sa.Float(), nullable=True),
        sa.Column("spot", sa.Float(), nullable=True),
        sa.Column("source", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.PrimaryKeyConstraint("symbol", "day", name=op.f("pk_volatility_days")),
    )
    # one by one, not as a batch: a batch would copy every blob of the table
    op.add_column("chain_snapshots", sa.Column("future", sa.Float(), nullable=True))
    op.add_column("chain_snapshots", sa.Column("future_oi", sa.Float(), nullable=True))
    op.create_index(
        "ix_chain_snapshots_minute", "chain_snapshots", ["minute", "symbol", "expiry"], unique=False
    )


def downgrade() -> None:
    op.drop_index("ix_chain_snapshots_minute", table_name="chain_snapshots")
    op.drop_column("chain_snapshots", "future_oi")
    op.drop_column("chain_snapshots", "future")
    op.drop_table("volatility_days")
