"""What a strategy is worth now: its P&L, and its combined premium at entry and now."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import gcd, nan

from core.ids import InstrumentKey
from core.instruments.instrument import Instrument
from core.trading.exit_rules import Numbers
from core.trading.groups import earned
from core.trading.positions import NO_MONEY, Position

Price = Callable[[InstrumentKey], float]


@dataclass(frozen=True, slots=True)
class Stake:
    """What of a group's worth does not change with prices; `legs` are the open ones."""

    legs: tuple[tuple[InstrumentKey, int], ...]
    realised: float
    cost: float
    size: int
    """Units of the largest package that all legs are multiples of; 0 where there is no premium."""
    shape: str

    def at(self, price: Price, blind: str = "") -> Numbers:
        value = sum(units * price(key) for key, units in self.legs)
        return Numbers(
            pnl=self.realised + value - self.cost,
            realised=self.realised,
            base=abs(self.cost) if self.size else nan,
            entry=-self.cost / self.size if self.size else nan,
            premium=-value / self.size if self.size else nan,
            shape=self.shape,
            blind=blind,
        )


def stake(positions: Sequence[Position], listed: Mapping[InstrumentKey, Instrument]) -> Stake:
    options = all(_is_option(each, listed) for each in positions if each.quantity)
    return stake_of(positions, options=options)


def stake_of(positions: Sequence[Position], *, options: bool) -> Stake:
    """`options`: whether all that is held are."""
    open_now = [each for each in positions if each.quantity]
    size = gcd(*(abs(each.quantity) for each in open_now)) if open_now else 0
    return Stake(
        legs=tuple((each.key, each.quantity) for each in open_now),
        realised=float(earned(positions)),
        cost=float(sum((each.cost for each in open_now), NO_MONEY)),
        size=size if options else 0,
        shape=shape(open_now, size),
    )


def numbers(
    positions: Sequence[Position],
    price: Price,
    listed: Mapping[InstrumentKey, Instrument],
    blind: str = "",
) -> Numbers:
    """Of a group's positions, flat ones too; `price` tells a contract's now, nan where unknown.

    A unit of the strategy is the largest that all its legs are multiples of: of 65 bought and 130
    sold it is one bought and two sold. Without options, or with a contract that is not listed,
    there is no premium (nan).
    """
    return stake(positions, listed).at(price, blind)


def shape(positions: Sequence[Position], size: int) -> str:
    """The same for the same legs in the same ratio."""
    legs = sorted((each.key, each.quantity // max(size, 1)) for each in positions)
    return " ".join(f"{ratio:+d}×{key}" for key, ratio in legs)


def _is_option(position: Position, listed: Mapping[InstrumentKey, Instrument]) -> bool:
    contract = listed.get(position.key)
    return contract is not None and contract.is_option
