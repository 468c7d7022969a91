"""Instruments: search everything that is listed."""

from core.services import Services
from ui.components.empty_state import empty_state


async def page(services: Services) -> None:
    empty_state("Instruments", "This page is not built yet.")
