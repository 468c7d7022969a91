"""REST for programs: probes, metrics, read-only data, and the broker's way back from its login."""

from nicegui import app

from core.services import Services
from ui.api import callbacks, metrics, probes, routes


def register(services: Services) -> None:
    for module in (probes, metrics, callbacks, routes):
        app.include_router(module.router(services))
