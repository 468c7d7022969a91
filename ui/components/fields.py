"""Inputs with their label above, as small as the rest of the desk."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from nicegui import ui
from nicegui.events import ValueChangeEventArguments

Field = TypeVar("Field", bound=ui.element)
Changed = Callable[[ValueChangeEventArguments[Any]], Any]
PROPS = "outlined dense hide-bottom-space"


def text_field(
    label: str,
    name: str,
    *,
    value: str = "",
    hint: str = "",
    wait_ms: int = 0,
    on_change: Changed | None = None,
) -> ui.input:
    """`name` is its test id, and `wait_ms` the pause in typing after which it reports."""
    with ui.element("label").classes(f"fld fld-{name}"):
        ui.label(label)
        field = ui.input(value=value, placeholder=hint, on_change=on_change).props(PROPS)
    if wait_ms:
        field.props(f"debounce={wait_ms}")
    return _named(field, name, label)


def choice_field(
    label: str,
    name: str,
    options: Mapping[Any, str] | list[Any],
    *,
    value: Any = None,
    typed: bool = False,
    on_change: Changed | None = None,
) -> ui.select:
    """One of `options`; `typed` lets the user type to narrow them."""
    with ui.element("label").classes(f"fld fld-{name}"):
        ui.label(label)
        shown = dict(options) if isinstance(options, Mapping) else options
        field = ui.select(shown, value=value, with_input=typed, on_change=on_change).props(PROPS)
    field.props("options-dense")
    return _named(field, name, label)


def whole_field(
    title: str, name: str, value: int, least: int, most: int, then: Callable[[int], None]
) -> ui.number:
    """A whole number between two others; `name` is its test id."""
    with ui.element("label").classes(f"fld fld-{name}"):
        ui.label(title)
        made = ui.number(
            value=value,
            min=least,
            max=most,
            step=1,
            precision=0,
            on_change=lambda e: then(int(e.value)) if e.value is not None else None,
        ).props("outlined dense hide-bottom-space debounce=250")
    return made.props(f'data-testid="{name}" aria-label="{title}"').mark(name)


def button(
    text: str,
    name: str,
    then: Callable[[], Any],
    *,
    icon: str = "",
    primary: bool = False,
    tip: str = "",
) -> ui.element:
    """A button with words, an icon, or both; `name` is its test id."""
    made = ui.element("button").classes("button primary" if primary else "button")
    made.props(f'type="button" data-testid="{name}"').mark(name).on("click", lambda _: then())
    if tip:
        made.props(f'title="{tip}"')
    if not text:
        made.props(f'aria-label="{tip}"')
    with made:
        if icon:
            ui.icon(icon)
        if text:
            ui.label(text)
    return made


def _named(field: Field, name: str, label: str) -> Field:
    field.props(f'data-testid="{name}" aria-label="{label}"').mark(name)
    return field
