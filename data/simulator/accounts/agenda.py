"""The exchange's day as moments at which something must be done, and what may be entered when."""

from collections.abc import Iterator
from datetime import date, timedelta
from enum import IntEnum, StrEnum
from typing import Final

from data.simulator.clock import at_ist, day_of
from data.simulator.market import Contract
from data.simulator.market.calendar import hours_of, ms

MINUTE: Final = 60_000
SQUARE_OFF_CASH, SQUARE_OFF_REST = 3 * MINUTE, 10 * MINUTE
"""So long before their continuous trading ends the broker closes intraday positions. The
simulated broker's own times: the real ones after August 2026 are not published."""
RELEASE_AFTER: Final = 5_000
"""So long after the opening the broker sends the orders that waited for it."""
REFERENCE: Final = 5 * MINUTE
"""The closing auction's first part, in which the reference price is made and nothing entered."""
MARKET_PART: Final = 5 * MINUTE
"""Of an auction's entry, as long as orders at market are taken (NSE/CMTR/74466 and /74969)."""
WINDOW_OPENS: Final = 5, 30
"""From then to midnight the broker takes orders."""


class Moment(IntEnum):
    """In the order in which they are done when they fall together."""

    NEW_DAY = 0
    PRE_OPEN = 1
    PRE_OPEN_MATCH = 2
    OPEN = 3
    RELEASE = 4
    SQUARE_OFF_CASH = 5
    CASH_CLOSES = 6
    SQUARE_OFF = 7
    AUCTION_MATCH = 8
    AUCTION_ENDS = 9
    CLOSE = 10


class Phase(StrEnum):
    """What the exchange does with an order of a contract now."""

    QUEUE = "after market"
    COLLECT = "auction, limit and market"
    COLLECT_LIMIT = "auction, limit only"
    MATCH = "continuous"
    PAUSE = "no entry"


def moments(day: date) -> list[tuple[int, Moment]]:
    """Of one day, in order; only its beginning where there is no trading."""
    found = [(at_ist(day, 0), Moment.NEW_DAY)]
    hours = hours_of(day)
    if hours is None:
        return found
    cash, closes = ms(day, hours.cash_closes), ms(day, hours.closes)
    found += [
        (ms(day, hours.pre_open), Moment.PRE_OPEN),
        (ms(day, hours.pre_open_ends), Moment.PRE_OPEN_MATCH),
        (ms(day, hours.opens), Moment.OPEN),
        (ms(day, hours.opens) + RELEASE_AFTER, Moment.RELEASE),
        (cash - SQUARE_OFF_CASH, Moment.SQUARE_OFF_CASH),
        (cash, Moment.CASH_CLOSES),
        (closes - SQUARE_OFF_REST, Moment.SQUARE_OFF),
        (closes, Moment.CLOSE),
    ]
    if hours.auction is not None:
        printed = ms(day, hours.close_printed)
        found += [(printed - REFERENCE, Moment.AUCTION_MATCH), (printed, Moment.AUCTION_ENDS)]
    return sorted(found)


def between(after: int, until: int) -> Iterator[tuple[int, Moment]]:
    """Moments after `after`, up to `until`."""
    day = day_of(after)
    while at_ist(day, 0) <= until:
        yield from ((at, m) for at, m in moments(day) if after < at <= until)
        day += timedelta(days=1)


def phase(contract: Contract, now: int) -> Phase:
    """Shares have auctions before and after; derivatives trade from opening to close."""
    hours, day = hours_of(day_of(now)), day_of(now)
    if hours is None:
        return Phase.QUEUE
    if contract.type != "EQ":
        trading = ms(day, hours.opens) <= now < ms(day, hours.closes)
        return Phase.MATCH if trading else Phase.QUEUE
    if now < ms(day, hours.opens):
        return _collecting(now, ms(day, hours.pre_open), ms(day, hours.pre_open_ends))
    if now < ms(day, hours.cash_closes):
        return Phase.MATCH
    if hours.auction is None:
        return Phase.QUEUE
    begins, printed = ms(day, hours.auction) + REFERENCE, ms(day, hours.close_printed)
    if now < begins:
        return Phase.PAUSE
    found = _collecting(now, begins, printed - REFERENCE)
    return Phase.PAUSE if found is Phase.QUEUE and now < printed else found


def _collecting(now: int, begins: int, ends: int) -> Phase:
    if not begins <= now < ends:
        return Phase.QUEUE
    return Phase.COLLECT if now < begins + MARKET_PART else Phase.COLLECT_LIMIT


def takes_orders(now: int) -> bool:
    """The broker's own window."""
    return now >= at_ist(day_of(now), *WINDOW_OPENS)
