"""Tables as sheets of a workbook (XLSX): numbers stay numbers, texts are never formulas."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from io import BytesIO
from typing import Final

Sheet = tuple[Sequence[str], Iterable[Sequence[object]]]
"""Its heads, and its rows."""
TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PLAIN: Final = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}
WIDEST: Final = 60


def workbook(sheets: Mapping[str, Sheet]) -> bytes:
    """One sheet for each name of at most 31 letters; the heads stay in sight."""
    from xlsxwriter import Workbook  # only who exports pays for it

    out = BytesIO()
    with Workbook(out, PLAIN) as book:
        bold = book.add_format({"bold": True})
        for name, (heads, rows) in sheets.items():
            sheet = book.add_worksheet(name)
            sheet.freeze_panes(1, 0)
            sheet.write_row(0, 0, heads, bold)
            widths = [len(head) for head in heads]
            for at, row in enumerate(rows, 1):
                for column, value in enumerate(row):
                    sheet.write(at, column, _plain(value))
                    widths[column] = max(widths[column], len(str(value)))
            for column, width in enumerate(widths):
                sheet.set_column(column, column, min(width + 2, WIDEST))
    return out.getvalue()


def _plain(value: object) -> object:
    """Money as a number of the sheet: to the paisa it is exact there."""
    return float(value) if isinstance(value, Decimal) else value
