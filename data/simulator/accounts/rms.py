"""What broker and exchange refuse of an order that is well formed: said by update, not by reply."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from math import ceil, floor
from typing import Final

from data.simulator.accounts.agenda import Phase, phase
from data.simulator.accounts.orders import AUTOMATIC, Ask, paise
from data.simulator.market import Contract, Market

AUCTION_BAND: Final = Decimal("0.03")
AUTO_BAND: Final = 0.03
AUTO_OPTION: Final = ((500, 0.15), (1000, 0.10))
AUTO_DEAR_OPTION: Final = 0.05
"""Automatic market protection: options below so many paise get wider bands."""
MTF_SEGMENT: Final = "NSE_EQ"


@dataclass(frozen=True, slots=True)
class Refusal:
    """In the broker's words for people, and in its system's."""

    message: str
    raw: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of the contract at this moment; prices in paise."""

    phase: Phase
    last: int
    low: int
    high: int
    traded: bool
    reference: int


def facts_of(market: Market, contract: Contract, now: int) -> Facts:
    q = market.quotes([contract.key], now, 1)
    return Facts(
        phase(contract, now),
        paise(float(q.ltp[0])),
        paise(float(q.lower_circuit[0])),
        paise(float(q.upper_circuit[0])),
        bool(q.volume[0]),
        paise(float(q.reference[0])),
    )


def refusal_of(ask: Ask, facts: Facts) -> Refusal | None:
    """The first rule that the order breaks, margin and holdings apart."""
    return next((found for rule in RULES if (found := rule(ask, facts)) is not None), None)


def _lot(ask: Ask, facts: Facts) -> Refusal | None:
    lot = ask.contract.lot_size
    if ask.quantity % lot == 0:
        return None
    return Refusal(
        f"Order quantity must be a multiple of the lot size {lot}.",
        f"RMS:Rule: Quantity {ask.quantity} is not a multiple of lot size {lot}",
    )


def _freeze(ask: Ask, facts: Facts) -> Refusal | None:
    most = ask.contract.freeze_quantity
    if ask.quantity <= most:
        return None
    return Refusal(
        f"Order quantity is above the freeze quantity of {most}.",
        f"RMS:Rule: Quantity {ask.quantity} exceeds freeze quantity {most}",
    )


def _tick(ask: Ask, facts: Facts) -> Refusal | None:
    tick = Decimal(str(ask.contract.tick))
    for price in (ask.price, ask.trigger):
        if price % tick:
            return Refusal(
                f"Price must be a multiple of the tick size {tick}.",
                f"EXCHANGE:16283 : The order price {price} is not a multiple of the tick size",
            )
    return None


def _band(ask: Ask, facts: Facts) -> Refusal | None:
    for price in (ask.price, ask.trigger):
        if price and facts.high and not facts.low <= price * 100 <= facts.high:
            low, high = facts.low / 100, facts.high / 100
            return Refusal(
                f"Price is outside the circuit limits {low:.2f} - {high:.2f}.",
                f"RMS:Rule: Check circuit limit, price {price} not in {low:.2f}-{high:.2f}",
            )
    return None


def _stop_market(ask: Ask, facts: Facts) -> Refusal | None:
    if ask.type != "SL-M" or ask.contract.type not in ("CE", "PE"):
        return None
    return Refusal(
        "SL-M orders are not allowed in options. Place an SL order with a limit price.",
        "RMS:Rule: SL-M order type blocked for option contracts",
    )


def _untraded(ask: Ask, facts: Facts) -> Refusal | None:
    if not ask.at_market or ask.contract.type not in ("CE", "PE") or facts.traded:
        return None
    return Refusal(
        "Market orders are not allowed in an option that has not traded today.",
        "RMS:Rule: Market order blocked, contract is not traded today",
    )


def _trigger(ask: Ask, facts: Facts) -> Refusal | None:
    trigger = ask.trigger * 100
    if not ask.stops or (trigger > facts.last if ask.buy else trigger < facts.last):
        return None
    side = "above" if ask.buy else "below"
    return Refusal(
        f"Trigger price must be {side} the last traded price {facts.last / 100:.2f}.",
        f"RMS:Rule: Trigger price {ask.trigger} must be {side} LTP {facts.last / 100:.2f}",
    )


def _session(ask: Ask, facts: Facts) -> Refusal | None:
    if facts.phase is Phase.PAUSE:
        return Refusal(
            "Orders are not taken while the closing price is being made.",
            "EXCHANGE:16052 : Order entry is not allowed in this session",
        )
    if facts.phase not in (Phase.COLLECT, Phase.COLLECT_LIMIT):
        return None
    if ask.stops or ask.validity == "IOC" or ask.disclosed:
        return Refusal(
            "Stop loss, IOC and disclosed quantity are not allowed in an auction.",
            "EXCHANGE:16419 : Order terms are not allowed in call auction",
        )
    if ask.at_market and facts.phase is Phase.COLLECT_LIMIT:
        return Refusal(
            "Only limit orders are taken in this part of the auction.",
            "EXCHANGE:16419 : Market orders are not allowed in limit order entry",
        )
    return _near_reference(ask, facts)


def _near_reference(ask: Ask, facts: Facts) -> Refusal | None:
    away = abs(ask.price * 100 - facts.reference)
    if not facts.reference or not ask.price or away <= facts.reference * AUCTION_BAND:
        return None
    return Refusal(
        f"Price must be within 3% of the reference price {facts.reference / 100:.2f}.",
        "EXCHANGE:16284 : Price is outside the call auction band",
    )


def _product(ask: Ask, facts: Facts) -> Refusal | None:
    if ask.product in ("CO", "OCO"):
        return Refusal(
            f"{ask.product} orders are no longer taken. Place a GTT order instead.",
            f"RMS:Rule: Product {ask.product} blocked",
        )
    if ask.product != "MTF" or ask.contract.segment == MTF_SEGMENT:
        return None
    return Refusal(
        "MTF is not allowed in this segment.", "RMS:Rule: Product MTF blocked for this segment"
    )


RULES: Final[tuple[Callable[[Ask, Facts], Refusal | None], ...]] = (
    _lot, _freeze, _tick, _band, _product, _stop_market, _untraded, _trigger, _session,
)  # fmt: skip


def limit_of(ask: Ask, last: int) -> int:
    """The worst price that an order takes, in paise; at market, what its protection allows."""
    if not ask.at_market:
        return paise(ask.price)
    band = _automatic(ask.contract, last) if ask.protection == AUTOMATIC else ask.protection / 100
    tick = paise(ask.contract.tick)
    if ask.buy:
        return max(floor(last * (1 + band) / tick) * tick, last)
    return max(min(ceil(last * (1 - band) / tick) * tick, last), tick)


def _automatic(contract: Contract, last: int) -> float:
    if contract.type not in ("CE", "PE"):
        return AUTO_BAND
    return next((band for below, band in AUTO_OPTION if last < below), AUTO_DEAR_OPTION)
