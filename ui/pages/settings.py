"""Settings: what the user chose for the screens, and what the environment chose for the desk."""

import platform
from importlib import metadata
from typing import Final

from nicegui import run, ui

from core.ids import LOCAL_USER
from core.services import Services
from core.settings import Mode, SettingLine
from core.state.notices import Level
from ui.components.choices import Choices
from ui.components.data_table import Cell, Column, DataTable, Row
from ui.components.fields import button, choice_field
from ui.components.panel import panel
from ui.components.sound_settings import SoundSettings
from ui.theme.colors import MODE_WORDS

THEMES: Final = {"dark": "Dark", "light": "Light"}
DENSITIES: Final = {"compact": "Compact rows", "roomy": "Roomy rows"}
WINDOWS: Final = {
    "±10": "10 strikes either side",
    "±20": "20 strikes either side",
    "±40": "40 strikes either side",
    "All": "Every strike",
}
TOASTS: Final = {
    str(Level.INFO): "Every notice",
    str(Level.WARNING): "Warnings and problems",
    str(Level.PROBLEM): "Problems only",
    "none": "None (the bell still counts)",
}
ENVIRONMENT: Final = (
    Column(name="name", title="Name", classes="num left strong"),
    Column(name="value", title="In force", classes="num left"),
    Column(name="from", title="From", classes="dim wide-only", width="76px"),
    Column(name="remedy", title="What it may be", classes="dim wide-only"),
)
LICENCES: Final = (
    Column(name="package", title="Package", classes="strong"),
    Column(name="version", title="Version", classes="num", width="136px"),
    Column(name="licence", title="Licence", classes="dim"),
)
PAIR: Final = (
    Column(name="name", title="", classes="dim", width="38%"),
    Column(name="value", title="", classes="num"),
)
VENDORED: Final = (
    ("dockview", "in assets/vendor", "MIT"),
    ("Inter", "in assets/fonts", "OFL 1.1"),
    ("JetBrains Mono", "in assets/fonts", "OFL 1.1"),
)


async def page(services: Services) -> None:
    choices = await Choices.load(services.preferences)
    underlyings = await services.instruments.underlyings()
    with ui.element("div").classes("page page-settings"):
        with ui.element("div").classes("grid-2"):
            with panel("Your choices") as tools:
                with tools:
                    button("Forget all choices", "forget", lambda: _forget(services, choices))
                _choices(services, choices, underlyings)
            with panel("About", classes="flush"):
                about = DataTable("about", PAIR).classes("bare wrap")
                about.show(_about(services))
                if _has_password(services):
                    with ui.element("div").classes("pad"):
                        button("Lock this desk", "lock", _lock, icon="lock")
        if services.trading is not None:
            with panel("Sounds for orders"):
                SoundSettings(services, choices)
        with panel("Environment settings (read-only here)", classes="flush"):
            _how_to_change()
            table = DataTable("environment", ENVIRONMENT, empty="Not known to this desk.")
            table.show([_line(line.name, line) for line in services.environment])
        with panel("Licences", classes="flush"):
            licences = DataTable("licence", LICENCES, empty="Looking …")
    lines = await run.io_bound(licence_lines) or []
    licences.show([Row(p, (p, v, text)) for p, v, text in lines])


