"""The builder's what-if: profit or a greek over spots and days, or over spots and shifts of IV."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Final

from nicegui import ui

from core.errors import AppError
from core.strategies.legs import Leg
from core.strategies.what_if import PNL
from ui.builder import what_if
from ui.builder.laid import Laid
from ui.builder.latest import Latest
from ui.builder.topics import Topic
from ui.builder.what_if import Answer
from ui.components.empty_state import empty_state
from ui.components.leaving import Leaving
from ui.components.matrix_grid import Heading, MatrixGrid
from ui.components.segments import Segments
from ui.theme import formats

MEASURES: Final = {
    PNL: "P&L",
    "delta": "Delta",
    "gamma": "Gamma",
    "theta": "Theta",
    "vega": "Vega",
    "rho": "Rho",
}
UNITS: Final = {
    PNL: "Profit or loss in ₹",
    "delta": "Net delta: units of the underlying",
    "gamma": "Net gamma: change of delta per rupee of the underlying",
    "theta": "Net theta: ₹ per calendar day",
    "vega": "Net vega: ₹ per vol point",
    "rho": "Net rho: ₹ per percentage point of rate",
}
FORMATS: Final = {PNL: "rupeesLakh", "theta": "rupeesLakh", "vega": "rupeesLakh"}
OVER: Final = {"days": "Days", "iv": "IV"}
MOST_SHIFT: Final = 15.0
"""Vol points that the slider reaches either way."""
MOST_POINTS: Final = 100.0
"""Vol points of a leg's own shift, either way."""
MISSING: Final = "A price or a volatility of a leg is not known"


def build_what_if(state: Laid) -> None:
    _WhatIf(state)


class _WhatIf:
    def __init__(self, state: Laid) -> None:
        self._state = state
        self._dates: list[datetime] = []
        self._answer: Answer | None = None
        self._work = Latest[Answer](self._question, self._answered)
        Leaving(self._work.end)
        with ui.element("div").classes("tool-panel"):
            self._controls()
            self._legs = _LegShifts(state)
            self._empty = empty_state(
                *state.nothing,
                icon="grid_on",
            ).props('data-testid="what-if-empty"')
            self._grid = MatrixGrid(name="what-if", on_pick=self._pick, on_seen=self._ask)
            self._caption = ui.label().classes("caption").props('data-testid="what-if-caption"')
        for topic in (Topic.DRAFT, Topic.MARKET, Topic.PICTURE, Topic.OVERLAYS):
            state.on(topic, self._ask)
        self._ask()

    # what is chosen
    def _controls(self) -> None:
        choices = self._state.choices
        with ui.element("div").classes("tool-bar"):
            self._measure = Segments(MEASURES, choices, "builder.what-if", self._ask)
            self._over = Segments(OVER, choices, "builder.what-if-over", self._ask)
            self._over.props('title="Days at one volatility, or volatilities on the chosen day"')
        with ui.element("div").classes("tool-bar"):
            with ui.element("label").classes("tool-field iv-shift"):
                self._shift_text = ui.label().props('data-testid="what-if-iv"')
                self._shift = ui.slider(
                    min=-MOST_SHIFT,
                    max=MOST_SHIFT,
                    step=0.5,
                    value=0.0,
                    on_change=lambda e: self._shift_iv(float(e.value)),
                )
            self._shift.props('dense data-testid="what-if-iv-shift" aria-label="IV shift"')
            with ui.element("button").classes("button small") as legs:
                ui.label("IV per leg")
            legs.props('data-testid="what-if-legs" title="Shift the volatility of single legs"')
            legs.on("click", lambda: self._legs.toggle())
            with ui.element("span").classes("springy"):
                self._reach = _select("Range", "what-if-range", self._reaches(), self._keep_reach)
                self._step = _select("Step", "what-if-step", {"": "auto"}, self._keep_step)
            self._reach.value = choices.get("builder.what_if.range", "")

    def _shift_iv(self, points: float) -> None:
        if abs(points / 100 - self._state.iv_shift) > 1e-9:
            self._state.shift_iv(points)

    def _tell_shift(self) -> None:
        shift = self._state.iv_shift
        self._shift_text.set_text(f"IV {100 * shift:+.1f}" if shift else "IV ±0")
        if abs(self._shift.value / 100 - shift) > 1e-9:
            self._shift.value = 100 * shift

    def _reaches(self) -> dict[str, str]:
        return {"": "auto", **{f"{each:g}": f"±{100 * each:g} %" for each in what_if.RANGES}}

    def _keep_reach(self, value: str) -> None:
        self._state.choices.keep("builder.what_if.range", value)
        self._ask()

    def _keep_step(self, value: str) -> None:
        self._state.choices.keep(self._step_name, value)
        self._ask()

    @property
    def _step_name(self) -> str:
        return f"builder.what_if.step.{self._state.symbol}"

    def _offer_steps(self, spot: float) -> None:
        offered = {"": "auto", **{f"{each:g}": f"{each:g}" for each in what_if.steps(spot)}}
        kept = self._state.choices.get(self._step_name, "")
        value = kept if kept in offered else ""
        if list(offered) != list(self._step.options) or self._step.value != value:
            self._step.set_options(offered, value=value)

    # the table
    def _ask(self) -> None:
        self._tell_shift()
        some = bool(self._state.counted)
        self._empty.set_visibility(not some)
        self._grid.set_visibility(some)
        if self._grid.shown:
            self._work.ask()

    def _question(self) -> Callable[[], Answer] | None:
        state, market, legs = self._state, self._state.market, self._state.counted
        if market is None or not legs:
            return None
        self._offer_steps(market.spot)
        reach = float(self._reach.value or what_if.usual_reach(state.picture, market.spot))
        step = float(self._step.value or what_if.usual_step(market.spot, reach))
        spots = what_if.ladder(market.spot, reach, step)
        days = self._over.value == "days"
        if days:
            self._dates = what_if.moments(market, legs, state.services.calendar)
            seconds = [each.timestamp() for each in self._dates]
            chosen = what_if.nearest(seconds, state.when.timestamp())
            columns = what_if.day_headings(self._dates, market, legs, chosen)
        else:
            chosen = what_if.nearest(what_if.SHIFTS, state.iv_shift)
            columns = what_if.shift_headings(what_if.SHIFTS, chosen)
        return what_if.question(
            legs,
            market,
            spots,
            self._dates if days else [state.when],
            [state.iv_shift] if days else what_if.SHIFTS,
            columns,
            measure=self._measure.value,
            charges=state.picture.summary.charges if state.picture is not None else 0.0,
        )

    def _answered(self, answer: Answer) -> None:
        self._answer = answer
        over = Heading(text="Spot", tip="The underlying's price")
        self._grid.push(
            answer.values,
            what_if.price_headings(answer.spots, answer.spot),
            answer.columns,
            corner=over,
            format=FORMATS.get(self._measure.value, "auto"),
            missing=MISSING,
            here=self._here(answer),
        )
        self._say(answer)

    def _here(self, answer: Answer) -> tuple[int, int] | None:
        pointed = self._state.pointed
        if pointed is None or not answer.spots[-1] <= pointed <= answer.spots[0]:
            return None
        chosen = next((n for n, each in enumerate(answer.columns) if each.mark), 0)
        return what_if.nearest(answer.spots.tolist(), pointed), chosen

    def _say(self, answer: Answer) -> None:
        state, pnl = self._state, self._measure.value == PNL
        fees = f", after {formats.rupees(answer.charges, 0)} of charges to enter" if pnl else ""
        days = self._over.value == "days"
        at = f"IV {_points(state.iv_shift)}" if days else f"on {formats.ist(state.when)[:17]}"
        sticky = f"sticky {state.sticky}"
        hint = "click a cell to see it in the pay-off"
        words = f"{UNITS[self._measure.value]}{fees} · {at} · {sticky} · {hint}"
        self._caption.set_text(words)

    def _pick(self, row: int, column: int) -> None:
        """Date (or volatility) and spot of a cell, for the pay-off; -1 is no cell any more."""
        answer, market = self._answer, self._state.market
        if row < 0:
            self._state.point_at(None)
            return
        if answer is None or market is None or row >= len(answer.spots):
            return
        if self._over.value == "iv":
            self._state.shift_iv(100 * what_if.SHIFTS[column])
        elif self._state.span:
            self._state.look_ahead((self._dates[column] - market.now) / self._state.span)
        self._state.point_at(float(answer.spots[row]))


