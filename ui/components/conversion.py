"""The dialog that converts a position: the same units, held in another way."""

from functools import partial
from typing import Final
from uuid import uuid4

from nicegui import background_tasks, context, ui

from core.errors import AppError
from core.ids import InstrumentKey
from core.instruments.instrument import Instrument, Kind
from core.ports.account import Conversion
from core.services import Services
from core.services.account_desk import OF_OTHERS, OF_SHARES, AccountDesk
from core.services.trading import Trading
from core.trading.requests import Product, Side
from ui.components.confirm import mode_line
from ui.components.fields import button, whole_field
from ui.components.sight import paced
from ui.theme import formats

NOWHERE: Final = "Positions cannot be converted in this mode: close them and open them anew."
MEANS: Final = {
    Product.INTRADAY: "The broker closes it by itself before the end of the day.",
    Product.CARRY: "It may be held to its expiry; it needs the margin of overnight.",
    Product.DELIVERY: "The shares are paid in full and delivered.",
    Product.MTF: "The broker lends a part of the price, and takes interest for it.",
}
PACE: Final = 1.0


async def open_conversion(services: Services, key: InstrumentKey, product: Product) -> None:
    """A dialog over the page for what is held of a contract as `product`; what cannot be is
    said."""
    trading = services.trading
    if trading is None or trading.account is None:
        _complain(NOWHERE)
        return
    if not trading.state.held(key, product):
        _complain("Nothing of it is held in this way any more.")
        return
    try:
        instrument = await trading.gate.know(key)
    except AppError as problem:
        _complain(str(problem))
        return
    with context.client.content:
        ConversionTicket(services, trading, trading.account, instrument, product)


class ConversionTicket:
    """Good for one conversion; what came of it is shown in the same place."""

    def __init__(
        self,
        services: Services,
        trading: Trading,
        account: AccountDesk,
        instrument: Instrument,
        product: Product,
    ) -> None:
        self._services, self._trading, self._account = services, trading, account
        self._instrument, self._before = instrument, product
        self._click, self._sending, self._done = uuid4().hex, False, False
        self._lot = max(instrument.lot_size, 1)
        self._lots = abs(self._held()) // self._lot
        share = instrument.kind is Kind.EQUITY
        others = [each for each in (OF_SHARES if share else OF_OTHERS) if each is not product]
        self._after = others[0]
        with ui.dialog().props("persistent") as self._dialog:
            classes = f"sheet basket-sheet narrow-ticket mode-{services.mode}"
            self._sheet = ui.element("div").classes(classes)
        self._sheet.props('data-testid="conversion"')
        self._dialog.on("hide", self._dialog.delete)
        with self._sheet:
            self._build(others)
        self._dialog.open()
        self.look()

    def _build(self, others: list[Product]) -> None:
        with ui.element("div").classes("basket-head"):
            ui.label(f"Convert · {self._instrument.symbol}").classes("sheet-title")
            mode_line(self._services)
            button("", "conversion-close", self._dialog.close, icon="close", tip="Close")
        with ui.element("div").classes("basket-scroll"):
            self._now = ui.label().classes("num").props('data-testid="conversion-held"')
            with ui.element("div").classes("basket-tools"):
                with ui.element("div").classes("segments").props('role="group"'):
                    self._products = {each: self._choice(each) for each in others}
                title = "Lots" if self._lot > 1 else "Shares"
                most = max(self._lots, 1)
                whole_field(title, "conversion-lots", most, 1, most, self._size)
            self._words = ui.label().classes("dim")
        with ui.element("div").classes("basket-foot"):
            self._wrong = ui.label().classes("basket-problems").props('role="status"')
            self._wrong.props('data-testid="conversion-problem"')
            self._said = ui.label().classes("up").props('data-testid="conversion-said"')
            self._go = ui.element("button").classes("confirm basket-go").mark("conversion-send")
            self._go.props('type="button" disabled data-testid="conversion-send"')
            self._go.on("click", self._send)
            with self._go:
                self._go_words = ui.label()
        paced(PACE, self.look)

    def _choice(self, product: Product) -> ui.element:
        name = f"conversion-{product.replace(' ', '-')}"
        with ui.element("button") as made:
            ui.label(f"to {product}")
        made.props(f'type="button" data-testid="{name}"').mark(name)
        return made.on("click", partial(self._choose, product))

    def _choose(self, product: Product) -> None:
        self._after = product
        self.look()

    def _size(self, lots: int) -> None:
        self._lots = lots
        self.look()

    def look(self) -> None:
        """Draw what holds now; nothing can be asked for while anything is wrong."""
        held = self._held()
        side = "bought" if held > 0 else "sold"
        self._now.set_text(f"{formats.quantity(abs(held))} {side}, held as {self._before}")
        self._words.set_text(f"{MEANS[self._after]} Nothing is bought or sold.")
        for each, made in self._products.items():
            made.classes(add="here") if each is self._after else made.classes(remove="here")
        problem = "" if self._done else self._account.wrong_with(self._wanted(), self._instrument)
        self._wrong.set_text(f"{problem[:1].upper()}{problem[1:]}")
        ready = not problem and not self._sending and not self._done
        self._go.props(remove="disabled") if ready else self._go.props("disabled")
        units = formats.quantity(self._lots * self._lot)
        self._go_words.set_text(f"Convert {units} to {self._after} · {self._services.mode.upper()}")

    def _wanted(self) -> Conversion:
        return Conversion(
            key=self._instrument.key,
            side=Side.BUY if self._held() > 0 else Side.SELL,
            quantity=self._lots * self._lot,
            before=self._before,
            after=self._after,
        )

    def _held(self) -> int:
        return self._trading.state.held(self._instrument.key, self._before)

    async def _send(self) -> None:
        """Exactly what was shown, once."""
        if self._sending or self._done:
            return
        self._sending = True
        self._go.props("disabled")
        wanted = self._wanted()
        refused = await background_tasks.create(self._ask(wanted), name="conversion")
        if self._dialog.is_deleted:
            return
        if refused:
            self._sending, self._click = False, uuid4().hex
            self._say(f"{refused[:1].upper()}{refused[1:]}.", "down")
        else:
            self._done = True
            units = formats.quantity(wanted.quantity)
            self._say(f"Done: {units} are held as {wanted.after} now.", "up")
            self._go.set_visibility(False)
        self.look()

    async def _ask(self, wanted: Conversion) -> str:
        """Why it was not done, or is not known to be; empty where it was."""
        try:
            await self._account.convert(wanted, click=self._click)
        except AppError as problem:
            return str(problem) or "the broker said no"
        return ""

    def _say(self, text: str, tone: str) -> None:
        self._said.set_text(text)
        self._said.classes(replace=tone)


def _complain(words: str) -> None:
    ui.notify(words, type="warning", position="bottom-right")
