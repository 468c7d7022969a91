"""Which days there are, and what a day is read as."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from core.clock import IST, SetClock
from core.errors import RuleBroken
from core.ids import InstrumentKey
from core.instruments.calendar import MarketCalendar
from core.instruments.candle import Candles, Interval
from core.instruments.instrument import Kind
from data.db.database import Database
from data.records import records_of
from data.replay.library import RecordedDays
from tests.fake_universe import BANKNIFTY, EXPIRY, NIFTY, RELIANCE, option_key
from tests.replay import DAY, LAPSED, at, bars, chain_day, keep

CANDLES = Path(__file__).parents[4] / "shared" / "data" / "candles"
MUHURAT = date(2023, 11, 12)
"""A Sunday that our calendar knows no session of."""


class Library:
    def __init__(self, home: Path, url: str) -> None:
        clock = SetClock(at(18, day=date(2026, 11, 21)))
        self.database = Database(url)
        self.records = records_of(self.database, home, clock, "test")
        self.days = RecordedDays(
            database=self.database,
            options=self.records.option_history,
            candles=self.records.candles,
            instruments=self.records.instruments,
            calendar=MarketCalendar(clock),
        )


async def test_days_of_chains_and_days_of_index_bars_can_be_replayed(tmp_path: Path) -> None:
    kept = [
        (NIFTY, Interval.MINUTE, bars(begins=at(9, 15, day=date(2026, 11, 18)))),
        (RELIANCE, Interval.MINUTE, bars(begins=at(9, 15, day=date(2026, 11, 17)))),
    ]
    library = Library(tmp_path, await keep(tmp_path, [chain_day()], kept))
    found = [(each.day, each.words) for each in await library.days.all()]
    assert found == [
        (DAY, "NIFTY 1 expiry, 45 min"),
        (date(2026, 11, 18), "index bars"),
    ]
    await library.database.close()


async def test_a_day_is_read_from_either_database(tmp_path: Path, database_url: str) -> None:
    quarters = bars(count=3)
    kept = [
        (RELIANCE, Interval.MINUTE, bars()),
        (
            NIFTY,
            Interval.parse("15m"),
            replace(quarters, time=quarters.time[0] + 900 * np.arange(3)),
        ),
    ]
    library = Library(tmp_path, await keep(tmp_path, [chain_day()], kept, url=database_url))
    assert [each.words for each in await library.days.all()] == [
        "NIFTY 1 expiry, 45 min · index bars"
    ]
    recording, _ = await library.days.read(DAY)
    assert {each.key: each.seconds for each in recording.bars} == {RELIANCE: 60, NIFTY: 900}
    await library.database.close()


async def test_a_day_of_which_nothing_is_known_is_refused(tmp_path: Path) -> None:
    library = Library(tmp_path, await keep(tmp_path, [chain_day()]))
    with pytest.raises(RuleBroken, match="Nothing was recorded of Wed 18 Nov 2026"):
        await library.days.read(date(2026, 11, 18))
    await library.database.close()


async def test_contracts_are_the_brokers_own_while_they_are_listed(tmp_path: Path) -> None:
    library = Library(tmp_path, await keep(tmp_path, [chain_day()]))
    recording, instruments = await library.days.read(DAY)
    assert recording.chains[0].underlying == NIFTY
    assert option_key(24_200.0, Kind.CALL) in recording.chains[0].keys[0]
    assert await instruments.expiries("NIFTY") == [EXPIRY]
    await library.database.close()


async def test_contracts_that_are_over_are_made_by_the_rules_of_their_day(tmp_path: Path) -> None:
    chain = chain_day(day=date(2026, 11, 13), expiry=LAPSED)
    library = Library(tmp_path, await keep(tmp_path, [chain]))
    recording, instruments = await library.days.read(date(2026, 11, 13))
    options = await instruments.options("NIFTY", LAPSED)
    assert len(options) == 2 * len(chain.strikes)
    assert {(each.lot_size, each.freeze_quantity) for each in options} == {(65, 1755)}
    assert options[0].symbol == "NIFTY 23500 CE 17 NOV 26"
    assert {each.underlying_key for each in options} == {NIFTY}
    assert set(recording.chains[0].keys[0]) == {e.key for e in options if e.kind is Kind.CALL}
    await library.database.close()


async def test_a_chain_whose_lots_nobody_knows_is_left_out_with_its_reason(tmp_path: Path) -> None:
    strange = replace(chain_day(expiry=LAPSED), symbol="TCS")
    library = Library(tmp_path, await keep(tmp_path, [chain_day(), strange]))
    recording, instruments = await library.days.read(DAY)
    assert await instruments.underlyings() == ["NIFTY"]
    (why,) = recording.left_out
    assert why.startswith("TCS 17 Nov 2026 is left out: ")
    await library.database.close()


async def test_bars_of_a_contract_that_nobody_lists_are_passed_over(tmp_path: Path) -> None:
    gone = InstrumentKey("NSE_FO|99999")
    kept = [(gone, Interval.MINUTE, bars()), (RELIANCE, Interval.MINUTE, bars())]
    library = Library(tmp_path, await keep(tmp_path, [chain_day()], kept))
    recording, _ = await library.days.read(DAY)
    assert [each.key for each in recording.bars] == [RELIANCE]
    await library.database.close()


async def test_where_there_are_no_minutes_the_shortest_bars_are_taken(tmp_path: Path) -> None:
    walk = bars(count=3)
    begins = int(at(9, 15).timestamp())
    rest = {n: getattr(walk, n) for n in walk.__slots__ if n != "time"}
    kept = [
        (NIFTY, Interval.parse("15m"), Candles(time=begins + 900 * np.arange(3), **rest)),
        (NIFTY, Interval.parse("5m"), Candles(time=begins + 300 * np.arange(3), **rest)),
        (BANKNIFTY, Interval.parse("15m"), Candles(time=begins + 900 * np.arange(3), **rest)),
    ]
    library = Library(tmp_path, await keep(tmp_path, (), kept))
    recording, _ = await library.days.read(DAY)
    assert {each.key: each.seconds for each in recording.bars} == {NIFTY: 300, BANKNIFTY: 900}
    assert [each.words for each in await library.days.all()] == ["index bars"]
    await library.database.close()


async def test_a_session_that_no_calendar_knows_is_what_was_recorded(tmp_path: Path) -> None:
    evening = at(18, 15, day=MUHURAT)
    kept = [(NIFTY, Interval.MINUTE, bars(begins=evening, count=60))]
    library = Library(tmp_path, await keep(tmp_path, (), kept))
    recording, _ = await library.days.read(MUHURAT)
    assert recording.session.windows == ((evening, evening + timedelta(minutes=60)),)
    assert recording.gaps() == []
    await library.database.close()


@pytest.mark.parametrize("day", [date(2024, 3, 2), date(2024, 5, 18)])
async def test_a_real_day_of_two_sessions_has_neither_gap_nor_bar_between(
    tmp_path: Path, day: date
) -> None:
    kept = [(NIFTY, Interval.MINUTE, _minutes_of("nifty_1m_2024_jan_aug.csv", day))]
    library = Library(tmp_path, await keep(tmp_path, (), kept))
    recording, _ = await library.days.read(day)
    (each,) = recording.bars
    assert len(each.bars) == 105
    assert [(a.astimezone(IST), b.astimezone(IST)) for a, b in recording.session.windows] == [
        (at(9, 15, day=day), at(10, day=day)),
        (at(11, 30, day=day), at(12, 30, day=day)),
    ]
    assert recording.gaps() == []
    await library.database.close()


async def test_of_a_real_saturday_only_what_was_in_the_session_is_shown(tmp_path: Path) -> None:
    """20 January 2024: the file runs on to 18:16, the session ended at 15:30."""
    day = date(2024, 1, 20)
    kept = [(NIFTY, Interval.MINUTE, _minutes_of("nifty_1m_2024_jan_aug.csv", day))]
    library = Library(tmp_path, await keep(tmp_path, (), kept))
    recording, _ = await library.days.read(day)
    last = datetime.fromtimestamp(int(recording.bars[0].bars.time[-1]), IST)
    assert len(recording.bars[0].bars) == 375
    assert last == at(15, 29, day=day)
    await library.database.close()


async def test_of_a_real_day_with_times_of_another_zone_nothing_is_made_up(tmp_path: Path) -> None:
    """19 March 2026: 47 quarters of an hour, of which 22 are at no time of any session."""
    day = date(2026, 3, 19)
    quarters = _minutes_of("nifty_15m_2015_2026.csv", day)
    kept = [(NIFTY, Interval.parse("15m"), quarters)]
    library = Library(tmp_path, await keep(tmp_path, (), kept))
    recording, _ = await library.days.read(day)
    (each,) = recording.bars
    assert (len(quarters), len(each.bars), each.seconds) == (47, 25, 900)
    assert recording.gaps() == []
    await library.database.close()


def _minutes_of(name: str, day: date) -> Candles:
    """Bars of one day of a real file, whose times are of India."""
    file = CANDLES / name
    if not file.exists():
        pytest.skip("../shared is not here")
    rows = []
    for line in file.read_text().splitlines():
        if f"{day:%Y%m%d}," in line or day.isoformat() in line:
            *when, opened, high, low, close = line.removesuffix(",0.0").split(",")
            moment = datetime.fromisoformat(" ".join(when).removeprefix("NIFTY ")).replace(
                tzinfo=IST
            )
            rows.append([moment.timestamp(), *map(float, (opened, high, low, close))])
    table = np.array(rows)
    table = table[np.argsort(table[:, 0], kind="stable")]
    first, high, low, close = table[:, 1:].T
    nothing = np.zeros(len(table), dtype=np.int64)
    return Candles(
        time=table[:, 0].astype(np.int64),
        open=first,
        high=high,
        low=low,
        close=close,
        volume=nothing,
        open_interest=nothing,
    )
