"""Days of chains with every price written by hand, and a strategy that is one function."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time

import numpy as np
from numpy.typing import NDArray

from core.analytics.chain_day import ChainDay
from core.clock import IST
from core.instruments.instrument import Right
from core.strategies.strategy import Context, Filled, Setup, Strategy

Floats = NDArray[np.float64]
Contract = tuple[Right, float]

CE, PE = Right.CALL, Right.PUT
MONDAY, TUESDAY = date(2026, 6, 1), date(2026, 6, 2)  # NIFTY expires on the Tuesday
WEDNESDAY, NEXT = date(2026, 6, 3), date(2026, 6, 9)
LOT = 65
STRIKES = (23_900.0, 24_000.0, 24_100.0)
HALF = 0.05


def day_of(
    day: date,
    expiry: date,
    spot: Sequence[float],
    mids: Mapping[Contract, Sequence[float]],
    *,
    rows: Sequence[int] | None = None,
    strikes: Sequence[float] = STRIKES,
    half: float = HALF,
    opens: time = time(9, 15),
    quoted: bool = True,
) -> ChainDay:
    """Row i is the minute `rows[i]` after the opening; contracts without prices are unknown."""
    opening = int(datetime.combine(day, opens, IST).timestamp() // 60)
    places = np.arange(len(spot)) if rows is None else np.asarray(rows)
    level = np.asarray(spot, np.float64)
    mid = np.full((len(level), 2, len(strikes)), np.nan)
    for (right, strike), prices in mids.items():
        mid[:, 0 if right is CE else 1, list(strikes).index(strike)] = prices
    nothing, shape = np.full_like(mid, np.nan), np.ones_like(mid)
    return ChainDay(
        symbol="NIFTY",
        expiry=expiry,
        day=day,
        minutes=opening + places.astype(np.int64),
        strikes=np.asarray(strikes, np.float64),
        spot=level,
        forward=level,
        future=level,
        future_oi=np.full(len(level), np.nan),
        ltp=mid,
        bid=mid - half if quoted else nothing,
        ask=mid + half if quoted else nothing,
        volume=shape * 1_000.0 * (places[:, None, None] + 1),
        oi=nothing,
        iv=nothing,
    )


def at(hour: int, minute: int, day: date = TUESDAY) -> datetime:
    return datetime.combine(day, time(hour, minute), IST)


def cut(days: Sequence[ChainDay], until: datetime) -> list[ChainDay]:
    """The same days as they were known at a moment."""
    last = int(until.timestamp() // 60) - 1
    found = []
    for each in days:
        keep = each.minutes <= last
        if keep.any():
            names = [n for n in ChainDay.__slots__ if isinstance(getattr(each, n), np.ndarray)]
            arrays = {n: getattr(each, n)[keep] for n in names if n != "strikes"}
            found.append(
                ChainDay(
                    symbol=each.symbol,
                    expiry=each.expiry,
                    day=each.day,
                    strikes=each.strikes,
                    **arrays,
                )
            )
    return found


Act = Callable[[Context], None]


class Plan(Strategy):
    """Does what is written for an hour; remembers what it was told."""

    title = "Plan"

    def __init__(self, acts: Mapping[time, Act], expiries: int = 1) -> None:
        super().__init__()
        self.acts, self.expiries = dict(acts), expiries
        self.days: list[date] = []
        self.minutes: list[time] = []
        self.fills: list[Filled] = []
        self.ends: list[datetime] = []

    def init(self, setup: Setup) -> None:
        setup.chains(expiries=self.expiries)

    def on_day(self, desk: Context) -> None:
        self.days.append(desk.day)

    def on_minute(self, desk: Context) -> None:
        self.minutes.append(desk.now.time())
        if (act := self.acts.get(desk.now.time())) is not None:
            act(desk)

    def on_fill(self, desk: Context, fill: Filled) -> None:
        self.fills.append(fill)

    def on_day_end(self, desk: Context) -> None:
        self.ends.append(desk.now)


def sell(right: Right, strike: float, lots: int = 1, **terms: float) -> Act:
    return trade(right, strike, -lots, **terms)


def trade(right: Right, strike: float, lots: int, **terms: float) -> Act:
    def act(desk: Context) -> None:
        view = desk.chain()
        leg = view.leg(right, strike, lots)
        desk.order(leg.key, leg.quantity, tag=f"{strike:g}{right}", **terms)

    return act
