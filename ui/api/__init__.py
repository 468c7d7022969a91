"""REST for programs: probes, metrics, data, orders, and the broker's way back from its login."""

from nicegui import app

from core.services import Services
from ui.api import callbacks, metrics, probes, routes


def register(services: Services) -> None:
    for module in (probes, metrics, callbacks, routes):
        # not include_router: it also nests a lifespan for each, and ours have none
        app.routes.extend(module.router(services).routes)
