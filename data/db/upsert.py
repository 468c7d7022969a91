"""Insert rows, or overwrite those with the same key: one statement on either engine."""

from collections.abc import Sequence

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel

from data.db.database import dialect


def upsert(session: Session, rows: Sequence[SQLModel]) -> None:
    table: Table = type(rows[0]).__table__  # type: ignore[attr-defined]
    values = [{column.name: getattr(row, column.name) for column in table.columns} for row in rows]
    keys = [column.name for column in table.primary_key]
    others = [column.name for column in table.columns if not column.primary_key]
    insert = (sqlite if dialect(session) == "sqlite" else postgresql).insert(table)
    overwrite = {name: insert.excluded[name] for name in others}
    session.connection().execute(
        insert.on_conflict_do_update(index_elements=keys, set_=overwrite), values
    )
