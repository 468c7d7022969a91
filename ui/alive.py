"""The first probe: the process answers, whatever else is or is not there yet."""

from typing import Final

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from core.settings import Mode

PATH: Final = "/healthz"


def router(mode: Mode, version: str) -> APIRouter:
    router = APIRouter(tags=["probes"])

    @router.get(PATH)
    async def healthz() -> JSONResponse:
        """The process answers."""
        return JSONResponse({"mode": mode, "status": "ok", "version": version})

    return router
