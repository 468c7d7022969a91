"""Files looked at and loaded: whole, or not at all."""

import gzip
from datetime import date
from pathlib import Path

import numpy as np
import orjson
import pyarrow.parquet as pq
import pytest

from core.clock import SetClock
from core.errors import BadData, RuleBroken
from core.ids import InstrumentKey
from core.instruments.candle import Interval
from core.ports.imports import Choice, Home, Importer
from data.exports.exporter import FileExporter
from data.sources.importer import FileImporter
from data.sources.reference import ReferenceFiles
from tests.data.sources.shared import CALENDAR, SHARED, put, shared
from tests.fake_options import MemoryOptionHistory
from tests.fake_universe import NOW
from tests.fakes import MemoryCandles, MemorySnapshots

NIFTY = InstrumentKey("NSE_INDEX|Nifty 50")
GOOD = "date,open,high,low,close\n2024-01-01 09:15,1,3,1,2\n2024-01-01 09:16,2,4,2,3\n"
BAD = GOOD + "2024-01-01 09:17,x,4,2,3\n"


def silent(words: str, done: float) -> None:
    pass


@pytest.fixture
def candles() -> MemoryCandles:
    return MemoryCandles()


@pytest.fixture
def history() -> MemoryOptionHistory:
    return MemoryOptionHistory(MemorySnapshots(), SetClock(NOW))


@pytest.fixture
def importer(candles: MemoryCandles, history: MemoryOptionHistory, tmp_path: Path) -> Importer:
    return FileImporter(
        candles=candles,
        option_history=history,
        calendar=CALENDAR,
        exporter=FileExporter(),
        home=tmp_path / "home",
    )


async def test_looking_writes_nothing(importer: Importer, candles: MemoryCandles, tmp_path: Path):
    preview = await importer.look(put(tmp_path, "x.csv", GOOD), Choice())
    assert (preview.home, preview.needs) == (Home.CANDLES, ("key",))
    assert preview.rows[0] == ["2024-01-01 09:15", "1", "3", "1", "2"]
    assert await candles.count() == 0


async def test_a_file_is_loaded_when_nothing_is_missing(
    importer: Importer, candles: MemoryCandles, tmp_path: Path
):
    said: list[float] = []
    choice = Choice(key=NIFTY)
    done = await importer.load(
        put(tmp_path, "x.csv", GOOD), choice, lambda _, share: said.append(share)
    )
    assert (done.rows, done.left_out_count) == (2, 0)
    assert (said[0], said[-1]) == (0.0, 1.0)
    assert (await candles.latest(NIFTY, Interval.MINUTE, 9)).close.tolist() == [2.0, 3.0]


async def test_what_is_still_needed_stops_the_load(
    importer: Importer, candles: MemoryCandles, tmp_path: Path
):
    with pytest.raises(RuleBroken, match="still needed: key"):
        await importer.load(put(tmp_path, "x.csv", GOOD), Choice(), silent)
    assert await candles.count() == 0


async def test_one_bad_row_stops_the_load_with_file_row_and_reason(
    importer: Importer, candles: MemoryCandles, tmp_path: Path
):
    path = put(tmp_path, "x.csv", BAD)
    with pytest.raises(RuleBroken, match=r"x\.csv, row 4: open 'x' is no number\. Nothing"):
        await importer.load(path, Choice(key=NIFTY), silent)
    assert await candles.count() == 0


async def test_bad_rows_are_left_out_only_when_the_user_says_so(
    importer: Importer, candles: MemoryCandles, tmp_path: Path
):
    choice = Choice(key=NIFTY, leave_out=True)
    done = await importer.load(put(tmp_path, "x.csv", BAD), choice, silent)
    assert (done.rows, done.left_out_count, done.left_out[0].row) == (2, 1, 4)
    assert await candles.count() == 2


async def test_chains_go_to_the_option_history(importer: Importer, history: MemoryOptionHistory):
    path = shared("option_chain/nse_nifty_chain_20251205.json")
    await importer.load(path, Choice(), silent)
    assert await history.days("NIFTY") == [date(2025, 12, 5)]
    assert len(await history.expiries("NIFTY", date(2025, 12, 5))) == 18
    assert {each.source for each in await history.catalogue()} == {"nse chain"}


async def test_tables_without_a_screen_are_kept_whole(importer: Importer, tmp_path: Path):
    path = shared("margin/span_price_scan_range_2012_2026.csv")
    done = await importer.load(path, Choice(), silent)
    assert (done.home, done.rows) == (Home.REFERENCE, 9_969)
    kept = ReferenceFiles(tmp_path / "home" / "reference", FileExporter())
    assert kept.names() == ["span_price_scan_range_2012_2026"]
    table = kept.table("span_price_scan_range_2012_2026")
    assert table.rows[0][:3] == [date(2012, 7, 5), "BANKNIFTY", 201_207.0]
    with pytest.raises(BadData):
        kept.table("absent")


async def test_dates_of_two_forms_in_one_column_are_days(importer: Importer, tmp_path: Path):
    path = shared("margin/index_futures_close_oi_lot_2012_2026.csv")
    await importer.load(path, Choice(), silent)
    kept = pq.read_table(
        tmp_path / "home" / "reference" / "index_futures_close_oi_lot_2012_2026.parquet"
    )
    expiries = kept.column("expiry").to_pylist()
    assert (expiries[0], expiries[-1]) == (date(2012, 7, 26), date(2026, 10, 27))
    lots = np.array(kept.column("stated_lot").to_pylist(), dtype=float)
    assert np.isnan(lots[0])  # stated from July 2024 on
    assert lots[-1] == 120


async def test_the_instrument_file_is_a_table_and_never_the_days_list(
    importer: Importer, tmp_path: Path
):
    listed = [
        {
            "segment": "NSE_FO", "name": "M&M", "exchange": "NSE", "expiry": 1_787_596_199_000,
            "instrument_type": "CE", "underlying_symbol": "M&M", "instrument_key": "NSE_FO|1",
            "lot_size": 200, "freeze_quantity": 40_000.0, "exchange_token": "1",
            "minimum_lot": 200, "tick_size": 5.0, "asset_type": "EQUITY", "strike_price": 3_000.0,
            "underlying_type": "EQUITY", "trading_symbol": "M&M 3000 CE 25 AUG 26",
            "asset_key": "NSE_EQ|X", "underlying_key": "NSE_EQ|X", "weekly": False,
            "qty_multiplier": 1.0, "asset_symbol": "M&M",
        }
    ]  # fmt: skip
    path = put(tmp_path, "complete.json.gz", gzip.compress(orjson.dumps(listed)))
    preview = await importer.look(path, Choice())
    assert preview.home is Home.REFERENCE
    assert "1 instrument" in preview.makes
    assert any("told by the broker every morning" in note for note in preview.notes)


@pytest.mark.parametrize(
    "path",
    [
        str(each.relative_to(SHARED))
        for folder in ("candles", "vix", "margin", "reference", "option_chain")
        for each in sorted((SHARED / folder).rglob("*.*"))
        if "20251104" not in each.parent.name
    ]
    or ["nothing"],
)
async def test_every_real_file_is_known(importer: Importer, path: str):
    preview = await importer.look(shared(path), Choice())
    assert preview.makes
    assert set(preview.needs) <= {"key"}


async def test_a_file_of_nothing_is_refused_with_its_name(importer: Importer, tmp_path: Path):
    with pytest.raises(BadData, match=r"x\.csv"):
        await importer.look(put(tmp_path, "x.csv", "just words\n"), Choice())
