"""A titled box."""

from collections.abc import Iterator
from contextlib import contextmanager

from nicegui import ui


@contextmanager
def panel(title: str, *, classes: str = "") -> Iterator[ui.element]:
    """`with panel("Jobs") as head:` fills the body; `head` takes buttons, right of the title."""
    with ui.element("section").classes(f"panel {classes}"):
        with ui.element("header").classes("panel-head"):
            ui.label(title).classes("panel-title")
            head = ui.element("div").classes("panel-tools")
        with ui.element("div").classes("panel-body"):
            yield head
