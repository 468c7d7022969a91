"""The builder's comparison: up to four drafts on one chart, and their figures beside each other."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from math import nan
from typing import Final

import numpy as np
from nicegui import background_tasks, ui

from core.errors import RuleBroken
from core.strategies.compare import MOST, Compared, compare
from core.strategies.costs import margin
from core.strategies.curve import horizon
from core.strategies.draft import Draft
from core.strategies.legs import Leg
from core.strategies.valuation import Floats, Market
from ui.builder.charge_words import COUNTED
from ui.builder.latest import Latest
from ui.builder.positions import Positions, fees_of, reach_of, spots_over
from ui.builder.state import BuilderState, Overlay, Topic
from ui.builder.wordings import levels, money, number
from ui.components.chart import Chart, Mark
from ui.components.chart_theme import Option, axis, line, lines
from ui.components.data_table import Cell, Column, DataTable, Row
from ui.components.leaving import Leaving
from ui.components.segments import Segments
from ui.components.watch import watch
from ui.theme import formats

TABLE: Final = "table"
"""Stands for the draft on the table."""
COLOURS: Final = ("--accent", "--warn", "--mode-simulated", "--ask")
WHEN: Final = {"expiry": "At expiry", "today": "Today", "chosen": "Chosen day"}
MARKS: Final = ("●", "◆", "▲", "■")
COLUMNS: Final = (
    Column(name="name", title="Draft", classes="strong", width="150px"),
    Column(name="profit", title="Max profit", classes="num", width="84px"),
    Column(name="loss", title="Max loss", classes="num", width="84px"),
    Column(name="breakevens", title="Breakevens", classes="num", width="126px"),
    Column(name="pop", title="POP", classes="num", width="54px", tip="By the smile"),
    Column(name="expected", title="EV", classes="num", width="70px", tip="By the smile"),
    Column(name="pnl", title="P&L now", classes="num", width="70px"),
    Column(name="premium", title="Premium", classes="num", width="74px", tip="Received, or -paid"),
    Column(name="charges", title="Charges", classes="num", width="62px", tip="To enter"),
    Column(name="margin", title="Margin", classes="num", width="84px", tip="Our estimate"),
    Column(name="delta", title="Delta", classes="num", width="58px"),
    Column(name="theta", title="Theta", classes="num", width="70px", tip="₹ per calendar day"),
    Column(name="vega", title="Vega", classes="num", width="66px", tip="₹ per vol point"),
)
EMPTY: Final = (
    "Tick up to four drafts above. Drafts of this underlying that you save appear there;"
    " “on the table” is the one you are building."
)


@dataclass(frozen=True, slots=True)
class Answer:
    """Curves over `spots`, a row per position, and the figures behind the table."""

    names: tuple[str, ...]
    colours: tuple[int, ...]
    spots: Floats
    curves: Floats
    at_expiry: Floats
    compared: Compared
    charges: tuple[float, ...]
    margins: tuple[float, ...]
    market: Market


def build_compare(state: BuilderState) -> None:
    _Compare(state)


class _Compare:
    def __init__(self, state: BuilderState) -> None:
        self._state = state
        self._positions = Positions(state)
        self._laid: tuple[str, ...] = ()
        self._work = Latest[Answer](self._question, self._answered)
        Leaving(self._work.end)
        with ui.element("div").classes("tool-panel"):
            with ui.element("div").classes("tool-bar"):
                self._chips = ui.element("div").classes("chips")
                with ui.element("span").classes("springy"):
                    self._when = Segments(WHEN, state.choices, "builder.compare-when", self._ask)
                    self._over = ui.checkbox(
                        "on the pay-off",
                        value=state.choices.get("builder.compare.over", False),
                        on_change=lambda e: self._lay_over(bool(e.value)),
                    ).props('dense size=xs data-testid="compare-over"')
            with ui.element("div").classes("tool-body"):
                self._chart = Chart(
                    _option(()),
                    name="compare",
                    height=None,
                    empty=EMPTY,
                    label="Drafts beside each other",
                )
            self._table = DataTable("compared", COLUMNS, empty="").classes("compared")
        for topic in (Topic.DRAFT, Topic.MARKET):
            state.on(topic, self._ask)
        watch(lambda: self._positions.around, self._changed)
        self._changed()

    # which
    @property
    def _kept(self) -> list[str]:
        return self._state.choices.get("builder.compare", [TABLE])

    @property
    def _offered(self) -> list[Draft]:
        drafts = self._state.services.drafts.all()
        return [d for d in drafts if d.symbol == self._state.symbol and d.legs]

    @property
    def _chosen(self) -> list[str]:
        """Those that are there, in the order of their ticking."""
        there = {TABLE, *(draft.id for draft in self._offered)}
        return [id for id in self._kept if id in there][:MOST]

    def _changed(self) -> None:
        self._build_chips()
        background_tasks.create(self._take(), name="compared drafts")

    def _build_chips(self) -> None:
        chosen = self._chosen
        self._chips.clear()
        with self._chips:
            self._chip(TABLE, "on the table", chosen)
            for draft in self._offered:
                self._chip(draft.id, draft.name, chosen)

    def _chip(self, id: str, name: str, chosen: list[str]) -> None:
        here = id in chosen
        full = len(chosen) >= MOST and not here
        chip = ui.element("button").classes("chip here" if here else "chip")
        chip.props(f'data-testid="compare-{id}" aria-pressed="{str(here).lower()}"')
        chip.mark(f"compare-{id}").on("click", partial(self._toggle, id))
        if full:
            chip.props(f'disabled title="{MOST} at most: take one off first"')
        with chip:
            if here:
                dot = ui.element("span").classes("dot")
                dot.style(f"background: var({COLOURS[chosen.index(id)]})")
            ui.label(name)

    def _toggle(self, id: str) -> None:
        chosen = self._chosen
        if id in chosen:
            chosen.remove(id)
        elif len(chosen) < MOST:
            chosen.append(id)
        self._state.choices.keep("builder.compare", chosen)
        self._changed()

    async def _take(self) -> None:
        chosen = set(self._chosen)
        await self._positions.take([draft for draft in self._offered if draft.id in chosen])
        self._ask()

    # what they make
    def _ask(self) -> None:
        if self._chart.shown or self._over.value:
            self._work.ask()

    def _question(self) -> Callable[[], Answer] | None:
        state, market = self._state, self._positions.market
        drafts, chosen = state.services.drafts.drafts, self._chosen
        found = [
            (
                at,
                state.draft.name if id == TABLE else drafts[id].name,
                state.counted if id == TABLE else self._positions.legs.get(id, []),
            )
            for at, id in enumerate(chosen)
        ]
        some = [each for each in found if each[2]]
        if market is None or not some:
            self._nothing()
            return None
        when = str(self._when.value)
        moments = {"today": market.now, "chosen": state.when}
        reach = reach_of(state.picture, market)
        return partial(_work, some, market, moments.get(when), reach)

    def _nothing(self) -> None:
        self._chart.forget()
        self._chart.marks([])
        self._table.show([])
        self._put_over([])

    def _answered(self, answer: Answer) -> None:
        names = tuple(
            f"{MARKS[at]} {name}" for at, name in zip(answer.colours, answer.names, strict=True)
        )
        shape = tuple(f"{at}{name}" for at, name in zip(answer.colours, names, strict=True))
        if shape != self._laid:
            self._laid = shape
            self._chart.subject = self._state.symbol
            self._chart.set(_option(list(zip(answer.colours, names, strict=True))))
        curves = {f"draft{at}": row for at, row in zip(answer.colours, answer.curves, strict=True)}
        self._chart.push(curves, x=answer.spots)
        spot = answer.market.spot
        self._chart.marks(
            [Mark(at=spot, label=formats.quantity(spot), colour="--strong", dashed=False)]
        )
        self._table.show([_row(answer, n) for n in range(len(answer.names))])
        self._put_over(
            [
                Overlay(name=answer.names[n], spots=answer.spots, values=answer.at_expiry[n])
                for n, at in enumerate(answer.colours)
                if self._chosen[at : at + 1] not in ([], [TABLE])
            ]
        )

    def _lay_over(self, on: bool) -> None:
        self._state.choices.keep("builder.compare.over", on)
        if not on:
            self._state.lay_over(())
        self._ask()

    def _put_over(self, overlays: list[Overlay]) -> None:
        if self._over.value and (overlays or self._state.overlays):
            self._state.lay_over(overlays)


def _work(
    found: Sequence[tuple[int, str, list[Leg]]],
    market: Market,
    moment: datetime | None,
    reach: float,
) -> Answer:
    """At `moment`, or each at its own near expiry."""
    positions = [legs for _, _, legs in found]
    spots = spots_over((leg for legs in positions for leg in legs), market, reach)
    fees = [fees_of(legs, market) for legs in positions]
    horizons = [horizon(legs, market) for legs in positions]
    shown = horizons if moment is None else [moment] * len(found)
    dates = sorted({*horizons, *shown})
    made = compare(positions, market, spots, dates, np.nan_to_num(fees).tolist())
    curves, ends = (
        np.array([made.values[n, dates.index(when)] for n, when in enumerate(moments)])
        for moments in (shown, horizons)
    )
    return Answer(
        names=tuple(name for _, name, _ in found),
        colours=tuple(at for at, _, _ in found),
        spots=spots,
        curves=curves,
        at_expiry=ends,
        compared=made,
        charges=tuple(fees),
        margins=tuple(_margin(legs, market) for legs in positions),
        market=market,
    )


def _margin(legs: Sequence[Leg], market: Market) -> float:
    try:
        return margin(legs, market).total
    except RuleBroken:
        return nan


def _row(answer: Answer, n: int) -> Row:
    figures, at = answer.compared.summaries[n], answer.colours[n]
    return Row(
        str(n),
        (
            Cell(f"{MARKS[at]} {answer.names[n]}", f"compared-{at}", answer.names[n]),
            money(figures.max_profit, tip=f"At {formats.ist(figures.horizon)}, {COUNTED}"),
            money(figures.max_loss, tip=f"At {formats.ist(figures.horizon)}, {COUNTED}"),
            levels(figures.breakevens),
            formats.percent(figures.pop_smile, 1),
            money(figures.expected_smile),
            money(figures.pnl),
            money(figures.net_premium),
            money(answer.charges[n]).text,
            money(answer.margins[n]).text,
            number(figures.greeks.delta, 1),
            money(figures.greeks.theta),
            money(figures.greeks.vega),
        ),
    )


def _option(drafts: Sequence[tuple[int, str]]) -> Option:
    shown = drafts or [(0, "")]
    series = [
        line(f"draft{at}", name, "rupeesLakh", colour=f"var({COLOURS[at]})", width=1.8)
        for at, name in shown
    ]
    return {
        **lines(series, x=axis("strike"), y=axis("rupeesLakh")),
        "legend": {"show": bool(drafts)},
    }
