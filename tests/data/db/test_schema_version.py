"""The quick look at the schema agrees with Alembic."""

from pathlib import Path

from data.db import migrate, schema_version


def test_the_newest_by_name_is_the_newest_by_script() -> None:
    assert schema_version.newest() == migrate.newest()


def test_an_upgraded_database_is_newest_and_a_downgraded_one_is_not(database_url: str) -> None:
    assert schema_version.is_newest(database_url)
    migrate.downgrade(database_url, "base")
    assert not schema_version.is_newest(database_url)


def test_looking_for_a_database_that_is_not_there_does_not_make_it(tmp_path: Path) -> None:
    file = tmp_path / "none.db"
    assert not schema_version.is_newest(f"sqlite:///{file}")
    assert not file.exists()


def test_what_is_no_database_is_not_newest(tmp_path: Path) -> None:
    file = tmp_path / "text.db"
    file.write_text("this is a letter, not a database" * 100)
    assert not schema_version.is_newest(f"sqlite:///{file}")
