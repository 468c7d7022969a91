"""The order side of a desk: its services over the door to a broker, and what must run."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from core.clock import IST, Clock
from core.instruments.calendar import MarketCalendar
from core.ports.broker import Broker
from core.ports.executions import ExecutionRepository
from core.ports.orders import FillRepository, JournalRepository, OrderRepository
from core.ports.paper import PaperDoor
from core.ports.repositories import InstrumentRepository, PreferenceRepository
from core.ports.spelling import Spelling
from core.ports.strategies import StrategyRepository
from core.services.account_side import AccountAround, AccountSide, OrderParts
from core.services.basket_runner import BasketRunner
from core.services.catching_up import CatchingUp
from core.services.chain_keeper import ChainKeeper
from core.services.journal_side import JournalAround, JournalSide
from core.services.order_desk import OrderDesk
from core.services.order_notices import OrderNotices
from core.services.order_pace import OrderPace
from core.services.order_records import OrderRecords
from core.services.order_story import OrderStory
from core.services.paper_account import PaperAccountControls
from core.services.portfolio import Portfolio
from core.services.portfolio_names import StrategyNames
from core.services.reconciler import Reconciler
from core.services.risk_controls import RiskControls
from core.services.risk_gate import RiskGate
from core.services.slicer import Slicer
from core.services.strategy_desk import StrategyDesk
from core.services.strategy_side import make_strategies
from core.services.subscriptions import Subscriptions
from core.services.trading import Trading
from core.state.executions import ExecutionState
from core.state.health import FeedHealth
from core.state.market import MarketState
from core.state.notices import Notices
from core.state.session import Login, SessionState
from core.state.trading import TradingState


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRecordsKept:
    """Doors to what is remembered of orders."""

    orders: OrderRepository
    fills: FillRepository
    journal: JournalRepository
    executions: ExecutionRepository
    strategies: StrategyRepository
    instruments: InstrumentRepository
    preferences: PreferenceRepository


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the order side looks at, and does not own; `account` tells apart who trades in one
    database."""

    account: str
    clock: Clock
    calendar: MarketCalendar
    market: MarketState
    session: SessionState
    feed: FeedHealth
    notices: Notices
    needs_arming: bool
    chain_keeper: ChainKeeper
    subscriptions: Subscriptions
    rate: float
    journal: JournalAround
    at_broker: AccountAround
    spelling: Spelling | None = None
    paper: PaperDoor | None = None
    """The broker itself, where it is the paper account."""


