"""Notices: toasts for what is new, and a bell that lists what was."""

from typing import Any, Final, Literal

from nicegui import ui

from core.services import Services
from core.state.notices import Level, Notice
from ui.components.choices import Choices
from ui.components.sounds import Sounds
from ui.components.watch import watch
from ui.theme import formats

Toast = Literal["positive", "negative", "warning", "info", "ongoing"]
TOASTS: Final[dict[Level, Toast]] = {
    Level.INFO: "info",
    Level.GOOD: "positive",
    Level.WARNING: "warning",
    Level.PROBLEM: "negative",
}
ICONS: Final = {
    Level.INFO: "info",
    Level.GOOD: "check_circle",
    Level.WARNING: "warning",
    Level.PROBLEM: "error",
}
LISTED: Final = 40
SEVERITY: Final = (Level.INFO, Level.GOOD, Level.WARNING, Level.PROBLEM)


class NoticeBell:
    def __init__(self, services: Services, choices: Choices) -> None:
        self._notices = services.notices
        self._least = choices.get("notices.toast", str(Level.INFO))
        self._toasted = self._read = self._notices.count
        self._sounds = Sounds(services.preferences)
        with (
            ui.element("button")
            .classes("icon-button")
            .props('data-testid="notices" title="Notices" aria-label="Notices"')
        ):
            ui.icon("notifications_none")
            self._badge = ui.label().classes("bell-badge num")
            with ui.menu().props("no-focus").classes("notice-menu").mark("notice-menu") as menu:
                self._list()
        menu.on("show", self._opened)
        self._badge.set_visibility(False)
        watch(lambda: self._notices.count, self._arrived)

    def _opened(self) -> None:
        self._read = self._notices.count
        self._badge.set_visibility(False)
        self._list.refresh()

    async def _arrived(self) -> None:
        new = self._notices.since(self._toasted)
        for notice in new:
            if comes_up(notice.level, self._least):
                _toast(notice)
        self._toasted = self._notices.count
        self._badge.set_text(str(self._notices.count - self._read))
        self._badge.set_visibility(True)
        await self._sounds.tell(new)

    @ui.refreshable_method
    def _list(self) -> None:
        latest = self._notices.all()[-LISTED:]
        if not latest:
            ui.label("Nothing to tell.").classes("notice-none")
        for notice in reversed(latest):
            _line(notice)


def comes_up(level: Level, least: str) -> bool:
    """Whether a notice is toasted, by the least level that the user wants to see; none = never."""
    if least not in set(Level):
        return False
    return SEVERITY.index(level) >= SEVERITY.index(Level(least))


def _toast(notice: Notice) -> None:
    show = {"label": "Show", "href": notice.link, "color": "white"}
    more: dict[str, Any] = {"actions": [show]} if notice.link else {}
    ui.notify(notice.text, type=TOASTS[notice.level], position="bottom-right", **more)


def _line(notice: Notice) -> None:
    with ui.element("a" if notice.link else "div") as line:
        line.classes(f"notice notice-{notice.level}")
        if notice.link:
            line.props(f'href="{notice.link}"').mark("notice-link")
        ui.icon(ICONS[notice.level])
        ui.label(notice.text).classes("notice-text")
        ui.label(formats.clock_time(notice.at)).classes("num faint")
