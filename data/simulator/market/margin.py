"""The exchange's margin: sixteen scenarios per underlying on its own surface, and what is added.

Shares no code with the desk's estimate, which is measured against it. Scan ranges follow the EWMA
volatility (λ = 0.995) of the underlying's own closes; each option keeps the volatility that the
surface gives its strike, up or down by the scan.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.pricing.black76 import price
from data.simulator.market.board import Board
from data.simulator.market.book import fair
from data.simulator.market.calendar import ist_day
from data.simulator.market.daily import Daily
from data.simulator.market.listing import CALL, EQUITY, FUTURE, INDEX, PUT, VIX
from data.simulator.market.quoting import last_prices
from data.simulator.market.surface import YEAR_MS, variance
from data.simulator.market.terms import RATE
from data.simulator.market.underlyings import UNDERLYINGS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

DECAY, LOOK_BACK = 0.995, 1500
SIGMAS: Final = 6 * np.sqrt(2)
EXTREME, COUNTED = 2.0, 0.35
SCENARIOS: Final = [
    *((step / 3, shift, 1.0) for step in (0, 1, -1, 2, -2, 3, -3) for shift in (1.0, -1.0)),
    (EXTREME, 0.0, COUNTED),
    (-EXTREME, 0.0, COUNTED),
]
"""Price move in scan ranges, volatility move in scans, the share of the loss that counts."""
EXPIRY_DAY_EXTRA, EXTRA_SINCE = 0.02, date(2024, 11, 20)
ALONE_SINCE: Final = {True: date(2025, 2, 10), False: date(2026, 5, 5)}
"""From when on an expiring contract has no offset in later expiries: of indices, of shares."""
NINE_MONTHS: Final = 0.75
INTRADAY_SHARE: Final = 0.2
"""Of the value of shares bought or sold within the day."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Fractions of the underlying's value, but for `vol` in volatility."""

    price: float
    vol: float
    old_price: float
    calendar: float
    short_least: float
    exposure: float
    deep_exposure: float
    old_exposure: float
    deep: float


