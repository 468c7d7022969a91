"""Fills as lines of a table, with what they bear of the charges."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from core.charges.charges import HEADS, Charges
from core.clock import IST
from core.instruments.instrument import Instrument
from core.trading.fills import Fill, FillId
from ui.components.long_table import Line, LongColumn, Shown
from ui.orders import words
from ui.orders.filters import underlying_of
from ui.theme import formats

PAISA: Final = Decimal("0.01")
COLUMNS: Final = (
    LongColumn(name="time", title="Time", classes="num", width="116px", sorts=True),
    LongColumn(
        name="contract",
        title="Contract",
        classes="strong",
        width="minmax(150px, 1.4fr)",
        sorts=True,
    ),
    LongColumn(name="side", title="Side", classes="side", width="48px", sorts=True),
    LongColumn(name="lots", title="Lots", classes="num right", width="44px"),
    LongColumn(name="quantity", title="Qty", classes="num right", width="76px", sorts=True),
    LongColumn(name="price", title="Price", classes="num right", width="86px", sorts=True),
    LongColumn(
        name="value",
        title="Value ₹",
        classes="num right",
        width="112px",
        tip="Quantity × price",
        sorts=True,
    ),
    LongColumn(
        name="charges",
        title="Charges ₹",
        classes="num right",
        width="86px",
        tip="Its part of the contract note: brokerage, taxes, fees",
        sorts=True,
    ),
    LongColumn(name="product", title="Prod", classes="dim", width="50px"),
    LongColumn(name="trade", title="Trade", classes="num dim", width="minmax(80px, .6fr)"),
    LongColumn(
        name="order", title="Broker's order", classes="num dim", width="minmax(110px, .8fr)"
    ),
)


def fill_id(fill: Fill) -> str:
    return f"{fill.order_id}-{fill.trade_id}"


def fill_line(
    fill: Fill, listed: Instrument | None, charges: Charges | None, *, today: date
) -> Line:
    at = fill.at.astimezone(IST)
    day = "" if at.date() == today else f"{formats.short_day(at.date())} "
    price = formats.price(float(fill.price), 4 if fill.price % PAISA else 2)
    return Line(
        (
            (day + formats.clock_time(fill.at), "", formats.ist(fill.at), ""),
            listed.symbol if listed else fill.key,
            (fill.side.upper(), words.SIDE_TONES[fill.side], "", ""),
            words.lots(fill.quantity, listed),
            formats.quantity(fill.quantity),
            price,
            formats.price(float(fill.value)),
            _charges(charges),
            words.PRODUCTS[fill.product],
            fill.trade_id,
            fill.order_id,
        )
    )


def _charges(charges: Charges | None) -> Shown:
    if charges is None:
        return formats.DASH, "", "No charges are known for this contract or day", ""
    parts = [(name, getattr(charges, name)) for name in HEADS]
    told = " · ".join(f"{name} {amount:.2f}" for name, amount in parts if amount)
    return formats.price(float(charges.total)), "", told, ""


Charged = Mapping[FillId, Charges]
Key = Callable[[Fill, Instrument | None, Charges | None], Any]
SORTS: Final[dict[str, Key]] = {
    "time": lambda f, i, c: f.at,
    "contract": lambda f, i, c: (underlying_of(i), i.symbol if i else f.key),
    "side": lambda f, i, c: f.side,
    "quantity": lambda f, i, c: f.quantity,
    "price": lambda f, i, c: f.price,
    "value": lambda f, i, c: f.value,
    "charges": lambda f, i, c: c.total if c else Decimal(-1),
}
