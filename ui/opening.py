"""Opening: the port answers at once, and what needs the whole desk waits until it is there."""

import asyncio
from contextlib import suppress
from typing import Final

from fastapi import Request
from nicegui import app
from nicegui.server import Server
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from core.settings import Mode
from ui import access, alive
from ui.guard import ContentPolicy
from ui.theme import style

NOT_FOUND: Final = style.ASSETS / "not_found.html"
LOOK: Final = 0.25
"""Seconds between two looks whether the desk ends."""
GOING_AWAY: Final = 1001
OURS: Final = ("/api/", "/assets/", "/_nicegui/")


class Waiting:
    """Holds every request but that for `/healthz` until the desk is complete; pure ASGI.

    A desk that ends before it is complete answers 503: it would wait for its requests else.
    """

    def __init__(self, inner: ASGIApp, complete: asyncio.Event) -> None:
        self._inner, self._complete = inner, complete

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        held = scope["type"] in {"http", "websocket"} and scope["path"] != alive.PATH
        if not held or await self._comes():
            await self._inner(scope, receive, send)
        elif scope["type"] == "http":
            await PlainTextResponse("The desk is ending.", 503)(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": GOING_AWAY})

    async def _comes(self) -> bool:
        while not self._complete.is_set() and not _ends():
            with suppress(TimeoutError):
                await asyncio.wait_for(self._complete.wait(), LOOK)
        return self._complete.is_set()


def _ends() -> bool:
    server = getattr(Server, "instance", None)  # none where pages are tested without one
    return server is not None and server.should_exit


def prepare(
    mode: Mode, version: str, *, password: str = "", hosts: frozenset[str] = frozenset()
) -> asyncio.Event:
    """All that must be in place before the port opens; set what it returns when all else is."""
    complete = asyncio.Event()
    style.apply()
    app.routes.extend(alive.router(mode, version).routes)
    app.add_exception_handler(404, _not_found)
    app.add_middleware(Waiting, complete=complete)
    access.install(mode, password=password, hosts=hosts)
    app.add_middleware(ContentPolicy)
    return complete


async def _not_found(request: Request, _: Exception) -> Response:
    if request.url.path.startswith(OURS):
        return JSONResponse({"detail": "not found"}, 404)
    return HTMLResponse(NOT_FOUND.read_text("utf-8"), 404)
