"""Which schema a database has, told without loading Alembic: few starts have to upgrade."""

from pathlib import Path
from typing import Final

from sqlalchemy import NullPool, create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from data.db.engines import check_url, sqlite_file

SCRIPTS: Final = Path(__file__).parents[2] / "migrations"


def newest() -> str:
    """The revision that the last script leads to: scripts are named for theirs, in order."""
    return max(file.name.partition("_")[0] for file in (SCRIPTS / "versions").glob("[0-9]*_*.py"))


def is_newest(url: str) -> bool:
    """False where that cannot be told too: whoever upgrades then says why."""
    file = sqlite_file(check_url(url))
    if file is not None and not file.is_file():
        return False  # a look must not make the file
    engine = create_engine(url, poolclass=NullPool)
    try:
        with engine.connect() as connection:
            found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    except SQLAlchemyError:
        return False
    finally:
        engine.dispose()
    return bool(found == newest())
