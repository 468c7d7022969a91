"""What we have of an instrument, day by day, against the calendar of sessions."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from enum import StrEnum
from math import ceil

from core.ids import InstrumentKey
from core.instruments.calendar import MarketCalendar, Session
from core.instruments.candle import Interval, Unit

Span = tuple[date, date]


class DayState(StrEnum):
    HAVE = "have"
    PART = "part"  # fewer bars than the session has, and the broker was not asked since
    MISSING = "missing"
    NONE = "none"  # the broker was asked and has nothing
    NO_SESSION = "no session"


GAPS = (DayState.PART, DayState.MISSING)


def coverage(
    calendar: MarketCalendar,
    key: InstrumentKey,
    interval: Interval,
    first: date,
    last: date,
    bars: Mapping[date, int],
    asked: Iterable[Span],
    before_auction: Mapping[date, int] | None = None,
) -> dict[date, DayState]:
    """Each day of [first, last]; `bars` by day (IST), `asked` what was downloaded whole.

    Cash stands still in the closing auction, where bars may be missing: there `before_auction`
    decides whether a day is whole. Of weeks and months, a day is there when its period's bar is.
    """
    early = before_auction if before_auction is not None else bars
    spans = list(asked)
    held = {_period(day, interval): count for day, count in bars.items()}
    states = {}
    for n in range((last - first).days + 1):
        day = first + timedelta(days=n)
        session = calendar.session_of(day)
        if session is None:
            states[day] = DayState.NO_SESSION
            continue
        count = held.get(_period(day, interval), 0)
        whole = any(a <= day <= b for a, b in spans)
        counted = early.get(day, 0) if cut_short(session, key, interval) else count
        states[day] = _state(count, counted >= enough(session, key, interval), whole)
    return states


def _state(count: int, whole: bool, asked: bool) -> DayState:
    if not count:
        return DayState.NONE if asked else DayState.MISSING
    return DayState.HAVE if asked or whole else DayState.PART


def cut_short(session: Session, key: InstrumentKey, interval: Interval) -> bool:
    """Whether bars are counted up to the closing auction only."""
    return interval.intraday and session.auction is not None and not _is_derivative(key)


def enough(session: Session, key: InstrumentKey, interval: Interval) -> int:
    """Bars of a session without a gap; one a day of days and longer."""
    if not interval.intraday:
        return 1
    windows = session.windows
    if session.auction is not None and cut_short(session, key, interval):
        windows = tuple((a, min(b, session.auction[0])) for a, b in windows)
    seconds = interval.seconds
    return sum(ceil((b - a).total_seconds() / seconds) for a, b in windows if b > a)


def gaps(
    states: Mapping[date, DayState], pieces: Iterable[Span], *, again: bool = False
) -> list[Span]:
    """Of legal pieces those with a day that is missing, cut to their missing days."""
    wanted = sorted(
        day
        for day, state in states.items()
        if state in GAPS or (again and state is not DayState.NO_SESSION)
    )
    found = []
    for first, last in pieces:
        inside = [day for day in wanted if first <= day <= last]
        if inside:
            found.append((inside[0], inside[-1]))
    return found


def period_of(interval: Interval, first: date, last: date) -> Span:
    """The span widened to whole periods: a week's bar stands at its Monday."""
    if interval.unit is Unit.WEEK:
        return first - timedelta(days=first.weekday()), last
    if interval.unit is Unit.MONTH:
        return first.replace(day=1), last
    return first, last


def last_whole(calendar: MarketCalendar, interval: Interval, day: date) -> date:
    """`day`, or the end of the period before while weeks or months of it still go on."""
    start = _period(day, interval)
    going_on = _period(calendar.next_trading_day(day), interval) == start
    return start - timedelta(days=1) if going_on else day


def _period(day: date, interval: Interval) -> date:
    return period_of(interval, day, day)[0]


def _is_derivative(key: InstrumentKey) -> bool:
    segment = key.split("|", 1)[0]
    return segment.endswith("_FO") or segment in ("NSE_COM",)
