"""Figures of a position as they stand in the cells of a table."""

from math import inf, isfinite

from core.strategies.wording import rupees
from ui.components.data_table import Cell
from ui.theme import formats
from ui.theme.colors import tone


def money(amount: float, *, sign: bool = False, tip: str = "") -> Cell:
    """`₹1,234` in the colour of its sign; `Unlimited`; a dash where unknown."""
    if amount in (inf, -inf):
        return Cell("Unlimited", tone(amount), tip)
    plus = "+" if sign and amount > 0 else ""
    text = plus + rupees(amount) if isfinite(amount) else formats.DASH
    return Cell(text, tone(amount), tip)


def number(amount: float, digits: int, *, tip: str = "") -> Cell:
    """`+12.3`."""
    return Cell(formats.signed(amount, digits), tone(amount), tip)


def levels(spots: tuple[float, ...]) -> str:
    return "  ".join(formats.quantity(spot) for spot in spots) or "none"
