"""A strategy's parameters as typed fields; in a sweep each may have a range instead of a value."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from nicegui import ui

from core.errors import RuleBroken
from core.strategies.strategy import Parameter
from ui.backtest.varied import can_vary, first_range, values
from ui.components.fields import PROPS

SMALL: Final = f"{PROPS} debounce=200"


class ParameterFields:
    """`changed` is called with an event, or nothing, whenever a value is another."""

    def __init__(self, changed: Callable[..., object]) -> None:
        self._changed = changed
        self._box = ui.element("div").classes("bt-parameters")
        self._lines: dict[str, _Line] = {}
        self.sweeping = False

    def show(self, parameters: Mapping[str, Parameter], kept: Mapping[str, Any]) -> None:
        """`kept` are values of before, by name; what is not among them is at its default."""
        self._box.clear()
        self._lines = {}
        with self._box:
            for name, each in parameters.items():
                self._lines[name] = _Line(name, each, kept.get(name), self._changed)
        self.sweep(self.sweeping)

    def sweep(self, sweeping: bool) -> None:
        self.sweeping = sweeping
        for line in self._lines.values():
            line.let_vary(sweeping)

    def values(self) -> dict[str, Any]:
        """Raises RuleBroken for what cannot be."""
        return {name: line.value() for name, line in self._lines.items()}

    def varied(self) -> dict[str, tuple[Any, ...]]:
        """The values that a sweep tries, by name; empty where none is varied."""
        if not self.sweeping:
            return {}
        return {name: line.range() for name, line in self._lines.items() if line.varies}

    def put(self, given: Mapping[str, Any], ranges: Mapping[str, tuple[Any, ...]]) -> None:
        """As in a plan."""
        for name, line in self._lines.items():
            line.put(given.get(name), ranges.get(name))


class _Line:
    def __init__(
        self, name: str, parameter: Parameter, kept: Any, changed: Callable[..., object]
    ) -> None:
        self._name, self._parameter, self._changed = name, parameter, changed
        self.varies = False
        with ui.element("div").classes("bt-parameter"):
            with ui.element("label").classes("bt-value"):
                ui.label(parameter.title).classes("bt-title").props(f'title="{name}"')
                self._field = self._make_field(parameter.default if kept is None else kept)
            self._toggle = (
                ui.element("button")
                .classes("bt-vary")
                .props(f'type="button" data-testid="bt-vary-{name}" title="Try a range of values"')
            )
            self._toggle.mark(f"bt-vary-{name}").on("click", self.toggle)
            with self._toggle:
                ui.icon("tune")
            self._range = ui.element("div").classes("bt-range")
        self._ends: dict[str, ui.number] = {}
        if can_vary(parameter) and not parameter.choices:
            with self._range:
                for end, value in zip(("from", "to", "step"), first_range(parameter), strict=True):
                    self._ends[end] = self._number(f"{name}-{end}", end, value)
        elif parameter.choices:
            with self._range:
                ui.label("each of its words").classes("dim")
        self.let_vary(False)

    def _make_field(self, value: Any) -> Any:
        parameter, test = self._parameter, f"bt-p-{self._name}"
        made: Any
        if parameter.choices:
            options = list(parameter.choices)
            first = value if value in options else parameter.default
            made = ui.select(options, value=first, on_change=self._changed).props(
                f"{PROPS} options-dense"
            )
        elif isinstance(parameter.default, bool):
            made = ui.checkbox(value=value is True, on_change=self._changed).props("dense")
        elif isinstance(parameter.default, (int, float)):
            return self._number(self._name, parameter.title, value, limits=True)
        else:
            made = ui.input(value=str(value), on_change=self._changed).props(SMALL)
        return made.props(f'data-testid="{test}" aria-label="{parameter.title}"').mark(test)

    def _number(self, name: str, label: str, value: Any, *, limits: bool = False) -> ui.number:
        parameter = self._parameter
        first = float(value) if isinstance(value, (int, float)) else float(parameter.default)
        made = ui.number(
            value=int(first) if first.is_integer() else first,
            min=parameter.low if limits else None,
            max=parameter.high if limits else None,
            step=parameter.step or (1 if isinstance(parameter.default, int) else None),
            on_change=self._changed,
        )
        made.props(f'{SMALL} data-testid="bt-p-{name}" aria-label="{label}" title="{label}"')
        return made.mark(f"bt-p-{name}")

    # a range in the place of a value
    def toggle(self) -> None:
        self._vary(not self.varies)
        self._changed()

    def let_vary(self, sweeping: bool) -> None:
        self._toggle.set_visibility(sweeping and can_vary(self._parameter))
        self._range.set_visibility(sweeping and self.varies)

    def _vary(self, varies: bool) -> None:
        self.varies = varies
        self._toggle.classes(add="here" if varies else "", remove="" if varies else "here")
        self._toggle.props(f"aria-pressed={str(varies).lower()}")
        self._range.set_visibility(varies and self._toggle.visible)

    def value(self) -> Any:
        if self._field.value is None:
            raise RuleBroken(f"{self._parameter.title} is empty.")
        return self._parameter.checked(self._parameter.title, self._field.value)

    def range(self) -> tuple[Any, ...]:
        if self._parameter.choices:
            return self._parameter.choices
        ends = [self._ends[name].value for name in ("from", "to", "step")]
        if None in ends:
            raise RuleBroken(f"{self._parameter.title}: a range needs its ends and a step.")
        found = values(self._parameter, *(float(end) for end in ends))
        return tuple(self._parameter.checked(self._parameter.title, each) for each in found)

    def put(self, value: Any, tried: tuple[Any, ...] | None) -> None:
        if value is not None:
            self._field.set_value(value)
        if tried and self._ends:
            step = tried[1] - tried[0] if len(tried) > 1 else 1
            ends = zip(self._ends.values(), (tried[0], tried[-1], step), strict=True)
            for field, end in ends:
                field.set_value(end)
        self._vary(tried is not None)
