"""Desk: the market at a glance."""

from core.services import Services
from ui.components.empty_state import empty_state


async def page(services: Services) -> None:
    empty_state("This page is not built yet.")
