"""The builder's suggestions: a view is told, positions that fit it are ranked with the reasons."""

from functools import partial
from typing import Any, Final

from nicegui import background_tasks, ui

from core.errors import AppError, RuleBroken
from core.strategies.candidates import View
from core.strategies.suggest import WEIGHTS, Suggestion
from core.strategies.wording import at_most, chance, rupees
from ui.builder import library
from ui.builder.icons import Icon
from ui.builder.state import BuilderState
from ui.builder.suggesting import Found, Suggesting
from ui.components.empty_state import empty_state
from ui.components.fields import button
from ui.components.leaving import Leaving
from ui.components.payoff_icon import PayoffIcon
from ui.components.segments import Segments
from ui.theme import formats

DIRECTIONS: Final = {
    "-2": "Falls much",
    "-1": "Falls",
    "0": "Stays",
    "1": "Rises",
    "2": "Rises much",
}
VOLATILITIES: Final = {"-1": "IV falls", "0": "IV as it is", "1": "IV rises"}
MOST_DAYS, MOST_LOSS, MOST_LOTS = 1_000.0, 1e9, 1_000.0
PARTS: Final = {
    "gain": "gain in your view",
    "chance": "chance of a profit",
    "reward": "reward against risk",
    "liquidity": "cheap to trade",
    "capital": "capital that it needs",
}


def build_suggest(state: BuilderState) -> None:
    _Suggest(state)


