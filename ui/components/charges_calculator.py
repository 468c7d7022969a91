"""The calculator of charges: one trade and going out again, each charge with rate and source."""

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from nicegui import ui

from core.charges.calculator import Answer, Asked, Head, answer
from core.charges.rates import Segment, Side
from core.clock import IST
from core.errors import RuleBroken
from core.services import Services
from ui.components.data_table import Cell, Column, DataTable, Row
from ui.components.fields import choice_field, text_field
from ui.theme import formats

SEGMENTS: Final = {
    Segment.OPTION: "Option",
    Segment.FUTURE: "Future",
    Segment.EQUITY_INTRADAY: "Shares within the day",
    Segment.EQUITY_DELIVERY: "Shares delivered",
}
SIDES: Final = {Side.BUY: "Buy, then sell", Side.SELL: "Sell, then buy"}
EXCHANGES: Final = {"NSE": "NSE", "BSE": "BSE"}
COLUMNS: Final = (
    Column(name="head", title="Charge", classes="strong", width="104px"),
    Column(name="into", title="Going in", classes="num", width="78px"),
    Column(name="out", title="Going out", classes="num", width="78px"),
    Column(name="both", title="Together", classes="num", width="78px"),
    Column(name="rate", title="Rate", classes="left", width="176px"),
    Column(name="source", title="Source", classes="dim wide-only"),
)


class ChargesCalculator:
    def __init__(self, services: Services) -> None:
        today = services.clock.now().astimezone(IST).date()
        self._values: dict[str, Any] = {
            "segment": Segment.OPTION,
            "exchange": "NSE",
            "side": Side.BUY,
            "underlying": "NIFTY",
            "quantity": "65",
            "price": "150",
            "day": today.isoformat(),
            "freeze": "",
        }
        with ui.element("div").classes("calc"):
            self._choice("Segment", "segment", SEGMENTS)
            self._choice("Exchange", "exchange", EXCHANGES)
            self._text("Underlying", "underlying").props('maxlength="20"')
            self._choice("Side", "side", SIDES)
            self._text("Price, ₹", "price").props('inputmode="decimal"')
            self._text("Units", "quantity").props('inputmode="numeric"')
            self._text("Freeze quantity", "freeze", hint="one order").props('inputmode="numeric"')
            self._text("Day of trading", "day").props("type=date")
        self._wrong = ui.label().classes("down").props('role="status" data-testid="charge-problem"')
        self.table = DataTable("charges", COLUMNS, empty="Nothing is reckoned yet.")
        self.table.classes("charges-table")
        with ui.element("div").classes("calc-total"):
            self._numbers = {name: _number(name, title) for name, title in NUMBERS.items()}
        ui.label(
            "Going out is reckoned where it is even, on the same day. Without the depository's fee "
            "for delivered shares, penalties, and the tax on options that are exercised."
        ).classes("dim funds-source")
        self.look()

    def _choice(self, title: str, name: str, options: dict[Any, str]) -> ui.select:
        return choice_field(
            title,
            f"charge-{name}",
            options,
            value=self._values[name],
            on_change=lambda e: self._put(name, e.value),
        )

    def _text(self, title: str, name: str, hint: str = "") -> ui.input:
        return text_field(
            title,
            f"charge-{name}",
            value=self._values[name],
            hint=hint,
            wait_ms=150,
            on_change=lambda e: self._put(name, e.value or ""),
        )

    def _put(self, name: str, value: Any) -> None:
        self._values[name] = value
        self.look()

    def look(self) -> None:
        """Reckon anew; what cannot be reckoned says why, and shows no numbers."""
        try:
            found = answer(self._asked())
        except RuleBroken as problem:
            words = str(problem)
            self._wrong.set_text(f"{words[:1].upper()}{words[1:]}.")
            self.table.show([])
            for made in self._numbers.values():
                made.set_text(formats.DASH)
            return
        self._wrong.set_text("")
        self.table.show([*map(_row, found.heads), _total(found)])
        self._say(found)

    def _asked(self) -> Asked:
        values = self._values
        return Asked(
            segment=values["segment"],
            exchange=values["exchange"],
            underlying=values["underlying"].strip().upper(),
            side=values["side"],
            quantity=_whole(values["quantity"], "number of units"),
            price=_amount(values["price"]),
            day=_day(values["day"]),
            freeze=_whole(values["freeze"], "freeze quantity") if values["freeze"].strip() else 0,
        )

    def _say(self, found: Answer) -> None:
        turnover = found.price * _whole(self._values["quantity"], "number of units")
        for name, text in {
            "turnover": _money(turnover),
            "into": _money(found.into.total),
            "noted": _money(found.noted),
            "both": _money(found.total),
            "even": formats.price(float(found.even)),
            "points": formats.price(float(found.points), 3),
        }.items():
            self._numbers[name].set_text(text)


NUMBERS: Final = {
    "turnover": "Turnover",
    "into": "Charges going in",
    "noted": "As the contract note rounds",
    "both": "Both ways",
    "even": "Even at",
    "points": "Points to be even",
}


def _number(name: str, title: str) -> ui.label:
    with ui.element("div").classes("kpi"):
        ui.label(title).classes("kpi-label")
        return ui.label().classes("kpi-value num").props(f'data-testid="charge-{name}-total"')


def _row(head: Head) -> Row:
    since = f", since {head.since:%d %b %Y}" if head.since else ""
    source = f"{head.source}{since}"
    return Row(
        head.name.lower().replace(" ", "-"),
        (
            head.name,
            _money(head.into),
            _money(head.out),
            _money(head.both),
            Cell(head.rate, tip=source),
            Cell(source, tip=source),
        ),
    )


def _total(found: Answer) -> Row:
    sums = (found.into.total, found.out.total, found.total)
    return Row("total", ("Total", *map(_money, sums), "", ""), "strong")


def _money(amount: Decimal) -> str:
    return formats.rupees(float(amount))


def _whole(text: str, what: str) -> int:
    try:
        return int(text.replace(",", "").strip())
    except ValueError:
        raise RuleBroken(f"“{text}” is no {what}") from None


def _amount(text: str) -> Decimal:
    try:
        return Decimal(text.replace(",", "").replace("₹", "").strip())
    except InvalidOperation:
        raise RuleBroken(f"“{text}” is no price") from None


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise RuleBroken(f"“{text}” is no day") from None
