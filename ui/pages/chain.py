"""Chain: a live option chain."""

from core.services import Services
from ui.components.empty_state import empty_state


async def page(services: Services, underlying: str) -> None:
    empty_state("This page is not built yet.")
