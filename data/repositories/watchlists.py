"""Watchlists on disk."""

from collections import defaultdict

from sqlmodel import Session, col, delete, select

from core.ids import InstrumentKey, UserId
from core.ports.repositories import Watchlist
from data.db.database import Database
from data.db.upsert import upsert
from data.models.watchlist import WatchlistItemRow, WatchlistRow


class SqlWatchlists:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self, user: UserId) -> list[Watchlist]:
        return await self._database.read(lambda session: _of_user(session, user))

    async def save(self, watchlist: Watchlist) -> None:
        await self._database.write(lambda session: _save(session, watchlist))

    async def delete(self, id: str) -> None:
        gone = delete(WatchlistRow).where(col(WatchlistRow.id) == id)
        await self._database.write(lambda session: session.exec(gone) and None)


def _of_user(session: Session, user: UserId) -> list[Watchlist]:
    own = select(WatchlistRow).where(WatchlistRow.user_id == user)
    order = (col(WatchlistRow.position), col(WatchlistRow.name), col(WatchlistRow.id))
    rows = session.exec(own.order_by(*order))
    lists = rows.all()
    wanted = select(WatchlistItemRow).where(
        col(WatchlistItemRow.watchlist_id).in_([each.id for each in lists])
    )
    keys: dict[str, list[InstrumentKey]] = defaultdict(list)
    for item in session.exec(wanted.order_by(col(WatchlistItemRow.position))):
        keys[item.watchlist_id].append(InstrumentKey(item.key))
    return [
        Watchlist(
            id=each.id,
            user=UserId(each.user_id),
            name=each.name,
            position=each.position,
            keys=tuple(keys[each.id]),
        )
        for each in lists
    ]


def _save(session: Session, watchlist: Watchlist) -> None:
    row = WatchlistRow(
        id=watchlist.id,
        user_id=watchlist.user,
        name=watchlist.name,
        position=watchlist.position,
    )
    upsert(session, [row])
    session.exec(delete(WatchlistItemRow).where(col(WatchlistItemRow.watchlist_id) == row.id))
    if watchlist.keys:
        upsert(
            session,
            [
                WatchlistItemRow(watchlist_id=watchlist.id, position=position, key=key)
                for position, key in enumerate(watchlist.keys)
            ],
        )
