"""A chart of live or recorded numbers: its shape is sent once, then only the rows that changed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import nicegui.elements.echart as echart
import numpy as np
from nicegui import ui
from nicegui.events import GenericEventArguments
from numpy.typing import ArrayLike, NDArray

from ui.components import exports
from ui.components.keys import KEYS
from ui.theme.style import ASSETS

Floats = NDArray[np.float64]
Option = dict[str, Any]

MAX_BEHIND: Final = 8
"""Messages that the browser may owe before we wait for it."""
STAMP_EVERY: Final = 1.0
"""Seconds; how often the age alone is told when no number changed."""
ESM: Final = {
    "nicegui-echart": str(Path(str(echart.__file__)).parent / "dist"),
    "desk-formats": str(ASSETS / "js" / "formats"),
    **KEYS,
    "desk-charts": str(ASSETS / "js" / "charts"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A line over the chart where the `axis` is `at`; a band up to `to`, if that is given.

    `colour` is a token of `assets/css/tokens.css`. A mark with a `name` can be dragged.
    """

    at: float
    label: str = ""
    axis: str = "x"
    to: float | None = None
    colour: str = "--txt2"
    dashed: bool = True
    name: str = ""


class Chart(ui.element, component="chart.js", esm=ESM):
    """`option` is an ECharts option without data; `push` brings and renews the numbers.

    In `option`, colours may be `var(--up)` or `var(--up) / 20%` and an axis or a series may say
    its `format` (a name of `assets/js/formats`); every series has an `id`. `height` in pixels,
    or None to fill what it stands in. `on_drag(name, value, done)` hears a named mark being moved,
    `on_pick` a click on a point (series, index, value), `on_zoom` the shown part in per cent.
    `subject` (for example NIFTY) goes into exported names.
    `with chart:` adds tools to the head. Without a `title` the head is shown on hover only.
    """

    def __init__(
        self,
        option: Option,
        *,
        name: str,
        title: str = "",
        subject: str = "",
        height: int | None = 260,
        empty: str = "No numbers yet",
        label: str = "",
        on_pick: Callable[[dict[str, Any]], object] | None = None,
        on_drag: Callable[[str, float, bool], object] | None = None,
        on_zoom: Callable[[float, float], object] | None = None,
    ) -> None:
        if not all("id" in series for series in option["series"]):
            raise ValueError(f"a series of {name} has no id")
        super().__init__()
        self.name, self.title, self.subject = name, title, subject
        self.option = self._built = option
        self.parts: dict[str, Floats] = {}
        self.at: datetime | None = None
        self.sent: dict[str, Floats] = {}
        self._marks: tuple[Mark, ...] = ()
        self._now: datetime | None = None
        self._stamped: dict[str, Any] | None = None
        self._shown = self._renewed = self.marks_due = False
        self.messages = self._answered = 0
        self._props["option"], self._props["name"], self._props["title"] = option, name, title
        self._props["empty"], self._props["label"] = empty, label or title or name
        self._props["data-testid"] = name
        self.style(
            f"flex: none; height: {height}px" if height else "flex: 1; height: 100%; min-height: 0"
        )
        self.on("view", self._viewed)
        self.on("export", self._export)
        if on_pick is not None:
            self.on("pick", lambda event: on_pick(event.args))
        if on_drag is not None:
            self.on("drag", lambda e: on_drag(e.args["name"], e.args["value"], e.args["done"]))
        if on_zoom is not None:
            self.on("zoom", lambda e: on_zoom(float(e.args["start"]), float(e.args["end"])))

    # what it shows
    def push(
        self,
        series: Mapping[str, ArrayLike],
        *,
        x: ArrayLike | None = None,
        y: ArrayLike | None = None,
        at: datetime | None = None,
        now: datetime | None = None,
    ) -> None:
        """The numbers as they are now, by series id; nan where unknown.

        A series is one value per place of `x`, or rows: `(x, y)`, `(open, high, low, close)`, or
        of a heat map one row per `x` with one value per `y`. Times are epoch milliseconds.
        Raises ValueError if a series has more or fewer values than `x` has places.
        `at` is the moment that the numbers tell of, `now` the desk's clock; with `at` but
        without `now` they are recorded. What is not named stays as it is.
        """
        given = {**series, **({} if x is None else {"x": x}), **({} if y is None else {"y": y})}
        for name, values in given.items():
            self.parts[name] = np.array(values, dtype=float)  # a copy: the caller's may live on
        places = len(self.parts.get("x", ()))
        for name in series:
            if places and self.parts[name].ndim == 1 and len(self.parts[name]) != places:
                raise ValueError(f"{name} has {len(self.parts[name])} values for {places} places")
        if at is not None:
            self.at, self._now = at, now
        self.flush()

    def marks(self, marks: Sequence[Mark]) -> None:
        if tuple(marks) != self._marks:
            self._marks, self.marks_due = tuple(marks), True
            self.flush()

    def set(self, option: Option, *, title: str | None = None) -> None:
        """Another shape; numbers of series that it still has are kept."""
        self.option = option
        if title is not None:
            self.title = title
            self._props["title"] = title
        if self._shown:
            self.run_method("set", option)
        else:
            self._renewed = True

    def forget(self) -> None:
        """Drop all numbers: the chart says why it is empty."""
        self.parts = {name: np.empty(0) for name in self.parts}
        self.flush()

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
        if self._renewed:
            self._renewed = False
            self.run_method("set", self.option)
        found = {name: delta(self.sent.get(name), now) for name, now in self.parts.items()}
        changed = {name: each for name, each in found.items() if each is not None}
        if changed or self._stamp_due():
            self.messages += 1
            self.sent.update({name: self.parts[name] for name in changed})
            self._stamped = self.stamp
            self.run_method("push", changed, self.messages, self._stamped)
        if self.marks_due:
            self.marks_due = False
            self.run_method("marks", [asdict(mark) for mark in self._marks])

    @property
    def stamp(self) -> dict[str, Any] | None:
        """The moment in milliseconds, the age in seconds, and whether the numbers are recorded."""
        if self.at is None:
            return None
        age = 0.0 if self._now is None else max(0.0, (self._now - self.at).total_seconds())
        return {"at": self.at.timestamp() * 1000, "age": age, "recorded": self._now is None}

    def _stamp_due(self) -> bool:
        told, now = self._stamped, self.stamp
        if told is None or now is None or told["recorded"] != now["recorded"]:
            return now is not None
        passed = now["at"] - told["at"] + 1000 * (now["age"] - told["age"])
        return bool(abs(passed) >= 1000 * STAMP_EVERY)

    def _viewed(self, event: GenericEventArguments) -> None:
        told = event.args
        if told["fresh"]:  # a new browser part knows nothing
            self.sent.clear()
            self.messages = self._answered = 0
            self._stamped, self.marks_due = None, True
            self._renewed = self._built is not self.option
        self._answered = max(self._answered, int(told["seq"]))
        self._shown = bool(told["shown"])
        self.flush()

    # taking it away
    def _export(self, event: GenericEventArguments) -> None:
        file = exports.file_name(self.subject, self.name, self.at, str(event.args))
        if event.args == "csv":
            ui.download.content(exports.csv_of(self.option, self.parts), file, "text/csv")
        else:
            about = exports.about(self.subject, self.at, recorded=self._now is None)
            words = {"file": file, "title": self.title or self.name, "about": about}
            self.run_method("picture", words)


def delta(before: Floats | None, now: Floats) -> dict[str, Any] | None:
    """What turns `before` into `now`: its length and the rows that differ; None if none does."""
    if before is None or before.shape[1:] != now.shape[1:]:
        return {"n": len(now), "v": now.tolist()}
    common = min(len(before), len(now))
    old, new = before[:common], now[:common]
    differs = (new != old) & ~(np.isnan(new) & np.isnan(old))
    rows = np.flatnonzero(differs.reshape(common, -1).any(axis=1)) if common else np.empty(0, int)
    index = np.concatenate([rows, np.arange(common, len(now))])
    if not len(index) and len(now) == len(before):
        return None
    if 2 * len(index) > len(now):
        return {"n": len(now), "v": now.tolist()}
    return {"n": len(now), "i": index.tolist(), "v": now[index].tolist()}
