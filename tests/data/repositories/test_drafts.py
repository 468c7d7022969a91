"""The contract of drafts, in memory, on SQLite, on PostgreSQL."""

from dataclasses import replace
from datetime import timedelta
from math import nan

import numpy as np
from sqlmodel import Session

from core.ids import LOCAL_USER, UserId
from core.ports.drafts import DraftRepository
from core.strategies.draft import Draft, Watched, alert_from
from core.strategies.tracking import DraftMinute
from data.db.database import Database, driver
from data.repositories.drafts import SqlDrafts
from tests.core.strategies.markets import FAR, NOW, future, leg


def draft(id: str, minutes: int = 0, **more: object) -> Draft:
    given: dict[str, object] = {
        "id": id,
        "name": f"Draft {id} ₹",
        "symbol": "NIFTY",
        "legs": (leg(-1, 24_200, "CE"), leg(1, 24_200, "CE", nan, FAR), future(2)),
        "created_at": NOW,
        "edited_at": NOW + timedelta(minutes=minutes),
        "tags": ("é", "weekly"),
        "alerts": (alert_from(Watched.SPOT, 24_500.05, 24_200),),
    }
    return Draft(**(given | more))  # type: ignore[arg-type]


def minute(id: str, number: int, close: float = -12.5, spot: float = 24_200.05) -> DraftMinute:
    return DraftMinute(
        draft=id,
        minute=NOW + timedelta(minutes=number),
        open=1.25,
        high=1e7,
        low=-1e7,
        close=close,
        spot=spot,
    )


async def test_drafts_come_back_last_edited_first_and_to_their_owner(
    drafts: DraftRepository,
) -> None:
    given = [draft("b", 1), draft("a", 2, tracked=True), draft("c", 3, user=UserId("other"))]
    for each in given:
        await drafts.save(each)
    assert await drafts.all(LOCAL_USER) == [given[1], given[0]]
    assert await drafts.tracked() == [given[1]]


async def test_a_draft_saved_again_takes_the_place_of_the_first(drafts: DraftRepository) -> None:
    await drafts.save(draft("a", tracked=True))
    changed = replace(draft("a", 5), name="Other", legs=())
    await drafts.save(changed)
    assert await drafts.all(LOCAL_USER) == [changed]
    assert await drafts.tracked() == []


async def test_minutes_of_profit_are_kept_in_order_and_overwritten(
    drafts: DraftRepository,
) -> None:
    await drafts.save(draft("a"))
    await drafts.save_minutes([minute("a", 2), minute("a", 0), minute("a", 1, spot=nan)])
    await drafts.save_minutes([minute("a", 2, 7.0), minute("a", 2, 8.0), minute("a", 3)])
    await drafts.save_minutes([])
    found = await drafts.minutes("a", NOW, NOW + timedelta(minutes=3))
    assert found.time.tolist() == [int(NOW.timestamp()) + 60 * i for i in range(3)]
    assert found.close.tolist() == [-12.5, -12.5, 8.0]
    assert np.isnan(found.spot).tolist() == [False, True, False]
    assert (found.high[0], found.low[0], found.open[0]) == (1e7, -1e7, 1.25)
    assert len(await drafts.minutes("b", NOW, NOW + timedelta(minutes=9))) == 0


async def test_a_deleted_draft_takes_its_minutes_along(drafts: DraftRepository) -> None:
    await drafts.save(draft("a"))
    await drafts.save_minutes([minute("a", 0)])
    await drafts.delete("a")
    await drafts.delete("nobody")
    await drafts.save_minutes([minute("a", 1)])
    await drafts.save(draft("a"))
    assert len(await drafts.minutes("a", NOW, NOW + timedelta(minutes=9))) == 0


async def test_a_draft_of_another_version_is_passed_over_and_kept(database: Database) -> None:
    drafts = SqlDrafts(database)
    await drafts.save(draft("old"))
    await drafts.save(draft("good"))

    def spoil(session: Session) -> None:
        driver(session).execute("UPDATE drafts SET body = '{}' WHERE id = 'old'")

    await database.write(spoil)
    assert [each.id for each in await drafts.all(LOCAL_USER)] == ["good"]
    assert database.read_now(_count) == 2


def _count(session: Session) -> int:
    found: int = driver(session).execute("SELECT count(*) FROM drafts").fetchone()[0]
    return found