class OrderSide:
    def __init__(
        self, broker: Broker, state: TradingState, kept: OrderRecordsKept, around: Surroundings
    ) -> None:
        self._broker, self._state, self._kept, self._around = broker, state, kept, around
        self._pace = OrderPace()
        self._records = OrderRecords(kept.orders, state, around.clock)
        self._gate = self._make_gate()
        self._desk = self._make_desk()
        self._reconciler = self._make_reconciler()
        self._controls = self._make_controls()
        self._notices = self._make_notices()
        self._portfolio = self._make_portfolio()
        self._executions = ExecutionState()
        self._baskets, self._slicer = self._make_baskets(), self._make_slicer()
        self._strategies = self._make_strategies()
        self._portfolio.names = StrategyNames(self._strategies.state, self._strategies.keeper.title)
        self.journal = self._make_journal()
        self.account = self._make_account()
        self.trading = Trading(
            broker=broker.name,
            state=state,
            desk=self._desk,
            gate=self._gate,
            pace=self._pace,
            controls=self._controls,
            reconciler=self._reconciler,
            records=self._records,
            orders=kept.orders,
            fills=kept.fills,
            journal=kept.journal,
            spelling=around.spelling,
            story=OrderStory(broker, kept.journal, kept.fills, around.clock),
            portfolio=self._portfolio,
            trade_journal=self.journal.trades,
            executions=self._executions,
            baskets=self._baskets,
            slicer=self._slicer,
            strategies=self._strategies,
            bands=self.account.bands,
            addresses=self.account.addresses,
            gtts=self.account.gtts,
            account=self.account.desk,
            paper=self._make_paper_controls(),
        )

    def running(self) -> dict[str, Callable[[], Awaitable[None]]]:
        """By name, in the order of their start."""
        paper = self._around.paper
        return {
            **({"paper account": paper.run} if paper else {}),
            "orders": self._desk.run,
            "order notices": self._notices.run,
            "reconciler": self._reconcile,
            "risk": self._controls.run,
            "portfolio": self._portfolio.run,
            "strategies": self._strategies.keeper.run,
            **self.account.running(),
            **self.journal.running(),
        }

    async def new_day(self) -> None:
        """Contracts are listed anew, and the broker's books begin anew."""
        self._gate.forget()
        self.account.new_day()
        self._portfolio.forget()
        now = self._around.clock.now().astimezone(IST)
        self._executions.leave_behind(now.replace(hour=0, minute=0, second=0, microsecond=0))
        self._strategies.watch.forget()
        self.journal.forget()
        self._reconciler.soon()

    def catching_up(self) -> CatchingUp | None:
        """For a clock that waits until a moment is done with; None for a broker outside."""
        if self._around.paper is None:
            return None
        works = (self._baskets, self._slicer, self._strategies.keeper)
        return CatchingUp(
            paper=self._around.paper,
            arrived=self._desk.close,
            watch=self._controls.watch,
            strategies=self._strategies.keeper,
            under_way=lambda: sum(each.under_way for each in works),
        )

    async def close(self) -> None:
        """Let what is on its way come to its end."""
        await self._baskets.close()
        await self._slicer.close()
        await self._strategies.keeper.close()
        await self.account.close()
        await self._desk.close()

    async def _reconcile(self) -> None:
        """The limits and the standing hold before anything is compared."""
        await self._controls.load()
        await self._baskets.load()
        await self._slicer.load()
        await self.account.load()
        await self._reconciler.run()

    def _not_ready(self) -> Sequence[str]:
        login = self._around.session.login
        if login is not Login.OK:
            return [f"the broker takes no orders: {login}"]
        return self.account.addresses.not_ready()

    def _make_gate(self) -> RiskGate:
        return RiskGate(
            state=self._state,
            market=self._around.market,
            instruments=self._kept.instruments,
            calendar=self._around.calendar,
            clock=self._around.clock,
            ready=self._not_ready,
            needs_arming=self._around.needs_arming,
        )

    def _make_account(self) -> AccountSide:
        around = self._around
        parts = OrderParts(
            account=around.account,
            desk=self._desk,
            gate=self._gate,
            pace=self._pace,
            records=self._records,
            controls=self._controls,
            reconciler=self._reconciler,
            state=self._state,
            session=around.session,
            preferences=self._kept.preferences,
            clock=around.clock,
            notices=around.notices,
        )
        return AccountSide(around.at_broker, parts)

    def _make_journal(self) -> JournalSide:
        kept, around = self._kept, self._around
        return JournalSide(
            around.journal,
            fills=kept.fills,
            orders=kept.orders,
            executions=kept.executions,
            strategies=kept.strategies,
            account=around.account,
            instruments=kept.instruments,
            records=self._records,
            state=self._state,
            market=around.market,
            calendar=around.calendar,
            clock=around.clock,
            rate=around.rate,
        )

    def _make_desk(self) -> OrderDesk:
        return OrderDesk(
            broker=self._broker,
            gate=self._gate,
            pace=self._pace,
            records=self._records,
            state=self._state,
            clock=self._around.clock,
            notices=self._around.notices,
        )

    def _make_reconciler(self) -> Reconciler:
        return Reconciler(
            broker=self._broker,
            desk=self._desk,
            records=self._records,
            orders=self._kept.orders,
            fills=self._kept.fills,
            state=self._state,
            clock=self._around.clock,
            notices=self._around.notices,
        )

    def _make_controls(self) -> RiskControls:
        return RiskControls(
            state=self._state,
            desk=self._desk,
            gate=self._gate,
            pace=self._pace,
            records=self._records,
            preferences=self._kept.preferences,
            clock=self._around.clock,
            notices=self._around.notices,
        )

    def _make_paper_controls(self) -> PaperAccountControls | None:
        paper = self._around.paper
        return PaperAccountControls(paper, self._records, self._reconciler) if paper else None

    def _make_portfolio(self) -> Portfolio:
        around = self._around
        return Portfolio(
            state=self._state,
            market=around.market,
            instruments=self._kept.instruments,
            chain_keeper=around.chain_keeper,
            subscriptions=around.subscriptions,
            calendar=around.calendar,
            clock=around.clock,
            rate=around.rate,
        )

    def _make_baskets(self) -> BasketRunner:
        return BasketRunner(
            desk=self._desk,
            gate=self._gate,
            records=self._records,
            kept=self._kept.executions,
            runs=self._executions,
            state=self._state,
            market=self._around.market,
            subscriptions=self._around.subscriptions,
            clock=self._around.clock,
            notices=self._around.notices,
        )

    def _make_slicer(self) -> Slicer:
        return Slicer(
            desk=self._desk,
            gate=self._gate,
            records=self._records,
            kept=self._kept.executions,
            runs=self._executions,
            state=self._state,
            market=self._around.market,
            subscriptions=self._around.subscriptions,
            clock=self._around.clock,
            notices=self._around.notices,
        )

    def _make_strategies(self) -> StrategyDesk:
        around = self._around
        return make_strategies(
            account=around.account,
            groups=self._kept.strategies,
            state=self._state,
            desk=self._desk,
            gate=self._gate,
            records=self._records,
            market=around.market,
            feed=around.feed,
            session=around.session,
            subscriptions=around.subscriptions,
            instruments=self._kept.instruments,
            calendar=around.calendar,
            clock=around.clock,
            notices=around.notices,
        )

    def _make_notices(self) -> OrderNotices:
        made = OrderNotices(
            notices=self._around.notices,
            instruments=self._kept.instruments,
            journal=self._kept.journal,
            clock=self._around.clock,
        )
        self._records.listen(made.heard)
        return made
