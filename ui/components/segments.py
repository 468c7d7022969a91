"""A row of buttons of which one is chosen; the choice is remembered."""

from collections.abc import Callable, Mapping

from nicegui import ui

from ui.components.choices import Choices


class Segments(ui.element):
    """`names` maps values to what is written; `kept` names the memory and the test ids."""

    def __init__(
        self,
        names: Mapping[str, str],
        choices: Choices,
        kept: str,
        then: Callable[[], object],
        *,
        first: str = "",
    ) -> None:
        super().__init__("div")
        self._choices, self._kept, self._then = choices, kept, then
        remembered = choices.get(kept, first or next(iter(names)))
        self.value = remembered if remembered in names else next(iter(names))
        self._buttons: dict[str, ui.element] = {}
        self.classes("segments").props('role="group"')
        with self:
            for value, name in names.items():
                with ui.element("button") as button:
                    ui.label(name)
                button.props(f'data-testid="{kept.replace(".", "-")}-{value.strip("±").lower()}"')
                button.on("click", lambda value=value: self.choose(value))
                self._buttons[value] = button
        self._mark()

    def choose(self, value: str) -> None:
        if value != self.value:
            self.value = value
            self._choices.keep(self._kept, value)
            self._mark()
            self._then()

    def _mark(self) -> None:
        for value, button in self._buttons.items():
            here = value == self.value
            button.classes(add="here" if here else "", remove="" if here else "here")
            button.props(f"aria-pressed={'true' if here else 'false'}")
