"""What a draft does to what is held: curves and figures, before and after."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan

from core.errors import RuleBroken
from core.strategies.compare import BeforeAfter, before_and_after
from core.strategies.costs import margin
from core.strategies.curve import horizon
from core.strategies.legs import Leg
from core.strategies.payoff import Summary
from core.strategies.valuation import Floats, Market
from ui.builder.positions import fees_of, spots_over
from ui.builder.wordings import levels, money, number
from ui.components.data_table import Cell, Row
from ui.theme import formats


@dataclass(frozen=True, slots=True)
class Answer:
    """Over `spots`, at the first close of what is held or drafted."""

    spots: Floats
    before: Floats
    after: Floats
    now: Floats
    found: BeforeAfter
    margins: tuple[float, float]
    market: Market


def weigh(held: Sequence[Leg], draft: Sequence[Leg], market: Market, reach: float) -> Answer:
    """`draft` may be empty, `held` of other underlyings too."""
    symbol = draft[0].symbol if draft else held[0].symbol
    ours = [leg for leg in held if leg.symbol == symbol]
    both = [*ours, *draft]
    when, spots = horizon(both, market), spots_over(both, market, reach)
    fees = fees_of(draft, market)
    known = fees if fees == fees else 0.0
    found = before_and_after(held, draft, market, spots, [when, market.now], charges=known)
    return Answer(
        spots=spots,
        before=found.values_before[0],
        after=found.values_after[0],
        now=found.values_after[1],
        found=found,
        margins=(_margin(ours, market), _margin(both, market)),
        market=market,
    )


def rows(answer: Answer) -> list[Row]:
    """A figure a row: before, after, and what the draft changes."""
    before, after = answer.found.before, answer.found.after
    return [
        _money("profit", "Max profit", before.max_profit, after.max_profit),
        _money("loss", "Max loss", before.max_loss, after.max_loss),
        Row("breakevens", ("Breakevens", levels(before.breakevens), levels(after.breakevens), "")),
        _chance(before, after),
        _money("expected", "EV, smile", before.expected_smile, after.expected_smile),
        _money("pnl", "P&L now", before.pnl, after.pnl),
        _money("margin", "Margin, estimate", *answer.margins, plain=True),
        _number("delta", "Delta, units", before.greeks.delta, after.greeks.delta, 1),
        _number("gamma", "Gamma", before.greeks.gamma, after.greeks.gamma, 4),
        _money("theta", "Theta, ₹ a day", before.greeks.theta, after.greeks.theta),
        _money("vega", "Vega, ₹ a point", before.greeks.vega, after.greeks.vega),
        _money("cash-delta", "₹ per +1 %", before.cash.delta, after.cash.delta),
        _money("cash-gamma", "₹ of the next 1 %", before.cash.gamma, after.cash.gamma),
    ]


def _money(id: str, title: str, before: float, after: float, *, plain: bool = False) -> Row:
    cells = [money(before), money(after), money(after - before, sign=True)]
    if plain:
        cells = [Cell(cell.text) for cell in cells]
    return Row(id, (title, *cells))


def _number(id: str, title: str, before: float, after: float, digits: int) -> Row:
    return Row(id, (title, *(number(x, digits) for x in (before, after, after - before))))


def _chance(before: Summary, after: Summary) -> Row:
    change = formats.signed(100 * (after.pop_smile - before.pop_smile), 1)
    known = change != formats.DASH
    return Row(
        "pop",
        (
            "POP, smile",
            formats.percent(before.pop_smile, 1),
            formats.percent(after.pop_smile, 1),
            f"{change} pts" if known else change,
        ),
    )


def _margin(legs: Sequence[Leg], market: Market) -> float:
    try:
        return margin(legs, market).total if legs else 0.0
    except RuleBroken:
        return nan
