"""What the account holds and owes: positions, shares, cash, today's trades, margin."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from core.charges.charges import charges
from data.simulator.accounts import told
from data.simulator.accounts.deals import Deal, charged, deal_of
from data.simulator.accounts.funds import (
    MTF_SHARE,
    OPTIONS,
    Blocked,
    Cash,
    Funds,
    pays_in_full,
    rupees,
)
from data.simulator.accounts.holdings import Holding
from data.simulator.accounts.orders import Ask, Fill, paise
from data.simulator.accounts.positions import NOTHING, Position
from data.simulator.clock import day_of
from data.simulator.market import Contract, Held, Margin, Market

DELIVERY_DAYS: Final = 4
"""In the last days of a share's derivatives margin for the delivery is blocked."""
DELIVERY_SHARE: Final = 0.1


class Portfolio:
    """`tell` gets every update of a position or holding."""

    def __init__(
        self,
        market: Market,
        cash: int,
        shares: Iterable[Holding],
        tell: Callable[[dict[str, Any]], None],
    ) -> None:
        self._market, self._tell = market, tell
        self.positions: dict[tuple[str, str], Position] = {}
        self.holdings = {each.contract.key: each for each in shares}
        self.cash = Cash(Fraction(cash * 100))
        self.fills: list[Fill] = []
        self.deals: list[Deal] = []
        self._margin: tuple[object, Margin] | None = None
        self._charges = (0, Decimal(0))
        self._revision = 0

    def take(self, fill: Fill) -> None:
        """A trade changes position, cash and shares."""
        ask = fill.order.ask
        position = self.position(ask.contract, ask.product)
        gained = position.trade(fill.quantity if ask.buy else -fill.quantity, fill.paise)
        self.cash.take(fill, position, gained)
        self.fills.append(fill)
        self.deals.append(deal_of(fill))
        if pays_in_full(ask.contract, ask.product) and not ask.buy:
            self._use(ask.contract, max(-position.open, 0))
        self.changed(position)

    def position(self, contract: Contract, product: str) -> Position:
        return self.positions.setdefault(
            (contract.key, product), Position(contract=contract, product=product)
        )

    def changed(self, position: Position) -> None:
        self._revision += 1
        self._tell(told.position_update(position))

    def _use(self, contract: Contract, sold: int) -> None:
        held = self.holdings.get(contract.key)
        if held is not None and held.used != sold:
            held.used = sold
            self._tell(told.holding_update(held))

    def sellable(self, contract: Contract) -> int:
        """Shares that may be sold from what is kept or was bought today."""
        held = self.holdings.get(contract.key)
        position = self.positions.get((contract.key, "D"))
        return (held.quantity + held.t1 if held else 0) + (position.open if position else 0)

    # Margin and funds

    def blocked(self, now: int, orders: Decimal) -> Blocked:
        margin = self._of_positions(now)
        own = sum((p.cost for p in self.positions.values() if p.product == "MTF"), NOTHING)
        return Blocked(
            span=margin.span,
            exposure=margin.exposure,
            shares=margin.equity,
            mtf=rupees(own * MTF_SHARE),
            delivery=self._delivery(now),
            orders=orders,
        )

    def needs(self, ask: Ask, limit: int, now: int) -> Decimal:
        """What an order of this account would block; `limit` is the price it may pay, in paise."""
        contract, value = ask.contract, Decimal(ask.quantity * limit) / 100
        if pays_in_full(contract, ask.product):
            return value if ask.buy else Decimal(0)
        if ask.product == "MTF":
            return value * Decimal(str(float(MTF_SHARE))) if ask.buy else Decimal(0)
        premium = value if ask.buy and contract.type in OPTIONS else Decimal(0)
        units = ask.quantity if ask.buy else -ask.quantity
        line = Held(key=contract.key, quantity=units, intraday=ask.product == "I")
        before = _bare(self._of_positions(now))
        after = _bare(self._margins([*self._lines(), line], now))
        return max(Decimal(str(round(after - before, 2))), Decimal(0)) + premium

    def funds(self, now: int, orders: Decimal) -> Funds:
        loss = NOTHING
        for p in self.positions.values():
            if p.open and p.contract.type not in OPTIONS and not _kept(p):
                loss += max(-p.unrealised(self.last(p.contract, now)), NOTHING)
        return Funds(
            cash=self.cash,
            blocked=self.blocked(now, orders),
            unrealised_loss=rupees(loss),
            charges=float(self.charges_today()),
        )

    def charges_today(self) -> Decimal:
        """As the contract note will say."""
        count, total = self._charges
        if count != len(self.fills):
            trades = [charged(deal_of(fill)) for fill in self.fills]
            total = charges(trades).contract_note().total if trades else Decimal(0)
            self._charges = len(self.fills), total
        return total

    def last(self, contract: Contract, now: int) -> int:
        return paise(self._market.last_price(contract.key, now))

    def _lines(self) -> list[Held]:
        """Open positions that are margined, with products of one contract together."""
        units: dict[tuple[str, bool], int] = {}
        for p in self.positions.values():
            if p.open and not _kept(p):
                within = p.contract.type == "EQ"
                units[p.contract.key, within] = units.get((p.contract.key, within), 0) + p.open
        return [
            Held(key=key, quantity=n, intraday=within) for (key, within), n in units.items() if n
        ]

    def _of_positions(self, now: int) -> Margin:
        """Made once a minute, and when a position changes."""
        name = (self._revision, now // 60_000)
        if self._margin is None or self._margin[0] != name:
            self._margin = (name, self._margins(self._lines(), now))
        return self._margin[1]

    def _margins(self, lines: list[Held], now: int) -> Margin:
        return self._market.margin(lines, now) if lines else Margin()

    def _delivery(self, now: int) -> float:
        """For derivatives of shares that are about to be delivered."""
        last = day_of(now) + timedelta(days=DELIVERY_DAYS)
        blocked = sum(
            abs(p.open) * p.contract.strike * DELIVERY_SHARE
            for p in self.positions.values()
            if p.contract.underlying_type == "EQUITY"
            and p.contract.expiry is not None
            and p.contract.expiry <= last
        )
        return float(blocked)

    # Days

    def begin_day(self) -> None:
        """Charges are paid, bought shares become holdings, the rest is carried over night."""
        opening = self.cash.now - Fraction(self.charges_today()) * 100
        for held in list(self.holdings.values()):
            self._settle(held)
        for name, p in list(self.positions.items()):
            if pays_in_full(p.contract, p.product) and p.open:
                self._keep(p)
                del self.positions[name]
                continue
            p.begin_day()
            if p.idle:
                del self.positions[name]
        self.cash, self.fills, self._charges = Cash(opening), [], (0, Decimal(0))
        self._revision += 1

    def _settle(self, held: Holding) -> None:
        held.quantity, held.t1, held.used = held.quantity + held.t1 - held.used, 0, 0
        if not held.quantity:
            del self.holdings[held.contract.key]

    def _keep(self, position: Position) -> None:
        if position.open > 0:
            self.add_shares(position.contract, position.open, position.average)

    def add_shares(self, contract: Contract, units: int, price: Fraction) -> None:
        held = self.holdings.setdefault(contract.key, Holding(contract, 0, 0, NOTHING))
        held.add(units, price)
        self._tell(told.holding_update(held))

    def give(self, contract: Contract, units: int) -> None:
        """Shares go out today."""
        held = self.holdings[contract.key]
        held.used += units
        self._tell(told.holding_update(held))

    def settle(self, position: Position, paise: int, at: int, deal_id: str) -> None:
        """A position ends at this price, without a trade."""
        units = -position.open
        kind = position.contract.type
        gained = position.trade(units, paise)
        amount = Fraction(-units * paise)
        if kind in OPTIONS:
            self.cash.premiums += amount
            self.cash.closed_options += gained
        else:
            self.cash.closed += gained
        self.deals.append(
            Deal(
                contract=position.contract,
                product=position.product,
                buy=units > 0,
                quantity=abs(units),
                paise=paise,
                at_ms=at,
                trade_id=deal_id,
                order_id=deal_id,
                settled=True,
            )
        )
        self.changed(position)


def _kept(position: Position) -> bool:
    """Not margined with the rest: shares paid in full, or by half with the broker's money."""
    return pays_in_full(position.contract, position.product) or position.product == "MTF"


def _bare(margin: Margin) -> float:
    """Without premiums, which are paid when they trade."""
    return margin.span + margin.exposure + margin.equity
