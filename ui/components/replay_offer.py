"""From a past day to its replay: at once where one runs, else the command that begins it."""

from collections.abc import Callable
from datetime import date

from nicegui import ui

from core.services import Services
from ui.components.fields import button
from ui.theme import formats


def replay_offer(services: Services, day_of: Callable[[], date | None]) -> ui.element:
    """A button for the day that is looked at; nothing happens while there is none."""

    def offer() -> None:
        day = day_of()
        if day is None:
            return
        if services.replay is not None:
            services.replay.begin(day)
        else:
            _say(day)

    tip = "Live through this day again: chain, orders and strategies on its own clock"
    return button("Replay", "history-replay", offer, icon="replay").props(f'title="{tip}"')


def _say(day: date) -> None:
    """One home serves one desk at a time, so a desk that runs cannot become a replay."""
    with ui.dialog(value=True) as dialog, ui.element("div").classes("sheet"):
        ui.label(f"Replay {formats.day(day)}").classes("sheet-title")
        ui.label("Stop this desk, then start it on the day:").classes("dim")
        command = ui.label(f"python main.py replay {day.isoformat()}").classes("num")
        command.props('data-testid="replay-command"')
        with ui.element("div").classes("card-actions"):
            button("Close", "replay-close", dialog.close)
    dialog.on("hide", dialog.delete)
