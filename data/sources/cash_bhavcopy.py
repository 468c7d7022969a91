"""The exchange's daily file of shares (CM bhavcopy), legacy and UDiFF: a daily candle of each.

A share has one key, that of its ISIN. Where it is traded in several series, the normal one counts,
else the most traded.
"""

from collections.abc import Mapping
from datetime import UTC
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.errors import BadData
from core.ids import InstrumentKey
from core.instruments.candle import Candles, Interval
from core.ports.imports import Home
from data.sources import chains
from data.sources.found import SAMPLE, Bars, Found, plural
from data.sources.moments import days_of
from data.sources.sheet import Sheet

Floats = NDArray[np.float64]

LEGACY: Final = {
    "symbol": "SYMBOL", "series": "SERIES", "open": "OPEN", "high": "HIGH", "low": "LOW",
    "close": "CLOSE", "volume": "TOTTRDQTY", "day": "TIMESTAMP", "isin": "ISIN",
}  # fmt: skip
UDIFF: Final = {
    "symbol": "TckrSymb", "series": "SctySrs", "open": "OpnPric", "high": "HghPric",
    "low": "LwPric", "close": "ClsPric", "volume": "TtlTradgVol", "day": "TradDt", "isin": "ISIN",
}  # fmt: skip
SEGMENT, SOURCE = "Sgmt", "Src"
CASH: Final = "CM"
NORMAL: Final = ("EQ", "BE", "A", "B")
"""Series of usual trading: of the NSE, and the BSE's groups."""
PRICES: Final = ("open", "high", "low", "close")


def fits(sheet: Sheet) -> bool:
    if sheet.has(*LEGACY.values()):
        return True
    return sheet.has(SEGMENT, *UDIFF.values()) and set(sheet.texts(SEGMENT)) <= {CASH, ""}


def read(sheet: Sheet) -> Found:
    """Raises BadData for a file of several days, or without a share that was traded."""
    legacy = sheet.has(*LEGACY.values())
    names = LEGACY if legacy else UDIFF
    bars = _bars(sheet, names)
    if not bars:
        raise BadData("no share of this file was traded")
    untraded = len(sheet) - len(sheet.complaints) - len(bars)
    return Found(
        title=f"Bhavcopy of shares, {'legacy' if legacy else 'UDiFF'} columns",
        source="bhavcopy",
        home=Home.CANDLES,
        makes=f"the daily candles of {plural(len(bars), 'share')}",
        rows=len(bars),
        heads=sheet.heads,
        sample=sheet.beginning(SAMPLE),
        complaints=sheet.complaints,
        notes=(f"{plural(untraded, 'row')} of further series, or without a trade",)
        if untraded
        else (),
        candles=bars,
    )


def _bars(sheet: Sheet, names: Mapping[str, str]) -> list[Bars]:
    prices = {name: sheet.numbers(names[name], needed=True) for name in PRICES}
    volume = sheet.numbers(names["volume"], needed=True)
    days, isin = days_of(sheet.texts(names["day"])), sheet.texts(names["isin"])
    series = sheet.texts(names["series"])
    wrong = sheet.complaints
    wrong.add(sheet.row_of[[each is None for each in days]], f"{names['day']} is no day")
    wrong.add(sheet.row_of[[not each for each in isin]], "no ISIN")
    known = {each for each in days if each is not None}
    if len(known) != 1:
        raise BadData(f"a bhavcopy is of one day, this file of {len(known)}")
    traded = ~np.isin(sheet.row_of, sorted(wrong.rows)) & (volume > 0)
    best: dict[str, int] = {}
    for place in np.flatnonzero(traded).tolist():
        before = best.get(isin[place])
        if before is None or _rank(series, volume, place) < _rank(series, volume, before):
            best[isin[place]] = place
    exchanges = sheet.texts(SOURCE) if sheet.has(SOURCE) else ["NSE"] * len(sheet)
    time = int(chains.start_of(known.pop()).astimezone(UTC).timestamp())
    return [
        (
            InstrumentKey(f"{exchanges[place] or 'NSE'}_EQ|{each}"),
            Interval.DAY,
            _bar(time, {name: float(prices[name][place]) for name in PRICES}, int(volume[place])),
        )
        for each, place in best.items()
    ]


def _rank(series: list[str], volume: Floats, place: int) -> tuple[int, float]:
    told = series[place]
    return NORMAL.index(told) if told in NORMAL else len(NORMAL), -float(volume[place])


def _bar(time: int, prices: Mapping[str, float], volume: int) -> Candles:
    """The close may be a mean of the last half hour: high and low hold it all the same."""
    o, h, low, c = (prices[name] for name in PRICES)
    return Candles(
        time=np.array([time]),
        open=np.array([o]),
        high=np.array([max(h, o, c)]),
        low=np.array([min(low, o, c)]),
        close=np.array([c]),
        volume=np.array([volume]),
        open_interest=np.array([0]),
    )
