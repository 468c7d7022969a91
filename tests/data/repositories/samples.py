"""Instruments and candles for the contract suites; all values invented."""

from datetime import date
from decimal import Decimal

import numpy as np

from core.ids import InstrumentKey
from core.instruments.candle import Candles
from core.instruments.instrument import Instrument, Kind

AUGUST, SEPTEMBER = date(2026, 8, 25), date(2026, 9, 29)
NIFTY = InstrumentKey("NSE_INDEX|Nifty 50")
RELIANCE = InstrumentKey("NSE_EQ|INE002A01018")


def instrument(key: str, symbol: str, kind: Kind, **more: object) -> Instrument:
    given: dict[str, object] = {
        "segment": key.split("|")[0],
        "exchange": key[:3],
        "name": symbol,
        "series": {Kind.CALL: "CE", Kind.PUT: "PE", Kind.FUTURE: "FUT"}.get(kind, "EQ"),
        "lot_size": 1,
        "tick_size": Decimal("0.05"),
    } | more
    return Instrument(key=InstrumentKey(key), symbol=symbol, kind=kind, **given)  # type: ignore[arg-type]


def option(number: int, symbol: str, strike: float, right: str, expiry: date) -> Instrument:
    asset = {"NIFTY": NIFTY, "RELIANCE": RELIANCE}.get(symbol)
    return instrument(
        f"NSE_FO|{number}",
        f"{symbol} {strike:g} {right} {expiry:%d %b %y}".upper(),
        Kind.CALL if right == "CE" else Kind.PUT,
        name=symbol,
        lot_size=65,
        exchange_token=str(number),
        freeze_quantity=1800,
        expiry=expiry,
        strike=strike,
        weekly=expiry == SEPTEMBER,
        underlying_key=asset,
        underlying_symbol=symbol,
    )


def listing() -> list[Instrument]:
    shares = [
        instrument(NIFTY, "NIFTY", Kind.INDEX, name="Nifty 50", series="INDEX"),
        instrument("NSE_INDEX|Nifty Bank", "BANKNIFTY", Kind.INDEX, name="Nifty Bank"),
        instrument("BSE_EQ|INE002A01018", "RELIANCE", Kind.EQUITY, isin="INE002A01018", series="A"),
        instrument(
            RELIANCE,
            "RELIANCE",
            Kind.EQUITY,
            name="RELIANCE INDUSTRIES LTD",
            isin="INE002A01018",
            tick_size=Decimal("0.1"),
        ),
        instrument("NSE_EQ|INE101A01026", "M&M", Kind.EQUITY, name="MAHINDRA & MAHINDRA LTD"),
        instrument("NSE_EQ|INE000X01010", "100%'_<B>", Kind.EQUITY, name='"; DROP TABLE x; --'),
    ]
    futures = [
        instrument(
            f"NSE_FO|{number}",
            f"NIFTY FUT {expiry:%d %b %y}".upper(),
            Kind.FUTURE,
            expiry=expiry,
            underlying_key=NIFTY,
            underlying_symbol="NIFTY",
        )
        for number, expiry in ((60002, SEPTEMBER), (60001, AUGUST))
    ]
    options = [
        option(40_000 + i * 10 + j * 2 + (right == "PE"), symbol, strike, right, expiry)
        for i, (symbol, strike) in enumerate(
            [("NIFTY", 24300.0), ("NIFTY", 24200.0), ("FINNIFTY", 24200.0), ("RELIANCE", 102.5)]
        )
        for j, expiry in enumerate((SEPTEMBER, AUGUST))
        for right in ("PE", "CE")
    ]
    return [*options, *shares, *futures]


def bars(first: int, count: int, *, start: float = 100.0, step: int = 60) -> Candles:
    """Bars that rise by a paisa a minute."""
    steps = np.arange(count)
    open = np.round(start + steps / 100, 2)
    return Candles(
        time=first + step * steps.astype(np.int64),
        open=open,
        high=np.round(open + 0.5, 2),
        low=np.round(open - 0.5, 4),
        close=np.round(open + 0.0025, 4),
        volume=(steps * 65).astype(np.int64),
        open_interest=(10_000_000_000 + steps).astype(np.int64),
    )


def same(one: Candles, other: Candles) -> bool:
    names = ("time", "open", "high", "low", "close", "volume", "open_interest")
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in names)


def joined(*parts: Candles) -> Candles:
    names = ("time", "open", "high", "low", "close", "volume", "open_interest")
    return Candles(**{n: np.concatenate([getattr(p, n) for p in parts]) for n in names})
