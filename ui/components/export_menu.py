"""Export: a table as a file, in the format that the user picks."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from inspect import isawaitable
from typing import Final

from nicegui import ui

from core.errors import AppError
from core.ports.exports import Format, Table
from core.services import Services
from ui.components.exports import file_name
from ui.components.fields import button

TableOf = Callable[[], Table | Awaitable[Table]]

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WORDS: Final = {
    Format.CSV: ("CSV", "for any program", "text/csv"),
    Format.XLSX: ("Excel", "numbers and days stay what they are", XLSX),
    Format.PARQUET: ("Parquet", "for pandas and the like", "application/vnd.apache.parquet"),
}


def export_menu(
    services: Services,
    table_of: TableOf,
    name: str,
    *,
    subject: Callable[[], str] = str,
    words: str = "Export",
    tip: str = "What is shown, as a file",
) -> ui.element:
    """A button with the three formats; `table_of` is asked, then, for what is shown at the moment.

    Its test id is `{name}-export`, those of the formats `{name}-export-csv` and so on; the file is
    called after `subject` and `name`.
    """
    made = button(words, f"{name}-export", lambda: None, icon="download", tip=tip)
    with made, ui.menu().props("auto-close no-focus").classes("export-menu"):
        for format, (title, words, _) in WORDS.items():
            item = ui.menu_item(
                on_click=partial(_download, services, table_of, name, subject, format)
            )
            item.props(f'data-testid="{name}-export-{format}"').mark(f"{name}-export-{format}")
            with item:
                ui.label(title).classes("strong")
                ui.label(words).classes("dim")
    return made


async def _download(
    services: Services, table_of: TableOf, name: str, subject: Callable[[], str], format: Format
) -> None:
    try:
        found = table_of()
        table = await found if isawaitable(found) else found
        body = await asyncio.to_thread(services.exporter.write, table, format)
    except AppError as problem:
        ui.notify(str(problem), type="negative", multi_line=True)
        return
    file = file_name(subject(), name, services.clock.now(), format)
    ui.download.content(body, file, WORDS[format][2])
