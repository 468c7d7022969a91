"""Runs migrations: on the engine that the desk hands in, or on the database of `-x url=…`."""

from collections.abc import Callable

from alembic import context
from sqlalchemy import Connection, Engine, create_engine

from data.db.partitions import is_partition
from data.models import METADATA

LOCK = 7031964


def is_ours(name: str | None, kind: str, _: object) -> bool:
    return not (kind == "table" and is_partition(name))


def configured(**where: object) -> None:
    context.configure(
        target_metadata=METADATA,
        render_as_batch=True,
        include_name=is_ours,
        compare_type=True,
        transaction_per_migration=False,
        **where,
    )


def migrate(connection: Connection) -> None:
    configured(connection=connection)
    context.run_migrations()


def migrate_sqlite(connection: Connection) -> None:
    """Foreign keys off: batch mode recreates tables, which would delete the rows of their children.

    The pragma has no effect inside a transaction, so it comes before.
    """
    was = connection.exec_driver_sql("PRAGMA foreign_keys").scalar()
    try:
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # a second process waits here
        migrate(connection)
        if broken := connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall():
            raise RuntimeError(f"rows without their parents after the migration: {broken[:5]}")
        connection.exec_driver_sql("COMMIT")
    except BaseException:
        if connection.connection.driver_connection.in_transaction:
            connection.exec_driver_sql("ROLLBACK")
        raise
    finally:
        connection.exec_driver_sql(f"PRAGMA foreign_keys={was}")


def migrate_postgres(connection: Connection) -> None:
    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
    migrate(connection)
    connection.commit()


def engine() -> Engine:
    given = context.config.attributes.get("engine")
    if isinstance(given, Engine):
        return given
    return create_engine(address())


def address() -> str:
    url = context.get_x_argument(as_dictionary=True).get("url")
    if not url:
        raise SystemExit("Say which database: alembic -x url=sqlite:///FILE …")
    return url


def run() -> None:
    if context.is_offline_mode():
        configured(url=address(), literal_binds=True)
        with context.begin_transaction():
            context.run_migrations()
        return
    with engine().connect() as connection:
        sqlite = connection.dialect.name == "sqlite"
        runs: Callable[[Connection], None] = migrate_sqlite if sqlite else migrate_postgres
        runs(connection)


run()
