"""What is held, ordered and waited for in one contract, as lines and marks of its chart."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Final

from core.backtest.results import Trade
from core.clock import IST
from core.errors import RuleBroken
from core.ids import InstrumentKey, OrderId
from core.services.portfolio_picture import Line
from core.services.trading import Trading
from core.trading.fills import Fill
from core.trading.gtt import Gtt
from core.trading.orders import Order
from core.trading.requests import Change, Side
from ui.chart.parts import PriceLine, TradeMark
from ui.orders.words import PRODUCTS, TYPES
from ui.theme import formats

PRICE: Final = "price"
TRIGGER: Final = "trigger"
SIDE_COLOURS: Final = {Side.BUY: "--bid", Side.SELL: "--ask"}


def lines(trading: Trading, key: InstrumentKey) -> list[PriceLine]:
    """Averages of what is held with its profit now, working orders, and waiting GTTs."""
    picture = trading.portfolio.picture()
    held = [line for line in picture.lines if line.key == key and line.is_open]
    working = [order for order in trading.state.working() if order.request.key == key]
    waiting = trading.gtts.state.working() if trading.gtts is not None else []
    return [
        *(found for line in held if (found := position_line(line)) is not None),
        *(each for order in working for each in order_lines(order)),
        *(each for gtt in waiting if gtt.request.key == key for each in gtt_lines(gtt)),
    ]


def position_line(line: Line) -> PriceLine | None:
    """None where the average price is not known."""
    average = line.result.average
    if average is None:
        return None
    gain = line.result.since_entry
    made = formats.rupees(float(gain), 0) if gain is not None else formats.DASH
    sign = "+" if gain is not None and gain > 0 else ""
    colour = "--txt2" if gain is None else "--up" if gain >= 0 else "--down"
    units = f"{'+' if line.units > 0 else ''}{formats.quantity(line.units)}"
    return PriceLine(
        id=f"held:{line.product.name}",
        price=float(average),
        title=f"{units} {PRODUCTS[line.product]} · {sign}{made}",
        colour=colour,
    )


def order_lines(order: Order) -> Iterator[PriceLine]:
    """At its price and at its trigger; both can be dragged."""
    terms, side = order.terms, order.request.side
    words = f"{side.upper()} {formats.quantity(order.left)}"
    for name, price, wanted, kind in (
        (PRICE, terms.price, terms.type.has_price, TYPES[terms.type]),
        (TRIGGER, terms.trigger_price, terms.type.has_trigger, "trigger"),
    ):
        if wanted:
            yield PriceLine(
                id=f"{order.id}:{name}",
                price=float(price),
                title=f"{words} · {kind}",
                colour=SIDE_COLOURS[side],
                dashed=name == TRIGGER,
                drag=True,
            )


def gtt_lines(gtt: Gtt) -> Iterator[PriceLine]:
    for rule in gtt.terms.rules:
        yield PriceLine(
            id=f"{gtt.id}:{rule.role.name}",
            price=float(rule.price),
            title=f"GTT {rule.role} · {rule.trigger}",
            colour="--mode-simulated",
            dashed=True,
        )


def moved(trading: Trading, id: str, price: float) -> tuple[Order, Change]:
    """The order that a dragged line belongs to, and its new terms.

    Raises RuleBroken where there is no such order any more.
    """
    name, _, part = id.rpartition(":")
    order = trading.state.orders.get(OrderId(name))
    if order is None or order.is_over or part not in (PRICE, TRIGGER):
        raise RuleBroken("the order is not working any more")
    wanted = Decimal(str(price))
    return order, Change(price=wanted) if part == PRICE else Change(trigger_price=wanted)


def fill_marks(fills: Iterable[Fill], key: InstrumentKey) -> list[TradeMark]:
    return [
        TradeMark(
            time=int(fill.at.timestamp()),
            price=float(fill.price),
            side=str(fill.side),
            text=f"{fill.side.upper()} {formats.quantity(fill.quantity)} @"
            f" {formats.price(float(fill.price))}\n{fill.at.astimezone(IST):%d %b %H:%M:%S}",
        )
        for fill in fills
        if fill.key == key
    ]


def marks(trades: Sequence[Trade], key: InstrumentKey) -> list[TradeMark]:
    """A backtest's round trips in one contract: entry and exit, joined."""
    return [mark for trade in trades if trade.key == key for mark in _round_trip(trade)]


def _round_trip(trade: Trade) -> Iterator[TradeMark]:
    size, profit = formats.quantity(abs(trade.units)), formats.rupees(trade.profit, 0)
    came, left = ("buy", "sell") if trade.units > 0 else ("sell", "buy")
    tag = f" · {trade.tag}" if trade.tag else ""
    yield TradeMark(
        time=trade.entered_at,
        price=trade.entry,
        side=came,
        text=f"{came.upper()} {size} @ {formats.price(trade.entry)}{tag}",
        to=(trade.left_at, trade.exit),
        gain=trade.profit,
    )
    if not trade.open:
        yield TradeMark(
            time=trade.left_at,
            price=trade.exit,
            side=left,
            text=f"{left.upper()} {size} @ {formats.price(trade.exit)}\n{profit} after charges",
        )
