"""The second probe: can the desk do its job."""

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from core.services import Services


def router(services: Services) -> APIRouter:
    router = APIRouter(tags=["probes"])

    @router.get("/readyz")
    async def readyz() -> JSONResponse:
        """200 when the desk can do its job, else 503 with the reasons."""
        reasons = services.ready()
        body = {"mode": services.mode, "ready": not reasons, "reasons": reasons}
        return JSONResponse(body, 503 if reasons else 200)

    return router
