"""What a price chart is told: facts of its bars, studies, lines, marks."""

from dataclasses import asdict, dataclass
from typing import Any, Final

from core.instruments.candle import Interval

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """One line of a study: in the pane of the prices or in the study's own one.

    `style` is line, dashed, dotted, step, area, dots or histogram, `colour` a token such as
    `var(--accent)`; a histogram without a colour is green above zero and red below.
    """

    name: str
    title: str
    pane: str = "price"
    style: str = "line"
    colour: str = "var(--accent)"
    width: int = 1
    digits: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """What is drawn beside the bars, for example an average; `levels` are marked in its pane."""

    id: str
    title: str
    outputs: tuple[Output, ...]
    levels: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceLine:
    """A level with words; one that can be dragged is reported to `on_line` with its new price."""

    id: str
    price: float
    title: str
    colour: str = "--txt2"
    dashed: bool = False
    drag: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeMark:
    """A trade on its bar; with `to` (time and price) joined to the trade that ended it."""

    time: int
    price: float
    side: str
    text: str
    to: tuple[int, float] | None = None
    gain: float = 0.0

    def told(self) -> dict[str, Any]:
        to = {"time": self.to[0], "price": self.to[1]} if self.to else None
        return {**asdict(self), "to": to}
