"""A chart of bars: they are sent packed and once, then only the last one as it moves."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from nicegui import ui
from nicegui.events import GenericEventArguments

from core.instruments.candle import Candles, Interval
from ui.chart.packing import Bar, bar_at, joined, message, part, rows, with_tail
from ui.components.keys import KEYS
from ui.theme.style import ASSETS

FIRST: Final = 3000
"""Bars of the first picture."""
MAX_BEHIND: Final = 8
"""Messages that the browser may owe before we wait for it."""
ESM: Final = {
    "lwc": str(ASSETS / "vendor" / "lwc"),
    "desk-formats": str(ASSETS / "js" / "formats"),
    "desk-charts": str(ASSETS / "js" / "charts"),
    "desk-price": str(ASSETS / "js" / "price"),
    **KEYS,
}
STYLES: Final = {
    "candles": "Candles",
    "bars": "Bars",
    "line": "Line",
    "area": "Area",
    "heikin": "Heikin-Ashi",
}
SCALES: Final = {"linear": "Linear", "log": "Log", "percent": "Percent"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the bars are of: `seconds` a bar, digits and tick of a price, starts of bars to come."""

    interval: Interval
    digits: int = 2
    tick: float = 0.05
    ahead: tuple[int, ...] = ()
    whole: bool = False
    """Nothing is known before the first bar."""

    def told(self) -> dict[str, Any]:
        told = asdict(self)
        del told["interval"]
        intraday = self.interval.intraday
        return {
            **told,
            "interval": str(self.interval),
            "intraday": intraday,
            "seconds": self.interval.seconds if intraday else 86_400,
        }


class PriceChart(ui.element, component="price_chart.js", esm=ESM):
    """`show` brings bars, `bar` moves the last one, `more` puts older ones before them.

    `on_more(time)` hears that the user has scrolled to the first bar, which starts at `time`.
    """

    def __init__(
        self,
        *,
        name: str,
        label: str = "Price chart",
        empty: str = "No bars yet",
        group: str = "",
        on_more: Callable[[int], object] | None = None,
    ) -> None:
        super().__init__()
        self.name = name
        self.facts, self.shape = Facts(interval=Interval.MINUTE), dict[str, Any]()
        self._candles, self._tail = Candles.none(), list[Bar]()
        self._shown = self._due = self._moved = False
        self.messages = self._answered = self._sent = 0
        self._props.update({"name": name, "label": label, "empty": empty, "group": group})
        self.on("view", self._viewed)
        if on_more is not None:
            self.on("more", lambda event: on_more(int(event.args)))

    # what it shows
    @property
    def candles(self) -> Candles:
        """All bars, with the last one as it is now."""
        if self._tail:
            self._candles, self._tail = with_tail(self._candles, self._tail), []
        return self._candles

    def show(self, candles: Candles, facts: Facts) -> None:
        """Other bars; studies, lines and marks of the ones before are gone."""
        self._candles, self.facts = candles, facts
        self._tail, self._due = [], True
        self.flush()

    def more(self, older: Candles, *, whole: bool = False) -> None:
        """Bars before the first one; `whole` if there are none before these."""
        self.facts = replace(self.facts, whole=whole)
        self._candles = joined(older, self.candles)
        self._sent += len(older)
        if not self._due and self._shown:
            self.run_method("more", *message(older, {"whole": whole}))

    def bar(self, bar: Bar) -> None:
        """The last bar as it is now, or one after it; an older one is dropped."""
        last = self.last
        if bar == last or (last is not None and bar.time < last.time):
            return
        if self._tail and self._tail[-1].time == bar.time:
            self._tail[-1] = bar
        else:
            self._tail.append(bar)
        self._moved = True
        self.flush()

    @property
    def last(self) -> Bar | None:
        if self._tail:
            return self._tail[-1]
        return bar_at(self._candles, len(self._candles) - 1) if len(self._candles) else None

    def set(self, **shape: Any) -> None:
        """`style` (STYLES), `scale` (SCALES), `volume` and `oi` (whether they have a pane)."""
        self.shape.update(shape)
        if self._shown:
            self.run_method("set", shape)

    # what the browser is told
    @property
    def shown(self) -> bool:
        """Somebody sees it: a page need not compute what nobody looks at."""
        return self._shown

    @property
    def behind(self) -> bool:
        """The browser owes us too many answers."""
        return self.messages - self._answered > MAX_BEHIND

    def flush(self) -> None:
        """Send what differs from what was sent, unless nobody sees it or the browser is behind."""
        if not self._shown or self.behind or not self.client.has_socket_connection:
            return
        if self._due:
            self._due = self._moved = False
            self._load()
        elif self._moved:
            self._moved = False
            self.messages += 1
            self.run_method("bars", rows(self.candles, max(0, self._sent - 1)), self.messages)
            self._sent = len(self.candles)

    def _load(self) -> None:
        """The newest bars first: they are drawn while the others are on their way."""
        bars, facts = self.candles, self.facts.told()
        self._sent = len(bars)
        early = len(bars) - FIRST
        if early <= 0:
            self.run_method("load", *message(bars, facts))
            return
        self.run_method("load", *message(part(bars, early, len(bars)), {**facts, "whole": True}))
        self.run_method("more", *message(part(bars, 0, early), {"whole": self.facts.whole}))

    def _viewed(self, event: GenericEventArguments) -> None:
        told = event.args
        if told["fresh"]:  # a new browser part knows nothing
            self.messages = self._answered = 0
            self._due = len(self.candles) > 0
            self.run_method("set", self.shape)
        self._answered = max(self._answered, int(told["seq"]))
        self._shown = bool(told["shown"])
        self.flush()
