"""A small picture of a pay-off."""

from dataclasses import asdict

from nicegui import ui

from ui.builder.icons import Icon


class PayoffIcon(ui.element, component="payoff_icon.js"):
    def __init__(self, icon: Icon) -> None:
        super().__init__()
        self._props["icon"] = asdict(icon)
