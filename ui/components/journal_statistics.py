"""Statistics of what is shown: over all of it, and by setup, underlying, weekday, hour, holding."""

from typing import Final

from nicegui import ui

from core.journal.statistics import By, Statistics, grouped, statistics
from ui.components.choices import Choices
from ui.components.data_table import DataTable
from ui.components.segments import Segments
from ui.components.signed_bars import SignedBar, SignedBars
from ui.journal.lines import GROUPS, factor, group_row, money, tone
from ui.journal.source import JournalSource
from ui.theme import formats

NAMES: Final = {
    str(By.SETUP): "Setup",
    str(By.TAG): "Tag",
    str(By.UNDERLYING): "Underlying",
    str(By.WEEKDAY): "Weekday",
    str(By.HOUR): "Hour",
    str(By.HOLDING): "Holding time",
}
FEW: Final = 30
"""Of fewer trades, a rate says little."""


class StatisticsView:
    def __init__(self, source: JournalSource, choices: Choices) -> None:
        self._source = source
        self._kpis = ui.element("div").classes("journal-kpis wide")
        with ui.element("div").classes("journal-line"):
            self._by = Segments(NAMES, choices, "journal.by", self.draw)
            self._said = ui.label().classes("dim").props('data-testid="statistics-said"')
        with ui.element("div").classes("journal-pair"):
            self.table = DataTable("group", GROUPS, empty=_nothing(By.SETUP))
            with ui.element("div").classes("journal-bars"):
                ui.label("Net, after charges").classes("journal-head")
                self.bars = SignedBars("bar")

    def draw(self) -> None:
        shown, notes = self._source.shown(), self._source.notes
        by = By(self._by.value)
        groups = grouped(shown, notes, by)
        self.table.say_when_empty(_nothing(by))
        self.table.show([group_row(name, each) for name, each in groups])
        self.bars.show([SignedBar(name, float(each.net)) for name, each in groups[:40]])
        found = statistics(shown, notes)
        few = f"{found.trades} closed trades: too few to trust a rate" if found.trades < FEW else ""
        self._said.set_text(few)
        self._kpis.clear()
        with self._kpis:
            for name, value, way, tip in figures(found):
                with ui.element("div").classes("kpi").props(f'title="{tip}"'):
                    ui.label(name).classes("kpi-label")
                    made = ui.label(value).classes(f"kpi-value num {way}")
                    made.props(f'data-testid="stat-{name.lower().replace(" ", "-")}"')


def _nothing(by: By) -> str:
    if by is By.TAG:
        return "No closed trade has a tag yet: pick a trade and write tags beside it."
    return "No closed trades here yet. Statistics begin with the first one."


def figures(found: Statistics) -> list[tuple[str, str, str, str]]:
    """Name, text, tone and explanation."""
    held = formats.duration(found.held.total_seconds()) if found.held else formats.DASH
    streak = "–" if not found.streak else f"{abs(found.streak)} {_run(found.streak)}"
    runs = f"longest: {found.win_streak} wins, {found.loss_streak} losses in a row"
    won = f"{found.wins} won, {found.losses} lost of {found.trades}"
    sums = f"{money(found.gross)} less charges {formats.price(float(found.charges))}"
    return [
        ("Net", money(found.net), tone(found.net), sums),
        ("Trades", formats.quantity(found.trades), "", "closed"),
        ("Win rate", formats.percent(found.win_rate, 1), "", won),
        ("Profit factor", factor(found.profit_factor), "", "Gains over losses, after charges"),
        ("Expectancy", formats.signed(found.expectancy), "", "Rupees a trade, after charges"),
        ("Average win", formats.signed(found.average_win), "", "after charges"),
        ("Average loss", formats.signed(found.average_loss), "", "after charges"),
        ("Largest win", money(found.largest_win), "", "after charges"),
        ("Largest loss", money(found.largest_loss), "", "after charges"),
        ("Streak", streak, "", runs),
        ("Mean R", formats.signed(found.r, 2), "", f"of {found.r_trades} with a known risk"),
        ("Held", held, "", "on average"),
    ]


def _run(streak: int) -> str:
    word = "win" if streak > 0 else "loss"
    plural = {"win": "wins", "loss": "losses"}
    return word if abs(streak) == 1 else plural[word]
