"""Open interest by strike: what stands, what was added since, and the walls that it makes."""

from typing import Final

import numpy as np
from nicegui import ui

from core.analytics.oi_base import against
from core.analytics.oi_change import OiChange
from core.analytics.sides import CALL, PUT, total
from core.analytics.walls import Wall, walls
from ui.components.board import Board
from ui.components.board import Cell as Figure
from ui.components.chart import Chart
from ui.components.chart_theme import CALLS, PUTS, Option, axis, bars, lines, mirror_bars, scatter
from ui.components.data_table import Cell, Column, DataTable, Row
from ui.components.dock import DockPanel
from ui.components.oi_header import away
from ui.components.oi_parts import NO_BASE, Floats, OiView, level_marks, signed_lakh, strike
from ui.components.oi_since import Since
from ui.theme import formats
from ui.theme.colors import tone

SIDE: Final = 424
WALLS: Final = 5
"""Told of each kind."""
PANELS: Final = (
    DockPanel(id="oi", title="Open interest by strike"),
    DockPanel(id="walls", title="Walls and totals", beside="oi", width=SIDE),
    DockPanel(id="change", title="Change in open interest", beside="oi", direction="below"),
)
COLUMNS: Final = (
    Column(name="kind", title="", width="94px"),
    Column(name="strike", title="Strike", classes="num"),
    Column(name="away", title="Away", classes="num", tip="From the spot"),
    Column(name="oi", title="OI", classes="num", tip="Units"),
    Column(name="change", title="Chg", classes="num", tip="Units, since the chosen moment"),
    Column(name="share", title="Share", classes="num", tip="Of its side's open interest"),
)
TOTALS: Final = tuple(
    Figure(name=name, label=label, testid=f"oi-total-{name}")
    for name, label in (
        ("calls", "Calls: open interest"),
        ("calls-change", "Calls: change"),
        ("puts", "Puts: open interest"),
        ("puts-change", "Puts: change"),
        ("net", "Puts less calls: change"),
        ("volume", "Volume: calls / puts"),
    )
)
NOTE: Final = (
    "A reading, not a law: writers of calls are taken to defend their strike from above"
    " (resistance), writers of puts from below (support)."
)


class StrikesView(OiView):
    def tools(self) -> None:
        self._since = Since(self.choices, self.redraw)

    def build(self) -> None:
        dock = self.dock("strikes", PANELS)
        with dock.panel("oi"):
            self._oi = Chart(
                _bars_and_then(),
                name="oi-by-strike",
                height=None,
                empty="No open interest was sent for these strikes yet.",
                label="Open interest by strike, calls up and puts down",
            )
        with dock.panel("change"):
            self._change = Chart(
                lines(
                    [
                        bars("calls", "Calls", "changeLakh", colour=f"{CALLS} / 80%"),
                        bars("puts", "Puts", "changeLakh", colour=f"{PUTS} / 80%"),
                    ],
                    x=axis("strike"),
                    y=axis("changeLakh", minInterval=1),
                ),
                name="oi-change-by-strike",
                height=None,
                empty=NO_BASE,
                label="Change in open interest by strike, calls and puts",
            )
        with dock.panel("walls"), ui.element("div").classes("oi-side"):
            self._walls = DataTable("oi-wall", COLUMNS, empty="No open interest is known yet.")
            self._totals = Board(TOTALS, "kv-board oi-totals")
            ui.label(NOTE).classes("footnote oi-note")

    def draw(self) -> str:
        picture, window = self.picture, self.window
        strikes, oi = picture.strikes[window], picture.oi[:, window]
        base, why = self._since.base(self.source)
        found = against(base, picture.strikes, picture.price, picture.oi) if base else None
        change = found.change if found else np.full_like(picture.oi, np.nan)
        added = change[:, window]
        then = oi - added
        self._oi.subject = self._change.subject = picture.symbol
        standing = {"calls": oi[CALL], "puts": oi[PUT]}
        stood = {"calls-then": then[CALL], "puts-then": then[PUT]}
        self._oi.push({**standing, **stood}, x=strikes, at=picture.at, now=picture.now)
        self._oi.marks(level_marks(picture, with_walls=True))
        changes = {"calls": added[CALL], "puts": added[PUT]}
        self._change.push(changes, x=strikes, at=picture.at, now=picture.now)
        self._change.marks(level_marks(picture))
        self._show_walls(change)
        self._show_totals(found)
        since = f"Change since {base.words}" if base else why
        if found is not None and not np.nan_to_num(change).any():
            since += ": nothing has changed yet"
        return f"Units of the underlying; calls red, puts green, ticks what stood then. {since}"

    def _show_walls(self, change: Floats) -> None:
        found = walls(self.picture.strikes, self.picture.oi, change, count=WALLS)
        kinds = (
            ("resistance", "Resistance", "down", found.resistance),
            ("support", "Support", "up", found.support),
            ("calls-added", "Calls added", "down", found.calls_added),
            ("puts-added", "Puts added", "up", found.puts_added),
        )
        self._walls.show(
            [
                self._row(f"{id}-{place}", f"{name} {place}", colour, wall)
                for id, name, colour, several in kinds
                for place, wall in enumerate(several, 1)
            ]
        )

    def _row(self, id: str, name: str, colour: str, wall: Wall) -> Row:
        return Row(
            id,
            (
                Cell(name, colour),
                Cell(strike(wall.strike), "strong"),
                away(wall.strike, self.picture),
                Cell(formats.lakh(wall.oi), tip=f"{formats.quantity(wall.oi)} units"),
                Cell(signed_lakh(wall.change), tone(wall.change)),
                formats.percent(wall.share, 1),
            ),
            "first" if id.endswith("-1") else "",
        )

    def _show_totals(self, found: OiChange | None) -> None:
        put, picture = self._totals.put, self.picture
        sums = total(picture.oi, axis=-1)
        added = total(found.change, axis=-1) if found else np.full(2, np.nan)
        for name, side in (("calls", CALL), ("puts", PUT)):
            put(name, formats.lakh(float(sums[side])), raw=float(sums[side]))
            change = float(added[side])
            put(f"{name}-change", signed_lakh(change), tone=tone(change), raw=change)
        net = float(added[PUT] - added[CALL])
        put("net", signed_lakh(net), tone=tone(net), raw=net)
        volume = total(picture.volume, axis=-1)
        put("volume", " / ".join(formats.lakh(float(v)) for v in volume))
        self._totals.flush()


def _bars_and_then() -> Option:
    """Mirror bars of what stands, with a tick at what stood at the chosen moment."""
    shape = mirror_bars()
    tick = {"symbol": "rect", "symbolSize": [13, 2], "z": 5}
    calls = scatter("calls-then", "Calls then", "lakh", colour="var(--strong)")
    puts = scatter("puts-then", "Puts then", "lakh", colour="var(--strong)")
    shape["series"] += [{**calls, **tick}, {**puts, **tick, "mirrored": True}]
    return shape
