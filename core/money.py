"""The bridge between estimates (float) and what must add up (Decimal)."""

from decimal import ROUND_HALF_EVEN, Decimal

RUPEE_STEP = Decimal("0.0001")


def rupees(amount: float | int | str | Decimal) -> Decimal:
    """Rupees to 1/10000, rounded half to even; raises ValueError for NaN or infinity."""
    exact = amount if isinstance(amount, Decimal) else Decimal(str(amount))
    if not exact.is_finite():
        raise ValueError(f"{amount!r} is not an amount of money")
    return exact.quantize(RUPEE_STEP, rounding=ROUND_HALF_EVEN)
