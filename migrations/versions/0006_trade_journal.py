"""The trade journal: contracts, settlements, notes, snapshots; the journal by time."""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op

import data.db.types

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    text = sqlmodel.sql.sqltypes.AutoString
    op.create_table(
        "traded_contracts",
        sa.Column("key", text(), nullable=False),
        sa.Column("expiry", data.db.types.Day(), nullable=False),
        sa.Column("body", text(), nullable=False),
        sa.PrimaryKeyConstraint("key", "expiry", name=op.f("pk_traded_contracts")),
    )
    op.create_table(
        "settlements",
        sa.Column("key", text(), nullable=False),
        sa.Column("expiry", data.db.types.Day(), nullable=False),
        sa.Column("price", data.db.types.Rupees(), nullable=False),
        sa.Column("at", data.db.types.UtcDateTime(), nullable=False),
        sa.Column("source", text(), nullable=False),
        sa.PrimaryKeyConstraint("key", "expiry", name=op.f("pk_settlements")),
    )
    op.create_table(
        "trade_notes",
        sa.Column("trade", text(), nullable=False),
        sa.Column("setup", text(), nullable=False),
        sa.Column("tags", text(), nullable=False),
        sa.Column("note", text(), nullable=False),
        sa.Column("risk", data.db.types.Rupees(), nullable=True),
        sa.Column("edited_at", data.db.types.UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("trade", name=op.f("pk_trade_notes")),
    )
    op.create_table(
        "trade_snaps",
        sa.Column("order_id", text(), nullable=False),
        sa.Column("trade_id", text(), nullable=False),
        sa.Column("at", data.db.types.UtcDateTime(), nullable=False),
        sa.Column("instrument_key", text(), nullable=False),
        sa.Column("body", text(), nullable=False),
        sa.PrimaryKeyConstraint("order_id", "trade_id", name=op.f("pk_trade_snaps")),
    )
    with op.batch_alter_table("journal", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_journal_at"), ["at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("journal", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_journal_at"))

    op.drop_table("trade_snaps")
    op.drop_table("trade_notes")
    op.drop_table("settlements")
    op.drop_table("traded_contracts")
