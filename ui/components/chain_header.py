"""The headline numbers of a chain: where the underlying is, and what the options say."""

from datetime import datetime
from typing import Final

import numpy as np
from nicegui import ui

from core.instruments.instrument import strike_text
from core.services import Services
from core.state.chains import ForwardSource, LiveChain
from core.state.freshness import Freshness, freshness, why
from core.state.market import Col
from ui.components.board import Board, Cell
from ui.theme import formats
from ui.theme.colors import tone

PACE: Final = 0.25
FORWARD_FROM: Final = {
    ForwardSource.PARITY: "Put-call parity at the strikes nearest the money",
    ForwardSource.FUTURE: "The future's price",
    ForwardSource.CARRY: "Spot, grown at the interest rate of the settings",
    ForwardSource.NONE: "Not known yet",
}
CELLS: Final = (
    Cell(name="spot", label="Spot", testid="spot"),
    Cell(name="forward", label="Forward", testid="forward"),
    Cell(name="basis", label="Basis", testid="basis"),
    Cell(name="atm", label="ATM", testid="atm-strike"),
    Cell(name="iv", label="ATM IV", testid="atm-iv"),
    Cell(name="straddle", label="Straddle", testid="straddle"),
    Cell(name="move", label="Exp. move", testid="expected-move"),
    Cell(name="pcr", label="PCR", testid="pcr"),
    Cell(name="pain", label="Max pain", testid="max-pain"),
    Cell(name="lot", label="Lot", testid="lot-size"),
)


class ChainHeader:
    def __init__(self, services: Services) -> None:
        self._services = services
        self._chain: LiveChain | None = None
        self.board = Board(CELLS, "chain-header")
        ui.timer(PACE, self.look)

    def show(self, chain: LiveChain) -> None:
        self._chain = chain
        self.look()

    def look(self) -> None:
        chain = self._chain
        if chain is None:
            return
        now = self._services.clock.now()
        self._put_underlying(chain, now)
        self._put_options(chain, _computed(chain, now))
        self.board.flush()

    def _put_underlying(self, chain: LiveChain, now: datetime) -> None:
        market, put = self._services.market, self.board.put
        row = market.row(chain.underlying)
        last, close = (float(market.values[row, c]) for c in (Col.LTP, Col.CLOSE))
        state = Freshness(
            int(
                freshness(
                    market,
                    self._services.health.feed,
                    self._services.session,
                    np.array([row]),
                    now,
                )[0]
            )
        )
        change = (last - close) / close if close > 0 else float("nan")
        heard = market.age(chain.underlying, now)
        said = why(market, self._services.health.feed, row, state)
        put(
            "spot",
            formats.price(last),
            tone="stale" if state is Freshness.STALE else "",
            extra=formats.signed_percent(change),
            extra_tone=tone(change),
            tip=said or f"Last price of the index or share, from the feed {formats.age(heard)} ago",
            raw=last,
        )

    def _put_options(self, chain: LiveChain, computed: str) -> None:
        put, price = self.board.put, formats.price
        source = FORWARD_FROM[chain.forward_source]
        put("forward", price(chain.forward), raw=chain.forward, tip=f"{source}; {computed}")
        put(
            "basis",
            formats.signed(chain.basis),
            raw=chain.basis,
            tone=tone(chain.basis),
            tip=f"Forward less spot; {computed}",
        )
        strike = float(chain.strikes[chain.atm]) if chain.atm >= 0 else float("nan")
        put(
            "atm",
            strike_text(strike) if strike == strike else formats.DASH,
            raw=strike,
            tip=f"The strike nearest the forward; {computed}",
        )
        volatility = self._at_the_money(chain)
        put(
            "iv", formats.percent(volatility), raw=volatility, tip=f"Mean of both sides; {computed}"
        )
        share = chain.straddle / chain.forward
        put(
            "straddle",
            price(chain.straddle),
            raw=chain.straddle,
            extra=formats.percent(share),
            extra_tone="faint",
            tip=f"Call and put at the money, by mid prices; {computed}",
        )
        put(
            "move",
            f"±{price(chain.expected_move, 0)}"
            if chain.expected_move == chain.expected_move
            else "–",
            raw=chain.expected_move,
            tip=f"One standard deviation to the expiry, in points; {computed}",
        )
        put(
            "pcr",
            price(chain.pcr),
            raw=chain.pcr,
            tip=f"Puts' open interest over calls'; by volume {price(chain.pcr_volume)}; {computed}",
        )
        put(
            "pain",
            strike_text(chain.max_pain) if chain.max_pain == chain.max_pain else formats.DASH,
            raw=chain.max_pain,
            tip=f"The close at which option holders would get least; {computed}",
        )
        put("lot", formats.quantity(chain.lot_size), raw=chain.lot_size)

    @staticmethod
    def _at_the_money(chain: LiveChain) -> float:
        if chain.atm < 0 or chain.iv.shape != chain.rows.shape:
            return float("nan")
        both = chain.iv[:, chain.atm]
        return float(np.nanmean(both)) if np.isfinite(both).any() else float("nan")


def _computed(chain: LiveChain, now: datetime) -> str:
    if chain.computed_at is None:
        return "not computed yet"
    return f"computed {formats.clock_time(chain.computed_at)} IST"
