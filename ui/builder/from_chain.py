"""From the chain into the builder: a contract sold at its bid or bought at its ask."""

from dataclasses import replace
from typing import Final

from core.errors import RuleBroken
from core.instruments.instrument import Right
from core.services import Services
from core.services.chain_views import chain_view
from core.state.chains import LiveChain
from core.strategies.chain_view import Fill
from core.strategies.draft_file import MOST_LEGS
from core.strategies.legs import Leg
from ui.builder.kept import KeptDrafts
from ui.components.choices import Choices
from ui.theme import formats

RIGHTS: Final = (Right.CALL, Right.PUT)


def take(
    services: Services, choices: Choices, chain: LiveChain, strike: int, side: int, *, buy: bool
) -> str:
    """Put a lot on the builder's table; gives what is to be said of it.

    Raises RuleBroken for a contract that is not listed, and when the table is full.
    """
    leg = _leg(services, chain, strike, side, buy=buy)
    kept = KeptDrafts(services, choices)
    draft = kept.get(chain.symbol)
    legs = _with(draft.legs, leg)
    if len(legs) > MOST_LEGS:
        raise RuleBroken(f"A draft holds {MOST_LEGS} legs at most.")
    kept.put(draft.edited(services.clock.now(), legs=legs))
    at = f"at {formats.price(leg.price)}" if leg.price == leg.price else "without a price: no quote"
    return f"{'Bought' if buy else 'Sold'} in the builder: {leg.title} {at}"


def _leg(services: Services, chain: LiveChain, strike: int, side: int, *, buy: bool) -> Leg:
    now = chain_view(
        [chain],
        services.market,
        now=services.clock.now(),
        rate=services.rate,
        close_of=services.calendar.close_of,
    )
    lots = 1 if buy else -1
    return now.expiries[0].leg(RIGHTS[side], float(chain.strikes[strike]), lots, Fill.TRADE)


def _with(legs: tuple[Leg, ...], leg: Leg) -> tuple[Leg, ...]:
    """One lot more where the contract is there on the same side, at the mean price; else a leg."""
    for at, each in enumerate(legs):
        same = each.key == leg.key and each.is_buy == leg.is_buy and each.quantity
        if same and each.enabled and not each.exited and not each.odd_units:
            lots = each.lots + leg.lots
            price = (each.price * each.lots + leg.price * leg.lots) / lots
            return (*legs[:at], replace(each, lots=lots, price=price), *legs[at + 1 :])
    return (*legs, leg)
