"""Preferences on disk."""

import orjson
from sqlmodel import select

from core.ids import UserId
from data.db.database import Database
from data.db.upsert import upsert
from data.models.preference import PreferenceRow


class SqlPreferences:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self, user: UserId) -> dict[str, object]:
        wanted = select(PreferenceRow).where(PreferenceRow.user_id == user)
        rows = await self._database.read(lambda session: session.exec(wanted).all())
        return {row.name: orjson.loads(row.value) for row in rows}

    async def set(self, user: UserId, name: str, value: object) -> None:
        row = PreferenceRow(user_id=user, name=name, value=orjson.dumps(value).decode())
        await self._database.write(lambda session: upsert(session, [row]))
