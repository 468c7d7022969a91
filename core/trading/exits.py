"""Which part of what is held is closed: winners, losers, one underlying, a percentage of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from core.errors import RuleBroken
from core.ids import InstrumentKey
from core.trading.ledger import Holding
from core.trading.requests import Product, Side


class Which(StrEnum):
    ALL = "everything"
    WINNERS = "winners"
    LOSERS = "losers"


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """`units` below 0 sold; `result` in rupees since entry, nan where it is not known."""

    key: InstrumentKey
    product: Product
    units: int
    lot_size: int
    title: str
    symbol: str
    result: float = float("nan")

    @property
    def at(self) -> Holding:
        return self.key, self.product

    @property
    def lots(self) -> int:
        """Whole ones, without their sign."""
        return abs(self.units) // max(self.lot_size, 1)

    @property
    def closing_side(self) -> Side:
        return Side.SELL if self.units > 0 else Side.BUY


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """So many units are closed; `why` says why none, or why not all that was asked for."""

    held: Held
    units: int
    why: str = ""


def cuts(
    held: Iterable[Held], *, which: Which = Which.ALL, symbol: str = "", percent: int = 100
) -> list[Cut]:
    """Of every holding of the underlying (any where `symbol` is empty), in whole lots, rounded
    down. Raises RuleBroken for a percentage that is none."""
    if not 1 <= percent <= 100:
        raise RuleBroken(f"{percent} % of a position cannot be closed")
    return [_cut(each, which, percent) for each in held if symbol in ("", each.symbol)]


def _cut(held: Held, which: Which, percent: int) -> Cut:
    if why := _left_alone(held, which):
        return Cut(held=held, units=0, why=why)
    lot = max(held.lot_size, 1)
    units = held.lots * percent // 100 * lot
    if not units:
        return Cut(held=held, units=0, why=f"{percent} % of {held.lots} lots is less than a lot")
    odd = abs(held.units) - held.lots * lot
    why = f"{odd} units beyond whole lots stay" if odd and percent == 100 else ""
    return Cut(held=held, units=units, why=why)


def _left_alone(held: Held, which: Which) -> str:
    if which is Which.ALL:
        return ""
    if held.result != held.result:
        return "its result is not known"
    wins = held.result > 0
    return "" if wins is (which is Which.WINNERS) else f"it is none of the {which}"
