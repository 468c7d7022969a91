"""A broker's numbers are its own: fills of two accounts may have the same."""

from collections.abc import Sequence

from alembic import op

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

NUMBERS = ["order_id", "trade_id"]


def upgrade() -> None:
    _key(["account", *NUMBERS])


def downgrade() -> None:
    _key(NUMBERS)


def _key(columns: list[str]) -> None:
    with op.batch_alter_table("fills", schema=None) as batch_op:
        batch_op.drop_constraint("pk_fills", type_="primary")
        batch_op.create_primary_key("pk_fills", columns)
