"""The account in time: market events and the day's moments, one after another, up to now.

Whoever looks, and however often, the same orders at the same times have the same fate.
"""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Final

from data.simulator.accounts.account import Account
from data.simulator.accounts.addresses import Addresses
from data.simulator.accounts.agenda import Moment, between
from data.simulator.accounts.gtt_desk import GttDesk
from data.simulator.accounts.kill_switch import KillSwitch
from data.simulator.accounts.orders import AUTOMATIC, Ask, Order, paise
from data.simulator.accounts.positions import Position
from data.simulator.clock import day_of
from data.simulator.market import Contract, Market

STOCK_FUTURE_BAND: Final = 10
"""Per cent around the last price, set anew when the closing auction starts."""


class Trading:
    """Runs the account; every caller says `advance` before anything else."""

    def __init__(self, market: Market, account: Account, now: int) -> None:
        self.account, self._market = account, market
        self.at = now
        self.addresses = Addresses(now)
        self.kill_switch = KillSwitch(account)
        self.gtts = GttDesk(market, account)
        hours = market.hours(day_of(now))
        if hours is not None and hours[0] <= now < hours[1]:
            account.floor.open(now, hours[1])
        self._acts: dict[Moment, Callable[[int], None]] = {
            Moment.NEW_DAY: self._new_day,
            Moment.PRE_OPEN: self._pre_open,
            Moment.PRE_OPEN_MATCH: self._auction,
            Moment.OPEN: self._open,
            Moment.RELEASE: lambda at: account.process(account.queued(), at),
            Moment.SQUARE_OFF_CASH: lambda at: self._square_off(at, cash=True),
            Moment.CASH_CLOSES: self._cash_closes,
            Moment.SQUARE_OFF: lambda at: self._square_off(at, cash=False),
            Moment.AUCTION_MATCH: self._auction,
            Moment.AUCTION_ENDS: self._auction_ends,
            Moment.CLOSE: self._close,
        }

    def advance(self, now: int) -> None:
        """Everything that happens up to `now`."""
        for at, moment in list(between(self.at, now)):
            self._run_floor(at - 1)
            self.at = at
            self._acts[moment](at)
        self._run_floor(now)
        self.at = max(self.at, now)

    def _run_floor(self, until: int) -> None:
        while (event := self.account.floor.due(until)) is not None:
            self.at, key = event
            self.account.floor.run(key, self.at)

    # Moments

    def _new_day(self, at: int) -> None:
        self.account.begin_day()

    def _pre_open(self, at: int) -> None:
        """Shares first: what may not stand in the auction waits for the opening."""
        queued = [o for o in self.account.queued() if o.ask.contract.type == "EQ"]
        fit = [o for o in queued if not o.ask.stops and o.ask.validity == "DAY"]
        self.account.process(fit, at)

    def _open(self, at: int) -> None:
        hours = self._market.hours(day_of(at))
        assert hours is not None
        account = self.account
        account.floor.open(at, hours[1])
        for order in account.auction[:]:
            account.auction.remove(order)
            if order.ask.at_market:
                account.expire(order, at, "Unmatched in the pre-open session.")
            else:
                account.work(order, at)
        self.gtts.day_opens(at)

    def _cash_closes(self, at: int) -> None:
        """Shares go into the closing auction, without stops; futures on shares get new bands."""
        auctioned = self._market.session(at).index_frozen
        for order in self.account.floor.working():
            contract = order.ask.contract
            if contract.type == "EQ" and auctioned and not order.waits:
                self.account.floor.leave(order)
                self.account.auction.append(order)
            elif contract.type == "EQ" and auctioned:
                self.account.expire(order, at, "Stop loss orders end with continuous trading.")
            elif auctioned and _of_share(contract) and not self._in_band(order, at):
                self.account.expire(order, at, "Price outside the band of the closing session.")
        self.gtts.cash_closes(at)

    def _in_band(self, order: Order, at: int) -> bool:
        last = paise(self._market.last_price(order.key, at))
        return abs((order.limit or last) - last) * 100 <= STOCK_FUTURE_BAND * last

    def _auction(self, at: int) -> None:
        """One price for all: at market first, then the earlier order."""
        orders = sorted(self.account.auction, key=lambda o: not o.ask.at_market)
        for order in orders:
            q = self._market.quotes([order.key], at, 1)
            price, most = paise(float(q.auction_price[0])), int(q.auction_quantity[0])
            good = price <= order.limit if order.ask.buy else price >= order.limit
            if price and (good or order.ask.at_market):
                self.account.filled(order, min(order.left, most), price, at)
            if not order.left:
                self.account.auction.remove(order)

    def _auction_ends(self, at: int) -> None:
        for order in self.account.auction[:]:
            self.account.expire(order, at, "Unmatched in the closing auction.")

    def _close(self, at: int) -> None:
        account = self.account
        for order in account.working():
            account.expire(order, at, "Day order, the market is closed.")
        account.floor.close()
        self.gtts.day_ends(at)
        self._settle(day_of(at), at)

    def _square_off(self, at: int, *, cash: bool) -> None:
        """Intraday positions are closed at market by the broker."""
        account = self.account
        for order in account.working():
            if order.ask.product == "I" and (order.ask.contract.type == "EQ") is cash:
                account.cancel(order, at, "Intraday square off by the broker.")
        for position in list(account.portfolio.positions.values()):
            share = position.contract.type == "EQ"
            if position.product == "I" and position.open and share is cash:
                ask = closing(position, tag="squareoff")
                account.process(account.receive(ask, at), at)

    # Expiry

    def _settle(self, day: date, at: int) -> None:
        """Series that end today: options on an index and futures at its close in cash; of shares,
        options in the money by delivery."""
        for position in list(self.account.portfolio.positions.values()):
            if position.contract.expiry == day and position.open:
                spot = paise(self._market.spot(position.contract.underlying, at))
                if _of_share(position.contract):
                    self._deliver(position, spot, at)
                else:
                    value = worth(position.contract, spot)
                    self.account.portfolio.settle(position, value, at, self._deal_id())

    def _deliver(self, position: Position, spot: int, at: int) -> None:
        """Shares against the strike, or against a future's last price; what is not owned is bought
        at the close for the one who must deliver."""
        contract, portfolio = position.contract, self.account.portfolio
        value = worth(contract, spot)
        units = position.open if contract.type != "PE" else -position.open
        held = portfolio.holdings.get(contract.underlying_key)
        if contract.type != "FUT" and not value:
            portfolio.settle(position, 0, at, self._deal_id())
            return
        share = self._market.share(contract.underlying_key)
        portfolio.settle(position, value, at, self._deal_id())
        if units > 0:
            portfolio.cash.shares -= units * spot
            portfolio.add_shares(share, units, Fraction(spot))
        elif held is not None:
            given = min(-units, held.free)
            portfolio.cash.shares += given * spot
            portfolio.give(share, given)

    def _deal_id(self) -> str:
        return f"S{self.account.number()}"


def worth(contract: Contract, spot: int) -> int:
    """What a unit is worth at settlement, in paise."""
    if contract.type == "FUT":
        return spot
    way = 1 if contract.type == "CE" else -1
    return max(way * (spot - paise(contract.strike)), 0)


def closing(position: Position, tag: str | None = None) -> Ask:
    """The order at market that ends a position."""
    return Ask(
        contract=position.contract,
        quantity=abs(position.open),
        product=position.product,
        validity="DAY",
        price=Decimal(0),
        type="MARKET",
        buy=position.open < 0,
        protection=AUTOMATIC,
        tag=tag,
        sliced=True,
    )


def _of_share(contract: Contract) -> bool:
    return contract.underlying_type == "EQUITY"
