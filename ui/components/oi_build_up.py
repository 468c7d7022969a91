"""Build-up: what price and open interest together say that traders did, strike by strike."""

from typing import Final

import numpy as np
from nicegui import ui
from numpy.typing import NDArray

from core.analytics.build_up import (
    FUTURE_OI_BAND,
    FUTURE_PRICE_BAND,
    BuildUp,
    build_up_of,
    dead_band,
)
from core.analytics.oi_base import Base, against, aligned
from core.analytics.oi_change import OiChange
from core.analytics.sides import CALL, PUT
from core.instruments.instrument import strike_text
from ui.components.board import Board
from ui.components.board import Cell as Figure
from ui.components.data_table import Cell, Column, DataTable, Row
from ui.components.oi_parts import RIGHTS, OiView, signed_lakh, strike
from ui.components.oi_since import Since
from ui.theme import formats
from ui.theme.colors import tone

Floats = NDArray[np.float64]

KINDS: Final = (
    BuildUp.LONG_BUILD_UP,
    BuildUp.SHORT_BUILD_UP,
    BuildUp.SHORT_COVERING,
    BuildUp.LONG_UNWINDING,
)
COUNTED: Final = {
    BuildUp.LONG_BUILD_UP: "Long build-up",
    BuildUp.SHORT_BUILD_UP: "Short build-up",
    BuildUp.SHORT_COVERING: "Covering",
    BuildUp.LONG_UNWINDING: "Unwinding",
}
TONES: Final = {
    BuildUp.NONE: "faint",
    BuildUp.LONG_BUILD_UP: "up",
    BuildUp.SHORT_BUILD_UP: "down",
    BuildUp.SHORT_COVERING: "up",
    BuildUp.LONG_UNWINDING: "down",
}
MEANING: Final = {
    BuildUp.NONE: "Neither moved enough, or one of the two is not known",
    BuildUp.LONG_BUILD_UP: "Price up, open interest up: buyers open",
    BuildUp.SHORT_BUILD_UP: "Price down, open interest up: sellers open",
    BuildUp.SHORT_COVERING: "Price up, open interest down: sellers close",
    BuildUp.LONG_UNWINDING: "Price down, open interest down: buyers close",
}
FIELDS: Final = (
    ("price", "Price", "Middle of the quotes, else the last trade, rupees"),
    ("move", "Chg", "Change in price"),
    ("oi", "OI", "Units"),
    ("added", "OI chg", "Units"),
    ("part", "OI chg %", "Of what stood then"),
    ("kind", "Build-up", "Price and open interest together"),
)
WHY_NOT: Final = {
    "price": "Neither quoted on both sides nor traded",
    "move": "Not known now, or not then",
    "oi": "No open interest was sent",
    "added": "Open interest is not known now, or was not then",
    "part": "Nothing stood then, or it is not known",
    "kind": "",
}
NAMES: Final = tuple(name for name, _, _ in FIELDS)


def _columns() -> tuple[Column, ...]:
    def side(right: str, fields: tuple[tuple[str, str, str], ...]) -> list[Column]:
        return [
            Column(
                name=f"{right}-{name}",
                title=title,
                tip=f"{'Call' if right == 'CE' else 'Put'}: {tip}",
                classes=f"side-{right} {'' if name == 'kind' else 'num'}",
                width="118px" if name == "kind" else "",
            )
            for name, title, tip in fields
        ]

    middle = Column(name="strike", title="Strike", classes="num k", width="84px")
    return (*side("CE", FIELDS[::-1]), middle, *side("PE", FIELDS))


