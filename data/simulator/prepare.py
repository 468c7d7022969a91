"""Makes a day's listing before anybody asks: neither a start nor a new day holds up the feed."""

import asyncio
from datetime import date
from typing import Final

import structlog

from data.simulator.clock import day_of
from data.simulator.exchange import Exchange
from data.simulator.rest.instruments import instrument_file

log: Final = structlog.get_logger()

AHEAD_SECONDS: Final = 60.0  # of real time before the day ends
LOOK_SECONDS: Final = 5.0


async def prepare(exchange: Exchange) -> None:
    """For as long as the exchange runs; the listing is made in a thread."""
    ready: date | None = None
    while True:
        wanted = coming_day(exchange)
        if wanted != ready:
            try:
                await asyncio.to_thread(_make_ready, exchange, wanted)
            except Exception:  # whoever asks will hear of it
                log.exception("listing.not_prepared", day=wanted.isoformat())
            ready = wanted
        await asyncio.sleep(LOOK_SECONDS)


def coming_day(exchange: Exchange) -> date:
    """Today, and shortly before it ends the next trading day."""
    now = exchange.now_ms()
    today = day_of(now)
    hours = exchange.market.hours(today)
    left = (hours[1] - now) / 1000 if hours else 0.0
    if hours and 0 < left < AHEAD_SECONDS * exchange.clock.speed:
        return exchange.market.next_trading_day(today)
    return today


def _make_ready(exchange: Exchange, day: date) -> None:
    exchange.listing_of(day)
    instrument_file(exchange.market, day, "complete")
