"""Templates of the builder: chosen by their picture, laid on the strikes that are listed."""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Any, Final

from nicegui import ui

from core.errors import AppError
from core.strategies.chooser import By
from core.strategies.templates import BY_NAME, TEMPLATES, Template
from ui.builder.icons import icons
from ui.builder.laying import KEPT, chooser, lay, way, wishes
from ui.builder.state import BuilderState
from ui.components.fields import PROPS, choice_field
from ui.theme import formats

QUICK: Final = (
    *("short-straddle", "short-strangle", "iron-condor", "iron-butterfly"),
    *("bull-call-spread", "bear-put-spread", "call-calendar", "long-straddle"),
)
WAYS: Final[dict[str, str]] = {
    By.OFFSET: "Strikes from the money",
    By.DELTA: "Delta",
    By.PREMIUM: "Premium, ₹",
}
NEXT: Final = "the next one"


def quick_templates() -> list[Template]:
    """What is asked for most, for an empty table."""
    return [BY_NAME[name] for name in QUICK]


class TemplateGrid(ui.element, component="template_grid.js"):
    def __init__(self, templates: Sequence[Template], on_pick: Any) -> None:
        super().__init__()
        drawn = icons()
        self._props["templates"] = [
            {
                "name": each.name,
                "title": each.title,
                "group": each.group,
                "words": each.words,
                "tags": each.tags,
                **asdict(drawn[each.name]),
            }
            for each in templates
        ]
        self.on("pick", lambda event: on_pick(str(event.args)))


class TemplatePicker:
    """A dialog; `apply` lays a template on the table, in place of what is there."""

    def __init__(self, state: BuilderState) -> None:
        self._state = state
        self._dialog = ui.dialog()
        self._built = False

    async def open(self) -> None:
        if not self._built:
            await asyncio.to_thread(icons)
            self._built = True
            self._build()
        self._tell_days()
        self._dialog.open()

    async def apply(self, name: str) -> None:
        state = self._state
        try:
            await lay(state, name, chooser(state.choices, state.expiry, self._far))
        except AppError as problem:
            ui.notify(str(problem), type="negative", position="bottom-right")
        else:
            self._dialog.close()

    @property
    def _far(self) -> date | None:
        chosen = self._far_field.value if self._built else ""
        return date.fromisoformat(chosen) if chosen else None

    # the dialog
    def _build(self) -> None:
        with self._dialog, ui.card().classes("template-card") as card:
            card.props('data-testid="template-dialog"')
            with ui.element("div").classes("template-head"):
                choice_field(
                    "Outer strikes by",
                    "chooser-by",
                    dict(WAYS),
                    value=str(way(self._state.choices)),
                    on_change=lambda e: self._choose_by(str(e.value)),
                )
                self._holder = ui.element("div")
                self._show_value()
                self._field("Width, strikes", "width")
                self._field("Shift, strikes", "shift")
                self._field("Lots", "lots")
                self._far_field = choice_field("Far expiry", "chooser-far", {"": NEXT}, value="")
                ui.element("div").classes("spring")
                with ui.element("button").classes("icon-button") as close:
                    ui.icon("close")
                close.props('title="Close" aria-label="Close"').on("click", self._dialog.close)
            TemplateGrid(TEMPLATES, self.apply)

    def _choose_by(self, by: str) -> None:
        self._keep("by", by)
        self._show_value()

    def _show_value(self) -> None:
        by = way(self._state.choices)
        self._holder.clear()
        with self._holder:
            self._field(WAYS[by], by, testid="chooser-value")

    def _field(self, title: str, name: str, testid: str = "") -> None:
        with ui.element("label").classes("fld"):
            ui.label(title)
            made = ui.number(
                value=wishes(self._state.choices)[name],
                on_change=lambda e: self._keep(name, e.value),
            )
        made.props(f'{PROPS} aria-label="{title}" data-testid="{testid or f"chooser-{name}"}"')

    def _keep(self, name: str, value: object) -> None:
        kept = self._state.choices.get(KEPT, dict[str, Any]())
        self._state.choices.keep(KEPT, {**kept, name: value})

    def _tell_days(self) -> None:
        near, listed = self._state.expiry, self._state.chains.listed
        later = [day for day in listed if near is None or day > near]
        options = {"": NEXT, **{day.isoformat(): formats.short_day(day) for day in later}}
        self._far_field.set_options(options, value="")
