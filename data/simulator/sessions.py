"""Market status in the broker's words, for every segment that it names."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from data.simulator.clock import at_ist, day_of
from data.simulator.market import Market

EXCHANGES: Final = {
    "NSE": "NSE_EQ",
    "NFO": "NSE_FO",
    "CDS": "NCD_FO",
    "BSE": "BSE_EQ",
    "BFO": "BSE_FO",
    "BCD": "BCD_FO",
    "MCX": "MCX_FO",
    "NSCOM": "NSE_COM",
}
"""Exchange words of the broker, and the segment whose status each has."""

CURRENCY: Final = ("NCD_FO", "BCD_FO")
COMMODITY: Final = ("MCX_FO", "MCX_INDEX", "NSE_COM")
OPEN, CLOSE = "NORMAL_OPEN", "NORMAL_CLOSE"


@dataclass(frozen=True, slots=True)
class Statuses:
    """Segment → status; for the auctions segment → (status, since when)."""

    segments: Mapping[str, str]
    cas: Mapping[str, tuple[str, int]]
    pre_open: Mapping[str, tuple[str, int]]


def statuses(market: Market, now: int) -> Statuses:
    session = market.session(now)
    segments = dict(session.statuses)
    trading = market.is_trading_day(session.day)
    for segment in CURRENCY + COMMODITY:
        starts, ends = other_hours(segment, session.day)
        segments[segment] = OPEN if trading and starts <= now < ends else CLOSE
    return Statuses(segments, _closing_auction(now, trading), _pre_open(now, trading))


def other_hours(segment: str, day: date) -> tuple[int, int]:
    """Hours of currency and commodity trade; nothing of theirs is listed here."""
    if segment in CURRENCY:
        return at_ist(day, 9), at_ist(day, 17)
    late = 55 if _us_winter(day) else 30
    return at_ist(day, 9), at_ist(day, 23, late)


def since(market: Market, segment: str, now: int) -> int:
    """When the present status of a segment began, as far as today tells."""
    day = day_of(now)
    moments = [at_ist(day, 9), at_ist(day, 9, 5), at_ist(day, 9, 10), at_ist(day, 9, 15)]
    moments += [at_ist(day, 15, 15), at_ist(day, 15, 20), at_ist(day, 15, 25), at_ist(day, 15, 30)]
    moments += [at_ist(day, 15, 40), at_ist(day, 15, 50), at_ist(day, 16), at_ist(day, 17)]
    began = at_ist(day, 0)
    for moment in [at for at in moments if at <= now]:
        if _status(market, segment, moment) != _status(market, segment, moment - 1):
            began = moment
    return began


def _status(market: Market, segment: str, at: int) -> str:
    return statuses(market, at).segments.get(segment, CLOSE)


def _closing_auction(now: int, trading: bool) -> dict[str, tuple[str, int]]:
    """The closing auction's own steps, for shares that take part in it."""
    day = day_of(now)
    steps = [
        (at_ist(day, 9, 15), OPEN),
        (at_ist(day, 15, 15), "CTS_CLOSE"),
        (at_ist(day, 15, 20), "CAS_LM_START"),
        (at_ist(day, 15, 25), "CAS_M_STOP"),
        (at_ist(day, 15, 30), "CAS_STOP"),
        (at_ist(day, 15, 35), CLOSE),
    ]
    return {segment: _latest(steps, now, trading) for segment in ("NSE_EQ", "BSE_EQ")}


def _pre_open(now: int, trading: bool) -> dict[str, tuple[str, int]]:
    day = day_of(now)
    steps = [
        (at_ist(day, 9), "PRE_OPEN_START"),
        (at_ist(day, 9, 5), "PRE_OPEN_M_END"),
        (at_ist(day, 9, 10), "PRE_OPEN_END"),
    ]
    return {segment: _latest(steps, now, trading) for segment in ("NSE_EQ", "BSE_EQ", "NSE_FO")}


def _latest(steps: list[tuple[int, str]], now: int, trading: bool) -> tuple[str, int]:
    passed = [(word, at) for at, word in steps if trading and at <= now]
    return passed[-1] if passed else (CLOSE, at_ist(day_of(now), 0))


def _us_winter(day: date) -> bool:
    """Whether New York keeps winter time: the commodity evening then ends later."""
    starts = _nth_sunday(day.year, 3, 2)
    ends = _nth_sunday(day.year, 11, 1)
    return not starts <= day < ends


def _nth_sunday(year: int, month: int, nth: int) -> date:
    first = date(year, month, 1)
    return first.replace(day=1 + (6 - first.weekday()) % 7 + 7 * (nth - 1))
