"""The trade journal's doors, in memory, on SQLite, on PostgreSQL."""

from dataclasses import asdict, replace
from datetime import date, timedelta
from decimal import Decimal
from math import nan

import pytest
from sqlalchemy import text

from core.errors import BadData
from core.ids import BrokerOrderId, InstrumentKey, TradeId
from core.journal.contracts import Settled
from core.journal.notes import TradeNote
from core.journal.snaps import Snap
from core.ports.journal import (
    ContractRepository,
    NoteRepository,
    SettlementRepository,
    SnapRepository,
)
from data.db.database import Database
from data.repositories.trade_journal import (
    SqlContracts,
    SqlNotes,
    SqlSettlements,
    SqlSnaps,
)
from tests.core.trading.samples import CALL, KEY, NOW, PUT
from tests.fake_journal import MemoryContracts, MemoryNotes, MemorySettlements, MemorySnaps

SHARE = replace(CALL, key=InstrumentKey("NSE_EQ|INE002A01018"), expiry=None, strike=None)


def snap(number: str = "1", **more: object) -> Snap:
    given: dict[str, object] = {
        "fill": (BrokerOrderId("260821000000001"), TradeId(number)),
        "key": KEY,
        "at": NOW + timedelta(microseconds=5),
        "symbol": "NIFTY",
        "expiry": date(2026, 8, 25),
        "chain_at": NOW,
        "spot": 24_210.05,
        "iv": 0.12,
        "closes": (24_200.0, nan, 24_210.05),
    }
    return Snap(**(given | more))  # type: ignore[arg-type]


@pytest.fixture
def contracts(store: Database | None) -> ContractRepository:
    return SqlContracts(store) if store else MemoryContracts()


@pytest.fixture
def settlements(store: Database | None) -> SettlementRepository:
    return SqlSettlements(store) if store else MemorySettlements()


@pytest.fixture
def notes(store: Database | None) -> NoteRepository:
    return SqlNotes(store) if store else MemoryNotes()


@pytest.fixture
def snaps(store: Database | None) -> SnapRepository:
    return SqlSnaps(store) if store else MemorySnaps()


async def test_a_number_that_the_exchange_uses_again_keeps_both_contracts(
    contracts: ContractRepository,
) -> None:
    later = replace(CALL, symbol="NIFTY 25000 CE 25 MAY 27", expiry=date(2027, 5, 25))
    await contracts.save([CALL, SHARE])
    await contracts.save([replace(CALL, name="é ₹"), later])
    await contracts.save([])
    assert await contracts.all() == [SHARE, replace(CALL, name="é ₹"), later]


async def test_a_settlement_that_is_published_later_takes_the_place_of_the_first(
    settlements: SettlementRepository,
) -> None:
    first = Settled(
        key=KEY, expiry=date(2026, 8, 25), price=Decimal("52.05"), at=NOW, source="a quote"
    )
    other = replace(first, key=PUT.key, price=Decimal(0))
    await settlements.save([other, first])
    await settlements.save([replace(first, price=Decimal("52.1"), source="the close")])
    found = await settlements.all()
    assert found == [replace(first, price=Decimal("52.1"), source="the close"), other]


async def test_notes_are_found_by_trade_and_an_empty_one_is_forgotten(
    notes: NoteRepository,
) -> None:
    full = TradeNote(
        trade="1-1",
        setup="Straddle ½",
        tags=("event", "á"),
        note="Late\nentry",
        risk=Decimal("2500.50"),
        edited_at=NOW,
    )
    await notes.save(full)
    await notes.save(TradeNote(trade="2-1", note="x"))
    assert await notes.all() == {"1-1": full, "2-1": TradeNote(trade="2-1", note="x")}
    await notes.save(TradeNote(trade="2-1", edited_at=NOW))
    assert list(await notes.all()) == ["1-1"]


async def test_a_snapshot_comes_back_with_its_gaps(snaps: SnapRepository) -> None:
    one, two = snap(), snap("2", expiry=None, chain_at=None, closes=())
    await snaps.save([one, two])
    await snaps.save([])
    found = await snaps.of([one.fill, two.fill, (BrokerOrderId("9"), TradeId("9"))])
    assert {id: str(asdict(each)) for id, each in found.items()} == {
        one.fill: str(asdict(one)),
        two.fill: str(asdict(two)),
    }
    assert await snaps.of([]) == {}


async def test_many_snapshots_are_read_at_once(snaps: SnapRepository) -> None:
    every = [snap(str(number)) for number in range(450)]
    await snaps.save(every)
    assert len(await snaps.of([each.fill for each in every])) == 450


async def test_what_another_version_has_written_is_told(database: Database) -> None:
    await SqlContracts(database).save([CALL, PUT])
    await SqlSnaps(database).save([snap()])
    for statement in (
        f"UPDATE traded_contracts SET body = '{{}}' WHERE key = '{KEY}'",
        "UPDATE trade_snaps SET body = '{}'",
    ):
        await database.write(lambda session, s=statement: session.execute(text(s)))  # type: ignore[misc]
    assert await SqlContracts(database).all() == [PUT]
    with pytest.raises(BadData, match="cannot be read"):
        await SqlSnaps(database).of([snap().fill])
