"""Option files as they are in the wild, with the values that were checked by hand."""

from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest

from core.analytics.chain_day import ChainDay
from core.analytics.max_pain import max_pain
from core.analytics.solved_day import solved
from core.clock import IST
from core.errors import BadData
from core.instruments.candle import Interval
from core.ports.imports import Choice, Refused
from data.sources.found import Found
from data.sources.importer import read
from tests.data.sources.shared import CALENDAR, RULES, found_in, put

LEGACY = "bhavcopy/nse_fo_bhavcopy_20210318_legacy.csv"
CHAIN = "option_chain/nse_nifty_chain_20251205.json"
FLAT = "option_chain/nse_nifty_20251104_expiry_day"
MINUTES = "option_chain/nifty_option_minutes_20260819.parquet"


def of(found: Found, symbol: str, expiry: date) -> ChainDay:
    return next(d for d in found.days if (d.symbol, d.expiry) == (symbol, expiry))


def pcr(day: ChainDay, row: int = 0) -> float:
    return float(np.nansum(day.oi[row, 1]) / np.nansum(day.oi[row, 0]))


# --- bhavcopy ---------------------------------------------------------------------------------


def test_the_legacy_bhavcopy_gives_every_chain_of_its_day():
    found = found_in(LEGACY)
    assert (found.rows, len(found.complaints)) == (52_060, 0)
    day = of(found, "NIFTY", date(2021, 3, 25))
    assert day.moment(0).astimezone(IST) == datetime(2021, 3, 18, 15, 30, tzinfo=IST)
    assert pcr(day) == pytest.approx(0.8263, abs=5e-5)
    assert max_pain(day.strikes, day.oi[0, 0], day.oi[0, 1]) == 14_750
    assert day.spot[0] == of(found, "NIFTY", date(2021, 3, 18)).spot[0] == 14_557.85
    assert len({d.symbol for d in found.days}) == 159


def test_contracts_become_units_by_the_lot_that_turnover_tells():
    found = found_in(LEGACY)
    bars = {key: bars for key, _, bars in found.candles}
    assert bars["NSE_FO|BANKNIFTY FUT 25 MAR 21"].volume.tolist() == [240_381 * 25]
    day = of(found, "NIFTY", date(2021, 3, 25))
    traded = day.volume[np.isfinite(day.volume) & (day.volume > 0)]
    assert np.all(traded % 75 == 0)
    assert {each for _, each, _ in found.candles} == {Interval.DAY}


def test_a_contract_that_nobody_traded_has_open_interest_and_no_price():
    day = of(found_in(LEGACY), "ZEEL", date(2021, 5, 27))
    place = day.strikes.tolist().index(300.0)
    assert np.isnan(day.ltp[0, 1, place])
    assert day.oi[0, 1, place] == day.volume[0, 1, place] == 0


UDIFF = (
    "TradDt,BizDt,Sgmt,Src,FinInstrmTp,FinInstrmId,ISIN,TckrSymb,SctySrs,XpryDt,"
    "FininstrmActlXpryDt,StrkPric,OptnTp,FinInstrmNm,OpnPric,HghPric,LwPric,ClsPric,LastPric,"
    "PrvsClsgPric,UndrlygPric,SttlmPric,OpnIntrst,ChngInOpnIntrst,TtlTradgVol,TtlTrfVal,"
    "TtlNbOfTxsExctd,SsnId,NewBrdLotQty,Rmks,Rsvd1,Rsvd2,Rsvd3,Rsvd4\n"
)


def udiff(kind: str, strike: str, right: str, price: float, contracts: int, oi: int) -> str:
    value = contracts * 65 * ((float(strike) if strike else 0.0) + price)
    return (
        f"2026-08-19,2026-08-19,FO,NSE,{kind},1,,NIFTY,,2026-08-25,2026-08-25,{strike},{right},X,"
        f"{price},{price},{price},{price},{price},1,24052.20,{price},{oi},0,{contracts},{value},9,"
        "F1,65,,,,,\n"
    )


def test_the_udiff_bhavcopy_says_the_same_in_other_columns(tmp_path: Path):
    text = UDIFF + udiff("IDF", "", "", 24_110.0, 1_000, 6_500_000)
    text += udiff("IDO", "24100", "CE", 124.35, 500, 65_000)
    text += udiff("IDO", "24100", "PE", 118.7, 400, 130_000)
    found = read(put(tmp_path, "BhavCopy_NSE_FO.csv", text), Choice(), RULES)
    (day,) = found.days
    assert "UDiFF" in found.title
    assert (day.spot[0], day.future[0], day.future_oi[0]) == (24_052.2, 24_110.0, 6_500_000)
    assert day.ltp[0, :, 0].tolist() == [124.35, 118.7]
    assert day.volume[0, :, 0].tolist() == [500 * 65, 400 * 65]
    assert day.moment(0).astimezone(IST).hour == 15
    assert day.moment(0).astimezone(IST).minute == 40  # of August 2026


