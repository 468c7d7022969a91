"""The broker sends the user back here after its login page."""

import html

import structlog
from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from core.errors import AppError
from core.services import Services
from ui.plain import plain_page

log = structlog.get_logger()

SECONDS_TO_READ = 2


def router(services: Services) -> APIRouter:
    router = APIRouter(tags=["login"])

    @router.get("/login/callback", include_in_schema=False)
    async def login_callback(
        code: str = "", state: str = "", error: str = "", error_description: str = ""
    ) -> HTMLResponse:
        """Trade the code for a token; a clear page either way."""
        if services.login is None:
            return _failed("This desk does not log in with a code", _WITHOUT_LOGIN)
        if error or not code:
            return _failed("The broker did not log you in", error_description or error or _NO_CODE)
        try:
            await services.login.complete(code, state)
        except AppError as problem:
            log.warning("login.failed", problem=str(problem))
            return _failed("The login did not work", str(problem))
        return _done()

    return router


_NO_CODE = "The address holds no code: it is meant to be opened by the broker's login page only."
_WITHOUT_LOGIN = "It reads with the analytics token of its settings, so there is nothing to log in."


def _done() -> HTMLResponse:
    body = (
        '<p class="good" data-testid="login-result">The broker accepted the login: the streams '
        "connect by themselves.</p>"
        '<p><a href="/" data-testid="login-onward">Go to the desk</a></p>'
    )
    return HTMLResponse(plain_page("Logged in", body, then="/", seconds=SECONDS_TO_READ))


def _failed(title: str, reason: str) -> HTMLResponse:
    body = (
        f'<p class="bad" role="alert" data-testid="login-result">{html.escape(reason)}</p>'
        '<p><a href="/login" data-testid="login-again">Start the login again</a>'
        ' · <a href="/">Go to the desk</a></p>'
    )
    return HTMLResponse(plain_page(title, body), 400)
