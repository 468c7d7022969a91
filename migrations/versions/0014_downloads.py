"""Downloads with their pieces, and corporate actions."""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op

import data.db.types

revision: str = "0014"
down_revision: str | None = "0013"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

Text = sqlmodel.sql.sqltypes.AutoString


def upgrade() -> None:
    op.create_table(
        "downloads",
        sa.Column("id", Text(), nullable=False),
        sa.Column("plan", Text(), nullable=False),
        sa.Column("source", Text(), nullable=False),
        sa.Column("created_at", data.db.types.UtcDateTime(), nullable=False),
        sa.Column("status", Text(), nullable=False),
        sa.Column("finished_at", data.db.types.UtcDateTime(), nullable=True),
        sa.Column("message", Text(), nullable=False),
        sa.Column("pieces", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("bars", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_downloads")),
    )
    with op.batch_alter_table("downloads", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_downloads_created_at"), ["created_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_downloads_status"), ["status"], unique=False)

    op.create_table(
        "download_pieces",
        sa.Column("download_id", Text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key", Text(), nullable=False),
        sa.Column("name", Text(), nullable=False),
        sa.Column("interval", Text(), nullable=False),
        sa.Column("first", data.db.types.Day(), nullable=False),
        sa.Column("last", data.db.types.Day(), nullable=False),
        sa.Column("status", Text(), nullable=False),
        sa.Column("bars", sa.Integer(), nullable=False),
        sa.Column("reason", Text(), nullable=False),
        sa.PrimaryKeyConstraint("download_id", "number", name=op.f("pk_download_pieces")),
    )
    with op.batch_alter_table("download_pieces", schema=None) as batch_op:
        batch_op.create_index("ix_download_pieces_key", ["key", "interval", "status"], unique=False)

    op.create_table(
        "corporate_actions",
        sa.Column("isin", Text(), nullable=False),
        sa.Column("ex_day", data.db.types.Day(), nullable=False),
        sa.Column("kind", Text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("amount", data.db.types.Rupees(), nullable=True),
        sa.Column("ratio", Text(), nullable=False),
        sa.Column("details", Text(), nullable=False),
        sa.PrimaryKeyConstraint(
            "isin", "ex_day", "kind", "number", name=op.f("pk_corporate_actions")
        ),
    )


def downgrade() -> None:
    op.drop_table("corporate_actions")
    op.drop_table("download_pieces")
    op.drop_table("downloads")
