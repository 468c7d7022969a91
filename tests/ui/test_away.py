"""What is taken away from the market pages is what they show, with numbers as numbers."""

import csv
from io import BytesIO, StringIO

import pyarrow.parquet as pq
from nicegui.testing import User

from core.instruments.instrument import Kind
from core.state.market import Col
from tests.fake_desk import FakeDesk
from tests.fake_universe import NIFTY, option_key
from tests.ui.waiting import until

Rows = list[dict[str, str]]


async def taken(visitor: User, name: str, format: str = "csv") -> bytes:
    visitor.find(marker=f"{name}-export").click()
    visitor.find(marker=f"{name}-export-{format}").click()
    return bytes((await visitor.download.next(timeout=10)).content)


def rows(content: bytes) -> Rows:
    return list(csv.DictReader(StringIO(content.decode("utf-8-sig"))))


async def test_the_live_chain_with_greeks(visitor: User, desk: FakeDesk) -> None:
    await visitor.open("/chain/NIFTY")
    keeper = desk.services.chain_keeper
    await keeper.settle()
    for chain in desk.services.chains:
        keeper.refresh(chain)
    found = rows(await taken(visitor, "chain"))
    key = option_key(24_200.0, Kind.CALL)
    (row,) = [r for r in found if (r["Strike (₹)"], r["Side"]) == ("24200", "CE")]
    assert float(row["LTP (₹)"]) == desk.services.market.get(key, Col.LTP)
    assert 0 < float(row["Delta"]) < 1
    assert row["Underlying"] == "NIFTY"


async def test_a_watchlist_with_its_quotes(visitor: User, desk: FakeDesk) -> None:
    from ui import watchlists

    await watchlists.add(desk.services.watchlists, "", NIFTY)
    await visitor.open("/watch")
    await until(lambda: desk.services.market.get(NIFTY, Col.LTP) > 0)
    (row,) = rows(await taken(visitor, "watch"))
    assert float(row["LTP (₹)"]) == desk.services.market.get(NIFTY, Col.LTP)
    assert row["Instrument key"] == NIFTY


async def test_instruments_as_found(visitor: User, desk: FakeDesk) -> None:
    await visitor.open("/instruments?q=nifty+24200+ce")
    content = await taken(visitor, "instruments", "parquet")
    table = pq.read_table(BytesIO(content))
    assert str(table.schema.field("Strike (₹)").type) == "double"
    assert 24_200.0 in table.column("Strike (₹)").to_pylist()


async def test_positions_even_when_there_are_none(visitor: User) -> None:
    await visitor.open("/positions")
    assert rows(await taken(visitor, "positions")) == []
