"""The ready strategies by name, which is that of their file."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from core.strategies.ready.calendar_spread import CalendarSpread
from core.strategies.ready.covered_call import CoveredCall
from core.strategies.ready.double_calendar import DoubleCalendar
from core.strategies.ready.ema_cross import EmaCross
from core.strategies.ready.hedged_straddle import HedgedStraddle
from core.strategies.ready.iron_condor import IronCondor
from core.strategies.ready.iron_fly import IronFly
from core.strategies.ready.opening_range import OpeningRange
from core.strategies.ready.ratio_spread import RatioSpread
from core.strategies.ready.rsi_turn import RsiTurn
from core.strategies.ready.short_straddle import ShortStraddle
from core.strategies.ready.short_strangle import ShortStrangle
from core.strategies.ready.sma_cross import SmaCross
from core.strategies.ready.supertrend_turn import SupertrendTurn
from core.strategies.ready.vertical import Vertical
from core.strategies.ready.wheel import Wheel
from core.strategies.strategy import Strategy

BARS: Final[tuple[type[Strategy], ...]] = (
    *(SmaCross, EmaCross, RsiTurn),
    *(OpeningRange, SupertrendTurn),
)
"""Of one instrument's bars."""

CHAINS: Final[tuple[type[Strategy], ...]] = (
    *(ShortStraddle, ShortStrangle, IronCondor, IronFly, Vertical, RatioSpread),
    *(CalendarSpread, DoubleCalendar, CoveredCall, Wheel, HedgedStraddle),
)
"""Of option chains."""

READY: Final[Mapping[str, type[Strategy]]] = MappingProxyType(
    {each.__module__.rpartition(".")[2]: each for each in (*BARS, *CHAINS)}
)
