"""What the journal page shows: all trades, and those that pass its filters."""

from collections.abc import Callable
from datetime import date

from core.journal.books import Trip
from core.journal.notes import TradeNote
from core.journal.trades import Trade
from core.services import Services
from core.services.trade_journal import Looked, TradeJournal
from core.services.trading import Trading
from ui.journal.filters import Filter


class JournalSource:
    """`then` is called whenever what is shown may have changed."""

    def __init__(self, services: Services, trading: Trading, then: Callable[[], object]) -> None:
        self.services, self.trading, self._then = services, trading, then
        self.filter = Filter()
        self.looked: Looked | None = None
        self._seen = -1

    @property
    def journal(self) -> TradeJournal:
        return self.trading.trade_journal

    @property
    def today(self) -> date:
        return self.services.calendar.today()

    async def load(self) -> None:
        """Count what is new; cheap while nothing happens."""
        revision = self.trading.state.revision
        if revision == self._seen and self.looked is not None:
            return
        self._seen = revision
        before = self.looked
        self.looked = await self.journal.look()
        if self.looked is not before:
            self._then()

    def narrow(self, filter: Filter) -> None:
        if filter != self.filter:
            self.filter = filter
            self._then()

    async def write(self, note: TradeNote) -> None:
        await self.journal.write(note)
        self.looked = await self.journal.look()
        self._then()

    @property
    def every(self) -> tuple[Trade, ...]:
        return self.looked.trades if self.looked else ()

    @property
    def notes(self) -> dict[str, TradeNote]:
        return self.looked.notes if self.looked else {}

    @property
    def trips(self) -> tuple[Trip, ...]:
        """All of them, whatever the filters."""
        return self.looked.books.trips if self.looked else ()

    def shown(self) -> list[Trade]:
        """Those that pass, the newest first."""
        today, notes = self.today, self.notes
        return [t for t in self.every if self.filter.passes(t, notes.get(t.id), today)]

    def trade(self, id: str) -> Trade | None:
        return next((trade for trade in self.every if trade.id == id), None)

    def note(self, id: str) -> TradeNote:
        return self.notes.get(id) or TradeNote(trade=id)
