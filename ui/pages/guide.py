"""Guide: the manual in the app, one section at a time, with pictures made from the running desk."""

from dataclasses import dataclass
from typing import Final

from nicegui import ui

from core.services import Services
from ui.components.choices import Choices
from ui.components.data_table import Cell, Column, DataTable, Row
from ui.frame import KEYS
from ui.theme.style import ASSETS

FOLDER: Final = ASSETS / "guide"
KEYMAP: Final = "keys"
MAP: Final = (
    Column(name="key", title="Key", classes="num left strong", width="120px"),
    Column(name="does", title="What it does"),
)
OTHER_KEYS: Final = (
    ("↑  ↓", "Instruments, Watch: from row to row; Enter opens the option chain"),
    ("Ctrl  Enter", "Backtest: run what the form says"),
    ("Tab", "Everywhere: from one control to the next"),
)


@dataclass(frozen=True, slots=True)
class Section:
    """Its text is `assets/guide/{name}.md`; its pictures are shown where they exist."""

    name: str
    title: str
    pictures: tuple[str, ...] = ()


SECTIONS: Final = (
    Section("start", "First minute", ("desk.png",)),
    Section("chain", "The option chain", ("chain.png",)),
    Section("conventions", "IV and Greeks"),
    Section("analysis", "Greeks, volatility, OI", ("volatility.png", "oi.png")),
    Section("charts", "Charts"),
    Section("builder", "The builder", ("builder.png",)),
    Section("ticket", "The order ticket"),
    Section("baskets", "Baskets and slices"),
    Section("orders", "Orders and notices"),
    Section("positions", "Positions"),
    Section("strategies", "Strategies"),
    Section("journal", "The journal"),
    Section("gtt", "GTT and conversion"),
    Section("funds", "Funds"),
    Section("costs", "Charges and margin"),
    Section("modes", "Modes"),
    Section("paper", "The paper account"),
    Section("downloads", "Downloads"),
    Section("history", "History and files"),
    Section("backtest", "Backtests"),
    Section("signals", "Signals"),
    Section("replay", "Replay"),
    Section("screens", "The other pages", ("watch.png", "instruments.png", "health.png")),
    Section(KEYMAP, "Keyboard"),
    Section("upstox", "Connect Upstox"),
    Section("trouble", "When something is wrong"),
    Section("programs", "For programs"),
)


async def page(services: Services, section: str = "") -> None:
    choices = await Choices.load(services.preferences)
    named = {s.name: s for s in SECTIONS}
    first = named.get(section) or named.get(choices.get("guide", "")) or SECTIONS[0]
    GuidePage(choices).build(first)


class GuidePage:
    def __init__(self, choices: Choices) -> None:
        self._choices = choices
        self._links: dict[str, ui.element] = {}

    def build(self, first: Section) -> None:
        with ui.element("div").classes("page page-guide"):
            with ui.element("nav").classes("guide-list").props('aria-label="Sections"'):
                for section in SECTIONS:
                    self._link(section)
            self._body = ui.element("article").classes("panel guide-text")
        self.show(first)

    def _link(self, section: Section) -> None:
        link = ui.element("button").mark(f"guide-{section.name}")
        link.props(f'type="button" data-testid="guide-{section.name}"')
        link.on("click", lambda: self.show(section))
        with link:
            ui.label(section.title)
        self._links[section.name] = link

    def show(self, section: Section) -> None:
        self._choices.keep("guide", section.name)
        ui.navigate.history.replace(f"/guide?section={section.name}")
        for name, link in self._links.items():
            link.classes(add="here") if name == section.name else link.classes(remove="here")
        self._body.clear()
        with self._body:
            ui.label(section.title).classes("guide-title").props('data-testid="guide-title"')
            if section.name == KEYMAP:
                table = DataTable("key", MAP)
                table.show(
                    [Row(str(n), (Cell(k), does)) for n, (k, does) in enumerate(KEYS + OTHER_KEYS)]
                )
            else:
                text = (FOLDER / f"{section.name}.md").read_text("utf-8")
                ui.markdown(text, extras=["tables", "fenced-code-blocks"]).classes("prose")
            for picture in section.pictures:
                _picture(picture)


def _picture(name: str) -> None:
    """A picture that was not made yet is left out without a word."""
    if (FOLDER / name).is_file():
        alt = f"The page {name.removesuffix('.png')}"
        ui.element("img").props(f'src="/assets/guide/{name}" alt="{alt}" loading="lazy"').classes(
            "guide-picture"
        )
