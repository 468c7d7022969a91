"""Databases of both engines, new and empty for each test."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from data.db import migrate
from tests import postgres


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'strikedesk.db'}"


@pytest.fixture
def postgres_url(postgres_server: postgres.Server) -> Iterator[str]:
    url = postgres_server.create()
    yield url
    postgres_server.drop(url)


@pytest.fixture(params=["sqlite", "postgres"])
def empty_url(request: pytest.FixtureRequest) -> str:
    """A database without our tables, of each engine in turn."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture(scope="session")
def sqlite_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("model") / "strikedesk.db"
    migrate.upgrade(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def postgres_model(postgres_server: postgres.Server) -> str:
    url = postgres_server.create()
    migrate.upgrade(url)
    return url


@pytest.fixture
def new_sqlite(sqlite_url: str, sqlite_model: Path) -> str:
    """A SQLite database at the newest schema: a copy, which takes less time than a migration."""
    shutil.copy(sqlite_model, sqlite_url.removeprefix("sqlite:///"))
    return sqlite_url


@pytest.fixture
def new_postgres(postgres_server: postgres.Server, postgres_model: str) -> Iterator[str]:
    url = postgres_server.create(like=postgres_model)
    yield url
    postgres_server.drop(url)


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A database at the newest schema, of each engine in turn."""
    url: str = request.getfixturevalue(f"new_{request.param}")
    return url
