"""What a run over chains writes down minute by minute, and the result that it comes to."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from math import nan
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from core.backtest.option_account import Asked, RecordedAccount, Settled
from core.backtest.option_desk import OptionDesk
from core.backtest.option_market import DayMarket
from core.backtest.results import Fill, Note, Order, OrderKind, Result
from core.backtest.rounds import Rounds
from core.charges.charges import Charges
from core.charges.rates import KNOWN_SINCE
from core.charges.shares import shares
from core.clock import IST
from core.errors import RuleBroken
from core.ids import InstrumentKey
from core.instruments.instrument import Instrument, Right
from core.instruments.recorded import underlying_key
from core.paper.funds import known
from core.risk.margin_rules import FIRST
from core.strategies.chain_view import SIDES
from core.strategies.strategy import Strategy
from core.trading.ledger import trades

if TYPE_CHECKING:
    from core.backtest.option_engine import OptionTerms

Floats = NDArray[np.float64]

EXPIRY: Final = "expiry"
"""The tag of a round trip that no order closed."""
GREEKS: Final = ("delta", "gamma", "theta", "vega")
WORDS: Final = (
    "Orders trade at the end of the minute in which they are sent, with the paper account's rules:"
    " at the bid or the ask, within the protection of a market order, any size.",
    "What is not quoted is not filled. Between two minutes only the last trade is known.",
    "Stops and targets of a strategy are judged at each minute's end.",
    "Index options are settled in cash at the underlying's last recorded price of the day;"
    " those of shares too, though they are delivered.",
    "Lots, charges and margins by their dates; the margin is an estimate, reckoned after every"
    " fill and once in {sample} minutes.",
)
EARLY: Final = (
    f"Before {KNOWN_SINCE:%d %b %Y} the charges are those of that day, and before"
    f" {FIRST:%d %b %Y} the margins."
)


class OptionRecord:
    def __init__(self, desk: OptionDesk) -> None:
        self._desk = desk
        self._time: list[int] = []
        self._equity: list[float] = []
        self._exposure: list[float] = []
        self._spot: list[float] = []
        self._samples: list[tuple[float, ...]] = []
        self._sampled = (-1, -1)
        self._said: set[str] = set()
        self._without_quotes = 0

    @property
    def is_empty(self) -> bool:
        return not self._time

    def say(self, text: str) -> None:
        """A line of the log that the engine writes."""
        at = self._time[-1] if self._time else 0
        self._desk.notes.append(Note(at, text))

    def once(self, text: str) -> None:
        if text not in self._said:
            self._said.add(text)
            self.say(text)

    def day(self, market: DayMarket) -> None:
        self._without_quotes += not market.quoted

    def minute(
        self,
        market: DayMarket,
        account: RecordedAccount,
        now: datetime,
        equity: float,
        marks: Mapping[InstrumentKey, float],
        every: int,
    ) -> None:
        self._time.append(int(now.timestamp()))
        self._equity.append(equity)
        self._spot.append(self._desk.close)
        held = account.held()
        self._exposure.append(sum(abs(p.quantity) * marks.get(p.key, 0.0) for p in held))
        fills = len(account.fills)
        if not held:
            self._samples.append((0.0,) * (1 + len(GREEKS)))
        elif self._sampled[0] != fills or len(self._time) - self._sampled[1] >= every:
            self._sampled = fills, len(self._time)
            self._samples.append(_sample(market, account, now, marks))
        else:
            self._samples.append(self._samples[-1])

    def day_end(self, equity: float) -> None:
        """The day's last value counts the charges as the contract notes round them."""
        if self._equity:
            self._equity[-1] = equity

    def result(
        self,
        strategy: Strategy,
        terms: "OptionTerms",
        account: RecordedAccount,
        marks: Mapping[InstrumentKey, float],
        seconds: float,
    ) -> Result:
        samples = np.array(self._samples).reshape(-1, 1 + len(GREEKS))
        fills, rounds = _booked(account)
        still = rounds.still_open(self._time[-1], lambda key: marks.get(key, nan))
        first = datetime.fromtimestamp(self._time[0], IST).date()
        words = words_of(terms, first, self._without_quotes)
        return Result(
            strategy=type(strategy).__name__,
            title=strategy.title or type(strategy).__name__,
            parameters={name: getattr(strategy, name) for name in strategy.parameters},
            key=underlying_key(terms.symbol),
            symbol=terms.symbol,
            interval="1m",
            capital=terms.capital,
            time=np.array(self._time, dtype=np.int64),
            equity=np.array(self._equity),
            units=np.zeros(len(self._time), dtype=np.int64),
            exposure=np.array(self._exposure),
            orders=tuple(_order(number, each) for number, each in account.asked.items()),
            fills=fills,
            trades=(*rounds.trades, *still),
            notes=tuple(self._desk.notes),
            assumptions=tuple(words),
            charges=rounds.charges,
            greeks={name: samples[:, 1 + i] for i, name in enumerate(GREEKS)},
            margin=samples[:, 0],
            benchmark=np.array(self._spot),
            bars=len(self._time),
            seconds=seconds,
        )


