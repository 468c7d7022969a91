"""Runs a strategy over recorded days of option chains, minute by minute.

At the end of each minute the strategy sees that minute's chain and nothing after it. What it orders
then goes to the paper account with the same quotes: a market order is filled at once at the bid or
the ask, within the protection that every market order has, and what is not quoted is not filled.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import groupby
from time import perf_counter
from typing import Final

from core.analytics.chain_day import ChainDay
from core.backtest.option_account import RecordedAccount
from core.backtest.option_desk import OptionDesk, OptionSetup
from core.backtest.option_market import DayMarket
from core.backtest.option_record import OptionRecord
from core.backtest.results import Result
from core.clock import IST, SetClock
from core.errors import AppError, BadData, RuleBroken
from core.ids import InstrumentKey
from core.instruments.calendar import MarketCalendar
from core.instruments.lots import lot_size
from core.instruments.recorded import LotOf, underlying_key
from core.paper.recorded import Slippage
from core.strategies.asking import Ask
from core.strategies.chain_view import ExpiryView
from core.strategies.failures import failure
from core.strategies.strategy import Filled, Held, Strategy
from core.trading.fills import Fill

ROUNDS: Final = 20
"""Answers to fills by new orders, in one minute: more is a strategy that chases itself."""

CloseOf = Callable[[str, date], float | None]
"""The official close of an underlying on a day; None where it is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionTerms:
    """`sample` is how many minutes pass between two looks at margin and greeks; every fill is
    followed by one too. `slippage` is for days without quotes. Of contracts that expired on a day
    that nobody recorded, `close_of` may know the underlying's close."""

    symbol: str
    capital: float = 1_000_000.0
    rate: float = 0.065
    slippage: Slippage = field(default_factory=Slippage)
    lot_of: LotOf = lot_size
    close_of: CloseOf | None = None
    sample: int = 60


def run_options(
    strategy: Strategy,
    days: Iterable[ChainDay],
    terms: OptionTerms,
    *,
    calendar: MarketCalendar | None = None,
) -> Result:
    """`days` in order of their day, of one or more expiries each.

    Raises RuleBroken and BadData: for terms that cannot be, days out of order, none of the chains
    that the strategy asks for; and RuleBroken for whatever the strategy raises, with its line and
    the moment.
    """
    engine = OptionEngine(strategy, terms, calendar)
    try:
        return engine.run(days)
    except AppError:
        raise
    except Exception as problem:
        raise failure(problem, type(strategy), engine.at) from problem


