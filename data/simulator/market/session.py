"""Where a moment is in the exchange's day."""

from datetime import timedelta

from data.simulator.market.calendar import hours_of, ist_day, ms, next_trading_day
from data.simulator.market.records import Session

SEGMENTS = ("NSE_INDEX", "NSE_EQ", "NSE_FO", "BSE_INDEX", "BSE_EQ", "BSE_FO")
CASH = ("NSE_EQ", "BSE_EQ", "NSE_INDEX", "BSE_INDEX")
POST_CLOSE_STARTS, POST_CLOSE_ENDS = timedelta(minutes=10), timedelta(minutes=20)


def session_at(now_ms: int) -> Session:
    """The phase and the broker's status word of each segment; opening and close of this or the next
    trading day."""
    day = ist_day(now_ms)
    hours = hours_of(day)
    if hours is None:
        ahead = next_trading_day(day)
        coming = hours_of(ahead)
        assert coming is not None
        return Session(
            phase="holiday",
            day=day,
            opens_ms=ms(ahead, coming.opens),
            closes_ms=ms(ahead, coming.closes),
            index_frozen=False,
            statuses=dict.fromkeys(SEGMENTS, "NORMAL_CLOSE"),
        )
    opens, closes = ms(day, hours.opens), ms(day, hours.closes)
    frozen = hours.auction is not None and (
        ms(day, hours.auction) <= now_ms < ms(day, hours.close_printed)
    )
    derivatives = cash = "NORMAL_CLOSE"
    phase = "closed"
    if ms(day, hours.pre_open) <= now_ms < opens:
        phase = "pre-open"
        derivatives = cash = (
            "PRE_OPEN_START" if now_ms < ms(day, hours.pre_open_ends) else "PRE_OPEN_END"
        )
    elif opens <= now_ms < closes:
        phase = "closing-auction" if frozen else "open"
        derivatives = "NORMAL_OPEN"
        cash = "NORMAL_OPEN" if now_ms < ms(day, hours.cash_closes) else "NORMAL_CLOSE"
    elif closes + POST_CLOSE_STARTS.seconds * 1000 <= now_ms:
        if now_ms < closes + POST_CLOSE_ENDS.seconds * 1000:
            cash = "CLOSING_START"
        else:
            cash = "CLOSING_END"
    return Session(
        phase=phase,
        day=day,
        opens_ms=opens,
        closes_ms=closes,
        index_frozen=frozen,
        statuses={s: cash if s in CASH else derivatives for s in SEGMENTS},
    )
