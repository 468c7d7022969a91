"""From the broker's words to ours: rupees, fractions, units, UTC."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from math import isfinite, nan
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.clock import IST
from core.errors import BadData
from core.ids import InstrumentKey
from core.instruments.candle import Candles
from core.instruments.instrument import Instrument, Kind
from core.ports.market_data import BrokerChain, ChainSide, ExchangeHours, Holiday, Profile, Quote
from data.brokers.upstox.schemas import (
    ChainRow,
    ContractData,
    FutureData,
    HolidayData,
    HoursData,
    Level,
    ProfileData,
    QuoteData,
    Side,
)

KINDS: Final = {"CE": Kind.CALL, "PE": Kind.PUT, "FUT": Kind.FUTURE}
DERIVATIVES: Final = frozenset({"NSE_FO", "BSE_FO", "NCD_FO", "BCD_FO", "MCX_FO", "NSE_COM"})
SHARES: Final = frozenset({"NSE_EQ", "BSE_EQ"})
INDICES: Final = frozenset({"NSE_INDEX", "BSE_INDEX", "MCX_INDEX"})
NOT_TRADED: Final = Decimal(0)
MOST_UNITS: Final = 1e15
INDIA, INDIA_SECONDS = "+05:30", 19_800


def profile(data: ProfileData) -> Profile:
    return Profile(
        user_id=data.user_id,
        name=data.user_name,
        email=data.email,
        broker=data.broker,
        exchanges=tuple(data.exchanges),
        active=data.is_active,
    )


def quote(data: QuoteData) -> Quote:
    bid, bid_quantity = _best(data.depth.buy if data.depth else [])
    ask, ask_quantity = _best(data.depth.sell if data.depth else [])
    day = data.ohlc
    has_interest = data.instrument_token.split("|", 1)[0] in DERIVATIVES
    return Quote(
        key=InstrumentKey(data.instrument_token),
        at=data.timestamp.astimezone(UTC),
        ltp=data.last_price or nan,
        close=data.prev_close_price or nan,
        open=(day.open if day else None) or nan,
        high=(day.high if day else None) or nan,
        low=(day.low if day else None) or nan,
        volume=data.volume or 0,
        oi=data.oi if has_interest else None,
        bid=bid,
        bid_quantity=bid_quantity,
        ask=ask,
        ask_quantity=ask_quantity,
        lower_circuit=data.lower_circuit_limit or None,
        upper_circuit=data.upper_circuit_limit or None,
    )


def _best(levels: Sequence[Level]) -> tuple[float | None, int]:
    """Price and size of the first level; None and 0 where nobody quotes."""
    if not levels or not levels[0].quantity or not levels[0].price:
        return None, 0
    return levels[0].price, levels[0].quantity


def chain(underlying: InstrumentKey, expiry: date, rows: Sequence[ChainRow]) -> BrokerChain:
    """Raises BadData for a chain of something else, or with a strike twice."""
    if any(row.expiry != expiry or row.underlying_key != underlying for row in rows):
        raise BadData("the chain is not the one that was asked for")
    ordered = sorted(rows, key=lambda row: row.strike_price)
    strikes = np.array([row.strike_price for row in ordered])
    if (np.diff(strikes) <= 0).any():
        raise BadData("the chain holds a strike twice")
    return BrokerChain(
        underlying=underlying,
        expiry=expiry,
        spot=ordered[0].underlying_spot_price if ordered else nan,
        strikes=strikes,
        calls=tuple(_side(row.call_options) for row in ordered),
        puts=tuple(_side(row.put_options) for row in ordered),
    )


def _side(side: Side | None) -> ChainSide | None:
    if side is None:
        return None
    market, greeks = side.market_data, side.option_greeks
    return ChainSide(
        key=InstrumentKey(side.instrument_key),
        ltp=market.ltp or nan,
        close=market.close_price or nan,
        volume=market.volume,
        oi=market.oi,
        oi_prev=market.prev_oi,
        bid=(market.bid_price if market.bid_qty else 0.0) or nan,
        bid_quantity=market.bid_qty,
        ask=(market.ask_price if market.ask_qty else 0.0) or nan,
        ask_quantity=market.ask_qty,
        iv=greeks.iv / 100 if greeks.iv else None,
        delta=greeks.delta,
        gamma=greeks.gamma,
        theta=greeks.theta,
        vega=greeks.vega,
        pop=nan if greeks.pop is None else greeks.pop / 100,
    )


def contract(data: ContractData) -> Instrument:
    return _of_series(data, strike=data.strike_price, weekly=data.weekly)


def future(data: FutureData) -> Instrument:
    return _of_series(data, strike=None, weekly=None)


def _of_series(
    data: ContractData | FutureData, *, strike: float | None, weekly: bool | None
) -> Instrument:
    return Instrument(
        key=InstrumentKey(data.instrument_key),
        segment=data.segment,
        exchange=data.exchange,
        symbol=data.trading_symbol,
        name=data.name,
        kind=KINDS[data.instrument_type],
        series=data.instrument_type,
        lot_size=data.lot_size,
        tick_size=from_paise(data.tick_size),
        exchange_token=data.exchange_token,
        freeze_quantity=int(data.freeze_quantity) or None,
        expiry=data.expiry,
        strike=strike,
        weekly=weekly,
        underlying_key=InstrumentKey(data.underlying_key),
        underlying_symbol=data.underlying_symbol,
    )


def holiday(data: HolidayData) -> Holiday:
    return Holiday(
        day=data.date,
        description=data.description,
        kind=data.holiday_type,
        closed=tuple(data.closed_exchanges),
        open=tuple(hours(one) for one in data.open_exchanges),
    )


def hours(data: HoursData) -> ExchangeHours:
    if data.end_time <= data.start_time:
        raise BadData(f"{data.exchange} closes before it opens")
    return ExchangeHours(
        exchange=data.exchange,
        opens_at=datetime.fromtimestamp(data.start_time / 1000, UTC),
        closes_at=datetime.fromtimestamp(data.end_time / 1000, UTC),
    )


def candles(rows: Sequence[Sequence[Any]]) -> Candles:
    """The broker's rows, newest first, as bars, oldest first; BadData for impossible ones."""
    if not rows:
        return Candles.none()
    try:
        stamps, *numbers = zip(*rows, strict=True)
        opens, highs, lows, closes, volumes, interests = (
            np.array(each, dtype=np.float64) for each in numbers
        )
        times = _epoch_seconds(stamps)
    except (TypeError, ValueError) as problem:
        raise BadData(f"candles that are not rows of seven: {problem}") from problem
    sizes = np.array([volumes, interests])
    if not (np.isfinite(sizes).all() and (sizes >= 0).all() and (sizes < MOST_UNITS).all()):
        raise BadData("candles with a volume or an open interest that cannot be")
    order = slice(None, None, -1) if times[0] > times[-1] else slice(None)
    return Candles(
        time=times[order],
        open=opens[order],
        high=highs[order],
        low=lows[order],
        close=closes[order],
        volume=volumes[order].astype(np.int64),
        open_interest=interests[order].astype(np.int64),
    ).check()


