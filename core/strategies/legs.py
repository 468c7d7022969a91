"""A leg: one contract of a position, how much of it, and what was paid."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from math import nan

from core.clock import IST
from core.errors import RuleBroken
from core.ids import InstrumentKey
from core.instruments.instrument import Right, strike_text


class LegKind(StrEnum):
    OPTION = "option"
    FUTURE = "future"


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """`lots` are bought where positive, sold where negative; prices in rupees per unit.

    `symbol` is the underlying's. `right` and `strike` are None for a future, `price` (of entry) is
    nan while unknown. `iv` replaces the market's volatility (a fraction) and `iv_shift` is added to
    it. `odd_units` are signed units beyond whole lots, as somebody typed or imported them: kept and
    counted, and marked by `checks`. A leg with an `exit_price` is closed: its result is fixed.
    """

    key: InstrumentKey
    symbol: str
    kind: LegKind = LegKind.OPTION
    right: Right | None = None
    strike: float | None = None
    expiry: date
    closes_at: datetime
    lot_size: int
    lots: int
    price: float = nan
    iv: float | None = None
    iv_shift: float = 0.0
    enabled: bool = True
    exit_price: float | None = None
    odd_units: int = 0

    @property
    def quantity(self) -> int:
        """Units, signed."""
        return self.lots * self.lot_size + self.odd_units

    @property
    def is_option(self) -> bool:
        return self.kind is LegKind.OPTION

    @property
    def is_call(self) -> bool:
        return self.right is Right.CALL

    @property
    def is_buy(self) -> bool:
        return self.quantity > 0

    @property
    def exited(self) -> bool:
        return self.exit_price is not None

    @property
    def cost(self) -> float:
        """Premium paid in rupees, negative where received; a future costs nothing to enter."""
        return self.quantity * self.price if self.is_option else 0.0

    @property
    def title(self) -> str:
        """`NIFTY 24200 CE 25 Aug`, `NIFTY FUT 25 Aug`."""
        what = f"{strike_text(self.strike)} {self.right}" if self.strike is not None else "FUT"
        return f"{self.symbol} {what} {self.expiry:%d %b}"

    def expired(self, now: datetime) -> bool:
        return self.closes_at <= now

    def lost(self, now: datetime) -> bool:
        """Closed on an earlier day without an exit price: nobody here knows what it settled at."""
        return not self.exited and self.expired(now) and self.expiry < now.astimezone(IST).date()

    def of_quantity(self, units: int) -> "Leg":
        """The same leg with so many units; those beyond whole lots are kept as `odd_units`."""
        lots = int(units / self.lot_size) if self.lot_size > 0 else 0
        return replace(self, lots=lots, odd_units=units - lots * self.lot_size)

    def reversed(self) -> "Leg":
        return replace(self, lots=-self.lots, odd_units=-self.odd_units)


def option(
    *,
    key: InstrumentKey,
    symbol: str,
    right: Right,
    strike: float,
    expiry: date,
    closes_at: datetime,
    lot_size: int,
    lots: int,
    price: float = nan,
) -> Leg:
    return Leg(
        key=key,
        symbol=symbol,
        right=right,
        strike=strike,
        expiry=expiry,
        closes_at=closes_at,
        lot_size=lot_size,
        lots=lots,
        price=price,
    )


def future(
    *,
    key: InstrumentKey,
    symbol: str,
    expiry: date,
    closes_at: datetime,
    lot_size: int,
    lots: int,
    price: float = nan,
) -> Leg:
    return Leg(
        key=key,
        symbol=symbol,
        kind=LegKind.FUTURE,
        expiry=expiry,
        closes_at=closes_at,
        lot_size=lot_size,
        lots=lots,
        price=price,
    )


def in_play(legs: Iterable[Leg]) -> list[Leg]:
    """Those that count: enabled, with a quantity."""
    return [leg for leg in legs if leg.enabled and leg.quantity]


def net_premium(legs: Iterable[Leg]) -> float:
    """Rupees received for the options at entry, negative where paid; nan with an unknown price."""
    return -sum(leg.cost for leg in in_play(legs)) + 0.0


def one_underlying(legs: Iterable[Leg]) -> str:
    """The symbol all legs share, "" without legs; raises RuleBroken where they differ."""
    symbols = sorted({leg.symbol for leg in legs})
    if len(symbols) > 1:
        raise RuleBroken(f"The legs are of different underlyings: {', '.join(symbols)}.")
    return symbols[0] if symbols else ""