def test_a_bad_row_of_a_bhavcopy_is_told(tmp_path: Path):
    text = UDIFF + udiff("IDO", "24100", "CE", 124.35, 500, 65_000)
    text += udiff("IDO", "24100", "XX", 118.7, 400, 130_000)
    text += udiff("XYZ", "24100", "CE", 118.7, 400, 130_000)
    text += udiff("IDO", "24150", "CE", 118.7, 400, 130_000).replace("2026-08-25", "soon")
    found = read(put(tmp_path, "x.csv", text), Choice(), RULES)
    assert found.complaints.first() == (
        Refused(3, "neither a call nor a put"),
        Refused(4, "neither an option nor a future"),
        Refused(5, "its expiry is no day"),
    )


# --- NSE's chain ------------------------------------------------------------------------------


def test_the_website_chain_is_read_whole_with_its_anchors():
    found = found_in(CHAIN)
    assert (len(found.days), len(found.complaints)) == (18, 0)
    day = of(found, "NIFTY", date(2025, 12, 9))
    assert np.nansum(day.oi[0], axis=1).tolist() == [2_087_216 * 75, 2_488_859 * 75]
    assert pcr(day) == pytest.approx(1.1924, abs=5e-5)
    volume = np.nansum(day.volume[0], axis=1)
    assert volume[1] / volume[0] == pytest.approx(0.9281, abs=5e-5)
    assert max_pain(day.strikes, day.oi[0, 0], day.oi[0, 1]) == 26_150
    assert day.moment(0) == datetime(2025, 12, 5, 15, 30, tzinfo=IST)
    whole = solved(day, CALENDAR.close_of(day.expiry), 0.065)
    assert whole.forward[0] == pytest.approx(26_203.95, abs=0.01)
    atm = day.strikes.tolist().index(26_200.0)
    mids = (day.bid + day.ask)[0, :, atm] / 2
    assert mids.sum() == pytest.approx(152.95)
    assert whole.iv[0, 0, atm] == whole.iv[0, 1, atm] == pytest.approx(0.07, abs=0.005)


def test_open_interest_in_parts_of_a_contract_becomes_whole_units():
    day = of(found_in(CHAIN), "NIFTY", date(2026, 6, 30))
    assert day.oi[0, 1, 0] == 325  # 4.333 contracts of 75
    assert np.isnan(day.oi[0, 0, 0])  # no call is listed there
    assert np.isnan(day.ltp[0, 1, 0])  # 0 = never traded


def test_lots_of_one_file_may_differ_and_the_user_has_the_last_word():
    found = found_in(CHAIN)
    assert "65 for 3 expiries" in found.notes[0]
    january = of(found, "NIFTY", date(2026, 1, 6))
    assert np.nanmax(january.oi) % 65 == 0
    said = of(found_in(CHAIN, Choice(lot=1)), "NIFTY", date(2025, 12, 9))
    assert np.nansum(said.oi[0], axis=1).tolist() == [2_087_216, 2_488_859]


@pytest.mark.parametrize(
    ("name", "clock", "late"),
    [
        ("2025-11-04_04-00-49_UTC.csv", (9, 31), False),
        ("2025-11-04_10-51-21_UTC.csv", (15, 30), True),
    ],
)
def test_the_flat_chain_takes_its_moment_from_its_name(
    name: str, clock: tuple[int, int], late: bool
):
    found = found_in(f"{FLAT}/{name}")
    at = found.days[0].moment(0).astimezone(IST)
    assert (at.hour, at.minute) == clock
    assert any("after the close" in note for note in found.notes) is late
    assert date(2029, 12, 24) in {day.expiry for day in found.days}
    assert not len(found.complaints)


def test_a_side_that_is_not_listed_stays_unknown():
    day = of(found_in(f"{FLAT}/2025-11-04_04-00-49_UTC.csv"), "NIFTY", date(2025, 12, 2))
    place = day.strikes.tolist().index(23_950.0)
    assert np.isnan(day.oi[0, 0, place])
    assert (day.oi[0, 1, place], day.bid[0, 1, place], day.ask[0, 1, place]) == (0, 3.1, 32)
    assert day.spot[0] > 25_000


