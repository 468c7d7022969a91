"""Watchlists and their instruments, in order."""

from sqlalchemy import ForeignKey
from sqlmodel import Field

from data.models.base import Row


class WatchlistRow(Row, table=True):
    __tablename__ = "watchlists"

    id: str = Field(primary_key=True)
    user_id: str = Field(index=True)
    name: str
    position: int


class WatchlistItemRow(Row, table=True):
    __tablename__ = "watchlist_items"

    watchlist_id: str = Field(
        primary_key=True, sa_column_args=[ForeignKey("watchlists.id", ondelete="CASCADE")]
    )
    position: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    key: str
