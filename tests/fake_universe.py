"""A NIFTY universe made up for tests, and its first quotes. Nothing in it comes from a market."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

from core.clock import IST
from core.ids import InstrumentKey
from core.instruments.calendar import usual_session
from core.instruments.expiries import years_left
from core.instruments.instrument import Instrument, Kind, strike_text
from core.pricing.black76 import price
from core.pricing.greeks import greeks
from core.state.market import Col

NOW = datetime(2026, 11, 18, 10, 0, tzinfo=IST)
EXPIRY, NEXT_EXPIRY, FAR_EXPIRY = date(2026, 11, 23), date(2026, 12, 1), date(2026, 12, 29)
SPOT, FORWARD, VOL = 24_210.0, 24_230.0, 0.12
STRIKES = tuple(float(k) for k in range(23_500, 24_951, 50))
NIFTY = InstrumentKey("NSE_INDEX|Nifty 50")
BANKNIFTY = InstrumentKey("NSE_INDEX|Nifty Bank")
VIX = InstrumentKey("NSE_INDEX|India VIX")
FUTURE = InstrumentKey("NSE_FO|40001")
RELIANCE = InstrumentKey("NSE_EQ|INE002A01018")
SHARES = {
    "RELIANCE": (RELIANCE, "Reliance Industries Ltd", 1_320.0),
    "TCS": (InstrumentKey("NSE_EQ|INE467B01029"), "Tata Consultancy Services Ltd", 3_050.0),
    "INFY": (InstrumentKey("NSE_EQ|INE009A01021"), "Infosys Ltd", 1_505.0),
    "M&M": (InstrumentKey("NSE_EQ|INE101A01026"), "Mahindra & Mahindra Ltd", 3_110.0),
}


def option_key(strike: float, kind: Kind, expiry: date = EXPIRY) -> InstrumentKey:
    number = 50_000 + 1_000 * (EXPIRY, NEXT_EXPIRY, FAR_EXPIRY).index(expiry)
    return InstrumentKey(f"NSE_FO|{number + 2 * STRIKES.index(strike) + (kind is Kind.PUT)}")


def universe() -> list[Instrument]:
    """Three indices, four shares, three futures, and three NIFTY expiries of 30 strikes."""
    found = [
        _index(NIFTY, "NIFTY", "Nifty 50"),
        _index(BANKNIFTY, "BANKNIFTY", "Nifty Bank"),
        _index(VIX, "INDIA VIX", "India VIX"),
    ]
    found += [_share(key, symbol, name) for symbol, (key, name, _) in SHARES.items()]
    for number, expiry in enumerate((EXPIRY, FAR_EXPIRY, date(2027, 1, 25))):
        found.append(_future(InstrumentKey(f"NSE_FO|{40_001 + number}"), expiry))
    for expiry in (EXPIRY, NEXT_EXPIRY, FAR_EXPIRY):
        for strike in STRIKES:
            found += [_option(strike, kind, expiry) for kind in (Kind.CALL, Kind.PUT)]
    return found


def _index(key: InstrumentKey, symbol: str, name: str) -> Instrument:
    return Instrument(
        key=key,
        segment="NSE_INDEX",
        exchange="NSE",
        symbol=symbol,
        name=name,
        kind=Kind.INDEX,
        series="INDEX",
        lot_size=0,
        tick_size=Decimal("0.05"),
    )


def _share(key: InstrumentKey, symbol: str, name: str) -> Instrument:
    return Instrument(
        key=key,
        segment="NSE_EQ",
        exchange="NSE",
        symbol=symbol,
        name=name,
        kind=Kind.EQUITY,
        series="EQ",
        lot_size=1,
        tick_size=Decimal("0.10"),
        isin=key.partition("|")[2],
    )


def _future(key: InstrumentKey, expiry: date) -> Instrument:
    return Instrument(
        key=key,
        segment="NSE_FO",
        exchange="NSE",
        symbol=f"NIFTY FUT {expiry:%d %b %y}".upper(),
        name="NIFTY",
        kind=Kind.FUTURE,
        series="FUT",
        lot_size=65,
        tick_size=Decimal("0.10"),
        freeze_quantity=1_755,
        expiry=expiry,
        underlying_key=NIFTY,
        underlying_symbol="NIFTY",
    )


def _option(strike: float, kind: Kind, expiry: date) -> Instrument:
    right = "CE" if kind is Kind.CALL else "PE"
    return Instrument(
        key=option_key(strike, kind, expiry),
        segment="NSE_FO",
        exchange="NSE",
        symbol=f"NIFTY {strike_text(strike)} {right} {expiry:%d %b %y}".upper(),
        name="NIFTY",
        kind=kind,
        series=right,
        lot_size=65,
        tick_size=Decimal("0.05"),
        freeze_quantity=1_755,
        expiry=expiry,
        strike=strike,
        weekly=expiry == NEXT_EXPIRY,
        underlying_key=NIFTY,
        underlying_symbol="NIFTY",
    )


Row = dict[Col, float]


def first_values(instruments: Iterable[Instrument], now: datetime) -> dict[InstrumentKey, Row]:
    """A made-up market: flat volatility, quotes half a rupee around the fair price."""
    levels = {NIFTY: (SPOT, 24_150.0), BANKNIFTY: (52_400.0, 52_510.0), VIX: (12.4, 12.1)}
    shares = {key: (level, level * 0.99) for key, _, level in SHARES.values()}
    rows: dict[InstrumentKey, Row] = {}
    for each in instruments:
        if each.is_option:
            rows[each.key] = _option_row(each, now)
        else:
            ltp, close = {**levels, **shares}.get(each.key, (FORWARD, 24_170.0))
            quoted = each.kind is not Kind.INDEX
            rows[each.key] = {
                **{Col.LTP: ltp, Col.CLOSE: close, Col.LTQ: 1.0},
                **({Col.BID: ltp - 0.1, Col.ASK: ltp + 0.1, Col.VOLUME: 1e6} if quoted else {}),
            }
    return rows


def _option_row(each: Instrument, now: datetime) -> Row:
    assert each.strike is not None
    assert each.expiry is not None
    years, call = years_left(usual_session(each.expiry).closes_at, now), each.kind is Kind.CALL
    fair = round(float(price(FORWARD, each.strike, years, VOL, 1.0, call)), 2)
    g = greeks(FORWARD, each.strike, years, VOL, 1.0, call)
    half = min(0.5, fair / 2)
    away = abs(each.strike - FORWARD) / 50
    return {
        Col.LTP: max(round(fair / 0.05) * 0.05, 0.05),
        Col.CLOSE: fair + 5,
        Col.LTQ: 65.0,
        Col.BID: fair - half,
        Col.BID_QTY: 650.0,
        Col.ASK: fair + half,
        Col.ASK_QTY: 975.0,
        Col.VOLUME: round(1e5 / (1 + away)) * 65.0,
        Col.OI: round(2e4 / (1 + away) * (1.0 if call else 1.2)) * 65.0,
        Col.IV: VOL,
        Col.DELTA: float(g.delta),
        Col.GAMMA: float(g.gamma),
        Col.THETA: float(g.theta),
        Col.VEGA: float(g.vega),
    }
