"""Corporate actions of the exchange's shares: dividends only, since its prices never jump."""

from datetime import date, timedelta
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from data.simulator.answers import ApiError, success
from data.simulator.exchange import Exchange
from data.simulator.market.noise import word
from data.simulator.market.underlyings import BY_SYMBOL

SINCE: Final = 2022
AUGUST: Final = (8, 1)  # final dividends go ex in its first four weeks
STEP: Final = 0.5
"""Dividends are whole multiples of half a rupee."""


def routes(exchange: Exchange) -> list[Route]:
    return [exchange.route("/v2/fundamentals/{isin}/corporate-actions", actions)]


async def actions(exchange: Exchange, request: Request) -> Response:
    """One dividend a year that has been announced by now, newest first."""
    isin = str(request.path_params["isin"])
    levels = {each.isin: each.level for each in BY_SYMBOL.values() if each.isin}
    if isin not in levels:
        raise ApiError("UDAPI1206", field="isin", value=isin)
    told = [_dividend(exchange, isin, levels[isin], year) for year in _years(exchange.today())]
    return success([each for each in told if each is not None][::-1])


def _years(today: date) -> range:
    return range(SINCE, today.year + 1)


def _dividend(exchange: Exchange, isin: str, level: float, year: int) -> dict[str, Any] | None:
    chance = int(word(exchange.seed, "dividend", isin, year))
    ex_day = date(year, *AUGUST) + timedelta(days=chance % 28)
    while not exchange.market.is_trading_day(ex_day):
        ex_day += timedelta(days=1)
    announced = ex_day - timedelta(days=100)
    if announced > exchange.today():
        return None
    steps = 1 + (chance >> 8) % max(1, int(level * 0.02 / STEP))
    return {
        "name": "Dividend",
        "expiry_date": ex_day.isoformat(),
        "amount": STEP * steps,
        "ratio": None,
        "event_details": [
            {"name": "Dividend type", "value": "Final"},
            {"name": "Announcement date", "value": announced.isoformat()},
        ],
    }
