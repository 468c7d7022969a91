"""Guide: the manual, inside the desk."""

from core.services import Services
from ui.components.empty_state import empty_state


async def page(services: Services) -> None:
    empty_state("Guide", "This page is not built yet.")