def _choices(services: Services, choices: Choices, underlyings: list[str]) -> None:
    async def keep(name: str, value: str) -> None:
        """Written before the reload that shows it."""
        if value != choices.get(name, ""):
            choices.keep(name, value)
            await services.preferences.set(LOCAL_USER, name, value)
            ui.navigate.reload()

    def field(label: str, name: str, options: dict[str, str], default: str, hint: str) -> None:
        known = choices.get(name, default)
        with ui.element("div").classes("setting"):
            choice_field(
                label,
                name.replace(".", "-"),
                options,
                value=known if known in options else default,
                on_change=lambda e: keep(name, e.value),
            )
            ui.label(hint).classes("dim")

    field("Theme", "theme", THEMES, "dark", "Also on the top bar and in the palette (Ctrl-K).")
    field("Density", "density", DENSITIES, "compact", "Height of the rows of every table.")
    first = underlyings[0] if underlyings else "NIFTY"
    options = {u: u for u in underlyings} or {first: first}
    field(
        "Default underlying",
        "underlying",
        options,
        "NIFTY" if "NIFTY" in options else first,
        "Where “Chain” in the menu leads.",
    )
    field(
        "Strike window",
        "chain.window",
        WINDOWS,
        "±40",
        "How much of an option chain is laid out around the money.",
    )
    field(
        "Pop-up notices",
        "notices.toast",
        TOASTS,
        str(Level.INFO),
        "Which notices come up at the lower right; the bell keeps all of them.",
    )
    ui.label(
        "Columns, layouts, filters, expiries and watchlists are remembered where you choose them."
    ).classes("dim")


async def _forget(services: Services, choices: Choices) -> None:
    with ui.dialog() as dialog, ui.element("div").classes("sheet"):
        ui.label("Forget all choices?").classes("sheet-title")
        ui.label(
            "Theme, columns, layouts and filters go back to how they were on the first day. "
            "Watchlists stay."
        ).classes("dim")
        with ui.element("div").classes("card-actions"):
            button("Forget", "forget-yes", lambda: dialog.submit(True), primary=True)
            button("Keep", "forget-no", lambda: dialog.submit(False))
    sure = await dialog
    dialog.delete()
    if sure:
        for name in await services.preferences.all(LOCAL_USER):
            choices.keep(name, None)
            await services.preferences.set(LOCAL_USER, name, None)
        ui.navigate.reload()


def _has_password(services: Services) -> bool:
    return any(s.name == "STRIKEDESK_PASSWORD" and s.chosen for s in services.environment)


def _lock() -> None:
    """Leave, so that the next page asks for the password again."""
    ui.navigate.to("/lock")


def _how_to_change() -> None:
    with ui.element("div").classes("pad dim"):
        ui.label(
            "Set these as environment variables, or one per line in a file named .env beside "
            "main.py, then start the desk again; .env.example lists all of them. Options of the "
            "command line (--mode, --host, --port, --home) go before the environment."
        )


def _line(name: str, line: SettingLine) -> Row:
    tone = "" if line.chosen else "dim"
    chosen = "chosen" if line.chosen else "default"
    return Row(name, (name, Cell(line.value, tone, line.value), chosen, line.remedy))


def _about(services: Services) -> list[Row]:
    clock = "the exchange's own (simulated)" if services.clock.simulated else "this machine's"
    clock = "the recorded day's" if services.replay is not None else clock
    pairs = (
        ("version", "Strikedesk", services.version),
        ("mode", "Mode", f"{services.mode}: {MODE_WORDS[Mode(services.mode)]}"),
        ("clock", "Clock", clock),
        ("rate", "Rate for carry", f"{services.rate:.2%} a year"),
        ("python", "Python", f"{platform.python_version()} on {platform.system()}"),
        ("licence", "Licence", "MIT"),
        ("api", "For programs", "/api/v1/openapi.json · /metrics · /readyz"),
    )
    return [Row(id, (name, value)) for id, name, value in pairs]


def licence_lines() -> list[tuple[str, str, str]]:
    """Every installed package with its licence as its own metadata names it."""
    found = {
        each.metadata["Name"]: (each.version, _licence(each)) for each in metadata.distributions()
    }
    ours = [(name, where, licence) for name, where, licence in VENDORED]
    return ours + [(name, *found[name]) for name in sorted(found, key=str.casefold)]


def _licence(package: metadata.Distribution) -> str:
    def told(field: str) -> list[str]:
        return package.metadata.get_all(field) or []

    classed = [c.rpartition(" :: ")[2] for c in told("Classifier") if c.startswith("License ::")]
    first = [line[:60] for text in told("License") for line in text.strip().splitlines()[:1]]
    return ", ".join(told("License-Expression") or classed or first) or "see its own files"