class OptionEngine:
    def __init__(
        self,
        strategy: Strategy,
        terms: OptionTerms,
        calendar: MarketCalendar | None = None,
    ) -> None:
        self._strategy, self._terms = strategy, terms
        self._calendar = calendar or MarketCalendar(SetClock(datetime.now(IST)))
        self._setup = OptionSetup(terms.symbol)
        self._desk = OptionDesk(terms.symbol, self._chain, self._held, self._pnl)
        self._record = OptionRecord(self._desk)
        self._account: RecordedAccount | None = None
        self._market: DayMarket | None = None
        self._marks: dict[InstrumentKey, float] = {}
        self._cash = (-1, 0.0)

    @property
    def at(self) -> int:
        """The moment that the run has come to, epoch seconds; 0 before it began."""
        return int(self._desk.now.timestamp()) if self._account else 0

    def run(self, days: Iterable[ChainDay]) -> Result:
        begun = perf_counter()
        self._strategy.init(self._setup)
        if not self._setup.wanted:
            raise RuleBroken(
                f"{type(self._strategy).__name__} asks for no chains: run it over bars."
            )
        last: date | None = None
        for day, chains in groupby(days, key=lambda each: each.day):
            if last is not None and day <= last:
                raise BadData(f"the days of options are out of order: {day} after {last}")
            last = day
            self._day(day, list(chains))
        if self._account is None or self._record.is_empty:
            names = " and ".join(self._setup.wanted)
            raise BadData(f"there is no recorded chain of {names} in this span")
        return self._record.result(
            self._strategy, self._terms, self._account, self._marks, perf_counter() - begun
        )

    # A day

    def _day(self, day: date, chains: list[ChainDay]) -> None:
        session = self._calendar.session_of(day)
        if session is None:
            self._record.say(f"{day:%d %b %Y} was left out: the calendar has no session on it")
            return
        account = self._begun(day)
        market = self._market = DayMarket(
            chains,
            session,
            self._calendar,
            wanted=self._setup.wanted,
            held=self._held_chains(),
            rate=self._terms.rate,
            lot_of=self._terms.lot_of,
            slippage=self._terms.slippage,
        )
        if market.left_out:
            self._record.say(f"{day:%d %b %Y}: {market.left_out} minutes outside the session")
        if not market.minutes:
            return
        self._record.day(market)
        for at, minute in enumerate(market.minutes):
            self._minute(market, account, minute, first=at == 0)
        self._end(market, account)

    def _minute(
        self, market: DayMarket, account: RecordedAccount, minute: int, *, first: bool
    ) -> None:
        now = market.move(minute)
        closes_at = market.session.closes_at
        self._desk.move(now, closes_at, market.spot(self._terms.symbol))
        if first or now >= closes_at:
            self._see(market, account, now)
            account.advance(now)
        if working := account.working():
            self._see(market, account, now)
            for key in working:
                self._show(key, now)
            self._tell_fills(now)
        if first:
            self._strategy.on_day(self._desk)
        self._strategy.on_minute(self._desk)
        self._carry_out(now)
        self._record.minute(market, account, now, self._equity(), self._marks, self._terms.sample)

    def _see(self, market: DayMarket, account: RecordedAccount, now: datetime) -> None:
        """The account knows where the underlyings stand."""
        for symbol in market.symbols:
            account.see(underlying_key(symbol), market.spot(symbol), now)

    def _end(self, market: DayMarket, account: RecordedAccount) -> None:
        """The market is shut; what expires today is settled at the last price of its underlying."""
        closes_at = market.session.closes_at
        self._see(market, account, self._desk.now)
        for symbol in market.symbols:
            self._official_close(account, symbol, market.session.day, closes_at)
        expiring = {k for k, i in account.instruments.items() if i.expiry == market.session.day}
        held = {each.key for each in account.held()} & expiring
        if held and self._desk.now < closes_at - timedelta(minutes=1):
            self._record.say(
                f"{market.session.day:%d %b %Y}: settled at the underlying of"
                f" {self._desk.now:%H:%M}, the last that was recorded"
            )
        account.advance(closes_at)
        self._tell_fills(closes_at)
        spot = self._desk.close
        self._desk.move(max(self._desk.now, closes_at), closes_at, spot)
        self._strategy.on_day_end(self._desk)
        self._carry_out(closes_at)
        self._record.day_end(account.cash_at_close() + self._open_worth())

    def _official_close(
        self, account: RecordedAccount, symbol: str, day: date, now: datetime
    ) -> None:
        close_of = self._terms.close_of
        if close_of is not None and (found := close_of(symbol, day)) is not None:
            account.see(underlying_key(symbol), found, now)

    def _begun(self, day: date) -> RecordedAccount:
        """The account on the morning of a day; what expired on days without a record is settled."""
        morning = datetime.combine(day, time(), IST)
        if self._account is None:
            before = morning - timedelta(days=1)
            self._account = RecordedAccount(
                self._terms.capital, self._calendar, before, self._terms.rate
            )
        account = self._account
        account.advance(morning)
        symbols = {underlying_key(name): name for name in self._setup.wanted}
        for key, expired in sorted(account.unsettled()):
            close_of = self._terms.close_of
            found = close_of(symbols[key], expired) if close_of and key in symbols else None
            if found is not None:
                account.settle(key, expired, found, morning)
            else:
                self._record.once(
                    f"What expired on {expired:%d %b %Y} is not settled: nothing was recorded"
                    " of that day. Its last price stands in."
                )
        return account

    # Orders and fills

    def _carry_out(self, now: datetime) -> None:
        """Send what was asked for, tell of the fills, and again what is asked for then."""
        assert self._account is not None
        for _ in range(ROUNDS):
            asked = self._desk.take()
            if not asked:
                return
            for each in asked:
                if isinstance(each, Ask):
                    self._place(each, now)
                else:
                    self._account.cancel(each, now)
            self._tell_fills(now)
        raise RuleBroken(f"more than {ROUNDS} rounds of orders in one minute, each after a fill")

    def _place(self, ask: Ask, now: datetime) -> None:
        assert self._market is not None
        assert self._account is not None
        known = self._account.instruments.get(ask.key)
        self._see(self._market, self._account, now)
        self._account.advance(now)
        self._account.know(known or self._market.instrument(ask.key))
        self._show(ask.key, now)
        self._account.place(ask, now)

    def _show(self, key: InstrumentKey, now: datetime) -> None:
        assert self._market is not None
        assert self._account is not None
        if (found := self._market.shows(key)) is not None:
            self._account.show(key, *found, now)

    def _tell_fills(self, now: datetime) -> None:
        assert self._account is not None
        for number, fill in self._account.take():
            tag = self._account.asked[number].ask.tag
            self._strategy.on_fill(self._desk, _told(number, fill, tag))
        refused, self._account.refused = self._account.refused, []
        for number, why in refused:
            self._strategy.on_refused(self._desk, number, why)

    # What the strategy asks

    def _chain(self, symbol: str, expiry: int | date) -> ExpiryView:
        assert self._market is not None
        return self._market.view(symbol, expiry)

    def _held(self) -> list[Held]:
        assert self._account is not None
        return [
            Held(key=p.key, units=p.quantity, price=float(p.cost / p.quantity))
            for p in self._account.held()
        ]

    def _held_chains(self) -> set[tuple[str, date]]:
        assert self._account is not None
        known = self._account.instruments
        found = (known[each.key] for each in self._account.held())
        return {(each.underlying_symbol, each.expiry) for each in found if each.expiry}

    def _pnl(self) -> float:
        return self._equity() - self._terms.capital

    def _equity(self) -> float:
        """Rupees: cash after charges, and what is held at its mark, the last one known."""
        assert self._account is not None
        revision = self._account.revision
        if self._cash[0] != revision:
            self._cash = revision, self._account.cash()
        return self._cash[1] + self._open_worth()

    def _open_worth(self) -> float:
        assert self._market is not None
        assert self._account is not None
        total = 0.0
        for each in self._account.held():
            mark = self._market.mark(each.key)
            if mark != mark:
                mark = self._marks.get(each.key) or float(each.average_price)
            self._marks[each.key] = mark
            total += each.quantity * mark
        return total


def _told(number: int, fill: Fill, tag: str) -> Filled:
    return Filled(
        order=number,
        key=fill.key,
        units=fill.signed,
        price=float(fill.price),
        at=fill.at,
        tag=tag,
    )