class _LegShifts:
    """Vol points on single legs, hidden until asked for."""

    def __init__(self, state: Laid) -> None:
        self._state = state
        self._titles: tuple[str, ...] = ()
        self._fields: list[ui.number] = []
        self._box = ui.element("div").classes("leg-shifts")
        self._box.set_visibility(False)
        state.on(Topic.DRAFT, self._show)
        self._show()

    def toggle(self) -> None:
        self._box.set_visibility(not self._box.visible)

    def _show(self) -> None:
        legs = self._state.legs
        titles = tuple(_title(leg) for leg in legs)
        if titles != self._titles or not titles:
            self._titles = titles
            self._build()
        for field, leg in zip(self._fields, legs, strict=True):
            if field.value is not None and abs(field.value / 100 - leg.iv_shift) > 1e-9:
                field.value = round(100 * leg.iv_shift, 4)

    def _build(self) -> None:
        self._box.clear()
        self._fields = []
        with self._box:
            if not self._titles:
                ui.label("There are no legs yet.").classes("faint")
            for at, title in enumerate(self._titles):
                with ui.element("label").classes("leg-shift"):
                    ui.label(title).classes("num")
                    self._fields.append(self._field(at, title))

    def _field(self, at: int, title: str) -> ui.number:
        leg = self._state.legs[at]
        field = ui.number(
            value=round(100 * leg.iv_shift, 4),
            step=0.5,
            min=-MOST_POINTS,
            max=MOST_POINTS,
            suffix="pts",
            on_change=lambda e: self._shift(at, e.value),
        )
        field.props(
            f'outlined dense hide-bottom-space data-testid="what-if-shift-{at}"'
            f' aria-label="IV shift of {title} in points" debounce=200'
        )
        field.set_enabled(leg.is_option)
        return field.mark(f"what-if-shift-{at}")

    def _shift(self, at: int, points: float | None) -> None:
        if points is None or not abs(points) <= MOST_POINTS or at >= len(self._state.legs):
            return
        leg = self._state.legs[at]
        if abs(points / 100 - leg.iv_shift) > 1e-9:
            shifted = replace(leg, iv_shift=points / 100)
            try:
                self._state.put_leg(at, shifted, gesture=f"iv shift {at}")
            except AppError as problem:
                ui.notify(str(problem), type="warning")


def _title(leg: Leg) -> str:
    return f"{leg.lots:+d} {leg.title.removeprefix(leg.symbol).strip()}"


def _select(
    label: str, name: str, options: dict[str, str], then: Callable[[str], object]
) -> ui.select:
    with ui.element("label").classes("tool-field"):
        ui.label(label)
        made = ui.select(options, value="", on_change=lambda e: then(str(e.value or "")))
    made.props(
        f'outlined dense options-dense hide-bottom-space data-testid="{name}" aria-label="{label}"'
    )
    return made.mark(name)


def _points(shift: float) -> str:
    return f"{100 * shift:+.1f} points" if shift else "as it is"