class _Suggest:
    def __init__(self, state: BuilderState) -> None:
        self._state = state
        self._suggesting = Suggesting(state)
        self._asked = 0
        self._busy = self._ended = False
        Leaving(self._end)
        with ui.element("div").classes("tool-panel"):
            self._form()
            self._said = ui.label().classes("caption").props('data-testid="suggest-said"')
            self._progress = ui.linear_progress(show_value=False).props(
                'indeterminate size=2px data-testid="suggest-progress"'
            )
            self._progress.set_visibility(False)
            self._list = ui.element("div").classes("tool-body suggestions")
        with self._list:
            empty_state(
                "What do you expect?",
                "Say where the underlying goes, what volatility does, until when, and what you may"
                " lose; then press Suggest. Every template that fits is tried on several strikes.",
                icon="lightbulb",
            )

    # the view
    def _form(self) -> None:
        choices = self._state.choices
        with ui.element("div").classes("tool-bar"):
            self._direction = Segments(
                DIRECTIONS, choices, "builder.view-direction", self._changed, first="0"
            )
            self._volatility = Segments(
                VOLATILITIES, choices, "builder.view-volatility", self._changed, first="0"
            )
        with ui.element("div").classes("tool-bar"):
            self._number("Days", "days", 7.0, 1.0, MOST_DAYS)
            self._number("Lose at most ₹", "loss", None, 1.0, MOST_LOSS)
            self._number("Lots", "lots", 1.0, 1.0, MOST_LOTS)
            ui.checkbox(
                "unlimited loss too",
                value=bool(self._kept.get("unlimited", False)),
                on_change=lambda e: self._keep("unlimited", bool(e.value)),
            ).props('dense size=xs data-testid="view-unlimited"').mark("view-unlimited")
            with ui.element("span").classes("springy"):
                button("Suggest", "suggest", self.ask, icon="lightbulb", primary=True)

    def _number(
        self, label: str, name: str, usual: float | None, least: float, most: float
    ) -> None:
        with ui.element("label").classes(f"tool-field view-{name}"):
            ui.label(label)
            made = ui.number(
                value=self._kept.get(name, usual),
                min=least,
                max=most,
                placeholder="any" if usual is None else "",
                on_change=lambda e: self._keep(name, e.value),
            )
        made.props(f'outlined dense hide-bottom-space debounce=300 data-testid="view-{name}"')
        made.props(f'aria-label="{label}"').mark(f"view-{name}").on("keydown.enter", self.ask)

    @property
    def _kept(self) -> dict[str, Any]:
        return self._state.choices.get("builder.view", dict[str, Any]())

    def _keep(self, name: str, value: object) -> None:
        self._state.choices.keep("builder.view", {**self._kept, name: value})
        self._changed()

    @property
    def view(self) -> View:
        """As it is told; raises RuleBroken for what cannot be meant."""
        kept = self._kept
        days = _number(kept.get("days", 7.0), "days", MOST_DAYS)
        lots = _number(kept.get("lots", 1.0), "lots", MOST_LOTS)
        loss = kept.get("loss")
        return View(
            direction=int(self._direction.value),
            volatility=int(self._volatility.value),
            days=days,
            max_loss=None if loss in (None, "") else _number(loss, "largest loss", MOST_LOSS),
            unlimited=bool(kept.get("unlimited", False)),
            lots=int(lots),
        )

    # asking
    def _changed(self) -> None:
        """Once somebody has asked, another view is answered at once."""
        if self._asked:
            self.ask()

    def ask(self) -> None:
        self._asked += 1
        if not self._busy:
            self._busy = True
            self._progress.set_visibility(True)
            background_tasks.create(self._run(), name="suggestions")

    async def _run(self) -> None:
        try:
            answered = 0
            while answered != self._asked and not self._ended:
                answered = self._asked
                try:
                    found = await self._suggesting.find(self.view, self._said.set_text)
                except AppError as problem:
                    self._show_none(str(problem))
                else:
                    if not self._ended:
                        self._show(found)
        finally:
            self._busy = False
            self._progress.set_visibility(False)

    def _end(self) -> None:
        self._ended = True

    # the answer
    def _show_none(self, why: str) -> None:
        if self._ended:
            return
        self._said.set_text("")
        self._list.clear()
        with self._list:
            empty_state(why, icon="search_off")

    def _show(self, found: Found) -> None:
        if not found.suggestions:
            self._show_none(
                "Nothing fits this view and this budget. Allow a larger loss, more days, or"
                " positions of unlimited loss."
            )
            return
        took = f"judged in {1000 * found.seconds:.0f} ms"
        count = f"{len(found.suggestions)} best of their kind"
        self._said.set_text(
            f"{count} on {self._state.symbol}, prices of {formats.clock_time(found.at)}, {took}."
            " Bought at the ask, sold at the bid. Not advice."
        )
        self._list.clear()
        with self._list:
            for at, each in enumerate(found.suggestions):
                self._card(at, each, found.icons[at])

    def _card(self, at: int, one: Suggestion, icon: Icon) -> None:
        parts = ", ".join(
            f"{PARTS[k]} {WEIGHTS[k] * v:.0f}/{WEIGHTS[k]}" for k, v in one.parts.items()
        )
        with ui.element("article").classes("suggestion").props(f'data-testid="suggestion-{at}"'):
            with ui.element("div").classes("suggestion-side"):
                PayoffIcon(icon)
                score = ui.label(f"{one.score:.0f}").classes("score num")
                score.props(f'title="Score of 100: {parts}" data-testid="suggestion-{at}-score"')
            with ui.element("div").classes("suggestion-main"):
                with ui.element("div").classes("suggestion-head"):
                    ui.label(one.template.title).classes("strong")
                    ui.label(library.legs_in_words(one.legs)).classes("num dim")
                with ui.element("div").classes("suggestion-figures num"):
                    for name, text in _figures(one):
                        with ui.element("span"):
                            ui.label(name).classes("faint")
                            ui.label(text)
                with ui.element("ul"):
                    for reason in one.reasons:
                        with ui.element("li"):
                            ui.label(reason)
            button("Open", f"suggest-open-{at}", partial(self.open, one), tip="Open in the builder")

    def open(self, one: Suggestion) -> None:
        """Its legs on the table; what was there comes back by undo."""
        name = f"{one.template.title} {formats.short_day(one.legs[0].expiry)}"
        try:
            if one.legs[0].symbol != self._state.symbol:
                raise RuleBroken(f"This suggestion is on {one.legs[0].symbol}; ask again.")
            self._state.put_legs(one.legs, name=name)
        except AppError as problem:
            ui.notify(str(problem), type="negative", position="bottom-right")


def _figures(one: Suggestion) -> list[tuple[str, str]]:
    figures = one.summary
    return [
        ("In your view", f"{rupees(one.expected)} · {chance(one.chance)}"),
        ("Gains", at_most(figures.max_profit)),
        ("Loses", at_most(-figures.max_loss)),
        ("Needs", f"about {rupees(one.blocked)}" if one.blocked == one.blocked else "unknown"),
    ]


def _number(value: object, name: str, most: float) -> float:
    if not isinstance(value, int | float) or not 0 < value <= most:
        raise RuleBroken(f"The {name} must be a number above 0, {most:,.0f} at most.")
    return float(value)