def _epoch_seconds(stamps: Sequence[Any]) -> NDArray[np.int64]:
    """Of ISO texts with their offset; raises ValueError or TypeError for anything else."""
    if all(type(each) is str and len(each) == 25 and each[19:] == INDIA for each in stamps):
        local = np.array([each[:19] for each in stamps], dtype="datetime64[s]")
        return local.astype(np.int64) - INDIA_SECONDS
    moments = [datetime.fromisoformat(each) for each in stamps]
    if any(each.tzinfo is None for each in moments):
        raise ValueError("a time without its zone")
    return np.array([int(each.timestamp()) for each in moments], dtype=np.int64)


Record = Mapping[str, Any]


def instrument(record: Record, skipped: Counter[str]) -> Instrument | None:
    """A record of the instrument file; None, and counted, for a kind that we do not know.

    Raises KeyError, TypeError or ValueError for a record that is not as documented.
    """
    segment: str = record["segment"]
    series: str = record["instrument_type"]
    if segment in DERIVATIVES:
        kind = KINDS.get(series)
        if kind is not None:
            return _derivative(record, segment, series, kind)
    elif segment in SHARES:
        return _share(record, segment, series)
    elif segment in INDICES and series == "INDEX":
        return _index(record, segment)
    skipped[f"{segment} {series}".strip()] += 1
    return None


def _derivative(record: Record, segment: str, series: str, kind: Kind) -> Instrument:
    strike = None if kind is Kind.FUTURE else _positive(record["strike_price"])
    return Instrument(
        key=record["instrument_key"],
        segment=segment,
        exchange=record["exchange"],
        symbol=record["trading_symbol"],
        name=record["name"],
        kind=kind,
        series=series,
        lot_size=_whole(record["lot_size"]),
        tick_size=from_paise(record["tick_size"]),
        exchange_token=record["exchange_token"],
        freeze_quantity=int(record["freeze_quantity"]) or None,
        expiry=ist_day(record["expiry"]),
        strike=strike,
        weekly=record.get("weekly"),
        underlying_key=record.get("underlying_key"),
        underlying_symbol=record["underlying_symbol"],
    )


def _share(record: Record, segment: str, series: str) -> Instrument:
    return Instrument(
        key=record["instrument_key"],
        segment=segment,
        exchange=record["exchange"],
        symbol=record["trading_symbol"],
        name=record["name"],
        kind=Kind.EQUITY,
        series=series,
        lot_size=_whole(record["lot_size"]),
        tick_size=from_paise(record["tick_size"]),
        exchange_token=record["exchange_token"],
        isin=record["isin"],
        freeze_quantity=int(record["freeze_quantity"]) or None,
    )


def _index(record: Record, segment: str) -> Instrument:
    """An index is not traded: its lot and tick are 0."""
    return Instrument(
        key=record["instrument_key"],
        segment=segment,
        exchange=record["exchange"],
        symbol=record["trading_symbol"],
        name=record["name"],
        kind=Kind.INDEX,
        series="INDEX",
        lot_size=0,
        tick_size=NOT_TRADED,
        exchange_token=record["exchange_token"],
    )


def _positive(value: float) -> float:
    if not (isfinite(value) and value > 0):
        raise ValueError(f"{value} where a positive number belongs")
    return value


def _whole(value: int) -> int:
    if not isinstance(value, int) or value < 1:
        raise ValueError(f"{value} where a lot size belongs")
    return value


@lru_cache(maxsize=256)
def from_paise(paise: float) -> Decimal:
    """The broker writes tick sizes in paise: 5.0 is ₹0.05."""
    return Decimal(str(_positive(paise))) / 100


@lru_cache(maxsize=4096)
def ist_day(ms: int) -> date:
    """The day in India of a moment in epoch milliseconds."""
    return (datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=ms)).astimezone(IST).date()
