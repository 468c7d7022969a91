"""The legs in a basket ticket: lots, where in the market, the price of now; all can be changed."""

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Final

from nicegui import ui

from core.errors import RuleBroken
from core.trading.baskets import Basket
from core.trading.pricing import Pricing
from core.trading.requests import Side
from ui.basket.form import BasketForm, Row
from ui.components.fields import button
from ui.theme import formats

PLACES: Final = {
    Pricing.OWN: "Own side",
    Pricing.MID: "Mid",
    Pricing.OTHER: "Other side",
    Pricing.MARKET: "Market",
}
TITLES: Final = ("#", "Leg", "Lots", "Bid", "Ask", "At", "Price", "")
Edited = Callable[[Callable[[], None]], None]


class BasketRows:
    """Laid anew when the form says so; between, only prices are written."""

    def __init__(self, form: BasketForm, edited: Edited) -> None:
        self._form, self._edited = form, edited
        self._cells: dict[str, dict[str, ui.label]] = {}
        self._selects: dict[str, ui.select] = {}
        self._laid = -1
        self._table = ui.element("div").classes("basket-legs").props('role="table"')

    def lay(self) -> None:
        """Anew, where the form has changed."""
        if self._laid == self._form.laid:
            return
        self._laid = self._form.laid
        self._form.in_steps()
        self._table.clear()
        self._cells, self._selects = {}, {}
        with self._table:
            with ui.element("div").classes("basket-row basket-titles").props('role="row"'):
                for text in TITLES:
                    ui.label(text)
            for row in self._form.rows:
                self._lay_row(row)

    def _lay_row(self, row: Row) -> None:
        buys, cells = row.side is Side.BUY, dict[str, ui.label]()
        name = f"{row.instrument.symbol} {'exit' if row.closes else 'entry'}".replace(" ", "-")
        with (
            ui.element("div")
            .classes("basket-row")
            .props(f'role="row" data-testid="basket-leg-{name}"')
        ):
            cells["step"] = ui.label("1").classes("num dim")
            with ui.element("div").classes("basket-what"):
                word = ("BUY" if buys else "SELL") + (" EXIT" if row.closes else "")
                ui.label(word).classes(f"tag {'up' if buys else 'down'}")
                ui.label(row.instrument.symbol).classes("strong")
            lots = _field(str(row.lots), f"lots-{name}", "Lots")
            lots.on_value_change(lambda e, row=row: self._lots(row, _int(e.value)))
            cells["bid"] = ui.label().classes("num")
            cells["ask"] = ui.label().classes("num")
            self._place_choice(row, name)
            with ui.element("div").classes("basket-price"):
                cells["price"] = ui.label().classes("num strong")
                cells["price"].props(f'data-testid="price-{name}"')
                typed = _field(
                    str(row.typed or ""), f"typed-{name}", "Type a price; empty: the market's"
                )
                typed.props('placeholder="type"')
                typed.on_value_change(lambda e, row=row: self._typed(row, str(e.value or "")))
            button(
                "", f"remove-{name}", partial(self._remove, row), icon="close", tip="Take it out"
            )
        self._cells[row.id] = cells

    def _place_choice(self, row: Row, name: str) -> None:
        made = ui.select(
            PLACES | {Pricing.TYPED: "Typed"},
            value=row.how,
            on_change=lambda e, row=row: self._place(row, e.value),
        ).props("outlined dense options-dense hide-bottom-space")
        made.props(f'data-testid="at-{name}" aria-label="Price at"')
        self._selects[row.id] = made

    def show(self, basket: Basket | None) -> None:
        """The market as it is."""
        for row in self._form.rows:
            self._show_row(row, basket)

    def _show_row(self, row: Row, basket: Basket | None) -> None:
        cells = self._cells.get(row.id)
        if cells is None:
            return
        bid, ask = self._form.quote(row)
        cells["bid"].set_text(formats.price(bid))
        cells["ask"].set_text(formats.price(ask))
        if basket is not None:
            steps = basket.stages
            at = self._form.rows.index(row)
            cells["step"].set_text(str(next(n for n, s in enumerate(steps, 1) if at in s)))
        try:
            price = self._form.price(row)
            cells["price"].set_text("market" if price is None else formats.price(float(price)))
        except RuleBroken:
            cells["price"].set_text(formats.DASH)

    def _lots(self, row: Row, lots: int) -> None:
        row.lots = lots
        self._edited(self._form.changed)

    def _typed(self, row: Row, text: str) -> None:
        """An empty field gives the price back to the market."""
        try:
            row.typed = Decimal(text.strip() or 0)
        except InvalidOperation:
            row.typed = Decimal("NaN")  # which is refused with words
        row.how = Pricing.TYPED if row.typed else Pricing.MID
        self._selects[row.id].set_value(row.how)
        self._edited(self._form.changed)

    def _place(self, row: Row, how: Pricing) -> None:
        row.how = how
        self._edited(self._form.changed)

    def _remove(self, row: Row) -> None:
        self._edited(partial(self._form.remove, row.id))


def _int(text: object) -> int:
    """0, which is refused with words, for what is no number."""
    digits = str(text).strip()
    return int(digits) if digits.isdigit() else 0


def _field(value: str, name: str, tip: str) -> ui.input:
    made = ui.input(value=value).classes("basket-field num").mark(name)
    made.props('dense outlined hide-bottom-space debounce=350 inputmode="decimal"')
    return made.props(f'title="{tip}" aria-label="{tip}" data-testid="{name}"')
