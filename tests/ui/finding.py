"""Finding the parts of a page by their marks, and reading what a table shows."""

from typing import Any

from nicegui.testing import User

from ui.components.data_table import DataTable


def one(user: User, mark: str) -> Any:
    """The only element with this mark."""
    (found,) = user.find(marker=mark).elements
    return found


def shown(table: DataTable) -> dict[str, list[str]]:
    """Texts by row id."""
    return {row.id: [c if isinstance(c, str) else c.text for c in row.cells] for row in table.rows}


def value(table: DataTable, id: str) -> str:
    """The second cell of a table of names and values."""
    return shown(table)[id][1]
