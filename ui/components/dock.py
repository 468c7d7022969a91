"""Dockable panels whose layout is remembered; a button puts them back as at first."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from nicegui import ui
from nicegui.slot import Slot

from ui.components.choices import Choices
from ui.theme.style import ASSETS


@dataclass(frozen=True, slots=True, kw_only=True)
class DockPanel:
    """`beside` names an earlier panel and `direction` the side of it where this one starts."""

    id: str
    title: str
    beside: str = ""
    direction: str = "right"
    width: int | None = None
    height: int | None = None

    def props(self) -> dict[str, Any]:
        where = {"referencePanel": self.beside, "direction": self.direction}
        return {
            "id": self.id,
            "title": self.title,
            "position": where if self.beside else None,
            "width": self.width,
            "height": self.height,
            "inactive": bool(self.beside),
        }


class Dock(ui.element, component="dock.js", esm={"dockview": str(ASSETS / "vendor" / "dockview")}):
    """`with dock.panel("chain"): …` fills a panel; `kept` is called with each new layout.

    Where there is no room side by side, panels are tabs, or one under another if `stacked`.
    """

    def __init__(
        self,
        panels: Sequence[DockPanel],
        *,
        layout: dict[str, Any] | None,
        kept: Callable[[dict[str, Any]], object],
        stacked: bool = False,
    ) -> None:
        super().__init__()
        self.classes("dock")
        self._props["panels"] = [panel.props() for panel in panels]
        self._props["layout"] = layout
        self._props["stacked"] = stacked
        self.on("layout", lambda event: kept(event.args))

    def panel(self, name: str) -> Slot:
        return self.add_slot(name)

    def show(self, name: str) -> None:
        self.run_method("show", name)


def remembered(choices: Choices, page: str, panels: Sequence[DockPanel]) -> Dock:
    """A page's dock, laid out as its user left it; stacked where there is no room."""
    name = f"{page}.layout"
    layout = choices.get(name, dict[str, Any]())
    return Dock(
        panels, layout=layout or None, kept=lambda new: choices.keep(name, new), stacked=True
    )
