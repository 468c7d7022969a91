"""The dialog of indicators: found by words, added, and set up with their numbers and colours."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Final

from nicegui import ui

from core.clock import IST
from core.errors import AppError
from core.indicators.registry import Group, Indicator, Parameter, search
from ui.chart.indicators import DRAWN, INKS, MOST, Chosen, new, restored, short
from ui.components.choices import Choices
from ui.components.fields import button, text_field
from ui.components.keys import Keys

KEPT: Final = "chart.indicators"
SHOWN: Final = 40
"""Found indicators that are listed at once."""
MOMENT: Final = "%Y-%m-%dT%H:%M"


class IndicatorPicker:
    """Its button is made where it is built; `then` hears every change of `chosen`.

    `unknown` names those of which the chart's bars tell nothing.
    """

    def __init__(
        self,
        choices: Choices,
        then: Callable[[], object],
        unknown: Callable[[], frozenset[str]] = frozenset,
    ) -> None:
        self._choices, self._then, self._unknown = choices, then, unknown
        self.chosen = restored(choices.get(KEPT, list[object]()))
        self._group = ""
        self._edited = ""
        self.button = button(
            "", "chart-indicators", self.open, icon="show_chart", tip="Indicators (I)"
        )
        with self.button:
            self._count = ui.label().classes("indicator-count")
        self._tell_count()
        self._dialog: ui.dialog | None = None
        Keys({"i": self.open})

    def open(self) -> None:
        if self._dialog is not None and self._dialog.value:
            return
        with ui.dialog() as dialog, ui.element("div").classes("sheet indicator-sheet"):
            self._dialog = dialog
            dialog.on("hide", dialog.delete)
            with ui.element("div").classes("indicator-head"):
                ui.label("Indicators").classes("sheet-title")
                button("", "indicator-close", dialog.close, icon="close", tip="Close (Esc)")
            with ui.element("div").classes("indicator-columns"):
                with ui.element("div").classes("indicator-find"):
                    self._input = text_field(
                        "",
                        "indicator-search",
                        hint="RSI, average, volume …",
                        wait_ms=120,
                        on_change=lambda _: self._list(),
                    ).props('autofocus maxlength="40" aria-label="Find an indicator"')
                    self._input.on("keydown.enter", self._add_first)
                    self._groups_row()
                    self._found = ui.element("div").classes("indicator-found")
                self._laid = ui.element("div").classes("indicator-chosen")
        self._list()
        self.lay()
        dialog.open()

    # finding
    def _groups_row(self) -> None:
        with ui.element("div").classes("indicator-groups").props('role="group"'):
            self._chips = {name: self._chip(name) for name in ("", *(g.value for g in Group))}
        self._mark()

    def _chip(self, name: str) -> ui.element:
        chip = ui.element("button").classes("chip").on("click", lambda: self._narrow(name))
        with chip:
            ui.label(name or "All")
        return chip.props(f'data-testid="indicator-group-{(name or "all").lower()}"')

    def _narrow(self, group: str) -> None:
        self._group = group
        self._mark()
        self._list()

    def _mark(self) -> None:
        for name, chip in self._chips.items():
            here = name == self._group
            chip.classes(add="here" if here else "", remove="" if here else "here")
            chip.props(f"aria-pressed={str(here).lower()}")

    @property
    def found(self) -> list[Indicator]:
        listed = search(str(self._input.value or "").strip())
        return [each for each in listed if each.name in DRAWN and self._group in ("", each.group)]

    def _list(self) -> None:
        found = self.found
        self._found.clear()
        with self._found:
            for each in found[:SHOWN]:
                self._row(each)
            if not found:
                ui.label("Nothing of that name. Try fewer letters.").classes("dim")
            elif len(found) > SHOWN:
                ui.label(f"{len(found) - SHOWN} more: type to narrow them.").classes("dim")

    def _row(self, each: Indicator) -> None:
        row = ui.element("button").classes("indicator-row").on("click", lambda: self.add(each))
        row.props(f'type="button" data-testid="indicator-add-{each.name}"')
        row.props["title"] = f"{each.group}: {each.seed}"
        with row:
            ui.label(each.title)
            ui.label(each.group).classes("faint")

    def _add_first(self) -> None:
        if self.found:
            self.add(self.found[0])

    # changing
    def add(self, indicator: Indicator) -> None:
        if len(self.chosen) >= MOST:
            ui.notify(f"A chart holds {MOST} indicators: remove one first.", type="warning")
            return
        made = new(indicator, self.chosen)
        self.chosen.append(made)
        self._edited = made.id
        self._told()

    def remove(self, id: str) -> None:
        self.chosen = [each for each in self.chosen if each.id != id]
        self._told()

    def put(self, changed: Chosen, *, anew: bool = True) -> None:
        """In the place of the one of the same id; `anew` builds the list again."""
        self.chosen = [changed if each.id == changed.id else each for each in self.chosen]
        self._told(anew=anew)

    def _told(self, *, anew: bool = True) -> None:
        self._choices.keep(KEPT, [each.kept() for each in self.chosen])
        self._tell_count()
        if anew:
            self.lay()
        self._then()

    def _tell_count(self) -> None:
        self._count.set_text(str(len(self.chosen)) if self.chosen else "")

    # what is on the chart
    def lay(self) -> None:
        if self._dialog is None or self._dialog.is_deleted:
            return
        self._laid.clear()
        with self._laid:
            if not self.chosen:
                ui.label("No indicator is on the chart. Click one on the left.").classes("dim")
            for each in self.chosen:
                self._card(each)

    def _card(self, each: Chosen) -> None:
        open_here = each.id == self._edited
        with ui.element("div").classes("indicator-card here" if open_here else "indicator-card"):
            with ui.element("div").classes("indicator-line"):
                self._ink(next(iter(each.colours.values()), "var(--up)"))
                name = ui.element("button").classes("indicator-name")
                name.on("click", lambda: self._edit(each.id))
                name.props(f'type="button" data-testid="indicator-edit-{each.indicator.name}"')
                with name:
                    ui.label(each.title)
                self._icons(each)
            if each.id in self._unknown():
                ui.label(_why_unknown(each.indicator)).classes("indicator-unknown")
            if open_here:
                self._form(each)

    def _icons(self, each: Chosen) -> None:
        eye, tip = ("visibility_off", "Show") if each.hidden else ("visibility", "Hide")
        name = each.indicator.name
        for icon, said, act, what in (
            (eye, tip, lambda: self._hide(each.id), "hide"),
            ("close", "Remove", lambda: self.remove(each.id), "remove"),
        ):
            made = ui.element("button").classes("icon-button").on("click", act)
            made.props(f'type="button" data-testid="indicator-{what}-{name}" title="{said}"')
            made.props(f'aria-label="{said} {short(each.indicator)}"')
            with made:
                ui.icon(icon)

    def _ink(self, colour: str) -> None:
        ui.element("i").classes("indicator-ink").style(f"background: {colour}")

    def _edit(self, id: str) -> None:
        self._edited = "" if self._edited == id else id
        self.lay()

    def _hide(self, id: str) -> None:
        each = self._of(id)
        if each is not None:
            self.put(replace(each, hidden=not each.hidden))

    def _of(self, id: str) -> Chosen | None:
        return next((each for each in self.chosen if each.id == id), None)

    # one of them
    def _form(self, each: Chosen) -> None:
        with ui.element("div").classes("indicator-form"):
            for parameter in each.indicator.parameters:
                self._field(each, parameter)
            if each.colours:
                with ui.element("div").classes("indicator-colours"):
                    for output in each.study().outputs:
                        if output.name in each.colours:
                            self._colour(each, output.name, output.title)
        ui.label(f"How it starts: {each.indicator.seed}.").classes("indicator-seed")

    def _field(self, each: Chosen, parameter: Parameter) -> None:
        test_id = f"indicator-{each.indicator.name}-{parameter.name}"
        value = each.values[parameter.name]
        with ui.element("label").classes("fld"):
            ui.label(parameter.title)
            if parameter.choices:
                made: ui.element = ui.select(
                    dict(enumerate(parameter.choices)),
                    value=int(value),
                    on_change=lambda e: self._set(each.id, parameter, e.value),
                ).props("outlined dense options-dense hide-bottom-space")
            elif parameter.moment:
                text = datetime.fromtimestamp(value, IST).strftime(MOMENT) if value else ""
                made = ui.input(
                    value=text, on_change=lambda e: self._set_moment(each.id, parameter, e.value)
                ).props('type="datetime-local" outlined dense hide-bottom-space debounce=300')
            else:
                made = ui.number(
                    value=value,
                    min=parameter.low,
                    max=parameter.high,
                    step=parameter.step,
                    on_change=lambda e: self._set(each.id, parameter, e.value),
                ).props("outlined dense hide-bottom-space debounce=250")
        made.props(f'data-testid="{test_id}" aria-label="{parameter.title}"').mark(test_id)

    def _set(self, id: str, parameter: Parameter, value: object) -> None:
        """A number that cannot be is left where it was: the field says what it may be."""
        each = self._of(id)
        if each is None or value is None:
            return
        try:
            self.put(each.with_value(parameter.name, value), anew=False)
        except AppError as problem:
            ui.notify(f"{problem}.", type="warning")

    def _set_moment(self, id: str, parameter: Parameter, text: str | None) -> None:
        self._set(id, parameter, moment(text or ""))

    def _colour(self, each: Chosen, output: str, title: str) -> None:
        with ui.element("div").classes("indicator-colour"):
            ui.label(title)
            with ui.element("div").classes("indicator-inks").props('role="group"'):
                for ink, name in INKS.items():
                    here = each.colours[output] == ink
                    made = ui.element("button").classes("ink here" if here else "ink")
                    made.style(f"background: {ink}")
                    made.props(
                        f'type="button" title="{name}" aria-label="{title}: {name}"'
                        f" aria-pressed={str(here).lower()}"
                        f' data-testid="indicator-ink-{output}-{name.lower().replace(" ", "-")}"'
                    )
                    made.on("click", lambda ink=ink: self._paint(each.id, output, ink))

    def _paint(self, id: str, output: str, ink: str) -> None:
        each = self._of(id)
        if each is not None:
            self.put(each.with_colour(output, ink))


def moment(text: str) -> float:
    """Epoch seconds of a time in IST; 0 where there is none."""
    try:
        return datetime.strptime(text, MOMENT).replace(tzinfo=IST).timestamp()
    except ValueError:
        return 0.0


def _why_unknown(indicator: Indicator) -> str:
    if indicator.needs_volume:
        return "Unknown here: nothing trades in it, so it has no volume. Its future does."
    return "Unknown here: it needs more bars, or whole sessions before these."
