"""What programs may read and order, under `/api/v1`."""

from collections.abc import Callable, Coroutine
from datetime import date
from functools import partial
from typing import Annotated, Any, Final

import structlog
from fastapi import APIRouter, Query
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from core.errors import (
    AppError,
    BadData,
    BrokerRejected,
    BrokerUnavailable,
    LoginNeeded,
    RuleBroken,
)
from core.ids import LOCAL_USER, InstrumentKey
from core.instruments.instrument import Kind
from core.ports.repositories import InstrumentFilter
from core.services import Services
from core.settings import Mode
from ui.access import SAFE_METHODS
from ui.api import answers, backtests, chains, orders, schemas

log = structlog.get_logger()

MOST_KEYS: Final = 500
MOST_FOUND: Final = 500
STATUS_OF: Final[dict[type[AppError], int]] = {
    RuleBroken: 404,
    LoginNeeded: 503,
    BrokerUnavailable: 503,
    BrokerRejected: 502,
    BadData: 502,
}
REFUSALS: Final = (RuleBroken, BrokerRejected)
"""Of something that was to be done: the request was understood, and nothing was done."""


def router(services: Services) -> APIRouter:
    router = APIRouter(
        prefix="/api/v1", tags=["v1"], route_class=_explained(services.mode), responses=_PROBLEMS
    )
    _about_the_desk(router, services)
    _about_the_market(router, services)
    _about_the_user(router, services)
    orders.add_to(router, services)
    backtests.add_to(router, services)

    @router.get("/openapi.json", include_in_schema=False)
    async def openapi() -> JSONResponse:
        return JSONResponse(
            get_openapi(
                title="Strikedesk",
                version=services.version,
                description="What the desk knows, and its orders. Times are UTC, prices rupees, "
                "sizes units, IV a fraction; an unknown number is null.",
                routes=[r for r in router.routes if isinstance(r, APIRoute)],
            )
        )

    every = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]

    @router.api_route("/{rest:path}", methods=every, include_in_schema=False)
    async def unknown(rest: str, request: Request) -> JSONResponse:
        text = f"no such address: {request.method} /api/v1/{rest}; see /api/v1/openapi.json"
        return problem(services.mode, 404, "not_found", text)

    return router


def _about_the_desk(router: APIRouter, services: Services) -> None:
    @router.get("/status")
    async def status() -> schemas.Status:
        """Mode, session, feed, services, and whether the desk is ready."""
        return await answers.status(services)

    @router.get("/jobs")
    async def jobs(
        job: str | None = None, limit: Annotated[int, Query(ge=1, le=500)] = 50
    ) -> schemas.Runs:
        """Runs of the scheduled jobs, newest first."""
        runs = await services.job_runs.history(job, limit)
        return schemas.Runs(
            mode=services.mode, runs=[schemas.RunShape.model_validate(run) for run in runs]
        )

    @router.get("/notices")
    async def notices(since: Annotated[int, Query(ge=0)] = 0) -> schemas.NoticeList:
        """What the desk has told the user, oldest first; `since` is the last number you have."""
        found = [schemas.NoticeShape.model_validate(n) for n in services.notices.since(since)]
        return schemas.NoticeList(mode=services.mode, notices=found)


def _about_the_market(router: APIRouter, services: Services) -> None:
    @router.get("/underlyings")
    async def underlyings() -> schemas.Underlyings:
        """Symbols that have options, indices first."""
        found = await services.instruments.underlyings()
        return schemas.Underlyings(mode=services.mode, underlyings=found)

    @router.get("/underlyings/{underlying}/expiries")
    async def expiries(underlying: str) -> schemas.Expiries:
        """Listed expiries, nearest first."""
        found = await services.instruments.expiries(underlying)
        if not found:
            raise RuleBroken(f"no options are listed on {underlying!r}")
        return schemas.Expiries(mode=services.mode, underlying=underlying, expiries=found)

    @router.get("/chain/{underlying}")
    async def chain(underlying: str, expiry: date | None = None) -> schemas.Chain:
        """The option chain of one expiry, the nearest by default, with the desk's IV and Greeks."""
        return await chains.chain(services, underlying, expiry)

    @router.get("/quotes")
    async def quotes(
        key: Annotated[list[str], Query(min_length=1, max_length=MOST_KEYS)],
    ) -> schemas.Quotes:
        """Quotes by instrument key: from the live feed, else asked of the broker."""
        return await answers.quotes(services, [InstrumentKey(k) for k in key])

    @router.get("/instruments")
    async def instruments(
        q: Annotated[str, Query(max_length=100)] = "",
        segment: Annotated[list[str] | None, Query()] = None,
        kind: Annotated[list[Kind] | None, Query()] = None,
        underlying: str = "",
        expiry: date | None = None,
        limit: Annotated[int, Query(ge=1, le=MOST_FOUND)] = 50,
    ) -> schemas.Instruments:
        """Search the contracts of the day: every word occurs in symbol, name, key or ISIN."""
        where = InstrumentFilter(
            segments=tuple(segment or ()),
            kinds=tuple(kind or ()),
            underlying_symbol=underlying,
            expiry=expiry,
        )
        found = await services.instruments.search(q, where=where, limit=limit)
        return await answers.instruments(services, found)


def _about_the_user(router: APIRouter, services: Services) -> None:
    @router.get("/watchlists")
    async def watchlists() -> schemas.Watchlists:
        """The user's watchlists, in their order."""
        found = await services.watchlists.all(LOCAL_USER)
        shapes = [
            schemas.WatchlistShape(
                id=w.id, name=w.name, position=w.position, instrument_keys=list(w.keys)
            )
            for w in sorted(found, key=lambda w: w.position)
        ]
        return schemas.Watchlists(mode=services.mode, watchlists=shapes)


_PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {
    "4XX": {"model": schemas.Problem},
    "5XX": {"model": schemas.Problem},
}


def problem(mode: Mode, status: int, error: str, message: str) -> JSONResponse:
    shape = schemas.Problem(mode=mode, error=error, message=message)
    return JSONResponse(shape.model_dump(), status)


def _explained(mode: Mode) -> type[APIRoute]:
    """Routes whose problems are replies like all others: JSON that names the mode."""

    class ExplainedRoute(APIRoute):
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            return partial(_answer, mode, super().get_route_handler())

    return ExplainedRoute


async def _answer(
    mode: Mode, handle: Callable[[Request], Coroutine[Any, Any, Response]], request: Request
) -> Response:
    try:
        return await handle(request)
    except RequestValidationError as wrong:
        text = "; ".join(f"{'.'.join(map(str, e['loc'][1:]))}: {e['msg']}" for e in wrong.errors())
        return problem(mode, 422, "invalid_request", text)
    except AppError as refused:
        status = STATUS_OF.get(type(refused), 500)
        if request.method not in SAFE_METHODS and isinstance(refused, REFUSALS):
            status = 409
        log.info("api.refused", path=request.url.path, status=status, reason=str(refused))
        return problem(mode, status, _words(type(refused).__name__), str(refused))


def _words(name: str) -> str:
    """`RuleBroken` → `rule_broken`."""
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")
