"""Orders, fills, the journal, and the paper account's memory."""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op

import data.db.types

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    text = sqlmodel.sql.sqltypes.AutoString
    op.create_table(
        "orders",
        sa.Column("id", text(), nullable=False),
        sa.Column("placed_at", data.db.types.UtcDateTime(), nullable=False),
        sa.Column("status", text(), nullable=False),
        sa.Column("instrument_key", text(), nullable=False),
        sa.Column("source", text(), nullable=False),
        sa.Column("group_name", text(), nullable=False),
        sa.Column("filled", sa.BigInteger(), nullable=False),
        sa.Column("average_price", data.db.types.Rupees(), nullable=False),
        sa.Column("body", text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders")),
    )
    with op.batch_alter_table("orders", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_orders_placed_at"), ["placed_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_orders_status"), ["status"], unique=False)
    op.create_table(
        "fills",
        sa.Column("order_id", text(), nullable=False),
        sa.Column("trade_id", text(), nullable=False),
        sa.Column("at", data.db.types.UtcDateTime(), nullable=False),
        sa.Column("instrument_key", text(), nullable=False),
        sa.Column("side", text(), nullable=False),
        sa.Column("product", text(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("price", data.db.types.Rupees(), nullable=False),
        sa.PrimaryKeyConstraint("order_id", "trade_id", name=op.f("pk_fills")),
    )
    with op.batch_alter_table("fills", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_fills_at"), ["at"], unique=False)
    op.create_table(
        "journal",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", data.db.types.UtcDateTime(), nullable=False),
        sa.Column("kind", text(), nullable=False),
        sa.Column("correlation", text(), nullable=False),
        sa.Column("text", text(), nullable=False),
        sa.Column("facts", text(), nullable=False),
        sa.Column("before", text(), nullable=False),
        sa.Column("seal", text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_journal")),
    )
    with op.batch_alter_table("journal", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_journal_correlation"), ["correlation"], unique=False)
    op.create_table(
        "paper_accounts",
        sa.Column("name", text(), nullable=False),
        sa.Column("saved_at", data.db.types.UtcDateTime(), nullable=False),
        sa.Column("body", text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_paper_accounts")),
    )


def downgrade() -> None:
    op.drop_table("paper_accounts")
    with op.batch_alter_table("journal", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_journal_correlation"))

    op.drop_table("journal")
    with op.batch_alter_table("fills", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_fills_at"))

    op.drop_table("fills")
    with op.batch_alter_table("orders", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_orders_status"))
        batch_op.drop_index(batch_op.f("ix_orders_placed_at"))

    op.drop_table("orders")
