"""Brokerage plans: what the broker takes for one executed order."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from core.charges.rates import Segment


@dataclass(frozen=True, slots=True)
class Fee:
    """For one order: `flat` rupees, or the share of its turnover where that is less."""

    flat: Decimal
    share: Decimal | None = None

    def of(self, turnover: Decimal) -> Decimal:
        return self.flat if self.share is None else min(self.flat, self.share * turnover)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    name: str
    fees: Mapping[Segment, Fee]
    source: str


def flat(name: str, rupees: Decimal) -> Plan:
    """A plan that takes the same for every order."""
    return Plan(name=name, fees={each: Fee(rupees) for each in Segment}, source="as set")


UPSTOX: Final = Plan(
    name="Upstox",
    fees={
        Segment.OPTION: Fee(Decimal(20)),
        Segment.FUTURE: Fee(Decimal(20), Decimal("0.0005")),
        Segment.EQUITY_INTRADAY: Fee(Decimal(20), Decimal("0.001")),
        Segment.EQUITY_DELIVERY: Fee(Decimal(20)),
    },
    source="Upstox price list of 2026; of delivery the most that it takes. Your own may differ",
)
