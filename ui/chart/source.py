"""Where the chart page has its bars from: the past once, and the one that runs."""

from datetime import timedelta
from typing import Final

from core.clock import IST
from core.ids import InstrumentKey
from core.instruments.candle import Candles, Interval
from core.services import Services
from core.state.market import Col
from ui.chart.packing import Bar, joined

DAYS: Final = 5


class BarSource:
    def __init__(self, services: Services, key: InstrumentKey, interval: Interval) -> None:
        self._services, self.key, self.interval = services, key, interval
        self._last: Bar | None = None

    async def load(self) -> Candles:
        history, today = self._services.history, self._services.calendar.today()
        now = int(self._services.clock.now().timestamp())
        past = await history.minutes(self.key, today - timedelta(days=DAYS), today)
        found = joined(past, await history.today(self.key))
        keep = found.time <= now
        names = ("time", "open", "high", "low", "close", "volume", "open_interest")
        return Candles(**{name: getattr(found, name)[keep] for name in names})

    def live(self, last: Bar | None) -> Bar | None:
        """The bar that runs, grown by the last trade; None where there is none."""
        market = self._services.market
        traded, price = market.get(self.key, Col.LTT), market.get(self.key, Col.LTP)
        if not (traded > 0 and price > 0):
            return last
        start = int(traded // 60_000) * 60
        if last is None or start > last.time:
            return Bar(start, price, price, price, price)
        if start < last.time:
            return last
        return last._replace(high=max(last.high, price), low=min(last.low, price), close=price)


def ahead(services: Services, last: int, interval: Interval, count: int = 240) -> tuple[int, ...]:
    """Starts of bars to come, of sessions only, so that the axis goes on behind the last bar."""
    from datetime import UTC, datetime

    calendar, found = services.calendar, list[int]()
    day = datetime.fromtimestamp(last, UTC).astimezone(IST).date()
    for _ in range(count):
        session = calendar.session_of(day)
        for first, end in session.windows if session else ():
            starts = range(int(first.timestamp()), int(end.timestamp()), interval.seconds)
            found += [start for start in starts if start > last]
        if len(found) >= count:
            break
        day = calendar.next_trading_day(day)
    return tuple(found[:count])
