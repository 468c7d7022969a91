"""The paper account's money: what trades move, what is blocked as margin, what is left.

Premiums and delivered shares move cash when they trade; futures and intraday shares move the
difference when they are closed, without a daily mark to market. A profit of today can be used
tomorrow. Charges are owed until the day ends. Margins are the desk's own estimate. On a day before
the tables of charges or of margins begin (in a replay) their first day's count.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Final, TypeVar

from core.charges import rates
from core.charges.charges import Charges, Exercise, Trade, charges
from core.clock import IST
from core.errors import BadData
from core.ids import BrokerOrderId, InstrumentKey
from core.instruments.calendar import MarketCalendar
from core.instruments.expiries import years_left
from core.instruments.instrument import Instrument, Kind, Right
from core.paper.memory import Memory
from core.risk import margin_rules
from core.risk.margin import MarginLeg, estimate
from core.trading.fills import Fill
from core.trading.ledger import trades
from core.trading.positions import NO_MONEY, PAISA, Position, decimal
from core.trading.requests import NOTHING, OrderRequest, Product, Side

INTRADAY_SHARES: Final = Decimal("0.2")
"""Of the value: the least margin for shares within the day (SEBI, peak margins since Sep 2021)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """Rupees. `cash` is before today's charges; `withheld` is today's profit."""

    cash: Decimal
    charges: Decimal
    positions: Decimal
    orders: Decimal
    loss: Decimal
    withheld: Decimal

    @property
    def used(self) -> Decimal:
        return self.positions + self.orders + self.loss

    @property
    def available(self) -> Decimal:
        return self.cash - self.charges - self.withheld - self.used


