"""Costs of a position: its legs told to charges and to the margin estimate."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from math import nan

from core.charges.charges import Charges, Exercise, Trade, charges
from core.charges.rates import Segment, Side
from core.clock import IST
from core.errors import RuleBroken
from core.ids import InstrumentKey
from core.instruments.expiries import years_left
from core.instruments.instrument import exchange_of
from core.money import rupees
from core.risk.margin import MarginEstimate, MarginLeg, estimate
from core.strategies.legs import Leg, in_play
from core.strategies.valuation import Market, leg_vols


def trades(legs: Sequence[Leg], day: date) -> list[Trade]:
    """One order a leg, at its contract's exchange; raises RuleBroken without an entry price."""
    return [_trade(leg, day) for leg in in_play(legs)]


def entry_charges(legs: Sequence[Leg], day: date) -> Charges:
    """Of entering all legs that count, on `day`, by the rates of that day."""
    return charges(trades(legs, day))


def held_long(legs: Sequence[Leg], now: datetime) -> list[Leg]:
    """Options that will be exercised where they end in the money: bought more than sold.

    A leg for each contract, of the units that are left.
    """
    units: dict[InstrumentKey, int] = defaultdict(int)
    held = [leg for leg in in_play(legs) if leg.is_option and not (leg.exited or leg.expired(now))]
    for leg in held:
        units[leg.key] += leg.quantity
    first = {leg.key: leg for leg in reversed(held)}
    return [first[key].of_quantity(left) for key, left in units.items() if left > 0]


def exercise_charges(legs: Sequence[Leg], now: datetime, settlement: float) -> Charges:
    """STT on exercising what is `held_long`, if every expiry settles at that price of the
    underlying."""
    return charges([], [_exercise(leg, settlement) for leg in held_long(legs, now)])


def margin_legs(legs: Sequence[Leg], market: Market) -> list[MarginLeg]:
    """Open legs at the market's price, else at their entry's."""
    held = [leg for leg in in_play(legs) if not leg.exited and not leg.expired(market.now)]
    vols = leg_vols(held, market).tolist()
    return [_margin_leg(leg, market, vol) for leg, vol in zip(held, vols, strict=True)]


def margin(legs: Sequence[Leg], market: Market) -> MarginEstimate:
    """Our estimate, labelled as one; raises RuleBroken for a leg whose value is unknown."""
    day = market.now.astimezone(IST).date()
    return estimate(margin_legs(legs, market), day, rate=market.rate)


def _trade(leg: Leg, day: date) -> Trade:
    if leg.price != leg.price:
        raise RuleBroken(f"{leg.title} has no entry price yet.")
    return Trade(
        segment=Segment.OPTION if leg.is_option else Segment.FUTURE,
        exchange=exchange_of(leg.key),
        underlying=leg.symbol,
        side=Side.BUY if leg.is_buy else Side.SELL,
        quantity=abs(leg.quantity),
        price=rupees(leg.price),
        day=day,
    )


def _exercise(leg: Leg, settlement: float) -> Exercise:
    assert leg.right is not None
    assert leg.strike is not None
    return Exercise(
        exchange=exchange_of(leg.key),
        underlying=leg.symbol,
        right=leg.right,
        strike=rupees(leg.strike),
        settlement=rupees(settlement),
        quantity=leg.quantity,
        day=leg.expiry,
    )


def _margin_leg(leg: Leg, market: Market, vol: float) -> MarginLeg:
    years = years_left(leg.closes_at, market.now)
    price = market.prices.get(leg.key, nan)
    return MarginLeg(
        symbol=leg.symbol,
        expiry=leg.expiry,
        quantity=leg.quantity,
        price=price if price == price else leg.price,
        forward=market.forward(leg.expiry, years),
        years=years,
        right=leg.right,
        strike=nan if leg.strike is None else leg.strike,
        vol=vol if leg.is_option else nan,
    )
