"""The term structure: volatility at the money and between expiries, and how each smile leans."""

from datetime import date
from typing import Final

import numpy as np

from core.analytics.skew import Skew, skew
from core.analytics.term_structure import TermPoint, points
from core.services.volatility_view import VolatilityView
from ui.components.chart import Chart
from ui.components.chart_theme import axis, line, lines
from ui.components.data_table import Cell, Column, DataTable, Row
from ui.components.vol_source import VolSource
from ui.theme import formats
from ui.theme.colors import tone

COLUMNS: Final = (
    Column(name="expiry", title="Expiry"),
    Column(name="days", title="Days", classes="num", tip="Calendar days to the close"),
    Column(name="atm", title="ATM", classes="num", tip="On the smile at the forward, % a year"),
    Column(
        name="forward",
        title="Fwd vol",
        classes="num",
        tip="From the expiry before to this one: √((σ₂²T₂ - σ₁²T₁)/(T₂ - T₁)), % a year",
    ),
    Column(
        name="rr",
        title="RR25",
        classes="num",
        tip="25-delta risk reversal: call less put, vol points (forward delta)",
    ),
    Column(
        name="bf",
        title="BF25",
        classes="num",
        tip="25-delta butterfly: mean of call and put less ATM, vol points",
    ),
    Column(
        name="slope",
        title="Slope",
        classes="num",
        tip="Change of volatility per 1 % of ln(K/F) at the money, vol points",
    ),
    Column(name="rms", title="Rms", classes="num", tip="Miss of the fit, vol points"),
)
FALLS: Final = "Total variance falls from the expiry before: no forward volatility explains that"


class TermPanel:
    def __init__(self) -> None:
        option = lines(
            [
                line("atm", "ATM IV", "share", colour="var(--accent)", width=2, points=True),
                {
                    **line("forward", "Forward vol", "share", colour="var(--warn)", dashed=True),
                    "step": "start",
                },
            ],
            x=axis("day", kind="time"),
            y=axis("shareShort"),
        )
        empty = "No expiry is fitted yet: the chains wait for quotes on both sides."
        title = "At the money and forward"
        self.chart = Chart(option, name="term-chart", title=title, height=None, empty=empty)
        self.table = DataTable("term", COLUMNS, empty="No expiry yet.")

    def show(self, view: VolatilityView, source: VolSource) -> None:
        self.chart.subject = view.symbol
        found = points(view.surface) if view.surface is not None else ()
        self._draw(view, found)
        known = {each.expiry: each for each in found}
        days = sorted(
            {*source.wanted, *(p.expiry for p in view.pictures)}
            if view.live
            else {p.expiry for p in view.pictures}
        )
        self.table.show([self._row(day, known.get(day), view, source) for day in days])

    def clear(self) -> None:
        self.chart.forget()
        self.table.show([])

    def _draw(self, view: VolatilityView, found: tuple[TermPoint, ...]) -> None:
        closes = [p.closes_at for each in found if each.expiry and (p := view.picture(each.expiry))]
        x = np.array([each.timestamp() * 1000 for each in closes])
        atm = np.array([each.atm for each in found])
        between = np.array([each.forward_vol for each in found])
        start = [[view.at.timestamp() * 1000, between[0]]] if len(between) else []
        steps = [*start, *np.column_stack([x, between]).tolist()]
        numbers = {"atm": np.column_stack([x, atm]), "forward": np.array(steps).reshape(-1, 2)}
        self.chart.push(numbers, at=view.at, now=view.now)

    def _row(
        self, day: date, point: TermPoint | None, view: VolatilityView, source: VolSource
    ) -> Row:
        smile, fit, picture = view.smile(day), view.fit(day), view.picture(day)
        name = formats.short_day(day)
        if point is None or smile is None or fit is None or picture is None:
            said = (
                "loading" if day in source.loading else source.problems.get(day, view.reason(day))
            )
            unknown = [formats.DASH] * (len(COLUMNS) - 1)
            return Row(day.isoformat(), (Cell(name, "warn", said), *unknown))
        lean = skew(smile)
        forward = formats.price(100 * point.forward_vol)
        return Row(
            day.isoformat(),
            (
                name,
                f"{picture.years * 365:.1f}",
                formats.price(100 * point.atm),
                forward if forward != formats.DASH else Cell(forward, "warn", FALLS),
                *_leans(lean),
                f"{fit.miss:.2f}",
            ),
        )


def _leans(lean: Skew) -> tuple[Cell, ...]:
    reversal, fly, slope = 100 * lean.rr25, 100 * lean.bf25, 100 * lean.slope
    strikes = (
        f"25Δ put {formats.price(lean.put25_strike, 0)} at {formats.percent(lean.put25)}, "
        f"call {formats.price(lean.call25_strike, 0)} at {formats.percent(lean.call25)}"
    )
    return (
        Cell(formats.signed(reversal), tone(reversal), strikes),
        Cell(formats.signed(fly), tone(fly), strikes),
        Cell(formats.signed(slope, 3), tone(slope)),
    )
