"""Conversion of a position: held in another way from now on, without a trade."""

from typing import Final
from uuid import uuid4

from nicegui import ui

from core.errors import AppError
from core.instruments.instrument import Kind
from core.ports.account import Conversion
from core.services import Services
from core.services.account_desk import OF_OTHERS, OF_SHARES, AccountDesk
from core.services.portfolio_picture import Line
from core.trading.requests import Product, Side
from ui.components.confirm import mode_line
from ui.components.fields import button, choice_field, whole_field

WORDS: Final = (
    "The units stay as they are and no trade is made: only how they are held changes, and with it "
    "the margin, and whether they are squared off at the end of the day."
)


def ways(line: Line) -> list[Product]:
    """Into what it can be converted."""
    if line.instrument is None or not line.is_open:
        return []
    allowed = OF_SHARES if line.instrument.kind is Kind.EQUITY else OF_OTHERS
    return [each for each in allowed if each is not line.product]


class ConvertSheet:
    """One conversion; its click is good for one."""

    def __init__(self, services: Services, account: AccountDesk, line: Line) -> None:
        self._services, self._account, self._line = services, account, line
        self._click, self._busy = uuid4().hex, False
        self._dialog = ui.dialog()
        self._size = max(line.instrument.lot_size, 1) if line.instrument else 1
        self._lots = many = max(abs(line.units) // self._size, 1)
        with (
            self._dialog,
            ui.element("div").classes(f"sheet mode-{services.mode}") as sheet,
        ):
            sheet.props('data-testid="convert"')
            ui.label(f"Convert {line.title}").classes("sheet-title")
            mode_line(services)
            ui.label(WORDS).classes("dim")
            with ui.element("div").classes("convert-fields"):
                self._after = choice_field(
                    f"From {line.product} to",
                    "convert-to",
                    {each: str(each) for each in ways(line)},
                    value=ways(line)[0],
                )
                whole_field("Lots", "convert-lots", many, 1, many, self._take)
            self._said = ui.label().classes("down").props('data-testid="convert-said"')
            self._said.mark("convert-said")
            with ui.element("div").classes("card-actions"):
                self._go = button("Convert", "convert-go", self._convert, primary=True)
                button("Leave it", "convert-no", self._dialog.close)

    def open(self) -> None:
        self._dialog.open()

    def _take(self, lots: int) -> None:
        self._lots = lots

    async def _convert(self) -> None:
        if self._busy:
            return
        self._busy = True
        self._go.classes(add="busy")
        line = self._line
        try:
            wanted = Conversion(
                key=line.key,
                side=Side.BUY if line.units > 0 else Side.SELL,
                quantity=self._lots * self._size,
                before=line.product,
                after=Product(self._after.value),
            )
            await self._account.convert(wanted, click=self._click)
        except AppError as problem:
            self._said.set_text(f"{str(problem)[:1].upper()}{str(problem)[1:]}")
            self._click = uuid4().hex  # nothing was done, or the comparison will tell
        else:
            self._dialog.close()
            ui.notify(f"Converted to {self._after.value}.", position="bottom-right")
        finally:
            self._busy = False
            self._go.classes(remove="busy")
