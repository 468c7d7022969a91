"""The switches over the premium chart: which studies lie on it, and which one under it."""

from collections.abc import Callable

from nicegui import ui

from ui.components.choices import Choices
from ui.components.premium_chart import PANES, STUDIES, USUAL


class PremiumTools:
    """A row of switches, remembered; `then` is called after each."""

    def __init__(self, choices: Choices, then: Callable[[], object]) -> None:
        self._choices, self._then = choices, then
        self.studies = [
            name for name in choices.get("premium.studies", list(USUAL)) if name in STUDIES
        ]
        self.pane = choices.get("premium.pane", "")
        self._buttons: dict[str, ui.element] = {}
        with ui.element("div").classes("premium-tools") as self.box:
            for name, title in STUDIES.items():
                self._switch(name, title, self._turn)
            ui.element("i").classes("rule")
            for name, title in PANES.items():
                self._switch(name, title, self._choose_pane)
        self._mark()

    @property
    def studied(self) -> bool:
        """Whether indicators are to be computed."""
        return bool(self.pane or set(self.studies) & {"ema", "sma", "bands", "supertrend"})

    def _switch(self, name: str, title: str, then: Callable[[str], None]) -> None:
        with ui.element("button").on("click", lambda: then(name)) as button:
            ui.label(title)
        self._buttons[name] = button.props(f'data-testid="premium-study-{name}"')

    def _turn(self, name: str) -> None:
        self.studies = [each for each in STUDIES if (each in self.studies) != (each == name)]
        self._choices.keep("premium.studies", self.studies)
        self._told()

    def _choose_pane(self, name: str) -> None:
        self.pane = "" if self.pane == name else name
        self._choices.keep("premium.pane", self.pane)
        self._told()

    def _told(self) -> None:
        self._mark()
        self._then()

    def _mark(self) -> None:
        for name, button in self._buttons.items():
            on = name in self.studies or name == self.pane
            button.classes(add="here" if on else "", remove="" if on else "here")
            button.props(f"aria-pressed={'true' if on else 'false'}")
