"""A chart of bars: they are sent packed and once, then only the last one as it moves."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any, Final

import numpy as np
from nicegui import ui
from nicegui.events import GenericEventArguments
from numpy.typing import ArrayLike, NDArray

from core.instruments.candle import Candles, Interval
from ui.chart.packing import (
    Bar,
    bar_at,
    first_difference,
    joined,
    known,
    message,
    packed_numbers,
    part,
    rows,
    with_tail,
)
from ui.chart.parts import Facts, PriceLine, Study, TradeMark
from ui.components.keys import KEYS
from ui.theme.style import ASSETS

Floats = NDArray[np.float64]
MOST_ROWS: Final = 300
"""Of a study that are sent one by one; of more, all are sent packed."""
FIRST: Final = 1_500
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


class PriceChart(ui.element, component="price_chart.js", esm=ESM):
    """`show` brings bars, `bar` moves the last one, `more` puts older ones before them.

    `on_more(time)` hears that the user has scrolled to the first bar, which starts at `time`;
    `on_newest` that the newest bars are wanted, `on_line(id, price)` that a line was dragged,
    `on_drawn(drawing)` and `on_erased(id)` what was drawn. Charts of one `group` point together.
    """

    def __init__(
        self,
        *,
        name: str,
        label: str = "Price chart",
        empty: str = "No bars yet",
        group: str = "",
        tools: bool = False,
        on_more: Callable[[int], object] | None = None,
        on_line: Callable[[str, float], object] | None = None,
        on_newest: Callable[[], object] | None = None,
        on_drawn: Callable[[dict[str, Any]], object] | None = None,
        on_erased: Callable[[str], object] | None = None,
    ) -> None:
        super().__init__()
        self.name = name
        self.facts, self.shape = Facts(interval=Interval.MINUTE), dict[str, Any]()
        self._candles, self._tail = Candles.none(), list[Bar]()
        self._studies: dict[str, tuple[Study, Floats]] = {}
        self._lines, self._marks = list[dict[str, Any]](), list[dict[str, Any]]()
        self._drawings, self._said = list[dict[str, Any]](), empty
        self._shown = self._due = self._moved = self._stale = False
        self.messages = self._answered = self._sent = self._goes = 0
        self._props.update(
            {"name": name, "label": label, "empty": empty, "group": group, "tools": tools}
        )
        self.on("view", self._viewed)
        self._hear("more", on_more, lambda told: (int(told),))
        self._hear("line", on_line, lambda told: (str(told["id"]), float(told["price"])))
        self._hear("newest", on_newest, lambda _: ())
        self._hear("put", self._put, lambda told: (told,))
        self._hear("gone", self._gone, lambda told: (str(told),))
        self._on_drawn, self._on_erased = on_drawn, on_erased

    def _hear(
        self, event: str, then: Callable[..., object] | None, read: Callable[[Any], tuple[Any, ...]]
    ) -> None:
        if then is not None:
            self.on(event, lambda given: then(*read(given.args)))

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
        self._studies, self._marks, self._goes = {}, [], 0
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
        if last is None:
            self._due = True  # its browser part knows nothing of these bars yet
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
        self._tell("set", shape)

    def study(self, study: Study, values: Mapping[str, ArrayLike]) -> None:
        """Draw or renew a study: by the name of its outputs one value for each bar, nan where
        unknown. Only what differs from the values before is sent.

        Raises ValueError for arrays that are not as long as the bars.
        """
        lines = np.array([values[output.name] for output in study.outputs], dtype=np.float64)
        if lines.shape != (len(study.outputs), len(self.candles)):
            raise ValueError(f"{study.id} has {lines.shape} values for {len(self.candles)} bars")
        before = self._studies.get(study.id)
        self._studies[study.id] = study, lines
        if self._due or not self._shown:
            return
        first = first_difference(before[1], lines) if before and before[0] == study else 0
        if first == 0 or lines.shape[1] - first > MOST_ROWS:
            self._tell("study", asdict(study), packed_numbers(lines))
        elif first < lines.shape[1]:
            self._tell("grown", study.id, first, known(lines[:, first:].T))

    def drop(self, id: str) -> None:
        """Take a study away."""
        if self._studies.pop(id, None) is not None:
            self._tell("drop", id)

    def lines(self, lines: Sequence[PriceLine], *, anew: bool = False) -> None:
        """All lines as they are now; told `anew`, what was dragged is back where it belongs."""
        told = [asdict(line) for line in lines]
        if anew or told != self._lines:
            self._lines = told
            self._tell("priced", told)

    def marks(self, marks: Sequence[TradeMark]) -> None:
        told = [mark.told() for mark in marks]
        if told != self._marks:
            self._marks = told
            self._tell("marked", told)

    def drawn(self, drawings: Sequence[dict[str, Any]]) -> None:
        """All drawings, in the form in which `on_drawn` tells one."""
        self._drawings = list(drawings)
        self._tell("drawn", self._drawings)

    def _put(self, drawing: dict[str, Any]) -> object:
        others = [each for each in self._drawings if each["id"] != drawing["id"]]
        self._drawings = [*others, drawing]
        return self._on_drawn(drawing) if self._on_drawn is not None else None

    def _gone(self, id: str) -> object:
        self._drawings = [each for each in self._drawings if each["id"] != id]
        return self._on_erased(id) if self._on_erased is not None else None

    def say(self, text: str) -> None:
        """Why there are no bars, and what to do."""
        self._said = text
        self._tell("say", text)

    def go(self, time: int) -> None:
        """Show a moment in the middle; once somebody sees the chart."""
        if self._shown and not self._due:
            self.run_method("go", time)
        else:
            self._goes = time

    def fit(self) -> None:
        self.run_method("fit")

    def reset(self) -> None:
        self.run_method("reset")

    def picture(self, *, file: str, title: str, about: str) -> None:
        """Save what is seen as a PNG that says what it is."""
        self.run_method("picture", {"file": file, "title": title, "about": about})

    def _tell(self, method: str, *args: Any) -> None:
        """Told at once where somebody sees it, else with everything when somebody does."""
        if self._shown and not self._due:
            self.run_method(method, *args)
        else:
            self._stale = True

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
        self._sent, self._stale = len(bars), False
        early = len(bars) - FIRST
        if early <= 0:
            self.run_method("load", *message(bars, facts))
        else:
            new = part(bars, early, len(bars))
            self.run_method("load", *message(new, {**facts, "whole": True}))
            self.run_method("more", *message(part(bars, 0, early), {"whole": self.facts.whole}))
        self._rest()

    def _rest(self) -> None:
        """What is on the bars."""
        for study, lines in self._studies.values():
            self.run_method("study", asdict(study), packed_numbers(lines))
        for method, told in (
            ("priced", self._lines),
            ("marked", self._marks),
            ("drawn", self._drawings),
        ):
            self.run_method(method, told)
        if self._goes:
            self.run_method("go", self._goes)
            self._goes = 0

    def _viewed(self, event: GenericEventArguments) -> None:
        told = event.args
        if told["fresh"]:  # a new browser part knows nothing
            self.messages = self._answered = 0
            self._due = len(self.candles) > 0
            self.run_method("set", self.shape)
            self.run_method("say", self._said)
        self._answered = max(self._answered, int(told["seq"]))
        self._shown = bool(told["shown"])
        if self._shown and self._stale and not self._due:
            self._stale = False
            self.run_method("set", self.shape)
            self._rest()
        self.flush()
