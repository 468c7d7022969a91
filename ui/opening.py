"""Opening: the port answers at once, and what needs the whole desk waits until it is there."""

import asyncio
from typing import Final

from fastapi import Request
from nicegui import app
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from core.settings import Mode
from ui import access, alive
from ui.guard import ContentPolicy
from ui.theme import style

NOT_FOUND: Final = style.ASSETS / "not_found.html"
OURS: Final = ("/api/", "/assets/", "/_nicegui/")


class Waiting:
    """Holds every request but that for `/healthz` until the desk is complete; pure ASGI."""

    def __init__(self, inner: ASGIApp, complete: asyncio.Event) -> None:
        self._inner, self._complete = inner, complete

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in {"http", "websocket"} and scope["path"] != alive.PATH:
            await self._complete.wait()
        await self._inner(scope, receive, send)


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
