"""Shapes of the programs' replies: each names the mode; a number that is not known is null."""

from datetime import date, datetime
from math import isfinite
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict


def _known(value: object) -> object:
    return None if isinstance(value, float) and not isfinite(value) else value


Number = Annotated[float | None, BeforeValidator(_known)]
"""A number, or null where nothing is known: never NaN, which is not JSON."""


class Shape(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class Reply(Shape):
    mode: str


class Problem(Reply):
    """Any reply with a status of 400 or more."""

    error: str
    message: str


class SessionShape(Shape):
    phase: str
    day: date | None
    opens_at: datetime | None
    closes_at: datetime | None
    index_frozen: bool
    login: str
    token_expires_at: datetime | None


class FeedShape(Shape):
    link: str
    detail: str
    age_seconds: Number
    ticks_per_second: Number
    ticks: int
    frames: int
    wanted: int
    reconnects: int
    bad_frames: int
    quarantined: int


class ServiceShape(Shape):
    name: str
    condition: str
    detail: str
    since: datetime | None
    restarts: int


class Status(Reply):
    version: str
    now: datetime
    simulated_time: bool
    ready: bool
    reasons: list[str]
    session: SessionShape
    feed: FeedShape
    services: list[ServiceShape]
    instruments: int
    instruments_as_of: datetime | None


class Underlyings(Reply):
    underlyings: list[str]


class Expiries(Reply):
    underlying: str
    expiries: list[date]


class ChainSideShape(Shape):
    """Prices in rupees, volume and OI in units, `iv` a fraction, theta per day, vega per point."""

    instrument_key: str | None
    freshness: str
    age_seconds: Number
    ltp: Number
    bid: Number
    bid_quantity: Number
    ask: Number
    ask_quantity: Number
    volume: Number
    oi: Number
    oi_change: Number
    iv: Number
    delta: Number
    gamma: Number
    theta: Number
    vega: Number
    broker_iv: Number
    broker_delta: Number


class StrikeShape(Shape):
    strike: float
    call: ChainSideShape
    put: ChainSideShape


class Chain(Reply):
    underlying: str
    expiry: date
    closes_at: datetime
    computed_at: datetime | None
    lot_size: int
    spot: Number
    forward: Number
    forward_source: str
    basis: Number
    atm_strike: Number
    pcr: Number
    pcr_volume: Number
    max_pain: Number
    straddle: Number
    expected_move: Number
    strikes: list[StrikeShape]


class QuoteShape(Shape):
    instrument_key: str
    source: str
    age_seconds: Number
    at: datetime | None
    ltp: Number
    close: Number
    open: Number
    high: Number
    low: Number
    bid: Number
    bid_quantity: Number
    ask: Number
    ask_quantity: Number
    volume: Number
    oi: Number


class Quotes(Reply):
    quotes: list[QuoteShape]
    missing: list[str]


class InstrumentShape(Shape):
    instrument_key: str
    segment: str
    exchange: str
    symbol: str
    name: str
    kind: str
    series: str
    lot_size: int
    tick_size: float
    freeze_quantity: int | None
    expiry: date | None
    strike: Number
    weekly: bool | None
    underlying: str
    isin: str
    exchange_token: str


class Instruments(Reply):
    as_of: datetime | None
    instruments: list[InstrumentShape]


class WatchlistShape(Shape):
    id: str
    name: str
    position: int
    instrument_keys: list[str]


class Watchlists(Reply):
    watchlists: list[WatchlistShape]


class RunShape(Shape):
    id: str
    job: str
    started_at: datetime
    finished_at: datetime | None
    result: str
    message: str
    by_hand: bool


class Runs(Reply):
    runs: list[RunShape]


class NoticeShape(Shape):
    number: int
    at: datetime
    level: str
    text: str
    source: str


class NoticeList(Reply):
    notices: list[NoticeShape]