INDEX_RULE: Final = Rule(0.093, 0.04, 0.177, 0.0175, 0.03, 0.02, 0.03, 0.05, 0.10)
SHARE_RULE: Final = Rule(0.142, 0.10, 0.142, 0.022, 0.075, 0.035, 0.0525, 0.035, 0.30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What is to be margined: units, below 0 sold; `price` None = the last one."""

    key: str
    quantity: int
    price: float | None = None
    intraday: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Margin:
    """Rupees; `premium` is what bought options cost."""

    span: float = 0.0
    exposure: float = 0.0
    equity: float = 0.0
    premium: float = 0.0

    @property
    def total(self) -> float:
        return self.span + self.exposure + self.equity + max(self.premium, 0.0)


def margins(board: Board, held: Sequence[Held], now_ms: int) -> tuple[list[Margin], Margin]:
    """Of each alone, and of all together. Raises KeyError for what is not listed."""
    rows = board.rows([each.key for each in held])
    lines = _Lines(board, rows, held, now_ms)
    every = np.arange(len(held))
    alone = [lines.margin(every[i : i + 1]) for i in every]
    return [replace(one, premium=max(one.premium, 0.0)) for one in alone], lines.margin(every)


def margin(board: Board, held: Sequence[Held], now_ms: int) -> Margin:
    """Of all together only. Raises KeyError for what is not listed."""
    rows = board.rows([each.key for each in held])
    return _Lines(board, rows, held, now_ms).margin(np.arange(len(held)))


class _Lines:
    """All that the scenarios need of these contracts, at one moment."""

    def __init__(self, board: Board, rows: Ints, held: Sequence[Held], now_ms: int) -> None:
        day, terms = board.day, board.terms
        self.today = ist_day(now_ms)
        at = np.full(len(rows), min(max(now_ms, day.opens), day.closes), dtype=np.int64)
        last = last_prices(board, rows, now_ms)
        self.quantity = np.array([each.quantity for each in held], np.float64)
        self.price = np.array(
            [p if each.price is None else each.price for each, p in zip(held, last, strict=True)]
        )
        self.intraday = np.array([each.intraday for each in held])
        self.kind, self.number = terms.kind[rows], terms.number[rows]
        self.strike, self.call = terms.strike[rows], self.kind == CALL
        self.expires = terms.expires[rows]
        self.years = np.maximum(self.expires - at, 1) / YEAR_MS
        self.option = (self.kind == CALL) | (self.kind == PUT)
        theory = fair(day, terms, rows, at)
        self.forward, self.now = theory.forward, theory.value
        self.vol = np.zeros(len(rows))
        o = self.option
        k = np.log(self.strike[o] / self.forward[o])
        self.vol[o] = np.sqrt(variance(self.number[o], theory.theta[o], k) / self.years[o])
        self.scans = {int(n): _scan(day.daily, day.number, int(n)) for n in np.unique(self.number)}

    def margin(self, some: Ints) -> Margin:
        """Of the lines `some`, held together."""
        cash = some[np.isin(self.kind[some], (EQUITY, INDEX, VIX))]
        rest = np.setdiff1d(some, cash)
        options = rest[self.option[rest]]
        by_group: dict[tuple[int, bool], list[int]] = defaultdict(list)
        for i in rest:
            by_group[int(self.number[i]), self._apart(i)].append(int(i))
        groups = [np.array(group) for group in by_group.values()]
        return Margin(
            span=sum(self._span(group) for group in groups),
            exposure=sum(self._exposure(group) for group in groups),
            equity=float(self._equity(cash)),
            premium=float((self.quantity * self.price)[options].sum()),
        )

    def _apart(self, i: int) -> bool:
        """An expiring contract is margined by itself on its last day."""
        since = ALONE_SINCE[UNDERLYINGS[self.number[i]].is_index]
        return self.today >= since and ist_day(int(self.expires[i])) <= self.today

    def _span(self, group: Ints) -> float:
        level, reach, shift, rule = self.scans[int(self.number[group[0]])]
        q = self.quantity[group]
        f, k, call = self.forward[group], self.strike[group], self.call[group]
        option, years, vol = self.option[group], self.years[group], self.vol[group]
        old = option & (years > NINE_MONTHS)
        reaches = np.where(old, max(reach, rule.old_price * level), reach)
        discount, worst = np.exp(-RATE * years), 0.0
        for move, up, counted in SCENARIOS:
            moved = np.maximum(f + move * reaches, 0.01 * f)
            sigma = np.maximum(vol + up * shift, 0.001)
            theory = price(moved, np.where(option, k, f), years, sigma, discount, call)
            loss = counted * float(q @ (self.now[group] - np.where(option, theory, moved)))
            worst = max(worst, loss)
        risk = max(worst + self._calendar(group, rule), self._least(group, level, rule))
        return max(risk - float((q * self.now[group])[option].sum()), 0.0)

    def _calendar(self, group: Ints, rule: Rule) -> float:
        """Deltas that offset each other across expiries, at the far contract's value."""
        deltas = self._deltas(group)
        charged = sum(size * far for size, far in _pairs(deltas))
        return rule.calendar * charged

    def _deltas(self, group: Ints) -> list[tuple[float, float]]:
        """Net delta and forward by expiry, in order."""
        up = 1e-4 * self.forward[group]
        f, k, years = self.forward[group], self.strike[group], self.years[group]
        discount, option = np.exp(-RATE * years), self.option[group]
        safe, vol, call = np.where(option, k, f), self.vol[group], self.call[group]
        high, low = (price(f + s * up, safe, years, vol, discount, call) for s in (1, -1))
        slope = np.where(option, (high - low) / (2 * up), 1.0) * self.quantity[group]
        expires = self.expires[group]
        return [
            (float(slope[expires == e].sum()), float(f[expires == e][0]))
            for e in np.unique(expires)
        ]

    def _least(self, group: Ints, level: float, rule: Rule) -> float:
        """The short option minimum: for what is sold and not covered by a bought option."""
        sold = 0.0
        for kind in (CALL, PUT):
            sold += max(-float(self.quantity[group[self.kind[group] == kind]].sum()), 0.0)
        return rule.short_least * level * sold

    def _exposure(self, group: Ints) -> float:
        """Of futures and of options sold; two futures in a spread count a third of the far one."""
        number = int(self.number[group[0]])
        level, _, _, rule = self.scans[number]
        futures = group[self.kind[group] == FUTURE]
        order = futures[np.argsort(self.expires[futures], kind="stable")]
        legs = [(float(self.quantity[i]), float(self.forward[i])) for i in order]
        gross = sum(abs(size) * far for size, far in legs)
        for size, far in _pairs(legs):
            gross -= size * (level + far - far / 3)
        sold = group[self.option[group] & (self.quantity[group] < 0)]
        return rule.exposure * gross + sum(self._sold(int(i), level, rule) for i in sold)

    def _sold(self, i: int, level: float, rule: Rule) -> float:
        way = 1.0 if self.call[i] else -1.0
        share = rule.exposure
        if way * (self.strike[i] / level - 1) > rule.deep:
            share = rule.deep_exposure
        if self.years[i] > NINE_MONTHS:
            share = max(share, rule.old_exposure)
        index = UNDERLYINGS[self.number[i]].is_index
        last_day = ist_day(int(self.expires[i])) <= self.today
        if index and last_day and self.today >= EXTRA_SINCE:
            share += EXPIRY_DAY_EXTRA
        return float(-self.quantity[i] * level * share)

    def _equity(self, cash: Ints) -> float:
        """Shares: all of their value to keep, a part within the day; nothing to sell one's own."""
        value = np.abs(self.quantity[cash]) * self.price[cash]
        kept = np.where(self.quantity[cash] > 0, value, 0.0)
        return float(np.where(self.intraday[cash], INTRADAY_SHARE * value, kept).sum())


def _pairs(by_expiry: Sequence[tuple[float, float]]) -> Iterator[tuple[float, float]]:
    """Units bought in one expiry and sold in another, with the far one's price; near ones first."""
    unmatched: list[float] = []
    for size, far in by_expiry:
        left = size
        for j, other in enumerate(unmatched):
            if other * left < 0:
                both = min(abs(other), abs(left))
                yield both, far
                unmatched[j] -= np.sign(other) * both
                left -= np.sign(left) * both
        unmatched.append(left)


def _scan(daily: Daily, today: int, number: int) -> tuple[float, float, float, Rule]:
    """The last close, the price scan range in rupees, the volatility scan, and the rule."""
    u = UNDERLYINGS[number]
    rule = INDEX_RULE if u.is_index else SHARE_RULE
    closes = daily.levels(u.symbol).close[max(today - LOOK_BACK, 0) : today]
    returns = np.diff(closes)[::-1]
    weights = (1 - DECAY) * DECAY ** np.arange(len(returns))
    sigma = float(np.sqrt((weights * returns**2).sum() / weights.sum()))
    level = float(np.exp(closes[-1]))
    points = max(round(25 * sigma * np.sqrt(365)) / 100, rule.vol)
    return level, max(SIGMAS * sigma, rule.price) * level, points, rule
