"""Login: the way to the broker."""

from core.services import Services
from ui.components.empty_state import empty_state


async def page(services: Services) -> None:
    empty_state("Login", "This page is not built yet.")
