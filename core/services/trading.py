"""Everything of orders that pages, programs and rules may look at or ask."""

from dataclasses import dataclass

from core.ports.orders import FillRepository, JournalRepository, OrderRepository
from core.ports.spelling import Spelling
from core.services.account_checks import AddressCheck, PriceBands
from core.services.account_desk import AccountDesk
from core.services.basket_runner import BasketRunner
from core.services.gtt_side import Gtts
from core.services.order_desk import OrderDesk
from core.services.order_pace import OrderPace
from core.services.order_records import OrderRecords
from core.services.order_story import OrderStory
from core.services.paper_account import PaperAccountControls
from core.services.portfolio import Portfolio
from core.services.reconciler import Reconciler
from core.services.risk_controls import RiskControls
from core.services.risk_gate import RiskGate
from core.services.slicer import Slicer
from core.services.strategy_desk import StrategyDesk
from core.services.trade_journal import TradeJournal
from core.state.executions import ExecutionState
from core.state.trading import TradingState


@dataclass(frozen=True, slots=True, kw_only=True)
class Trading:
    """The order side of a desk; `broker` is the name of who takes its orders."""

    broker: str
    state: TradingState
    desk: OrderDesk
    gate: RiskGate
    pace: OrderPace
    controls: RiskControls
    reconciler: Reconciler
    records: OrderRecords
    orders: OrderRepository
    fills: FillRepository
    journal: JournalRepository
    spelling: Spelling | None
    """How the broker will read an order; None where it is handed over as it is."""
    story: OrderStory
    portfolio: Portfolio
    trade_journal: TradeJournal
    executions: ExecutionState
    baskets: BasketRunner
    slicer: Slicer
    strategies: StrategyDesk
    bands: PriceBands
    addresses: AddressCheck
    gtts: Gtts | None = None
    """None where who takes the orders knows no orders good till triggered."""
    account: AccountDesk | None = None
    """The account's own side. Segments and addresses are a broker's outside: not of `paper`."""
    paper: PaperAccountControls | None = None
    """None where orders go to a broker outside."""
