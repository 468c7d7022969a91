"""A tile of one index: level, change, the day's line."""

from nicegui import ui

from core.ids import InstrumentKey
from core.services import Services
from core.state.market import Col
from ui.components.board import Board, Cell
from ui.components.fresh import fresh
from ui.components.sparkline import Sparkline
from ui.theme import formats
from ui.theme.colors import tone


class IndexTile:
    """A link to the index's chain, where `href` is given."""

    def __init__(self, services: Services, name: str, key: InstrumentKey, href: str = "") -> None:
        self._services, self.key = services, key
        with ui.element("a" if href else "div").classes("tile") as tile:
            self.board = Board([Cell(name="level", label=name, testid=f"tile-{name}")])
            self._line = Sparkline()
        if href:
            tile.props(f'href="{href}"')
        self.look()

    def look(self) -> None:
        market = self._services.market
        last, close = market.get(self.key, Col.LTP), market.get(self.key, Col.CLOSE)
        colour, said = fresh(self._services, market.row(self.key))
        part = (last - close) / close if close > 0 else float("nan")
        self.board.put(
            "level",
            formats.price(last),
            tone=colour,
            tip=said or f"{formats.age(market.age(self.key, self._services.clock.now()))} old",
            extra=f"{formats.signed(last - close)} {formats.signed_percent(part)}",
            extra_tone=tone(part),
            raw=last,
        )
        self.board.flush()

    async def draw(self) -> None:
        closes = await self._services.day_bars.closes(self.key)
        if not self._line.is_deleted:
            self._line.show(closes.tolist(), self._services.market.get(self.key, Col.CLOSE))
