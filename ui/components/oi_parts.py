"""What the views of open interest have in common: their window, their marks, their times."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
from nicegui import ui
from numpy.typing import NDArray

from core.analytics.chain_day import ChainDay
from core.analytics.max_pain import max_pain
from core.analytics.sides import CALL, PUT
from core.analytics.walls import walls
from core.instruments.instrument import strike_text
from core.services.chain_picture import ChainPicture
from ui.components.chart import Chart, Mark
from ui.components.chart_theme import Axis, axis
from ui.components.choices import Choices
from ui.components.dock import Dock, DockPanel
from ui.components.oi_source import OiSource
from ui.theme import formats

Floats = NDArray[np.float64]

WINDOWS: Final = {"±10": 10, "±20": 20, "±40": 40, "All": 0}
"""Strikes on either side of the money; 0 = every strike."""
NOTHING_YET: Final = (
    "Nothing is recorded of this chain on this day yet. Open chains are recorded once a minute"
    " while the market is open: the chart begins with the first and grows by itself."
)
NO_BASE: Final = (
    "What stood then is not known; the line below says why. Choose another start of the change"
    " at the top right."
)
MINUTE: Final = 60_000
RIGHTS: Final = ("CE", "PE")


class OiView(ABC):
    """One view: `tools` adds its switches to the bar above, which call `redraw` when turned."""

    def __init__(self, source: OiSource, choices: Choices, redraw: Callable[[], object]) -> None:
        self.source, self.choices, self.redraw = source, choices, redraw
        self.services = source.services

    @abstractmethod
    def build(self) -> None: ...

    def tools(self) -> None:
        """Nothing unless it has switches."""
        return

    @abstractmethod
    def draw(self) -> str:
        """Show what is; returns what stands behind it, in one line."""

    def dock(self, name: str, panels: Sequence[DockPanel]) -> Dock:
        kept = f"oi.{name}.layout"
        layout = self.choices.get(kept, dict[str, Any]())
        return Dock(
            panels,
            layout=layout or None,
            kept=lambda new: self.choices.keep(kept, new),
            stacked=True,
        )

    @property
    def picture(self) -> ChainPicture:
        assert self.source.picture is not None
        return self.source.picture

    @property
    def window(self) -> slice:
        """The strikes to show, around the money."""
        picture, reach = self.picture, WINDOWS.get(self.choices.get("oi.window", "±20"), 20)
        if not reach or picture.atm < 0:
            return slice(0, len(picture.strikes))
        first = max(0, picture.atm - reach)
        return slice(first, min(len(picture.strikes), picture.atm + reach + 1))

    def recorded_so_far(self) -> str:
        day = self.source.day
        if day is None or not len(day):
            return "Nothing recorded of this day yet: the charts begin with the first minute."
        count = f"{len(day)} minute{'s' if len(day) > 1 else ''}"
        first = formats.clock_time(day.moment(0))[:5]
        more = ", one more each minute" if day.day == self.source.today else ""
        return f"Recorded: {count} of {formats.day(day.day)} since {first}{more}."

    def clear(self, chart: Chart) -> None:
        """No numbers at this moment: the chart says why, and of what moment."""
        chart.forget()
        chart.push({}, at=self.picture.at, now=self.picture.now)


def strike(value: float) -> str:
    """`24,200`: as short as in a test id, with the digits grouped."""
    if value != value:
        return formats.DASH
    whole, point, part = strike_text(value).partition(".")
    return formats.grouped(whole) + point + part


def money(value: float) -> str:
    """`₹12.34Cr`, `-₹45,300`."""
    text = formats.lakh(abs(value))
    return text if text == formats.DASH else f"{'-' if value < 0 else ''}₹{text}"


def signed_lakh(value: float) -> str:
    text = formats.lakh(value)
    return f"+{text}" if value > 0 else text


def straddle(picture: ChainPicture) -> float:
    """Call and put at the money together, rupees a unit; nan where one has no price."""
    return float(picture.price[:, picture.atm].sum()) if picture.atm >= 0 else float("nan")


def times(day: ChainDay) -> Floats:
    """The end of each recorded minute, epoch milliseconds."""
    return np.asarray((day.minutes + 1.0) * MINUTE, np.float64)


def clock_axis() -> Axis:
    """Moments of a day; no closer than minutes, which is what is recorded."""
    return axis("clock", kind="time", minInterval=MINUTE)


def live_end(picture: ChainPicture, day: ChainDay) -> bool:
    """The picture goes on where the record ends."""
    return picture.live and picture.at.timestamp() * 1000 > times(day)[-1]


def moment_mark(picture: ChainPicture) -> list[Mark]:
    """Where a record is looked at, on an axis of times."""
    if picture.live:
        return []
    text = formats.clock_time(picture.at)[:5]
    return [Mark(at=picture.at.timestamp() * 1000, label=text, colour="--warn", dashed=False)]


def level_marks(picture: ChainPicture, *, with_walls: bool = False) -> list[Mark]:
    """Spot and max pain, and the highest walls, on an axis of strikes; only what is known."""
    pain = max_pain(picture.strikes, picture.oi[CALL], picture.oi[PUT])
    marks = [
        Mark(
            at=round(picture.spot, 2),
            label=f"Spot {formats.price(picture.spot, 0)}",
            colour="--accent",
            dashed=False,
        ),
        Mark(at=pain, label=f"Max pain {strike(pain)}", colour="--warn"),
    ]
    if with_walls:
        found = walls(picture.strikes, picture.oi, count=1)
        marks += [Mark(at=w.strike, label="Resistance", colour="--down") for w in found.resistance]
        marks += [Mark(at=w.strike, label="Support", colour="--up") for w in found.support]
    return [mark for mark in marks if np.isfinite(mark.at)]


def footnote(text: str, testid: str = "") -> ui.label:
    label = ui.label(text).classes("footnote oi-note")
    return label.props(f'data-testid="{testid}"') if testid else label
