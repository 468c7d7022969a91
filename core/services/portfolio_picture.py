"""The portfolio's picture: every position with its money and its greeks, and groups of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import cached_property
from math import nan
from typing import Final

from core.ids import InstrumentKey
from core.instruments.instrument import Instrument
from core.strategies.held import UNKNOWN, Sensitivity, together
from core.strategies.legs import Leg
from core.trading.ledger import Holding
from core.trading.orders import Order
from core.trading.requests import Product
from core.trading.results import Result, Sum, add_up


class By(StrEnum):
    """How positions are put together."""

    NONE = "none"
    UNDERLYING = "underlying"
    EXPIRY = "expiry"
    STRATEGY = "strategy"
    PRODUCT = "product"


NO_STRATEGY: Final = "No strategy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One contract in one product, open or closed today. Prices in rupees, nan where not known.

    `instrument` is None where it is not listed. `strategies` own parts of it; `working` are orders
    that may still be filled; `external` says that orders placed elsewhere, or an accepted
    difference, have a part in it; `difference` is what we and the broker do not agree on.
    `iv` is a fraction. `no_greeks` says why its sensitivity is not known.
    """

    result: Result
    instrument: Instrument | None
    leg: Leg | None
    spot: float
    bid: float
    ask: float
    last: float
    heard_at: datetime | None
    strategies: tuple[str, ...]
    working: tuple[Order, ...]
    external: bool
    difference: str
    iv: float = nan
    sensitivity: Sensitivity = UNKNOWN
    no_greeks: str = ""

    @property
    def at(self) -> Holding:
        return self.result.at

    @property
    def key(self) -> InstrumentKey:
        return self.result.key

    @property
    def product(self) -> Product:
        return self.result.product

    @property
    def id(self) -> str:
        """Names it on screens: `NSE_FO|43210:carry`."""
        return f"{self.key}:{self.product.name.lower()}"

    @property
    def units(self) -> int:
        return self.result.units

    @property
    def is_open(self) -> bool:
        return bool(self.result.units)

    @property
    def lots(self) -> float:
        """nan where the lot is not known."""
        size = self.instrument.lot_size if self.instrument else 0
        return self.units / size if size > 0 else nan

    @property
    def title(self) -> str:
        return self.instrument.symbol if self.instrument else self.key

    @property
    def symbol(self) -> str:
        """The underlying's; a share's own."""
        if self.instrument is None:
            return ""
        return self.instrument.underlying_symbol or self.instrument.symbol

    @property
    def expiry(self) -> date | None:
        return self.instrument.expiry if self.instrument else None


@dataclass(frozen=True)
class Group:
    """Lines under one name; `symbol` is their underlying's, "" where there are several."""

    name: str
    lines: tuple[Line, ...]

    @cached_property
    def money(self) -> Sum:
        return add_up(line.result for line in self.lines)

    @cached_property
    def sensitivity(self) -> Sensitivity:
        return together(line.sensitivity for line in self.lines if line.is_open)

    @property
    def symbol(self) -> str:
        symbols = {line.symbol for line in self.lines}
        return symbols.pop() if len(symbols) == 1 else ""

    @property
    def no_greeks(self) -> str:
        """Why its greeks are not known; empty when they are."""
        return next((line.no_greeks for line in self.lines if line.is_open and line.no_greeks), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class PortfolioPicture:
    """Everything that is held or was traded today, as of `at`; `revision` grows with each."""

    at: datetime
    revision: int
    lines: tuple[Line, ...] = ()

    @property
    def open(self) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.is_open)

    @property
    def whole(self) -> Group:
        return Group("All", self.lines)

    def line(self, id: str) -> Line | None:
        return next((line for line in self.lines if line.id == id), None)

    def of(self, key: InstrumentKey, product: Product) -> Line | None:
        return next((line for line in self.lines if line.at == (key, product)), None)


def grouped(lines: Sequence[Line], by: By) -> list[Group]:
    """Groups of what is given, in the order of their names; expiries by their day."""
    found: dict[tuple[object, ...], list[Line]] = {}
    for line in lines:
        found.setdefault(_place(line, by), []).append(line)
    return [
        Group(str(place[-1]), tuple(found[place])) for place in sorted(found, key=lambda p: p[:-1])
    ]


def _place(line: Line, by: By) -> tuple[object, ...]:
    """What it is sorted by, and last its name."""
    if by is By.UNDERLYING:
        return line.symbol, line.symbol or "Not listed"
    if by is By.EXPIRY:
        day = line.expiry
        return (day or date.max, line.symbol), f"{line.symbol} {day:%d %b %Y}" if day else "Shares"
    if by is By.STRATEGY:
        name = " + ".join(line.strategies)
        return (not name, name), name or NO_STRATEGY
    if by is By.PRODUCT:
        return line.product, line.product.capitalize()
    return "", "All"


def strategies_of(orders: Iterable[Order]) -> Mapping[Holding, tuple[str, ...]]:
    """Of the filled orders of each holding, what they were placed for."""
    found: dict[Holding, dict[str, None]] = {}
    for order in orders:
        if order.filled and order.request.owner:
            names = found.setdefault((order.request.key, order.request.product), {})
            names[order.request.owner] = None
    return {at: tuple(names) for at, names in found.items()}
