"""What each chart of a page shows, remembered: an instrument or a combination, in bars."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from core.ids import InstrumentKey
from core.instruments.candle import Interval
from core.instruments.instrument import Instrument
from core.ports.repositories import InstrumentRepository
from ui.chart.combination import Combination, asked
from ui.chart.lengths import USUAL, interval_of, known
from ui.components.choices import Choices

LAYOUTS: Final = {"1": 1, "2": 2, "4": 4}
LINKS: Final = {"crosshair": "Crosshair", "symbol": "Instrument", "interval": "Length of bars"}
OTHERS: Final = ("15m", "1d", "5m")
"""Lengths of the bars that further charts of an instrument begin with."""
LAYOUT, ACTIVE, CELLS, LINKED = "chart.layout", "chart.active", "chart.cells", "chart.linked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """`length` is one of `lengths.LENGTHS`."""

    instrument: Instrument
    combination: Combination | None = None
    length: str = USUAL

    @property
    def interval(self) -> Interval:
        return interval_of(self.length)

    @property
    def title(self) -> str:
        return self.combination.title if self.combination else self.instrument.symbol

    def kept(self) -> dict[str, Any]:
        query = self.combination.query if self.combination else {}
        return {"key": self.instrument.key, "query": query, "length": self.length}


class Arrangement:
    """How many charts there are, which is worked on, what is linked; changes are kept."""

    def __init__(self, choices: Choices) -> None:
        self._choices = choices
        layout = choices.get(LAYOUT, "1")
        self.layout = layout if layout in LAYOUTS else "1"
        self.active = choices.get(ACTIVE, 0)
        if not 0 <= self.active < self.count:
            self.active = 0
        linked = choices.get(LINKED, ["crosshair"])
        self.linked = {name for name in linked if name in LINKS}

    @property
    def count(self) -> int:
        return LAYOUTS[self.layout]

    def choose(self, layout: str) -> None:
        self.layout = layout if layout in LAYOUTS else "1"
        self.active = min(self.active, self.count - 1)
        self._choices.keep(LAYOUT, self.layout)
        self._choices.keep(ACTIVE, self.active)

    def activate(self, number: int) -> None:
        self.active = number
        self._choices.keep(ACTIVE, number)

    def link(self, name: str, on: bool) -> None:
        self.linked = self.linked | {name} if on else self.linked - {name}
        self._choices.keep(LINKED, sorted(self.linked))

    def keep(self, cells: Sequence[Shown]) -> None:
        """What is shown; cells of a larger layout stay remembered behind them."""
        kept = [each.kept() for each in cells]
        before = self._choices.get(CELLS, list[object]())
        self._choices.keep(CELLS, [*kept, *before[len(kept) :]][: max(LAYOUTS.values())])

    async def cells(self, instruments: InstrumentRepository, here: Shown) -> list[Shown]:
        """What all charts show, when the one that is worked on shows `here`."""
        kept = self._choices.get(CELLS, list[object]())
        found = []
        for number in range(max(LAYOUTS.values())):
            each = kept[number] if number < len(kept) else None
            shown = await restored(instruments, each) if number != self.active else here
            found.append(shown or usual(here, number))
        return [self.tied(each, here) for each in found]

    async def last(self, instruments: InstrumentRepository) -> Shown | None:
        """What was worked on last; None where that is not listed any more."""
        kept = self._choices.get(CELLS, list[object]())
        return await restored(instruments, kept[self.active]) if self.active < len(kept) else None

    def tied(self, shown: Shown, here: Shown) -> Shown:
        """`shown` as far as it is free of the one that is worked on."""
        if "symbol" in self.linked:
            shown = replace(shown, instrument=here.instrument, combination=here.combination)
        return replace(shown, length=here.length) if "interval" in self.linked else shown


def usual(here: Shown, number: int) -> Shown:
    """The same in bars of another length."""
    length = OTHERS[number % len(OTHERS)]
    return replace(here, length=length if length != here.length else "1h")


async def restored(instruments: InstrumentRepository, kept: object) -> Shown | None:
    """What was kept; None where it is not listed any more, or makes no sense."""
    if not isinstance(kept, Mapping):
        return None
    instrument = await instruments.get(InstrumentKey(str(kept.get("key", ""))))
    if instrument is None:
        return None
    query = kept.get("query")
    words = {str(k): str(v) for k, v in query.items()} if isinstance(query, Mapping) else {}
    combination = await asked(instruments, instrument, words)
    length = known(str(kept.get("length", ""))) or USUAL
    return Shown(instrument=instrument, combination=combination, length=length)
