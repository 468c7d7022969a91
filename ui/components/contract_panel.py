"""The contract that was picked in the chain: its quote, its day, both sets of greeks, its depth."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Final

import numpy as np
from nicegui import background_tasks, ui
from numpy.typing import NDArray

from core.analytics.liquidity import Liquidity, liquidity
from core.ids import InstrumentKey
from core.instruments.instrument import Right, strike_text
from core.pricing.implied_vol import Status
from core.services import Services
from core.state.chains import LiveChain
from core.state.market import Col
from ui.addresses import chart_address
from ui.components.board import Board, Cell
from ui.components.deal_buttons import deal_buttons
from ui.components.depth_ladder import DepthLadder
from ui.components.fields import button
from ui.components.fresh import fresh
from ui.components.leaving import Leaving
from ui.components.quote_grid import NO_TRADE
from ui.components.sight import paced
from ui.components.sparkline import Sparkline
from ui.theme import formats
from ui.theme.colors import tone

PACE: Final = 0.25
DAY_PACE: Final = 30.0
RIGHTS: Final = (Right.CALL, Right.PUT)
QUOTE: Final = (
    Cell(name="bid-ask", label="Bid / ask"),
    Cell(name="spread", label="Spread"),
    Cell(name="open", label="Open"),
    Cell(name="range", label="Low – high"),
    Cell(name="average", label="Average price"),
    Cell(name="volume", label="Volume"),
    Cell(name="oi", label="Open interest"),
    Cell(name="traded", label="Last trade"),
    Cell(name="heard", label="Last heard"),
)
GREEKS: Final = (
    ("iv", "IV", Col.IV, 4),
    ("delta", "Delta", Col.DELTA, 3),
    ("gamma", "Gamma", Col.GAMMA, 5),
    ("theta", "Theta", Col.THETA, 2),
    ("vega", "Vega", Col.VEGA, 2),
)
BUY: Final = "A lot at the ask, on the builder's table; nothing is ordered"
SELL: Final = "A lot at the bid, on the builder's table; nothing is ordered"
CHART: Final = "Open its chart, with what is held and ordered of it"
NEVER_TRADED: Final = "It has not been traded yet"
OURS: Final = (
    "Ours: Black-76 on the parity forward, volatility of the strike's out-of-the-money side, 365"
    " days to the close of the last day; theta a calendar day, vega a point of volatility."
)
THEIRS: Final = "Upstox: as its feed sends them, on its own underlying level, no interest."


class ContractPanel:
    """`pick` shows a contract; the quote and the ladder are built where their panels want them.

    `on_build(buy)` hears that the picked contract is wanted in the builder.
    """

    def __init__(self, services: Services, *, on_build: Callable[[bool], object]) -> None:
        self._services, self._on_build = services, on_build
        self._chain: LiveChain | None = None
        self._strike, self._side = -1, 0
        self._depth_row = -1
        Leaving(self._leave_depth)
        paced(PACE, self._look)
        paced(DAY_PACE, self._draw_day)

    def build_quote(self) -> None:
        with ui.element("div").classes("contract"):
            self.title = Board([Cell(name="name", testid="contract")], "contract-name")
            self.price = Board([Cell(name="ltp", testid="contract-ltp")], "contract-price")
            self._day = Sparkline()
            deal_buttons(self._services, lambda: self.key, "contract-order", keys=True)
            with ui.element("div").classes("contract-build"):
                button("Buy in builder", "contract-buy", lambda: self._on_build(True), tip=BUY)
                button("", "contract-chart", self._to_chart, icon="candlestick_chart", tip=CHART)
                button("Sell in builder", "contract-sell", lambda: self._on_build(False), tip=SELL)
            self.quote = Board(QUOTE, "kv-board")
            with ui.element("div").classes("greek-head"):
                for text in ("Greeks", "Ours", "Upstox"):
                    ui.label(text)
            self.greeks = Board(
                [Cell(name=n, label=label, testid=f"contract-{n}") for n, label, _, _ in GREEKS],
                "kv-board greeks",
            )
            ui.label(OURS).classes("footnote")
            ui.label(THEIRS).classes("footnote")

    def build_depth(self) -> None:
        self.ladder = DepthLadder()
        self.totals = Board(
            [Cell(name="buy", label="Total bid"), Cell(name="sell", label="Total ask")], "kv-board"
        )

    @property
    def key(self) -> InstrumentKey | None:
        if self._chain is None or not 0 <= self._strike < len(self._chain.strikes):
            return None
        return self._chain.keys[self._side][self._strike]

    def pick(self, chain: LiveChain, strike: int, side: int) -> None:
        before = self.key
        self._chain, self._strike, self._side = chain, strike, side
        if self.key != before:
            self._watch_depth()
            self._look()
            self._draw_day()

    def _to_chart(self) -> None:
        if self.key is not None:
            ui.navigate.to(chart_address(self.key))

    def _watch_depth(self) -> None:
        self._leave_depth()
        if self.key is not None:
            self._depth_row = self._services.market.row(self.key)
            self._services.market.watch_depth(self._depth_row)

    def _leave_depth(self) -> None:
        if self._depth_row >= 0:
            self._services.market.leave_depth(self._depth_row)
            self._depth_row = -1

    def _draw_day(self) -> None:
        if self.key is not None:
            background_tasks.create(self._draw(self.key), name="contract day")

    async def _draw(self, key: InstrumentKey) -> None:
        closes = await self._services.day_bars.closes(key)
        if key == self.key and not self._day.is_deleted:
            self._day.show(closes.tolist(), self._services.market.get(key, Col.CLOSE))

    def _look(self) -> None:
        chain, key = self._chain, self.key
        if chain is None or key is None:
            self.title.put("name", "Pick a contract in the chain")
            self.title.flush()
            return
        row, now = self._depth_row, self._services.clock.now()
        self._put_price(chain, row)
        self._put_quote(chain, row, now)
        self._put_greeks(chain, row)
        for board in (self.title, self.price, self.quote, self.greeks, self.totals):
            board.flush()
        self.ladder.show(self._services.market.depth.get(row, ()))
        old, _ = fresh(self._services, row)
        self.ladder.classes(add=old, remove="" if old else "stale")

    def _put_price(self, chain: LiveChain, row: int) -> None:
        market, right = self._services.market, RIGHTS[self._side]
        strike = strike_text(float(chain.strikes[self._strike]))
        self.title.put(
            "name",
            f"{chain.symbol} {chain.expiry:%d %b} {strike} {right}",
            extra=f"lot {formats.quantity(chain.lot_size)}",
            extra_tone="faint",
        )
        values = market.values[row]
        last, close = float(values[Col.LTP]), float(values[Col.CLOSE])
        colour, said = fresh(self._services, row)
        fraction = (last - close) / close if close > 0 else float("nan")
        self.price.put(
            "ltp",
            formats.price(last),
            tone=colour,
            extra=f"{formats.signed(last - close)}  {formats.signed_percent(fraction)}",
            extra_tone=tone(fraction),
            tip=said,
            raw=last,
        )

    def _put_quote(self, chain: LiveChain, row: int, now: datetime) -> None:
        v = self._services.market.values[row]
        bid, ask = v[Col.BID], v[Col.ASK]
        old, _ = fresh(self._services, row)
        put, price = partial(self.quote.put, tone=old), formats.price
        put("bid-ask", f"{price(bid)} / {price(ask)}", tip=_one_sided(bid, ask))
        flag = Liquidity(
            int(
                liquidity(
                    v[[Col.BID]],
                    v[[Col.ASK]],
                    v[[Col.BID_QTY]],
                    v[[Col.ASK_QTY]],
                    lot_size=chain.lot_size,
                )[0]
            )
        )
        one_sided = _one_sided(bid, ask)
        put("spread", price(ask - bid), extra=flag.label, extra_tone="warn", tip=one_sided)
        self._put_day(v, old)
        put("volume", formats.quantity(v[Col.VOLUME]))
        change = v[Col.OI] - chain.oi_prev[self._side, self._strike]
        put(
            "oi",
            formats.quantity(v[Col.OI]),
            extra=f"({'+' if change > 0 else ''}{formats.lakh(change)} today)",
            extra_tone=tone(change) or "faint",
            tip="Units; in brackets the change since the previous session",
        )
        traded = _time(v[Col.LTT], now)
        put("traded", formats.clock_time(traded), tip="" if traded else NEVER_TRADED)
        heard = now.timestamp() - v[Col.RECEIVED] / 1000
        put("heard", f"{formats.age(heard)} ago" if heard == heard else formats.DASH)
        said = f"All bids and offers of the book, heard {formats.age(heard)} ago"
        self.totals.put("buy", formats.quantity(v[Col.BUY_QTY]), tone=old, tip=said)
        self.totals.put("sell", formats.quantity(v[Col.SELL_QTY]), tone=old, tip=said)

    def _put_day(self, v: NDArray[np.float64], old: str) -> None:
        """The day's prices; each is a dash until the first trade."""
        low, high = v[Col.LOW], v[Col.HIGH]
        span = f"{formats.price(low)} – {formats.price(high)}" if low == low else formats.DASH
        for name, text in (
            ("open", formats.price(v[Col.OPEN])),
            ("range", span),
            ("average", formats.price(v[Col.AVERAGE])),
        ):
            self.quote.put(name, text, tone=old, tip=NO_TRADE if text == formats.DASH else "")

    def _put_greeks(self, chain: LiveChain, row: int) -> None:
        solved = chain.iv.shape == chain.rows.shape
        at = (self._side, self._strike)
        old, _ = fresh(self._services, row)
        why_not = Status(int(chain.status[at])).reason.capitalize() if solved else ""
        for name, _, column, digits in GREEKS:
            ours = float(getattr(chain, name)[at]) if solved else float("nan")
            theirs = float(self._services.market.values[row, column])
            show = formats.percent if name == "iv" else formats.price
            places = 2 if name == "iv" else digits
            self.greeks.put(
                name,
                show(ours, places),
                tone=old,
                extra=show(theirs, places),
                tip=why_not,
                raw=ours,
            )


def _one_sided(bid: float, ask: float) -> str:
    """Why a bid or an ask is a dash; empty where both are there."""
    said = [
        words for price, words in ((bid, "Nobody bids"), (ask, "Nobody offers")) if price != price
    ]
    return "; ".join(said)


def _time(milliseconds: float, now: datetime) -> datetime | None:
    return datetime.fromtimestamp(milliseconds / 1000, now.tzinfo) if milliseconds > 0 else None
