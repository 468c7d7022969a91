"""One figure with its name above it, for slow numbers; quick ones go on a `Board`."""

from collections.abc import Callable

from nicegui import ui


def kpi(
    label: str, value: Callable[[], str], *, testid: str = "", tip: str = "", pace: float = 1.0
) -> ui.label:
    """Shows `value()`, looked at every `pace` seconds."""
    with ui.element("div").classes("kpi"):
        ui.label(label).classes("kpi-label")
        shown = ui.label(value()).classes("kpi-value num")
    if testid:
        shown.props(f'data-testid="{testid}"')
    if tip:
        shown.tooltip(tip)

    def look() -> None:
        if (text := value()) != shown.text:
            shown.set_text(text)

    ui.timer(pace, look)
    return shown
