"""REST for programs: probes, metrics, data, orders, and the broker's way back from its login."""

from typing import Final

from nicegui import app
from starlette.routing import BaseRoute

from core.services import Services
from ui.api import callbacks, metrics, probes, routes

_ours: Final[list[BaseRoute]] = []
"""Those of the desk that is asked now."""


def register(services: Services) -> None:
    """Another desk's routes take the places of those of the desk before."""
    at = next((n for n, each in enumerate(app.routes) if each in _ours), len(app.routes))
    app.routes[:] = [each for each in app.routes if each not in _ours]
    _ours.clear()
    for module in (probes, metrics, callbacks, routes):
        # not include_router: it also nests a lifespan for each, and ours have none
        _ours.extend(module.router(services).routes)
    app.routes[at:at] = _ours
