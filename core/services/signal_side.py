"""Puts together what runs strategies live: who they are, what they see, and what they may order."""

from core.clock import Clock
from core.errors import RuleBroken
from core.ids import InstrumentKey
from core.instruments.calendar import MarketCalendar
from core.instruments.candle import Candles, Interval
from core.ports.repositories import InstrumentRepository, PreferenceRepository
from core.services.candle_series import CandleSeries
from core.services.chain_keeper import ChainKeeper
from core.services.strategy_orders import StrategyOrders
from core.services.strategy_runner import StrategyRunner
from core.services.strategy_sight import StrategySight
from core.services.subscriptions import Subscriptions
from core.services.trading import Trading
from core.state.chains import ChainState
from core.state.market import MarketState
from core.state.notices import Notices
from core.state.signals import SignalState
from core.strategies.ready.registry import READY
from core.strategies.strategy import Strategy


def make_runner(
    *,
    trading: Trading | None,
    market: MarketState,
    chains: ChainState,
    chain_keeper: ChainKeeper,
    subscriptions: Subscriptions,
    instruments: InstrumentRepository,
    preferences: PreferenceRepository,
    calendar: MarketCalendar,
    clock: Clock,
    notices: Notices,
    series: CandleSeries,
    rate: float,
) -> StrategyRunner:
    async def bars_of(key: InstrumentKey, interval: Interval, count: int) -> Candles:
        return await series.bars(key, interval, count=count)

    sight = StrategySight(
        market=market, chains=chains, chain_keeper=chain_keeper, calendar=calendar, rate=rate
    )
    return StrategyRunner(
        state=SignalState(),
        orders=StrategyOrders(trading, market),
        sight=sight,
        chain_keeper=chain_keeper,
        subscriptions=subscriptions,
        instruments=instruments,
        preferences=preferences,
        calendar=calendar,
        clock=clock,
        notices=notices,
        bars_of=bars_of,
        strategy_of=ready,
    )


def ready(name: str) -> type[Strategy]:
    """A ready strategy by name; raises RuleBroken for none."""
    if name not in READY:
        raise RuleBroken(f"There is no ready strategy {name!r}: {', '.join(READY)}.")
    return READY[name]
