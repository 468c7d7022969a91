"""The ready strategies by name, which is that of their file."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from core.strategies.ready.ema_cross import EmaCross
from core.strategies.ready.opening_range import OpeningRange
from core.strategies.ready.rsi_turn import RsiTurn
from core.strategies.ready.sma_cross import SmaCross
from core.strategies.ready.supertrend_turn import SupertrendTurn
from core.strategies.strategy import Strategy

BARS: Final[tuple[type[Strategy], ...]] = (
    *(SmaCross, EmaCross, RsiTurn),
    *(OpeningRange, SupertrendTurn),
)
"""Of one instrument's bars."""

READY: Final[Mapping[str, type[Strategy]]] = MappingProxyType(
    {each.__module__.rpartition(".")[2]: each for each in BARS}
)
