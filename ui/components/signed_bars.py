"""Amounts as bars on both sides of zero, one line each, with the amount written beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

from nicegui import ui

from ui.theme import formats


@dataclass(frozen=True, slots=True)
class SignedBar:
    name: str
    amount: float
    tip: str = ""


class SignedBars(ui.element):
    """All lines have the scale of the largest; `name` begins their test ids."""

    def __init__(self, name: str) -> None:
        super().__init__("div")
        self._name = name
        self.bars: list[SignedBar] = []
        self.classes("signed-bars").mark(name)

    def show(self, bars: Sequence[SignedBar]) -> None:
        if list(bars) == self.bars:
            return
        self.bars = list(bars)
        most = max((abs(b.amount) for b in bars if isfinite(b.amount)), default=0.0)
        self.clear()
        with self:
            for bar in bars:
                self._line(bar, most)

    def _line(self, bar: SignedBar, most: float) -> None:
        share = abs(bar.amount) / most if most and isfinite(bar.amount) else 0.0
        way = "down" if bar.amount < 0 else "up"
        with ui.element("div").classes("signed-bar").props(f'title="{_plain(bar.tip)}"'):
            ui.label(bar.name).classes("signed-bar-name")
            with ui.element("div").classes("signed-bar-track"):
                ui.element("i").classes(way).style(f"width: {50 * share:.1f}%")
            amount = ui.label(formats.signed(bar.amount)).classes(f"num {way}")
            amount.props(f'data-testid="{self._name}-{bar.name.lower()}"')


def _plain(text: str) -> str:
    return text.replace('"', "'")
