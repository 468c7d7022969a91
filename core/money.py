"""The bridge between estimates (float) and what must add up (Decimal), and how it is written."""

from decimal import ROUND_HALF_EVEN, Decimal

RUPEE_STEP = Decimal("0.0001")


def rupees(amount: float | int | str | Decimal) -> Decimal:
    """Rupees to 1/10000, rounded half to even; raises ValueError for NaN or infinity."""
    exact = amount if isinstance(amount, Decimal) else Decimal(str(amount))
    if not exact.is_finite():
        raise ValueError(f"{amount!r} is not an amount of money")
    return exact.quantize(RUPEE_STEP, rounding=ROUND_HALF_EVEN)


def written(amount: Decimal, digits: int = 2) -> str:
    """In Indian grouping: `₹12,34,567.50`, `-₹40.00`."""
    whole, _, part = f"{abs(amount):.{digits}f}".partition(".")
    head, tail = whole[:-3], whole[-3:]
    while len(head) > 2:
        head, tail = head[:-2], f"{head[-2:]},{tail}"
    text = (f"{head},{tail}" if head else tail) + (f".{part}" if part else "")
    return f"-₹{text}" if amount < 0 and text.strip("0.,") else f"₹{text}"
