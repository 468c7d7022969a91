"""The contract of drawings, in memory, on SQLite, on PostgreSQL."""

from dataclasses import replace

from sqlmodel import Session

from core.drawings.drawing import Drawing, Kind, Point
from core.ids import LOCAL_USER, InstrumentKey, UserId
from core.ports.drawings import DrawingRepository
from data.db.database import Database
from data.models.drawing import DrawingRow
from data.repositories.drawings import SqlDrawings

NIFTY = InstrumentKey("NSE_INDEX|Nifty 50")
OTHER = InstrumentKey("NSE_INDEX|Nifty Bank")


def drawing(number: int, key: InstrumentKey = NIFTY) -> Drawing:
    return Drawing(
        id=f"{number:024x}",
        key=key,
        kind=Kind.TEXT,
        points=(Point(1_795_059_000, 24_000.55),),
        text="Support ₹ é",
    )


async def test_drawings_come_back_by_instrument_and_user(drawings: DrawingRepository) -> None:
    for each in (drawing(2), drawing(1), drawing(3, OTHER)):
        await drawings.save(LOCAL_USER, each)
    await drawings.save(UserId("other"), drawing(4))
    assert await drawings.of(LOCAL_USER, NIFTY) == [drawing(1), drawing(2)]
    assert await drawings.of(LOCAL_USER, OTHER) == [drawing(3, OTHER)]


async def test_a_moved_drawing_takes_its_own_place(drawings: DrawingRepository) -> None:
    moved = replace(drawing(1), points=(Point(1_795_060_000, 24_010.0),))
    await drawings.save(LOCAL_USER, drawing(1))
    await drawings.save(LOCAL_USER, moved)
    assert await drawings.of(LOCAL_USER, NIFTY) == [moved]


async def test_one_users_drawing_is_not_anothers(drawings: DrawingRepository) -> None:
    other = UserId("other")
    await drawings.save(LOCAL_USER, drawing(1))
    await drawings.save(other, replace(drawing(1), text="Theirs"))
    await drawings.delete(other, drawing(1).id)
    assert await drawings.of(LOCAL_USER, NIFTY) == [drawing(1)]
    assert await drawings.of(other, NIFTY) == []


async def test_deleting_twice_is_no_matter(drawings: DrawingRepository) -> None:
    await drawings.save(LOCAL_USER, drawing(1))
    await drawings.delete(LOCAL_USER, drawing(1).id)
    await drawings.delete(LOCAL_USER, drawing(1).id)
    assert await drawings.of(LOCAL_USER, NIFTY) == []


async def test_a_body_that_cannot_be_read_hides_no_other(database: Database) -> None:
    drawings = SqlDrawings(database)
    await drawings.save(LOCAL_USER, drawing(1))

    def spoil(session: Session) -> None:
        session.add(DrawingRow(user_id=LOCAL_USER, id="bad", key=NIFTY, body="{not json"))

    await database.write(spoil)
    assert await drawings.of(LOCAL_USER, NIFTY) == [drawing(1)]
