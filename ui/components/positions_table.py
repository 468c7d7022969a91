"""The positions, live: grouped, filtered, sorted, marked; a row has what can be done with it."""

from typing import Final

from nicegui import ui

from core.services.portfolio_picture import By, Group
from ui import away
from ui.components.empty_state import empty_state
from ui.components.export_menu import export_menu
from ui.components.positions_grid import GridRow, PositionsGrid
from ui.components.segments import Segments
from ui.positions.acts import PositionActs
from ui.positions.rows import COLUMNS, group_row, line_row, total_row
from ui.positions.state import BY, CLOSED, PositionsState
from ui.theme import formats

NAMES: Final[dict[str, str]] = {
    By.UNDERLYING: "Underlying",
    By.EXPIRY: "Expiry",
    By.STRATEGY: "Strategy",
    By.PRODUCT: "Product",
    By.NONE: "None",
}
EVERY: Final = ""
LINKS: Final = (
    ("Option chain", "/chain/NIFTY"),
    ("Builder", "/builder"),
    ("How orders work", "/guide?section=positions"),
)
WAITING: Final = "The broker has not been asked yet what is held"


def build_table(state: PositionsState, acts: PositionActs) -> "PositionsTable":
    return PositionsTable(state, acts)


class PositionsTable:
    def __init__(self, state: PositionsState, acts: PositionActs) -> None:
        self._state, self._acts = state, acts
        self._symbols: list[str] = []
        with ui.element("div").classes("positions-panel"):
            with ui.element("div").classes("tool-bar"):
                self._filters()
                with ui.element("span").classes("springy"):
                    acts.build_bulk()
                    export_menu(
                        state.services,
                        lambda: away.positions(state.picture.lines),
                        "positions",
                        words="",
                    )
            self.grid = PositionsGrid(
                "positions",
                COLUMNS,
                on_act=self._act,
                on_mark=lambda: state.mark(self.grid.marked),
                on_sort=state.sort_by,
                on_fold=state.fold,
            )
            self._empty = ui.element("div").classes("positions-nothing")
        self._why_empty = ""
        state.on(self.draw)
        self.draw()

    def _filters(self) -> None:
        state = self._state
        Segments(NAMES, state.choices, BY, state.tell).props('title="Put together by"')
        self._which = ui.select(
            {EVERY: "All underlyings"},
            value=EVERY,
            on_change=lambda e: state.narrow(underlying=str(e.value or "")),
        )
        self._which.props("outlined dense options-dense hide-bottom-space")
        self._which.props('data-testid="positions-underlying" aria-label="Underlying"')
        self._which.mark("positions-underlying")
        search = ui.input(
            placeholder="Filter: 24200 CE, NRML …",
            on_change=lambda e: state.narrow(words=str(e.value or "")),
        ).props("outlined dense clearable hide-bottom-space debounce=150")
        search.props('data-testid="positions-filter" aria-label="Filter"').mark("positions-filter")
        closed = ui.checkbox(
            "Closed today", value=state.closed_too, on_change=lambda e: self._show_closed(e.value)
        )
        closed.props('dense size="xs" data-testid="positions-closed"').mark("positions-closed")

    def _show_closed(self, on: bool) -> None:
        self._state.choices.keep(CLOSED, bool(on))
        self._state.tell()

    def draw(self) -> None:
        state = self._state
        self._offer()
        rows = self._rows()
        self.grid.mark_sorted(state.sort[0], falling=state.sort[1])
        self.grid.show(rows)
        self.grid.set_visibility(bool(rows))
        self._say_empty("" if rows else self._nothing())
        self._acts.draw()

    def _rows(self) -> list[GridRow]:
        state, found = self._state, list[GridRow]()
        groups = state.groups
        for group in groups:
            if state.by is not By.NONE:
                folded = state.folded(f"group {group.name}")
                found.append(group_row(group, folded=folded))
                if folded:
                    continue
            found += [line_row(state.services, each, self._acts.of(each)) for each in group.lines]
        if groups:
            found.append(total_row(Group("Total", tuple(state.lines))))
        return found

    def _offer(self) -> None:
        symbols = self._state.symbols
        wanted = self._state.underlying
        offered = [*symbols, *([wanted] if wanted and wanted not in symbols else [])]
        if offered != self._symbols or self._which.value != wanted:
            self._symbols = offered
            options = {EVERY: "All underlyings", **{each: each for each in offered}}
            self._which.set_options(options, value=wanted)

    def _act(self, id: str, what: str) -> None:
        line = self._state.picture.line(id)
        if line is not None:
            self._acts.do(line, what)

    # nothing to show
    def _nothing(self) -> str:
        if not self._state.picture.lines:
            return "none"
        return "filtered" if self._state.filtered else "closed"

    def _say_empty(self, why: str) -> None:
        if why == self._why_empty:
            return
        self._why_empty = why
        self._empty.clear()
        self._empty.set_visibility(bool(why))
        with self._empty:
            if why == "none":
                _first_position(self._state)
            elif why == "filtered":
                box = empty_state("No position fits the filter.", icon="filter_alt_off")
                box.props('data-testid="positions-filtered"')
            elif why == "closed":
                many = len(self._state.picture.lines)
                box = empty_state(
                    "Nothing is open.",
                    f"{many} closed today: tick “Closed today” to see what they made.",
                )
                box.props('data-testid="positions-none-open"')


def _first_position(state: PositionsState) -> None:
    """How to come to a first one."""
    mode = state.services.mode
    with empty_state(
        "Nothing is held.",
        f"Orders go to {state.trading.broker} ({mode}). Buy or sell a contract from the option "
        "chain, or put legs together in the builder and send them as a basket. "
        "What is held shows here at once, with its P&L and its greeks.",
        icon="account_balance_wallet",
    ) as box:
        with ui.element("div").classes("builder-quick"):
            for text, path in LINKS:
                ui.link(text, path).classes("button").props(
                    f'data-testid="first-{path.split("/")[1]}"'
                )
        at = state.trading.state.reconciled_at
        words = f"Compared with the broker at {formats.clock_time(at)}" if at else WAITING
        ui.label(words).classes("faint")
    box.props('data-testid="positions-empty"')
