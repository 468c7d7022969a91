"""Executions: baskets, TWAPs and icebergs."""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op

import data.db.types

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    text = sqlmodel.sql.sqltypes.AutoString
    op.create_table(
        "executions",
        sa.Column("id", text(), nullable=False),
        sa.Column("account", text(), nullable=False),
        sa.Column("kind", text(), nullable=False),
        sa.Column("phase", text(), nullable=False),
        sa.Column("started_at", data.db.types.UtcDateTime(), nullable=False),
        sa.Column("body", text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_executions")),
    )
    with op.batch_alter_table("executions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_executions_account"), ["account"], unique=False)
        batch_op.create_index(batch_op.f("ix_executions_phase"), ["phase"], unique=False)
        batch_op.create_index(batch_op.f("ix_executions_started_at"), ["started_at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("executions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_executions_started_at"))
        batch_op.drop_index(batch_op.f("ix_executions_phase"))
        batch_op.drop_index(batch_op.f("ix_executions_account"))

    op.drop_table("executions")
