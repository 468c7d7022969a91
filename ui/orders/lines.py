"""Orders and their slices as lines of a table."""

from collections.abc import Set
from datetime import date
from typing import Final

from core.clock import IST
from core.instruments.instrument import Instrument
from core.trading.broker_orders import BrokerOrder, Status
from core.trading.orders import Order
from core.trading.requests import OrderRequest
from ui.components.long_table import Act, Line, LongColumn, Shown
from ui.orders import words
from ui.theme import formats

COLUMNS: Final = (
    LongColumn(name="time", title="Time", classes="num", width="68px", sorts=True),
    LongColumn(
        name="contract",
        title="Contract",
        classes="strong",
        width="minmax(176px, 1fr)",
        kind="fold",
        sorts=True,
    ),
    LongColumn(name="side", title="Side", classes="side", width="42px", sorts=True),
    LongColumn(name="lots", title="Lots", classes="num right", width="38px", roomy=True),
    LongColumn(
        name="quantity",
        title="Qty",
        classes="num right",
        width="58px",
        tip="Units, as last modified",
        sorts=True,
    ),
    LongColumn(
        name="filled",
        title="Filled / left",
        classes="num right",
        width="106px",
        tip="Units filled, and units that may still be filled",
    ),
    LongColumn(name="type", title="Type", classes="num", width="58px"),
    LongColumn(name="product", title="Prod", classes="dim", width="50px", roomy=True),
    LongColumn(name="price", title="Price", classes="num right", width="74px", sorts=True),
    LongColumn(name="trigger", title="Trigger", classes="num right", width="70px"),
    LongColumn(
        name="ltp",
        title="LTP",
        classes="num right dim",
        width="66px",
        tip="The market's last price, while the order works",
    ),
    LongColumn(
        name="average",
        title="Average",
        classes="num right",
        width="70px",
        tip="Rupees a unit of what is filled",
        sorts=True,
    ),
    LongColumn(name="status", title="Status", width="minmax(130px, 2fr)", kind="chip", sorts=True),
    LongColumn(name="source", title="Source", classes="dim", width="66px", sorts=True, roomy=True),
    LongColumn(
        name="group",
        title="Group",
        classes="dim",
        width="minmax(50px, .5fr)",
        sorts=True,
        roomy=True,
    ),
    LongColumn(name="acts", title="", width="64px", kind="acts"),
)
PLACE: Final = {column.name: place for place, column in enumerate(COLUMNS)}
MODIFY: Final[Act] = ("modify", "edit", "Change price, quantity or trigger", "")
CANCEL: Final[Act] = ("cancel", "close", "Cancel this order", "stop")
REPEAT: Final[Act] = ("repeat", "replay", "Send the same again, after a question", "")
ASK: Final[Act] = ("ask", "refresh", "Ask the broker for it now", "")
SLICE_MARK: Final = "/"
"""Between an order's id and its slice's number in the id of a line."""


def order_line(
    order: Order,
    listed: Instrument | None,
    *,
    today: date,
    ltp: float | None = None,
    open: bool | None = None,
    busy: Set[str] = frozenset(),
    cancel_wanted: bool = False,
) -> Line:
    """`open` is whether its slices are shown, None where it has none; `busy` the buttons that
    wait for an answer."""
    terms, request = order.terms, order.request
    return Line(
        (
            _time(order, today),
            _contract(request, listed, open),
            (request.side.upper(), words.SIDE_TONES[request.side], "", ""),
            words.lots(order.wanted, listed),
            formats.quantity(order.wanted),
            _filled(order.filled, order.left),
            (words.kind(terms), "", words.kind_tip(terms), ""),
            words.PRODUCTS[request.product],
            words.money(terms.price),
            words.money(terms.trigger_price),
            _ltp(order, ltp),
            words.money(order.average_price),
            _status(order, cancel_wanted),
            words.SOURCES[request.source],
            (request.group, "", request.group, ""),
            (tuple(_busy(act, busy) for act in _acts(order)), "", "", ""),
        ),
        _looks(order),
    )


def slice_line(order: Order, part: BrokerOrder, number: int) -> Line:
    """One of the broker's orders under its parent."""
    chip, tone = words.CHIPS[part.standing]
    left = 0 if part.standing.is_final else max(part.quantity - part.filled, 0)
    known = part.quantity > 0
    return Line(
        (
            formats.clock_time(part.at),
            (f"slice {number} · {part.id}", "", f"The broker's number {part.id}", ""),
            "",
            "",
            formats.quantity(part.quantity) if known else formats.DASH,
            _filled(part.filled, left) if known else formats.DASH,
            words.TYPES[part.type],
            "",
            words.money(part.price),
            words.money(part.trigger_price),
            "",
            words.money(part.average_price),
            (chip, tone, part.reason, part.reason),
            "",
            "",
            ((), "", "", ""),
        ),
        "slice",
    )


def _time(order: Order, today: date) -> Shown:
    day = order.placed_at.astimezone(IST).date()
    before = "" if day == today else f"{formats.short_day(day)} "
    return before + formats.clock_time(order.placed_at), "", formats.ist(order.placed_at), ""


def _contract(request: OrderRequest, listed: Instrument | None, open: bool | None) -> Shown:
    name = listed.symbol if listed else request.key
    fold = "" if open is None else ("open" if open else "closed")
    return name, "", name if listed else f"{name} is not listed today", fold


def _filled(filled: int, left: int) -> str:
    return f"{formats.quantity(filled)} / {formats.quantity(left)}"


def _ltp(order: Order, ltp: float | None) -> str:
    return formats.price(ltp) if ltp is not None and order.status.is_working else ""


def _status(order: Order, cancel_wanted: bool) -> Shown:
    chip, tone = words.CHIPS[order.status]
    note = words.note(order, cancel_wanted=cancel_wanted)
    told = f"{str(order.status).capitalize()}: {note}" if note else str(order.status).capitalize()
    return chip, tone, told, note


def _acts(order: Order) -> tuple[Act, ...]:
    if order.status.is_working:
        return MODIFY, CANCEL
    if order.status in (Status.UNKNOWN, Status.PENDING):
        return ASK, CANCEL
    return (REPEAT,)


def _busy(act: Act, busy: Set[str]) -> Act:
    return (act[0], "hourglass_empty", "Waiting for the answer", "busy") if act[0] in busy else act


def _looks(order: Order) -> str:
    if order.status is Status.UNKNOWN:
        return "unknown"
    return "over" if order.is_over else "working"
