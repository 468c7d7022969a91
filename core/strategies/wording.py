"""Amounts and chances as they stand in a sentence."""

from math import inf, isfinite


def rupees(amount: float) -> str:
    """Whole rupees in Indian grouping: `₹1,23,457`, `-₹5,400`; `unlimited`, `unknown`."""
    if not isfinite(amount):
        return "unknown" if amount != amount else "unlimited"
    digits = f"{abs(amount):.0f}"
    head, tail = digits[:-3], digits[-3:]
    while len(head) > 2:
        head, tail = head[:-2], f"{head[-2:]},{tail}"
    sign = "-" if amount < 0 and digits != "0" else ""
    return f"{sign}₹{head},{tail}" if head else f"{sign}₹{tail}"


def at_most(amount: float) -> str:
    """`₹5,400 at most`, `without limit`."""
    return "without limit" if amount == inf else f"{rupees(amount)} at most"


def chance(probability: float) -> str:
    """`68 %`; `unknown`."""
    return f"{100 * probability:.0f} %" if probability == probability else "unknown"


def level(spot: float) -> str:
    """A spot: `24,150`."""
    return rupees(spot).removeprefix("₹")