class Purse:
    """Counts over a memory."""

    def __init__(self, memory: Memory, calendar: MarketCalendar, rate: float) -> None:
        self._memory, self._calendar, self._rate = memory, calendar, rate
        self._charged: dict[BrokerOrderId, tuple[int, Decimal]] = {}
        self._held: tuple[list[Position], datetime, Decimal] | None = None
        """The margin of all positions as they were at a moment."""

    def money(self, now: datetime) -> Money:
        """Raises RuleBroken where a margin cannot be estimated."""
        memory = self._memory
        return Money(
            cash=decimal(memory.cash, PAISA),
            charges=self.charges_today(),
            positions=self._of_positions(now),
            orders=sum((each.blocks for each in memory.orders.values()), NOTHING).quantize(PAISA),
            loss=decimal(self._loss(), PAISA),
            withheld=decimal(self._withheld(), PAISA),
        )

    def needs(self, request: OrderRequest, limit: Decimal, now: datetime) -> Decimal:
        """What an order would block, in rupees; 0 for one that frees margin."""
        instrument = self._instrument(request.key)
        value = request.quantity * limit
        buys = request.side is Side.BUY
        if instrument.kind is Kind.EQUITY and request.product is Product.DELIVERY:
            return value if buys else NOTHING
        premium = value if buys and instrument.is_option else NOTHING
        more = Position(key=request.key, product=request.product).after(request.signed, limit)
        return max(self.margin((more,), now) - self._of_positions(now), NOTHING) + premium

    def _of_positions(self, now: datetime) -> Decimal:
        """Reckoned once a moment: a changed position makes another list."""
        held = self._held
        if held is None or held[0] is not self._memory.positions or held[1] != now:
            held = self._held = (self._memory.positions, now, self.margin((), now))
        return held[2]

    def margin(self, more: Sequence[Position], now: datetime) -> Decimal:
        """Of all positions and these, in rupees, without the premiums, which are paid at once."""
        day = now.astimezone(IST).date()
        units: dict[InstrumentKey, int] = {}
        for each in (*self._memory.positions, *more):
            if each.product is not Product.DELIVERY:
                units[each.key] = units.get(each.key, 0) + each.quantity
        shares, legs = NOTHING, list[MarginLeg]()
        for key, quantity in units.items():
            instrument = self._instrument(key)
            if quantity and instrument.kind is Kind.EQUITY:
                shares += abs(quantity) * self._mark(key) * INTRADAY_SHARES
            elif quantity and (instrument.expiry is None or instrument.expiry >= day):
                legs.append(self._leg(instrument, quantity, now))
        by = max(day, margin_rules.FIRST)
        found = estimate(legs, by, rate=self._rate) if legs else None
        derivatives = Decimal(str(round(found.span + found.exposure, 2))) if found else NOTHING
        return (shares + derivatives).quantize(PAISA)

    def charges_today(self) -> Decimal:
        """As they add up, to the paisa; the day's end rounds them as the contract note does."""
        by_order: dict[BrokerOrderId, list[Fill]] = {}
        for fill in self._fills():
            by_order.setdefault(fill.order_id, []).append(fill)
        total = sum((self._of_order(id, fills) for id, fills in by_order.items()), NOTHING)
        return (total + charges([], self._exercises()).total).quantize(PAISA)

    def contract_note(self) -> Charges:
        """What the day's end takes."""
        memory = self._memory
        done = [known(each) for each in trades(self._fills(), memory.instruments)]
        return charges(done, self._exercises()).contract_note()

    def _fills(self) -> list[Fill]:
        return self._memory.fills[self._memory.uncharged :]

    def _exercises(self) -> list[Exercise]:
        return [known(each) for each in self._memory.exercises]

    def _of_order(self, id: BrokerOrderId, fills: Sequence[Fill]) -> Decimal:
        count, total = self._charged.get(id, (0, NOTHING))
        if count != len(fills):
            total = charges(map(known, trades(fills, self._memory.instruments))).total
            self._charged[id] = len(fills), total
        return total

    def _loss(self) -> Fraction:
        """Of what moves cash only when it is closed, as it stands now."""
        lost = NO_MONEY
        for each in self._memory.positions:
            if each.quantity and not pays_at_once(self._instrument(each.key), each.product):
                now = each.quantity * Fraction(self._mark(each.key)) - each.cost
                lost += max(-now, NO_MONEY)
        return lost

    def _withheld(self) -> Fraction:
        gained = {True: NO_MONEY, False: NO_MONEY}
        for each in self._memory.positions:
            instrument = self._instrument(each.key)
            if not (instrument.kind is Kind.EQUITY and each.product is Product.DELIVERY):
                gained[instrument.is_option] += each.earned
        return sum((max(each, NO_MONEY) for each in gained.values()), NO_MONEY)

    def _leg(self, instrument: Instrument, quantity: int, now: datetime) -> MarginLeg:
        assert instrument.expiry is not None
        closes = self._calendar.close_of(instrument.expiry)
        years, mark = years_left(closes, now), float(self._mark(instrument.key))
        rights = {Kind.CALL: Right.CALL, Kind.PUT: Right.PUT}
        return MarginLeg(
            symbol=instrument.underlying_symbol,
            expiry=instrument.expiry,
            quantity=quantity,
            price=mark,
            forward=self._forward(instrument, years, mark),
            years=years,
            right=rights.get(instrument.kind),
            strike=instrument.strike if instrument.strike is not None else float("nan"),
        )

    def _forward(self, instrument: Instrument, years: float, mark: float) -> float:
        """Of a future its own price; else the underlying's, grown at the desk's rate."""
        if not instrument.is_option or instrument.underlying_key is None:
            return mark
        return float(self._mark(instrument.underlying_key)) * (1 + self._rate * years)

    def _mark(self, key: InstrumentKey) -> Decimal:
        found = self._memory.marks.get(key)
        if found is None:
            raise BadData(f"the margin cannot be estimated: no price of {key} is known yet")
        return found

    def _instrument(self, key: InstrumentKey) -> Instrument:
        found = self._memory.instruments.get(key)
        if found is None:
            raise BadData(f"the paper account does not know {key}")
        return found


Charged = TypeVar("Charged", Trade, Exercise)


def known(charged: Charged) -> Charged:
    """On a day of which every rate is known: its own, or the first one of the tables."""
    return replace(charged, day=max(charged.day, rates.KNOWN_SINCE))


def pays_at_once(instrument: Instrument, product: Product) -> bool:
    """Whether a trade moves its whole value: options' premiums, and shares to keep."""
    return instrument.is_option or (instrument.kind is Kind.EQUITY and product is Product.DELIVERY)


def moved(instrument: Instrument, before: Position, after: Position, paid: Fraction) -> Fraction:
    """Cash that comes in (below 0: goes out) by a trade of value `paid` (below 0: a sale)."""
    if pays_at_once(instrument, after.product):
        return -paid
    return after.earned - before.earned
