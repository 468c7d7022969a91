"""Market calendar: holidays, timings, status."""

from datetime import date
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from data.simulator.answers import ApiError, success
from data.simulator.clock import at_ist
from data.simulator.exchange import Exchange
from data.simulator.market import Holiday
from data.simulator.rest.asked import day_asked
from data.simulator.sessions import EXCHANGES, other_hours, since, statuses

CASH: Final = ("NSE", "BSE")
DERIVATIVES: Final = ("NFO", "BFO")


def routes(exchange: Exchange) -> list[Route]:
    return [
        exchange.route("/v2/market/holidays", holidays, public=True),
        exchange.route("/v2/market/holidays/{date}", holiday, public=True),
        exchange.route("/v2/market/timings/{date}", timings, public=True),
        exchange.route("/v2/market/status/{exchange}", status),
    ]


async def holidays(exchange: Exchange, request: Request) -> Response:
    """Of the running year."""
    return success([_holiday(day) for day in exchange.market.holidays(exchange.today().year)])


async def holiday(exchange: Exchange, request: Request) -> Response:
    asked = day_asked(request.path_params, "date", "UDAPI1088")
    found = exchange.market.holidays(asked.year)
    return success([_holiday(day) for day in found if day.day == asked])


def _holiday(day: Holiday) -> dict[str, Any]:
    return {
        "date": day.day.isoformat(),
        "description": day.description,
        "holiday_type": day.kind,
        "closed_exchanges": list(day.closed),
        "open_exchanges": [
            {"exchange": exchange, "start_time": start, "end_time": end}
            for exchange, start, end in day.opens
        ],
    }


async def timings(exchange: Exchange, request: Request) -> Response:
    day = day_asked(request.path_params, "date", "UDAPI1088")
    hours = exchange.market.hours(day)
    if hours is None:
        return success([])
    return success(
        [
            {"exchange": word, "start_time": start, "end_time": end}
            for word in EXCHANGES
            for start, end in [_hours_of(word, day, hours)]
        ]
    )


def _hours_of(word: str, day: date, hours: tuple[int, int]) -> tuple[int, int]:
    """`hours` are those of the derivatives; the cash session ends by 15:30."""
    if word in DERIVATIVES:
        return hours
    if word in CASH:
        return hours[0], min(hours[1], max(at_ist(day, 15, 30), hours[0]))
    return other_hours(EXCHANGES[word], day)


async def status(exchange: Exchange, request: Request) -> Response:
    word = request.path_params["exchange"]
    if word not in EXCHANGES:
        raise ApiError("UDAPI1089", field="exchange", value=word)
    now, segment = exchange.now_ms(), EXCHANGES[word]
    known = statuses(exchange.market, now)
    answer: dict[str, Any] = {
        "exchange": word,
        "status": known.segments[segment],
        "last_updated": since(exchange.market, segment, now),
    }
    if segment in known.cas:
        step, began = known.cas[segment]
        answer["cas_eligible_status"] = {"status": step, "last_updated": began}
    return success(answer)
