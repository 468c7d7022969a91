"""One strategy, one day: the backtest and the paper account do the very same orders and fills."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal as D

import pytest

from core.analytics.chain_day import ChainDay
from core.backtest.option_engine import OptionTerms, run_options
from core.clock import SetClock
from core.ids import OrderId
from core.instruments.calendar import MarketCalendar
from core.instruments.instrument import Instrument, Right
from core.instruments.recorded import option, underlying_key
from core.paper.account import PaperAccount
from core.paper.memory import fresh
from core.paper.recorded import shown
from core.strategies.asking import Ask, request_of
from core.strategies.ready.iron_condor import IronCondor
from core.strategies.ready.short_straddle import ShortStraddle
from core.strategies.ready.short_strangle import ShortStrangle
from core.strategies.strategy import Context, Strategy
from core.trading.broker_orders import BrokerOrder
from core.trading.fills import Fill
from core.trading.orders import Order
from tests.core.backtest.made_days import made_day, path
from tests.core.backtest.option_days import MONDAY, TUESDAY, Act, Plan, at

CAPITAL = 50_000_000


class PaperDay:
    """The account as a feed drives it: every contract's every minute, whoever asks for it."""

    def __init__(self, day: ChainDay) -> None:
        self.day = day
        begins = datetime.fromtimestamp(int(day.minutes[0]) * 60, UTC) - timedelta(days=1)
        self.account = PaperAccount(fresh(begins, D(CAPITAL)), MarketCalendar(SetClock(begins)))
        self.contracts = [
            (side, place, self._contract(right, float(strike)))
            for side, right in enumerate(Right)
            for place, strike in enumerate(day.strikes)
        ]
        self.told: list[BrokerOrder | Fill] = []

    def _contract(self, right: Right, strike: float) -> Instrument:
        return option(self.day.symbol, self.day.expiry, right, strike, self.day.day)

    def frame(self, row: int) -> datetime:
        day, now = self.day, self.day.moment(row)
        exchange = self.account.exchange
        exchange.saw(underlying_key(day.symbol), now, last=D(str(day.spot[row])))
        self.account.advance(now)
        for side, place, contract in self.contracts:
            self.account.memory.instruments[contract.key] = contract
            market = shown(
                bid=day.bid[row, side, place],
                ask=day.ask[row, side, place],
                last=day.ltp[row, side, place],
                volume=day.volume[row, side, place],
                tick=contract.tick_size,
            )
            exchange.saw(contract.key, now, last=market.last, traded=market.traded)
            exchange.quote(contract.key, market.bids, market.asks, now)
            before = day.volume[row - 1, side, place] if row else day.volume[0, side, place]
            if (units := int(day.volume[row, side, place] - before)) and market.last is not None:
                exchange.trade(contract.key, market.last, units, now)
        return now

    def place(self, ask: Ask, now: datetime) -> None:
        contract = next(each for *_, each in self.contracts if each.key == ask.key)
        request = request_of(ask, contract)
        order = Order(id=OrderId(f"p{ask.number}"), request=request, placed_at=now)
        self.account.place(order, contract, now)

    def fills(self) -> list[tuple[str, int, D, datetime]]:
        self.told += [told for told in self.account.take() if isinstance(told, BrokerOrder | Fill)]
        return [(f.key, f.signed, f.price, f.at) for f in self.told if isinstance(f, Fill)]


def away(right: Right, strike: float, lots: int, **by: float) -> Act:
    """An order so many rupees from the middle of the quotes."""

    def act(desk: Context) -> None:
        leg = desk.chain().leg(right, strike, lots)
        desk.order(leg.key, leg.quantity, **{name: leg.price + more for name, more in by.items()})

    return act


RESTING = Plan(
    {
        at(9, 30).time(): away(Right.CALL, 24_000.0, -2, limit=6.0),
        at(9, 35).time(): away(Right.PUT, 24_000.0, 1, stop=8.0),
        at(9, 40).time(): away(Right.CALL, 24_100.0, 1, limit=-4.0),
        at(10, 5).time(): away(Right.CALL, 23_900.0, -1, limit=-9.0, stop=-6.0),
    }
)


@pytest.mark.parametrize(
    "strategy",
    [
        ShortStraddle(leg_stop=10.0, again=3, again_after=10),
        ShortStrangle(tested=0.4, leg_stop=40.0),
        IronCondor(stop=15.0),
        RESTING,
    ],
)
def test_a_backtest_is_filled_as_the_paper_account_is(strategy: Strategy) -> None:
    day = made_day(MONDAY, TUESDAY, path(3, 375, sd=6.0))
    terms = OptionTerms(symbol="NIFTY", capital=CAPITAL)
    result = run_options(strategy, [day], terms)
    assert len(result.fills) >= 3
    paper = PaperDay(day)
    asks = list(result.orders)
    for row in range(len(day)):
        now = paper.frame(row)
        while asks and asks[0].asked_at == int(now.timestamp()):
            order = asks.pop(0)
            limit, stop = (None if x != x else x for x in (order.limit, order.stop))
            ask = Ask(number=order.number, key=order.key, units=order.units, limit=limit, stop=stop)
            paper.place(ask, now)
    ours = [(f.key, f.units, D(str(f.price)), f.at) for f in result.fills]
    assert ours == [(k, u, p, int(when.timestamp())) for k, u, p, when in paper.fills()]
    money = paper.account
    spent = float(money.memory.cash) - CAPITAL - float(money.purse.contract_note().total)
    if not any(trade.open for trade in result.trades):
        assert result.profit == pytest.approx(spent, abs=1e-6)
