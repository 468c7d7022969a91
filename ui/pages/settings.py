"""Settings: what the user chose."""

from core.services import Services
from ui.components.empty_state import empty_state


async def page(services: Services) -> None:
    empty_state("Settings", "This page is not built yet.")
