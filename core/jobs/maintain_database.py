"""Database: given back its space, and its statistics renewed."""

from core.ports.repositories import DatabaseCare
from core.services.scheduler import Progress


async def maintain_database(progress: Progress, *, database: DatabaseCare) -> str:
    progress.say("tidying the database")
    return await database.maintain()
