"""The journal side of a desk: what is kept of trades beside their fills, and what must run."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from core.clock import Clock
from core.instruments.calendar import MarketCalendar
from core.ports.executions import ExecutionRepository
from core.ports.journal import JournalDoors
from core.ports.market_data import History
from core.ports.orders import FillRepository, OrderRepository
from core.ports.repositories import InstrumentRepository
from core.ports.strategies import StrategyRepository
from core.services.chain_history import ChainHistory
from core.services.day_bars import DayBars
from core.services.order_records import OrderRecords
from core.services.settling import Settling
from core.services.trade_journal import TradeJournal
from core.services.trade_snaps import TradeSnaps
from core.state.chains import ChainState
from core.state.market import MarketState
from core.state.trading import TradingState


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalAround:
    """What the journal looks at, and does not own."""

    doors: JournalDoors
    chains: ChainState
    day_bars: DayBars
    history: History
    chain_history: ChainHistory


class JournalSide:
    def __init__(
        self,
        around: JournalAround,
        *,
        fills: FillRepository,
        orders: OrderRepository,
        executions: ExecutionRepository,
        strategies: StrategyRepository,
        account: str,
        instruments: InstrumentRepository,
        records: OrderRecords,
        state: TradingState,
        market: MarketState,
        calendar: MarketCalendar,
        clock: Clock,
        rate: float,
    ) -> None:
        self._snaps = TradeSnaps(
            state=state,
            chains=around.chains,
            market=market,
            day_bars=around.day_bars,
            instruments=instruments,
            contracts=around.doors.contracts,
            snaps=around.doors.snaps,
            clock=clock,
        )
        self.settling = Settling(
            fills=fills,
            kept=around.doors,
            instruments=instruments,
            state=state,
            market=market,
            history=around.history,
            records=records,
            calendar=calendar,
            clock=clock,
        )
        self.trades = TradeJournal(
            fills=fills,
            orders=orders,
            executions=executions,
            strategies=strategies,
            account=account,
            kept=around.doors,
            instruments=instruments,
            state=state,
            chain_history=around.chain_history,
            calendar=calendar,
            clock=clock,
            rate=rate,
        )

    def running(self) -> dict[str, Callable[[], Awaitable[None]]]:
        return {"trade snapshots": self._snaps.run, "settling": self.settling.run}

    async def look(self) -> None:
        """Take in what has happened, at once."""
        await self._snaps.look()
        await self.settling.look()

    def forget(self) -> None:
        """A new day lists anew."""
        self._snaps.forget()
        self.settling.forget()
