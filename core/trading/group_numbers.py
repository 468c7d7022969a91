"""What a strategy is worth now: its P&L, and its combined premium at entry and now."""

from collections.abc import Callable, Mapping, Sequence
from math import gcd, nan

from core.ids import InstrumentKey
from core.instruments.instrument import Instrument
from core.trading.exit_rules import Numbers
from core.trading.groups import earned
from core.trading.positions import Position

Price = Callable[[InstrumentKey], float]


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
    open_now = [each for each in positions if each.quantity]
    realised = float(earned(positions))
    prices = {each.key: price(each.key) for each in open_now}
    value = sum(each.quantity * prices[each.key] for each in open_now)
    cost = sum(float(each.cost) for each in open_now)
    options = all(_is_option(each, listed) for each in open_now) and bool(open_now)
    size = gcd(*(abs(each.quantity) for each in open_now)) if open_now else 0
    return Numbers(
        pnl=realised + value - cost,
        realised=realised,
        base=abs(cost) if options else nan,
        entry=-cost / size if options else nan,
        premium=-value / size if options else nan,
        shape=shape(open_now, size),
        blind=blind,
    )


def shape(positions: Sequence[Position], size: int) -> str:
    """The same for the same legs in the same ratio."""
    legs = sorted((each.key, each.quantity // max(size, 1)) for each in positions)
    return " ".join(f"{ratio:+d}×{key}" for key, ratio in legs)


def _is_option(position: Position, listed: Mapping[InstrumentKey, Instrument]) -> bool:
    contract = listed.get(position.key)
    return contract is not None and contract.is_option
