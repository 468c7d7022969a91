"""A question before something that cannot be taken back, with the mode that it goes to."""

from collections.abc import Sequence

from nicegui import ui

from core.services import Services
from ui.components.fields import button
from ui.theme.colors import MODE_WORDS


async def confirm(
    services: Services, title: str, lines: Sequence[str], go: str, *, name: str, danger: bool = True
) -> bool:
    """True if it was confirmed; `go` is what the button says, `name` begins its test ids."""
    with ui.dialog() as dialog, ui.element("div").classes(f"sheet mode-{services.mode}"):
        ui.label(title).classes("sheet-title")
        mode_line(services)
        for line in lines:
            ui.label(line).classes("dim")
        with ui.element("div").classes("card-actions"):
            yes = button(go, f"{name}-yes", lambda: dialog.submit(True), primary=not danger)
            if danger:
                yes.classes("danger")
            button("Leave it", f"{name}-no", lambda: dialog.submit(False))
    sure = await dialog
    dialog.delete()
    return sure is True


def mode_line(services: Services) -> ui.element:
    """`LIVE · real prices, REAL MONEY`, in the mode's own colour."""
    text = f"{services.mode.upper()} · {MODE_WORDS[services.mode]}"
    return ui.label(text).classes(f"mode-line mode-{services.mode}").props('data-testid="goes-to"')
