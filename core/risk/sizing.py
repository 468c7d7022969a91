"""How many lots a risk allows."""

from decimal import Decimal

from core.errors import RuleBroken


def lots(capital: Decimal, percent: Decimal, entry: Decimal, stop: Decimal, lot_size: int) -> int:
    """Whole lots whose loss from entry to stop is at most `percent` of the capital; may be 0.

    Raises RuleBroken where that has no answer.
    """
    if lot_size <= 0:
        raise RuleBroken(f"a lot of {lot_size} units does not exist")
    if not 0 < percent <= 100 or capital <= 0:
        raise RuleBroken("the risk must be above 0 and at most 100 percent of a capital above 0")
    if entry == stop:
        raise RuleBroken("a stop at the entry risks nothing, so it sets no size")
    return int(capital * percent / 100 / (abs(entry - stop) * lot_size))
