"""The market as one object: a pure function of seed and time."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from core.pricing.black76 import price
from core.pricing.greeks import greeks
from data.simulator.market import calendar, listing
from data.simulator.market.calendar import closing_ms, ist_day
from data.simulator.market.daily import Daily
from data.simulator.market.noise import mixed, uniform, word
from data.simulator.market.records import Bars, Contract, Holiday, Quotes, Session
from data.simulator.market.rules import VIX_KEY
from data.simulator.market.session import session_at
from data.simulator.market.underlyings import BY_KEY, BY_SYMBOL

YEAR_MS = 365 * 86_400_000


class Market:
    """All of one seed's market. `underlyings` are those with derivatives; all by default."""

    def __init__(
        self, seed: int = 7, underlyings: Sequence[str] | None = None, activity: float = 1.0
    ) -> None:
        self.seed = seed
        self.activity = activity
        self._daily = Daily(seed)
        self._listing = listing.Listing(
            self._daily, tuple(BY_SYMBOL if underlyings is None else underlyings)
        )
        self._listed = lru_cache(maxsize=4)(self._listing.contracts)

    def listed(self, day: date) -> Mapping[str, Contract]:
        """Everything listed that day, by key; on a day without trading, what was listed last."""
        last = listing.exchange_day(day)
        found = self._listed(last)
        if last == day:
            return found
        return {k: c for k, c in found.items() if c.expiry is None or c.expiry >= day}

    def expiries(self, symbol: str, day: date) -> list[date]:
        return [e for e, _, _ in listing.expiries(symbol, listing.exchange_day(day)) if e >= day]

    def expired(self, symbol: str, day: date) -> list[date]:
        """Expiries of the last six months that are over, oldest first."""
        found: set[date] = set()
        for back in range(0, 190, 7):
            at = day - timedelta(days=back + 1)
            found.update(self.expiries(symbol, at))
        return sorted(e for e in found if day - timedelta(days=183) <= e < day)

    def expired_contracts(self, symbol: str, expiry: date) -> list[Contract]:
        return self._listing.of(symbol, expiry, listing.exchange_day(expiry))

    def session(self, now_ms: int) -> Session:
        return session_at(now_ms)

    def is_trading_day(self, day: date) -> bool:
        return calendar.is_trading_day(day)

    def next_trading_day(self, day: date) -> date:
        return calendar.next_trading_day(day)

    def hours(self, day: date) -> tuple[int, int] | None:
        return calendar.hours_ms(day)

    def holidays(self, year: int) -> list[Holiday]:
        return calendar.holidays(year)

    def spot(self, symbol: str, now_ms: int) -> float:
        number, share = self._moment(now_ms)
        series = self._daily.series(symbol)
        if share <= 0:
            return float(np.exp(series.close[number - 1]))
        wiggle = 0.001 * np.sin(now_ms / 60_000 + len(symbol)) * (1 - share)
        at = series.open[number] * (1 - share) + series.close[number] * share
        return round(float(np.exp(at + wiggle)), 2)

    def forward(self, symbol: str, expiry: date, now_ms: int) -> float:
        years = max(closing_ms(expiry) - now_ms, 0) / YEAR_MS
        return self.spot(symbol, now_ms) * float(np.exp(0.06 * years))

    def changed(self, keys: Sequence[str], after_ms: int, now_ms: int) -> NDArray[np.bool_]:
        words = np.array([word(self.seed, k) for k in keys], dtype=np.uint64)
        hours = calendar.hours_ms(ist_day(now_ms))
        if hours is None or not hours[0] <= now_ms < hours[1]:
            return np.zeros(len(keys), dtype=np.bool_)
        period = 100 + 1900 * uniform(words) / self.activity
        return np.asarray(np.floor(now_ms / period) > np.floor(after_ms / period))

    def quotes(self, keys: Sequence[str], now_ms: int, levels: int = 5) -> Quotes:
        day = ist_day(now_ms)
        found = self.listed(day)
        rows = [found[k] for k in keys]
        ltp = np.array([self._fair(c, now_ms) for c in rows])
        number, _ = self._moment(now_ms)
        before = calendar.hours_ms(date.fromordinal(int(self._daily.ordinals[number - 1])))
        assert before is not None
        close = np.array([self._fair(c, before[1]) for c in rows])
        n = len(rows)
        words = np.array([word(self.seed, k) for k in keys], dtype=np.uint64)
        u = uniform(mixed(words))
        lot = np.array([max(c.lot_size, 1) for c in rows])
        quoted = np.array([c.type != "INDEX" for c in rows])
        tick = np.array([c.tick or 0.05 for c in rows])
        steps = np.arange(levels)
        bid = np.maximum(ltp[:, None] - tick[:, None] * (1 + steps), 0.0) * quoted[:, None]
        ask = (ltp[:, None] + tick[:, None] * (1 + steps)) * quoted[:, None]
        size = (lot[:, None] * (1 + (u[:, None] * 20 + steps).astype(np.int64))) * quoted[:, None]
        option = np.array([c.strike > 0 for c in rows])
        years = np.array(
            [
                max(closing_ms(c.expiry) - now_ms, 60_000) / YEAR_MS if c.expiry else 1.0
                for c in rows
            ]
        )
        spot = np.array([self.spot(c.underlying or "NIFTY", now_ms) for c in rows])
        strike = np.array([c.strike or 1.0 for c in rows])
        call = np.array([c.type == "CE" for c in rows])
        g = greeks(spot, strike, years, 0.13, 1.0, call)
        nan = np.where(option, 1.0, np.nan)
        whole = lot * (1000 + (u * 90000).astype(np.int64))
        minute = now_ms // 60_000 * 60_000
        ints = np.full(n, now_ms, dtype=np.int64)
        return Quotes(
            ltp=ltp, ltt=ints, ltq=lot, close=close,
            bid=bid, bid_qty=np.where(bid > 0, size, 0), bid_orders=np.where(bid > 0, 1 + steps, 0),
            ask=ask, ask_qty=np.where(ask > 0, size, 0), ask_orders=np.where(ask > 0, 1 + steps, 0),
            volume=whole * quoted, oi=whole * option, oi_prev=(whole * 0.9).astype(np.int64) * option,
            iv=0.13 * nan, delta=g.delta * nan, gamma=g.gamma * nan, theta=g.theta * nan,
            vega=g.vega * nan, open=close, high=np.maximum(close, ltp), low=np.minimum(close, ltp),
            m_open=ltp, m_high=ltp, m_low=ltp, m_close=ltp, m_volume=lot,
            m_time=np.full(n, minute, dtype=np.int64), average=(ltp + close) / 2,
            total_buy=whole, total_sell=whole, lower_circuit=np.maximum(0.05, 0.2 * close),
            upper_circuit=5 * close + 1000, year_high=1.3 * close, year_low=0.7 * close, event=ints,
        )  # fmt: skip

    def bars(self, key: str, first: date, last: date, minutes: int, now_ms: int) -> Bars:
        times: list[int] = []
        day = first
        while day <= last:
            hours = calendar.hours_ms(day)
            if hours:
                times += [t for t in range(hours[0], hours[1], minutes * 60_000) if t <= now_ms]
            day += timedelta(days=1)
        return self._bars(key, times)

    def day_bars(self, key: str, first: date, last: date, now_ms: int) -> Bars:
        times, day = [], first
        while day <= last:
            hours = calendar.hours_ms(day)
            if hours and hours[0] <= now_ms:
                times.append(hours[1])
            day += timedelta(days=1)
        return self._bars(key, times)

    def _bars(self, key: str, times: list[int]) -> Bars:
        contract = self.listed(ist_day(times[-1]))[key] if times else None
        at = np.array([self._fair(contract, t) if contract else 0.0 for t in times])
        ones = np.full(len(times), 1000, dtype=np.int64)
        seconds = np.array(times, dtype=np.int64) // 1000
        return Bars(time=seconds, open=at, high=at, low=at, close=at, volume=ones, oi=ones)

    def _moment(self, now_ms: int) -> tuple[int, float]:
        """The trading day's number and the share of it that is over."""
        day = listing.exchange_day(ist_day(now_ms))
        hours = calendar.hours_ms(day)
        assert hours is not None
        share = (now_ms - hours[0]) / (hours[1] - hours[0])
        return self._daily.number(day), min(max(share, 0.0), 1.0)

    def _fair(self, c: Contract, now_ms: int) -> float:
        if c.key == VIX_KEY:
            number, _ = self._moment(now_ms)
            return round(100 * float(np.exp(self._daily.log_vol[number])), 2)
        if c.key in BY_KEY:
            return self.spot(BY_KEY[c.key].symbol, now_ms)
        assert c.expiry is not None
        f = self.forward(c.underlying, c.expiry, now_ms)
        if c.type == "FUT":
            return round(f, 1)
        years = max(closing_ms(c.expiry) - now_ms, 0) / YEAR_MS
        fair = float(price(f, c.strike, years, 0.13, np.exp(-0.065 * years), c.type == "CE"))
        return max(round(round(fair / 0.05) * 0.05, 2), 0.05)
