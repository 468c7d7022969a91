"""The registry: every indicator that a chart or a strategy may ask for, by name."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from core.errors import BadData
from core.indicators.indicator import Bars as Bars
from core.indicators.indicator import Group as Group
from core.indicators.indicator import Indicator as Indicator
from core.indicators.indicator import Output as Output
from core.indicators.indicator import Pane as Pane
from core.indicators.indicator import Parameter as Parameter
from core.indicators.indicator import Style as Style
from core.indicators.listing.levels import LEVELS
from core.indicators.listing.momentum import MOMENTUM
from core.indicators.listing.statistics import STATISTICS
from core.indicators.listing.trend import TREND
from core.indicators.listing.volatility import VOLATILITY
from core.indicators.listing.volume import VOLUME


def _by_name(entries: Iterable[Indicator]) -> Mapping[str, Indicator]:
    return MappingProxyType({each.name: each for each in entries})


INDICATORS: Final[Mapping[str, Indicator]] = _by_name(
    (*TREND, *MOMENTUM, *VOLATILITY, *VOLUME, *LEVELS, *STATISTICS)
)


def indicator(name: str) -> Indicator:
    """Raises BadData for a name that is not in the registry."""
    found = INDICATORS.get(name)
    if found is None:
        raise BadData(f"there is no indicator {name!r}")
    return found


def search(text: str) -> list[Indicator]:
    """Those of whose name, title or group every word of `text` is a part, by title."""
    words = text.lower().split()
    found = [
        each
        for each in INDICATORS.values()
        if all(word in f"{each.name} {each.title} {each.group}".lower() for word in words)
    ]
    return sorted(found, key=lambda each: (not each.name.startswith(text.lower()), each.title))
