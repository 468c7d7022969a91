"""One instrument's card: what it is, what is heard of it now and how old that is, what to do."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Final

from nicegui import ui

from core.ids import InstrumentKey
from core.instruments.instrument import (
    Instrument,
    has_open_interest,
    is_traded,
    strike_text,
)
from core.ports.feed import FeedMode
from core.services import Services
from core.state.freshness import Freshness, freshness, why
from core.state.market import Col
from core.state.session import Phase
from ui.addresses import chain_address, chart_address
from ui.components.data_table import Cell, Column, DataTable, Row
from ui.components.deal_buttons import deal_buttons
from ui.components.empty_state import empty_state
from ui.components.fields import button
from ui.components.leaving import Leaving
from ui.components.quote_grid import NO_BOOK, NO_OPEN_INTEREST, NO_VOLUME
from ui.theme import formats
from ui.theme.colors import tone

PACE: Final = 0.5
LIVE_COLUMNS: Final = (
    Column(name="name", title="", classes="dim", width="31%"),
    Column(name="value", title="", classes="num"),
)


AUCTIONS: Final = {
    Phase.PRE_OPEN: "Pre-open, indicative",
    Phase.CLOSING_AUCTION: "Closing auction, indicative",
}
INDICATIVE: Final = (
    "The price and quantity at which the auction would match by the orders so far; not a trade"
)


class InstrumentCard:
    """`tools` adds inputs above the buttons; `add` puts the key on a watchlist."""

    def __init__(
        self,
        services: Services,
        tools: Callable[[], None],
        add: Callable[[InstrumentKey], Awaitable[None]],
    ) -> None:
        self._services, self._tools, self._add = services, tools, add
        self._shown: Instrument | None = None
        self.chain_address = ""
        self._box = ui.element("div").classes("card-box")
        self._owner = f"instrument-card-{self._box.client.id}-{self._box.id}"
        self._live: DataTable | None = None
        Leaving(lambda: services.subscriptions.release(self._owner))
        ui.timer(PACE, self._look)
        self._fill()

    async def show(self, key: InstrumentKey) -> None:
        self._shown = await self._services.instruments.get(key)
        if self._shown is None:
            self._services.subscriptions.release(self._owner)
            self._fill(f"{key} is not listed today")
            return
        self.chain_address = await _chain_address(self._services, self._shown)
        self._services.subscriptions.hold(self._owner, {key: FeedMode.FULL})
        self._fill()

    def _fill(self, problem: str = "") -> None:
        self._box.clear()
        self._live = None
        with self._box:
            if self._shown is None:
                empty_state(
                    problem or "Pick a contract",
                    "Arrow keys walk through the list, Enter opens the option chain.",
                    icon="touch_app",
                )
                return
            ui.label(self._shown.symbol).classes("card-title").props('data-testid="card-symbol"')
            ui.label(self._shown.name).classes("dim")
            self._live = DataTable("live", LIVE_COLUMNS).classes("bare")
            key = self._shown.key
            if is_traded(key):
                deal_buttons(self._services, lambda: key, "card-order")
            with ui.element("div").classes("card-actions"):
                self._tools()
                button("Watch", "card-add", lambda: self._add(key), icon="add", primary=True)
                chart = button("Chart", "card-chart", lambda: ui.navigate.to(chart_address(key)))
                chart.props('title="Open its chart"')
                if address := self.chain_address:
                    go = button("Chain", "card-chain", lambda: ui.navigate.to(address))
                    go.props('title="Open its option chain"')
            facts = DataTable("fact", LIVE_COLUMNS).classes("bare")
            facts.show(_facts(self._shown))
        self._look()

    def _look(self) -> None:
        if self._live is not None and self._shown is not None:
            self._live.show(live_rows(self._services, self._shown.key))


def live_rows(services: Services, key: InstrumentKey) -> list[Row]:
    """What the market state holds of `key`, each with its tone; stale values say why."""
    market, now = services.market, services.clock.now()
    row = market.row(key)  # made if need be: nothing was heard of it then
    v = market.values[row]
    state = Freshness(
        int(
            freshness(market, services.health.feed, services.session, market.rows_of([key]), now)[0]
        )
    )
    old = "stale" if state in (Freshness.STALE, Freshness.REFUSED) else ""
    reason = why(market, services.health.feed, row, state)
    change = float(v[Col.LTP] - v[Col.CLOSE])
    traded = datetime.fromtimestamp(v[Col.LTT] / 1000, UTC) if v[Col.LTT] > 0 else None

    def value(text: str, classes: str = "") -> Cell:
        return Cell(text, f"{old or classes}", reason)

    bid = ask = Cell(formats.DASH, tip=NO_BOOK)
    volume, interest = Cell(formats.DASH, tip=NO_VOLUME), Cell(formats.DASH, tip=NO_OPEN_INTEREST)
    if is_traded(key):
        bid = value(_quoted(v[Col.BID], v[Col.BID_QTY]))
        ask = value(_quoted(v[Col.ASK], v[Col.ASK_QTY]))
        volume = value(formats.lakh(v[Col.VOLUME]))
    if has_open_interest(key):
        interest = value(formats.lakh(v[Col.OI]))
    pairs = (
        ("ltp", "LTP", value(formats.price(v[Col.LTP]), "strong")),
        (
            "change",
            "Change",
            value(
                f"{formats.signed(change)}  {formats.signed_percent(change / v[Col.CLOSE])}",
                tone(change),
            ),
        ),
        ("age", "Heard", Cell(_ago(market.age(key, now)), old, reason)),
        ("traded", "Last trade", value(formats.clock_time(traded))),
        ("bid", "Bid", bid),
        ("ask", "Ask", ask),
        ("open", "Open", value(formats.price(v[Col.OPEN]))),
        ("range", "Low – high", value(_range(v[Col.LOW], v[Col.HIGH]))),
        ("close", "Previous close", value(formats.price(v[Col.CLOSE]))),
        ("volume", "Volume", volume),
        ("oi", "Open interest", interest),
    )
    return [
        *_auction_rows(services, row, value),
        *(Row(id, (name, cell)) for id, name, cell in pairs),
    ]


def _auction_rows(services: Services, row: int, value: Callable[[str, str], Cell]) -> list[Row]:
    """What the auction would match at now, while one runs."""
    auction = services.market.auctions.get(row)
    title = AUCTIONS.get(services.session.phase)
    if auction is None or title is None:
        return []
    size = (
        f" × {formats.quantity(auction.quantity)}" if auction.quantity == auction.quantity else ""
    )
    cell = value(f"{formats.price(auction.price)}{size}", "warn")
    reference = value(formats.price(auction.reference), "")
    return [
        Row("auction", (Cell(title, tip=INDICATIVE), cell)),
        Row("reference", (Cell("Reference price", tip=INDICATIVE), reference)),
    ]


def _ago(seconds: float | None) -> str:
    return "not yet" if seconds is None else f"{formats.age(seconds)} ago"


def _quoted(price: float, size: float) -> str:
    if not price > 0:
        return formats.DASH
    return f"{formats.price(price)} × {formats.quantity(size)}"


def _range(low: float, high: float) -> str:
    return formats.DASH if low != low else f"{formats.price(low)} – {formats.price(high)}"


def _facts(i: Instrument) -> list[Row]:
    weekly = {True: "weekly", False: "monthly", None: ""}[i.weekly]
    freeze = formats.quantity(i.freeze_quantity) if i.freeze_quantity else ""
    pairs = (
        ("kind", "Kind", f"{i.kind} · {i.series}"),
        ("exchange", "Exchange", f"{i.exchange} · {i.segment}"),
        ("underlying", "Underlying", i.underlying_symbol),
        ("expiry", "Expiry", formats.day(i.expiry) if i.expiry else ""),
        ("series", "Series", weekly),
        ("strike", "Strike", strike_text(i.strike) if i.strike is not None else ""),
        ("lot", "Lot", f"{formats.quantity(i.lot_size)} units" if i.lot_size else ""),
        ("tick", "Tick", f"₹{i.tick_size.normalize():f}"),
        ("freeze", "Freeze quantity", freeze),
        ("token", "Exchange token", i.exchange_token),
        ("isin", "ISIN", i.isin),
        ("key", "Key", i.key),
    )
    return [Row(id, (name, text)) for id, name, text in pairs if text]


async def _chain_address(services: Services, i: Instrument) -> str:
    """Where its option chain is; empty if there is none."""
    expiries = await services.instruments.expiries(i.underlying_symbol or i.symbol)
    return chain_address(i) if expiries else ""