def words_of(terms: "OptionTerms", first: date, without_quotes: int) -> list[str]:
    """What a run assumes that begins on a day; on so many days nothing was quoted."""
    words = [each.format(sample=terms.sample) for each in WORDS]
    if first < max(KNOWN_SINCE, FIRST):
        words.append(EARLY)
    if without_quotes:
        words.append(
            f"On {without_quotes} days no quotes were recorded: there orders trade at the last"
            f" price, {terms.slippage.ticks:g} ticks and {terms.slippage.share:.2%} worse."
        )
    return words


def _sample(
    market: DayMarket,
    account: RecordedAccount,
    now: datetime,
    marks: Mapping[InstrumentKey, float],
) -> tuple[float, ...]:
    """Margin, and the greeks of everything held: nan where one of them is not known now."""
    found = np.zeros(len(GREEKS))
    for each in account.held():
        account.see(each.key, marks.get(each.key, nan), now)
        found += each.quantity * _greeks(market, account.instruments[each.key])
    return account.margin(now), *found.tolist()


def _greeks(market: DayMarket, contract: Instrument) -> Floats:
    """Of one unit."""
    assert contract.expiry is not None
    assert contract.strike is not None
    right = Right(contract.series)
    try:
        view = market.view(contract.underlying_symbol, contract.expiry)
        at = view.index(right, contract.strike)
    except RuleBroken:
        return np.full(len(GREEKS), nan)
    return np.array([getattr(view.greeks, name)[SIDES[right], at] for name in GREEKS])


def _booked(account: RecordedAccount) -> tuple[tuple[Fill, ...], Rounds]:
    """Every fill with its share of the contract notes, and the round trips they make.

    What ended at its expiry is a round trip too, though no order closed it.
    """
    taxed = [known(each.exercise) for each in account.settled if each.exercise is not None]
    done = [known(each) for each in trades(account.fills, account.instruments)]
    paid = shares(done, taxed)
    taxes = iter(paid.exercises)
    found, rounds = list[Fill](), Rounds()
    left = list(account.settled)
    for fill, cost in zip(account.fills, paid.trades, strict=True):
        while left and left[0].at < fill.at:
            _settle(left.pop(0), rounds, taxes)
        ask, at = account.asked[account.number(fill)].ask, int(fill.at.timestamp())
        price, total = float(fill.price), float(cost.total)
        found.append(Fill(ask.number, fill.key, fill.signed, price, at, 0.0, total, ask.tag))
        rounds.fill(fill.key, fill.signed, price, at, total, ask.tag)
    for each in left:
        _settle(each, rounds, taxes)
    return tuple(found), rounds


def _settle(ended: Settled, rounds: Rounds, taxes: Iterator[Charges]) -> None:
    tax = float(next(taxes).total) if ended.exercise is not None else 0.0
    at = int(ended.at.timestamp())
    rounds.fill(ended.key, -ended.units, float(ended.price), at, tax, EXPIRY)


def _order(number: int, asked: Asked) -> Order:
    ask = asked.ask
    kinds = {
        (False, False): OrderKind.MARKET,
        (True, False): OrderKind.LIMIT,
        (False, True): OrderKind.STOP,
        (True, True): OrderKind.STOP_LIMIT,
    }
    ended = asked.ended_at
    return Order(
        number,
        ask.key,
        ask.units,
        kinds[ask.limit is not None, ask.stop is not None],
        nan if ask.limit is None else ask.limit,
        nan if ask.stop is None else ask.stop,
        int(asked.at.timestamp()),
        int(ended.timestamp()) if ended else int(asked.at.timestamp()),
        asked.end,
        ask.tag,
        asked.reason,
    )
