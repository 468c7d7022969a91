"""The indices in the top bar, live."""

from typing import Final

from core.ids import InstrumentKey
from core.ports.feed import FeedMode
from core.services import Services
from core.state.market import Col
from ui.components.board import Board, Cell
from ui.components.fresh import fresh
from ui.components.sight import paced
from ui.theme import formats
from ui.theme.colors import tone

TICKER: Final = (
    ("NIFTY", InstrumentKey("NSE_INDEX|Nifty 50"), "/chain/NIFTY"),
    ("BANKNIFTY", InstrumentKey("NSE_INDEX|Nifty Bank"), "/chain/BANKNIFTY"),
    ("SENSEX", InstrumentKey("BSE_INDEX|SENSEX"), "/chain/SENSEX"),
    ("VIX", InstrumentKey("NSE_INDEX|India VIX"), ""),
)
"""Name, the broker's key, and the chain that a click opens."""
PACE: Final = 0.25


class Ticker:
    def __init__(self, services: Services) -> None:
        self._market = services.market
        # few keys, the same for every viewer: held for as long as the desk runs
        services.subscriptions.hold("ticker", {key: FeedMode.LTPC for _, key, _ in TICKER})
        self.board = Board(
            [
                Cell(name=name, label=name, href=href, testid=f"ticker-{name}")
                for name, _, href in TICKER
            ],
            "ticker",
        )
        self._services = services
        self._rows = services.market.rows_of([key for _, key, _ in TICKER])
        self._look()
        paced(PACE, self._look)

    def _look(self) -> None:
        for (name, key, _), row in zip(TICKER, self._rows, strict=True):
            self._put(name, key, *fresh(self._services, int(row)))
        self.board.flush()

    def _put(self, name: str, key: InstrumentKey, colour: str, said: str) -> None:
        last, close = self._market.get(key, Col.LTP), self._market.get(key, Col.CLOSE)
        change = (last - close) / close if close > 0 else float("nan")
        self.board.put(
            name,
            formats.price(last),
            tone=colour,
            extra=formats.signed_percent(change),
            extra_tone=tone(change),
            tip=said,
            raw=last,
        )
