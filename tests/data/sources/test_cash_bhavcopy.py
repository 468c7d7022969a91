from datetime import datetime
from pathlib import Path

import pytest

from core.clock import IST
from core.errors import BadData
from core.instruments.candle import Interval
from core.ports.imports import Choice, Refused
from data.sources.found import Found
from data.sources.importer import read
from tests.data.sources.shared import RULES, put

LEGACY = (
    "SYMBOL,SERIES,OPEN,HIGH,LOW,CLOSE,LAST,PREVCLOSE,TOTTRDQTY,TOTTRDVAL,TIMESTAMP,TOTALTRADES,"
    "ISIN,\n"
)
UDIFF = (
    "TradDt,BizDt,Sgmt,Src,FinInstrmTp,FinInstrmId,ISIN,TckrSymb,SctySrs,XpryDt,"
    "FininstrmActlXpryDt,StrkPric,OptnTp,FinInstrmNm,OpnPric,HghPric,LwPric,ClsPric,LastPric,"
    "PrvsClsgPric,UndrlygPric,SttlmPric,OpnIntrst,ChngInOpnIntrst,TtlTradgVol,TtlTrfVal,"
    "TtlNbOfTxsExctd,SsnId,NewBrdLotQty,Rmks,Rsvd1,Rsvd2,Rsvd3,Rsvd4\n"
)


def legacy(symbol: str, series: str, close: float, volume: int, isin: str) -> str:
    return f"{symbol},{series},100,104,98,{close},101,99,{volume},1,18-MAR-2021,9,{isin},\n"


def udiff(source: str, close: float) -> str:
    return (
        f"2026-08-19,2026-08-19,CM,{source},STK,1,INE467B01029,TCS,EQ,,,,,TCS,100,104,98,{close},"
        "101,99,,101,,,5000,1,9,F1,1,,,,,\n"
    )


def look(folder: Path, text: str) -> Found:
    return read(put(folder, "cm18MAR2021bhav.csv", text), Choice(), RULES)


def test_each_share_becomes_a_daily_candle(tmp_path: Path):
    found = look(tmp_path, LEGACY + legacy("TCS", "EQ", 101, 5000, "INE467B01029"))
    ((key, interval, bars),) = found.candles
    assert (key, interval) == ("NSE_EQ|INE467B01029", Interval.DAY)
    assert (bars.open[0], bars.high[0], bars.low[0], bars.close[0]) == (100, 104, 98, 101)
    assert bars.volume[0] == 5000
    assert datetime.fromtimestamp(int(bars.time[0]), IST) == datetime(2021, 3, 18, tzinfo=IST)


def test_the_normal_series_counts_and_what_nobody_traded_is_left(tmp_path: Path):
    text = LEGACY + legacy("TCS", "BL", 90, 9999, "INE467B01029")
    text += legacy("TCS", "EQ", 101, 5000, "INE467B01029")
    text += legacy("IDLE", "EQ", 101, 0, "INE000A01001")
    found = look(tmp_path, text)
    assert [bars.close[0] for _, _, bars in found.candles] == [101]
    assert found.notes == ("2 rows of further series, or without a trade",)


def test_a_close_outside_of_the_days_range_is_held(tmp_path: Path):
    found = look(tmp_path, LEGACY + legacy("TCS", "EQ", 105.5, 5000, "INE467B01029"))
    assert found.candles[0][2].check().high[0] == 105.5


@pytest.mark.parametrize("source", ["NSE", "BSE"])
def test_the_udiff_file_says_the_same(tmp_path: Path, source: str):
    found = look(tmp_path, UDIFF + udiff(source, 101))
    ((key, _, bars),) = found.candles
    assert (key, bars.close[0]) == (f"{source}_EQ|INE467B01029", 101)
    assert "UDiFF" in found.title


def test_rows_that_are_no_share_are_told_and_two_days_refused(tmp_path: Path):
    text = LEGACY + legacy("TCS", "EQ", 101, 5000, "INE467B01029")
    found = look(tmp_path, text + legacy("ODD", "EQ", 101, 5000, ""))
    assert found.complaints.first() == (Refused(3, "no ISIN"),)
    other = legacy("TCS", "EQ", 101, 5000, "INE467B01029").replace("18-MAR", "19-MAR")
    with pytest.raises(BadData, match="one day, this file of 2"):
        look(tmp_path, text + other)
