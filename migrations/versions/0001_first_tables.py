"""First tables."""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op

import data.db.types

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    _instruments()
    _candles()
    _snapshots_and_runs()
    _what_users_keep()


def downgrade() -> None:
    op.drop_table("watchlist_items")
    with op.batch_alter_table("watchlists", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_watchlists_user_id"))

    op.drop_table("watchlists")
    op.drop_table("preferences")
    op.drop_table("minute_candles")
    with op.batch_alter_table("job_runs", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_job_runs_started_at"))
        batch_op.drop_index("ix_job_runs_job_started_at")

    op.drop_table("job_runs")
    with op.batch_alter_table("instruments", schema=None) as batch_op:
        batch_op.drop_index("ix_instruments_chain")

    op.drop_table("instruments")
    op.drop_table("instrument_file")
    op.drop_table("day_candles")
    op.drop_table("chain_snapshots")
    op.drop_table("candle_keys")


def _instruments() -> None:
    op.create_table(
        "instruments",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("segment", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("exchange", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("symbol", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("series", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("lot_size", sa.BigInteger(), nullable=False),
        sa.Column("tick_size", data.db.types.Rupees(), nullable=False),
        sa.Column("exchange_token", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("isin", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("freeze_quantity", sa.BigInteger(), nullable=True),
        sa.Column("expiry", data.db.types.Day(), nullable=True),
        sa.Column("strike", sa.Float(), nullable=True),
        sa.Column("weekly", data.db.types.Flag(), nullable=True),
        sa.Column("underlying_key", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("underlying_symbol", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instruments")),
        sa.UniqueConstraint("key", name=op.f("uq_instruments_key")),
    )
    with op.batch_alter_table("instruments", schema=None) as batch_op:
        batch_op.create_index(
            "ix_instruments_chain",
            ["underlying_symbol", "kind", "expiry", "strike", "segment"],
            unique=False,
        )
    op.create_table(
        "instrument_file",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("as_of", data.db.types.UtcDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instrument_file")),
    )


def _candles() -> None:
    op.create_table(
        "candle_keys",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_candle_keys")),
        sa.UniqueConstraint("key", name=op.f("uq_candle_keys_key")),
    )
    op.create_table(
        "day_candles",
        sa.Column("key_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("time", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("open", sa.BigInteger(), nullable=False),
        sa.Column("high", sa.BigInteger(), nullable=False),
        sa.Column("low", sa.BigInteger(), nullable=False),
        sa.Column("close", sa.BigInteger(), nullable=False),
        sa.Column("volume", sa.BigInteger(), nullable=False),
        sa.Column("open_interest", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key_id", "time", name=op.f("pk_day_candles")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "minute_candles",
        sa.Column("key_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("time", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("open", sa.BigInteger(), nullable=False),
        sa.Column("high", sa.BigInteger(), nullable=False),
        sa.Column("low", sa.BigInteger(), nullable=False),
        sa.Column("close", sa.BigInteger(), nullable=False),
        sa.Column("volume", sa.BigInteger(), nullable=False),
        sa.Column("open_interest", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key_id", "time", name=op.f("pk_minute_candles")),
        postgresql_partition_by="RANGE (time)",
        sqlite_with_rowid=False,
    )


def _snapshots_and_runs() -> None:
    op.create_table(
        "chain_snapshots",
        sa.Column("symbol", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("expiry", data.db.types.Day(), nullable=False),
        sa.Column("minute", data.db.types.UtcDateTime(), nullable=False),
        sa.Column("spot", sa.Float(), nullable=True),
        sa.Column("forward", sa.Float(), nullable=True),
        sa.Column("strikes", sa.Integer(), nullable=False),
        sa.Column("packed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("symbol", "expiry", "minute", name=op.f("pk_chain_snapshots")),
    )
    op.create_table(
        "job_runs",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("job", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("started_at", data.db.types.UtcDateTime(), nullable=False),
        sa.Column("finished_at", data.db.types.UtcDateTime(), nullable=True),
        sa.Column("result", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("message", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("by_hand", data.db.types.Flag(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_runs")),
    )
    with op.batch_alter_table("job_runs", schema=None) as batch_op:
        batch_op.create_index("ix_job_runs_job_started_at", ["job", "started_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_job_runs_started_at"), ["started_at"], unique=False)


def _what_users_keep() -> None:
    op.create_table(
        "preferences",
        sa.Column("user_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("value", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "name", name=op.f("pk_preferences")),
    )
    op.create_table(
        "watchlists",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("user_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_watchlists")),
    )
    with op.batch_alter_table("watchlists", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_watchlists_user_id"), ["user_id"], unique=False)
    op.create_table(
        "watchlist_items",
        sa.Column("watchlist_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.ForeignKeyConstraint(
            ["watchlist_id"],
            ["watchlists.id"],
            name=op.f("fk_watchlist_items_watchlist_id_watchlists"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("watchlist_id", "position", name=op.f("pk_watchlist_items")),
    )
