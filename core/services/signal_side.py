"""Puts together what runs strategies live: who they are, what they see, and what they may order."""

from collections.abc import Callable
from pathlib import Path

from core.backtest.kinds import own_kind, ready_kind
from core.clock import Clock
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
    folder: str,
    ready: Callable[[], bool] = lambda: True,
) -> StrategyRunner:
    """`folder` is where the user's own strategies are. `ready`: whether the desk can do its job,
    so that what ran before can go on."""

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
        strategy_of=strategy_in(folder),
        ready=ready,
    )


def strategy_in(folder: str) -> Callable[[str], type[Strategy]]:
    """By name: a ready one, or the `.py` file of that name in the user's folder."""

    def found(name: str) -> type[Strategy]:
        if not name.endswith(".py"):
            return ready_kind(name)
        return own_kind(str(Path(folder) / Path(name).name))

    return found
