"""Corporate actions on disk."""

from collections.abc import Sequence

from sqlalchemy import delete
from sqlmodel import Session, col, select

from core.instruments.corporate_actions import CorporateAction
from data.db.database import Database
from data.models.corporate_action import CorporateActionRow


class SqlActions:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def replace(self, isin: str, actions: Sequence[CorporateAction]) -> None:
        def write(session: Session) -> None:
            session.exec(delete(CorporateActionRow).where(col(CorporateActionRow.isin) == isin))
            session.add_all(
                CorporateActionRow.from_domain(number, each) for number, each in enumerate(actions)
            )

        await self._database.write(write)

    async def of(self, isin: str) -> list[CorporateAction]:
        wanted = (
            select(CorporateActionRow)
            .where(CorporateActionRow.isin == isin)
            .order_by(col(CorporateActionRow.ex_day), col(CorporateActionRow.number))
        )
        return await self._database.read(
            lambda session: [row.to_domain() for row in session.exec(wanted)]
        )
