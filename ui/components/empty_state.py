"""Said instead of a table: why there is nothing, and what to do."""

from nicegui import ui


def empty_state(text: str, hint: str = "", *, icon: str = "inbox") -> ui.element:
    with ui.element("div").classes("empty") as box:
        ui.icon(icon)
        ui.label(text).classes("empty-text")
        if hint:
            ui.label(hint).classes("empty-hint")
    return box