class BuildUpView(OiView):
    def tools(self) -> None:
        self._since = Since(self.choices, self.redraw)

    def build(self) -> None:
        self._sorted, self._falling = "strike", False
        with ui.element("div").classes("oi-build-up"):
            with ui.element("div").classes("oi-counts"):
                self._counts = [_Counts(right) for right in RIGHTS]
                self._future = Board(
                    [Figure(name="future", label="Future", testid="build-up-future")], "oi-future"
                )
            with ui.element("div").classes("oi-scroll"):
                self._table = DataTable(
                    "build-up",
                    _columns(),
                    empty="The chain waits for its first prices.",
                    on_sort=self._sort,
                )
        self._table.mark_sorted("strike", falling=False)

    def draw(self) -> str:
        picture, window = self.picture, self.window
        base, why = self._since.base(self.source)
        if base is None:
            base = _unknown(picture.strikes)
        found = against(base, picture.strikes, picture.price, picture.oi)
        then = aligned(base.price, base.strikes, picture.strikes)
        sheet = {
            "price": picture.price,
            "move": picture.price - then,
            "oi": picture.oi,
            "added": found.change,
            "part": found.fraction,
            "kind": found.build_up.astype(np.float64),
        }
        order = np.arange(len(picture.strikes))[window]
        self._table.show([self._row(int(at), sheet) for at in self._ordered(order, sheet)])
        self._count(found, window)
        self._put_future(base)
        return why or f"Against {base.words}. {dead_band()}"

    # the order
    def _sort(self, column: str) -> None:
        """A click on a title: highest first, at the second click lowest first."""
        self._falling = not self._falling if column == self._sorted else column != "strike"
        self._sorted = column
        self._table.mark_sorted(column, falling=self._falling)
        self.redraw()

    def _ordered(self, order: NDArray[np.int64], sheet: dict[str, Floats]) -> NDArray[np.int64]:
        if self._sorted == "strike":
            return order[::-1] if self._falling else order
        right, _, name = self._sorted.partition("-")
        by = sheet[name][RIGHTS.index(right), order]
        return order[np.argsort(-by if self._falling else by, kind="stable")]  # unknown come last

    # the rows
    def _row(self, at: int, sheet: dict[str, Floats]) -> Row:
        picture = self.picture
        calls, puts = (self._cells(sheet, side, at) for side in (CALL, PUT))
        middle = Cell(strike(float(picture.strikes[at])), "strong")
        here = "atm" if at == picture.atm else ""
        id = strike_text(float(picture.strikes[at]))
        return Row(id, (*reversed(calls), middle, *puts), here)

    @staticmethod
    def _cells(sheet: dict[str, Floats], side: int, at: int) -> list[Cell]:
        n = {name: float(sheet[name][side, at]) for name in NAMES}
        kind = BuildUp(int(n["kind"]))
        why = {name: "" if n[name] == n[name] else WHY_NOT[name] for name in NAMES}
        return [
            Cell(formats.price(n["price"]), "", why["price"]),
            Cell(formats.signed(n["move"]), tone(n["move"]), why["move"]),
            Cell(formats.lakh(n["oi"]), "", why["oi"] or f"{formats.quantity(n['oi'])} units"),
            Cell(signed_lakh(n["added"]), tone(n["added"]), why["added"]),
            Cell(formats.signed_percent(n["part"], 1), tone(n["part"]), why["part"]),
            Cell(kind.label or "·", TONES[kind], MEANING[kind]),
        ]

    # above the table
    def _count(self, found: OiChange, window: slice) -> None:
        for side, counts in enumerate(self._counts):
            shown = found.build_up[side, window]
            counts.show([int((shown == kind).sum()) for kind in KINDS], len(shown))

    def _put_future(self, base: Base) -> None:
        """Only where the future's open interest of both moments is known is there a reading."""
        picture, chain = self.picture, self.source.chain
        price, oi = picture.future, self.source.future_oi
        kind = build_up_of(price, base.future, oi, base.future_oi)
        move, added = price - base.future, oi - base.future_oi
        known = base.future_oi == base.future_oi and oi == oi
        expiry = chain.future_expiry if chain is not None else None
        words = f"{formats.short_day(expiry)} {formats.price(price)} {formats.signed(move)}"
        if known:
            words += f" · OI {formats.lakh(oi)} {signed_lakh(added)}"
        reading = kind.label or ("inside the dead-band" if known else "its earlier OI is not known")
        band = dead_band(FUTURE_PRICE_BAND, FUTURE_OI_BAND)
        tip = f"{MEANING[kind]}. {band}"
        self._future.put("future", words, extra=reading, extra_tone=TONES[kind], tip=tip)
        self._future.flush()


class _Counts:
    """How many strikes of a side are in each quadrant: a bar, and the numbers."""

    def __init__(self, right: str) -> None:
        with ui.element("div").classes("oi-count"):
            self._board = Board(
                [
                    Figure(
                        name=kind.short,
                        label=COUNTED[kind],
                        testid=f"build-up-{right}-{kind.short}",
                        tip=MEANING[kind],
                    )
                    for kind in KINDS
                ],
                f"count-words count-{right}",
            )
            with ui.element("div").classes("count-bar"):
                names = (*(kind.short for kind in KINDS), "rest")
                self._parts = [ui.element("i").classes(name) for name in names]

    def show(self, counts: list[int], strikes: int) -> None:
        for kind, count in zip(KINDS, counts, strict=True):
            self._board.put(kind.short, str(count), tone=TONES[kind] if count else "", raw=count)
        if self._board.flush():
            for part, count in zip(self._parts, [*counts, strikes - sum(counts)], strict=True):
                part.style(f"flex-grow: {count}")


def _unknown(strikes: Floats) -> Base:
    nothing = np.full((2, len(strikes)), np.nan)
    return Base(strikes=strikes, price=nothing, oi=nothing, words="")
