"""From the builder to the broker: the legs on the table as a basket."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from nicegui import ui

from core.errors import AppError, RuleBroken
from core.ids import InstrumentKey
from core.services.trading import Trading
from core.strategies.legs import Leg
from core.trading.baskets import OnFailure, Policy
from core.trading.requests import Side
from ui.basket.form import Row
from ui.builder.state import BuilderState
from ui.components.basket_ticket import open_basket
from ui.components.fields import button

TIP = "Trade this position: a basket of its legs, hedges first; nothing is sent before you confirm"


def trade_button(state: BuilderState) -> None:
    """Nothing where nothing can be ordered."""
    trading = state.services.trading
    if trading is None:
        return

    async def trade() -> None:
        try:
            rows = await basket_rows(trading, state.counted, state.now)
        except AppError as problem:
            ui.notify(str(problem), type="warning", position="bottom-right")
            return
        named = state.draft.name if state.saved is not None else ""
        title = f"Trade {named or state.symbol}"
        open_basket(state.services, rows, title=title, policy=Policy(on_failure=OnFailure.UNWIND))

    button("Trade", "trade-position", trade, icon="shopping_cart", primary=True, tip=TIP)


async def basket_rows(trading: Trading, legs: Sequence[Leg], now: datetime) -> list[Row]:
    """Those that are still open, one for each contract and side; raises RuleBroken."""
    lots: Counter[tuple[InstrumentKey, Side]] = Counter()
    for leg in legs:
        if leg.exited or leg.expired(now):
            continue
        if leg.odd_units:
            raise RuleBroken(f"{leg.title}: {abs(leg.quantity)} units are no whole lots")
        lots[leg.key, Side.BUY if leg.is_buy else Side.SELL] += abs(leg.lots)
    if not lots:
        raise RuleBroken("There are no legs to trade yet.")
    return [
        Row(instrument=await trading.gate.know(key), side=side, lots=count)
        for (key, side), count in lots.items()
    ]
