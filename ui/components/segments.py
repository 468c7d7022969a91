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

    def choose(self, value: str) -> object:
        """What `then` returns: it may be a coroutine function."""
        if value == self.value:
            return None
        self.value = value
        self._choices.keep(self._kept, value)
        self._mark()
        return self._then()

    def show(self, value: str) -> None:
        """Show and remember a value that was chosen elsewhere; `then` is not called."""
        if value in self._buttons and value != self.value:
            self.value = value
            self._choices.keep(self._kept, value)
            self._mark()

    def _mark(self) -> None:
        for value, button in self._buttons.items():
            here = value == self.value
            button.classes(add="here" if here else "", remove="" if here else "here")
            button.props(f"aria-pressed={'true' if here else 'false'}")
