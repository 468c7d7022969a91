"""The headline numbers of a chain: where the underlying is, and what the options say."""

from datetime import datetime
from typing import Final

import numpy as np

from core.instruments.instrument import strike_text
from core.services import Services
from core.state.chains import ForwardSource, LiveChain
from core.state.market import Col
from ui.components.board import Board, Cell
from ui.components.fresh import fresh
from ui.components.sight import paced
from ui.theme import formats
from ui.theme.colors import tone

PACE: Final = 0.25
FORWARD_FROM: Final = {
    ForwardSource.PARITY: "Put-call parity at the strikes nearest the money",
    ForwardSource.FUTURE: "The future's price",
    ForwardSource.CARRY: "Spot, grown at the interest rate of the settings",
    ForwardSource.NONE: "Not known yet",
}
STRADDLE: Final = "Call and put at the money, by mid prices"
MOVE: Final = "One standard deviation to the expiry, in points"
PCR: Final = "Puts' open interest over calls'"
MAX_PAIN: Final = "The close at which option holders would get least"
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
    Cell(
        name="lot", label="Lot", testid="lot-size", tip="Units a lot, from today's instrument file"
    ),
)


class ChainHeader:
    def __init__(self, services: Services) -> None:
        self._services = services
        self._chain: LiveChain | None = None
        self.board = Board(CELLS, "chain-header")
        paced(PACE, self.look)

    def show(self, chain: LiveChain) -> None:
        self._chain = chain
        self.look()

    def look(self) -> None:
        chain = self._chain
        if chain is None:
            return
        now = self._services.clock.now()
        self._put_underlying(chain, now)
        self._put_options(chain, now)
        self.board.flush()

    def _put_underlying(self, chain: LiveChain, now: datetime) -> None:
        market, put = self._services.market, self.board.put
        row = market.row(chain.underlying)
        last, close = (float(market.values[row, c]) for c in (Col.LTP, Col.CLOSE))
        colour, said = fresh(self._services, row)
        change = (last - close) / close if close > 0 else float("nan")
        heard = market.age(chain.underlying, now)
        put(
            "spot",
            formats.price(last),
            tone=colour,
            extra=formats.signed_percent(change),
            extra_tone=tone(change),
            tip=said
            or f"Last price of the index or share, from the feed {formats.duration(heard)} ago",
            raw=last,
        )

    def _put_options(self, chain: LiveChain, now: datetime) -> None:
        # judged by the call at the money, which is sent most
        stale, _ = fresh(self._services, int(chain.rows[0, max(chain.atm, 0)]))
        computed = _computed(chain, now)

        def put(
            name: str, text: str, raw: float, tip: str, *, tone: str = "", extra: str = ""
        ) -> None:
            self.board.put(
                name,
                text,
                raw=raw,
                tip=f"{tip}; {computed}",
                tone=stale or tone,
                extra=extra,
                extra_tone="faint",
            )

        price = formats.price
        put("forward", price(chain.forward), chain.forward, FORWARD_FROM[chain.forward_source])
        basis = chain.basis
        put("basis", formats.signed(basis), basis, "Forward less spot", tone=tone(basis))
        strike = float(chain.strikes[chain.atm]) if chain.atm >= 0 else float("nan")
        put("atm", _strike(strike), strike, "The strike nearest the forward")
        volatility = self._at_the_money(chain)
        put("iv", formats.percent(volatility), volatility, "Mean of call and put at the money")
        straddle, move = chain.straddle, chain.expected_move
        share = formats.percent(straddle / chain.forward)
        put("straddle", price(straddle), straddle, STRADDLE, extra=share)
        put("move", f"±{price(move, 0)}" if move == move else formats.DASH, move, MOVE)
        put("pcr", price(chain.pcr), chain.pcr, f"{PCR}; by volume {price(chain.pcr_volume)}")
        put("pain", _strike(chain.max_pain), chain.max_pain, MAX_PAIN)
        self.board.put("lot", formats.quantity(chain.lot_size), raw=chain.lot_size)

    @staticmethod
    def _at_the_money(chain: LiveChain) -> float:
        if chain.atm < 0 or chain.iv.shape != chain.rows.shape:
            return float("nan")
        both = chain.iv[:, chain.atm]
        return float(np.nanmean(both)) if np.isfinite(both).any() else float("nan")


def _strike(strike: float) -> str:
    """`24,150`: as short as in a test id, with the digits grouped."""
    whole, point, part = strike_text(strike).partition(".")
    return formats.grouped(whole) + point + part if strike == strike else formats.DASH


def _computed(chain: LiveChain, now: datetime) -> str:
    if chain.computed_at is None:
        return "not computed yet"
    seconds = (now - chain.computed_at).total_seconds()
    return f"computed {formats.duration(seconds)} ago, {formats.clock_time(chain.computed_at)} IST"