def test_the_website_csv_has_symbol_and_expiry_in_its_name_and_asks_for_the_time(tmp_path: Path):
    heads = "OI,CHNG IN OI,VOLUME,IV,LTP,CHNG,BID QTY,BID,ASK,ASK QTY"
    put_heads = "BID QTY,BID,ASK,ASK QTY,CHNG,LTP,IV,VOLUME,CHNG IN OI,OI"
    text = (
        f"CALLS,,PUTS\n,{heads},STRIKE,{put_heads},\n"
        ',"1,200",5,300,9.7,124.35,1,650,124.10,124.60,1300,"24,100.00",'
        "65,118.50,118.90,130,1,118.70,9.8,250,7,900,\n"
        ",-,-,-,-,-,-,-,-,-,-,24150.00,65,140.00,141.00,65,1,140.5,9.8,10,1,20,\n"
    )
    path = put(tmp_path, "option-chain-ED-NIFTY-25-Aug-2026.csv", text)
    assert read(path, Choice(), RULES).needs == ("moment",)
    at = datetime(2026, 8, 19, 12, 18, tzinfo=IST)
    found = read(path, Choice(moment=at), RULES)
    (day,) = found.days
    assert (day.symbol, day.expiry) == ("NIFTY", date(2026, 8, 25))
    assert day.oi[0, :, 0].tolist() == [1_200 * 65, 900 * 65]
    assert day.bid[0, :, 0].tolist() == [124.1, 118.5]
    assert np.isnan(day.oi[0, 0, 1])
    assert day.moment(0) == at
    with pytest.raises(BadData, match="in the name that the NSE gives"):
        read(put(tmp_path, "chain.csv", text), Choice(moment=at), RULES)


@pytest.mark.parametrize("text", ['{"records": {}}', '{"records": {"data": [', '{"a": 1}', "[1]"])
def test_json_that_is_no_chain_is_refused_with_its_name(tmp_path: Path, text: str):
    with pytest.raises(BadData, match=r"x\.json"):
        read(put(tmp_path, "x.json", text), Choice(), RULES)


# --- minutes, and the broker's chain ----------------------------------------------------------


def test_option_minutes_are_read_with_clean_prices_and_sizes_in_units():
    found = found_in(MINUTES)
    assert (found.rows, len(found.days), len(found.complaints)) == (46_502, 4, 0)
    day = of(found, "NIFTY", date(2026, 8, 25))
    assert (len(day), day.day) == (102, date(2026, 8, 19))
    row = day.at(int(datetime(2026, 8, 19, 12, 18, tzinfo=IST).timestamp() // 60))
    assert day.spot[row] == 24_052.2  # the file has the noise of 32 bits
    whole = solved(day, CALENDAR.close_of(day.expiry), 0.065)
    atm = day.strikes.tolist().index(24_100.0)
    assert whole.forward[row] == pytest.approx(24_105.85, abs=0.3)
    assert whole.iv[row, 0, atm] == pytest.approx(0.0975, abs=0.0005)
    first = day.strikes.tolist().index(21_200.0)
    assert day.oi[0, :, first].tolist() == [153 * 65, 45_830 * 65]


def test_the_brokers_recorded_chain_is_in_units_already():
    found = found_in("option_chain/upstox_v2_option_chain_nifty_20260402.json")
    (day,) = found.days
    assert (day.symbol, day.expiry, found.needs) == ("NIFTY", date(2026, 4, 7), ())
    assert day.moment(0) == datetime(2026, 4, 2, 6, 35, tzinfo=UTC)
    assert np.nanmax(day.oi[0, 1]) > 10_000_000
    whole = solved(day, CALENDAR.close_of(day.expiry), 0.065)
    assert 22_269.7 <= whole.forward[0] <= 22_271.0
    assert np.isnan(day.ltp[0, 0, day.strikes.tolist().index(20_200.0)])  # 0 = never traded


def test_option_rows_that_cannot_be_read_are_told(tmp_path: Path):
    text = (
        "timestamp,symbol,expiry,strike,option_type,ltp,oi\n"
        "202608191127,NIFTY50,25-Aug-2026,24100,CE,124.35,10\n"
        "yesterday,NIFTY50,25-Aug-2026,24100,CE,124.35,10\n"
        "202608191127,NIFTY50,25-Aug-2026,24100,FUT,124.35,10\n"
        "202608191127,NIFTY50,25-Aug-2026,,PE,124.35,10\n"
        "202608191127,NIFTY50,soon,24100,PE,x,10\n"
    )
    found = read(put(tmp_path, "x.csv", text), Choice(), RULES)
    assert found.rows == 1
    assert [(each.row, each.reason) for each in found.complaints.first()] == [
        (3, "its timestamp is no time"),
        (4, "neither a call nor a put"),
        (5, "no strike"),
        (6, "its expiry is no day"),
    ]
