"""What is fixed for a day, per contract: times, sizes, how often it is quoted and traded."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.simulator.market.activity import ActiveClock
from data.simulator.market.calendar import closing_ms
from data.simulator.market.day import Day
from data.simulator.market.listing import CALL, EQUITY, FUTURE, INDEX, PUT, VIX, Spec
from data.simulator.market.noise import distinct, mixed, uniform, word
from data.simulator.market.surface import USUAL, variance_clock
from data.simulator.market.underlyings import UNDERLYINGS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

CARRY: Final = 0.06
"""Cost of carry in futures and forwards, a year."""
RATE: Final = 0.065
"""At which option premiums are discounted."""

INDEX_STEP, VIX_STEP = 1000, 15_000
"""Milliseconds between two prints."""

# lots a minute: at the money four days before expiry, of the near future, and how wide quotes are
_LOTS: Final = {
    "NIFTY": (2978.0, 250.0, 1.0),
    "SENSEX": (2500.0, 12.0, 1.3),
    "BANKNIFTY": (1200.0, 200.0, 1.5),
    "FINNIFTY": (25.0, 6.0, 8.0),
    "MIDCPNIFTY": (60.0, 20.0, 4.0),
    "BANKEX": (4.0, 2.0, 15.0),
}
_SHARE_LOTS: Final = (20.0, 25.0, 12.0)
NEVER: Final = 1e-9
"""So few lots a minute that nothing trades in a day."""
SHARE_TURNOVER: Final = 2e7
"""Rupees a minute, the median share."""


def _by_underlying() -> tuple[Floats, Floats, Floats, Floats]:
    rows = [_LOTS.get(u.symbol, _SHARE_LOTS) for u in UNDERLYINGS]
    size = uniform(mixed(word("size"), np.arange(len(rows), dtype=np.uint64)))
    own = np.array(
        [1.0 if u.is_index else 0.3 + 1.6 * x for u, x in zip(UNDERLYINGS, size, strict=True)]
    )
    options, futures, width = (np.array(c) for c in zip(*rows, strict=True))
    return options * own, futures * own, width, own


OPTION_LOTS, FUTURE_LOTS, WIDTH, SIZE = _by_underlying()
IS_INDEX: Final = np.array([u.is_index for u in UNDERLYINGS])


@dataclass(slots=True)
class Terms:
    """Arrays, one entry per contract. `otm` is how far out of the money at the close before, as a
    fraction; `stops` is when its underlying stops to move for it; periods in active
    milliseconds."""

    word: NDArray[np.uint64]
    number: Ints
    kind: Ints
    strike: Floats
    call: NDArray[np.bool_]
    option: NDArray[np.bool_]
    tick: Floats
    lot: Ints
    expires: Ints
    stops: Ints
    variance_end: Floats
    days_left: Floats
    otm: Floats
    width: Floats
    trade_period: Floats
    trade_count: Ints
    trade_lots: Floats
    quote_period: Floats
    quote_count: Ints

    def __len__(self) -> int:
        return len(self.word)

    @property
    def derivative(self) -> NDArray[np.bool_]:
        return np.asarray(self.option | (self.kind == FUTURE))

    def joined(self, other: "Terms") -> "Terms":
        return Terms(
            *(np.concatenate([getattr(self, f.name), getattr(other, f.name)]) for f in fields(self))
        )


def terms_of(specs: Sequence[Spec], day: Day, activity: float) -> Terms:
    number = np.array([s.number for s in specs], dtype=np.int64)
    kind = np.array([s.kind for s in specs], dtype=np.int64)
    strike = np.array([s.strike for s in specs])
    names = np.array([s.token for s in specs], dtype=np.uint64)
    option = (kind == CALL) | (kind == PUT)
    expires, ends, left = _expiry_terms(specs, day)
    spot = closes_before(day, number)
    forward = spot * np.exp(CARRY * np.maximum(left, 0) / 365)
    side = np.where(kind == PUT, -1.0, 1.0)
    otm = np.where(option, side * (strike - forward) / forward, 0.0)
    rate = _trade_rate(number, kind, left, otm)
    period = _trade_period(kind, rate)
    tick = np.array([_tick(s, spot[i]) for i, s in enumerate(specs)])
    lot = np.array(
        [UNDERLYINGS[s.number].lot(s.expiry) if s.expiry else 1 for s in specs], dtype=np.int64
    )
    lots = np.where(kind == EQUITY, SHARE_TURNOVER * SIZE[number] / spot, rate) * period / 60_000
    quotes = _quote_period(number, kind, left, otm, activity)
    stops = np.where(expires <= day.closes, day.settles, day.closes)
    return Terms(
        word=mixed(day.daily.word, names, np.uint64(day.number)),
        number=number,
        kind=kind,
        strike=strike,
        call=kind == CALL,
        option=option,
        tick=tick,
        lot=lot,
        expires=expires,
        stops=stops,
        variance_end=ends,
        days_left=left,
        otm=otm,
        width=WIDTH[number] * (1 + np.clip(left, 0, 60) / 15),
        trade_period=period,
        trade_count=_trade_count(day, kind, period),
        trade_lots=lots,
        quote_period=quotes,
        quote_count=_count(
            day.clock, np.where(kind == EQUITY, day.cash_closes, day.closes), quotes
        ),
    )


def share_terms(like: Terms, spec: Spec, day: Day) -> Terms:
    """Of one share on another day, as far as its trades depend on them."""
    period, spot = like.trade_period, closes_before(day, like.number)
    name = np.array([spec.token], dtype=np.uint64)
    return replace(
        like,
        word=mixed(day.daily.word, name, np.uint64(day.number)),
        stops=np.array([day.closes]),
        trade_count=_count(day.clock, np.array([day.cash_closes]), period) + 1,
        trade_lots=SHARE_TURNOVER * SIZE[like.number] / spot * period / 60_000,
    )


def closes_before(day: Day, number: Ints) -> Floats:
    """The underlyings' closes of the day before."""
    before = np.zeros(len(UNDERLYINGS))
    for n in distinct(number):
        before[n] = day.daily.close(UNDERLYINGS[n].symbol, day.number - 1)
    return before[number]


def _expiry_terms(specs: Sequence[Spec], day: Day) -> tuple[Ints, Floats, Floats]:
    """Closing time, the variance clock at the settlement, and calendar days left."""
    made: dict[date | None, tuple[int, float, float]] = {None: (2**53, 0.0, 0.0)}
    for s in specs:
        if s.expiry is not None and s.expiry not in made:
            at = closing_ms(s.expiry)
            settles = day.settles if s.expiry == day.date else at
            clock = float(variance_clock(day.daily.number(s.expiry), settles, 1.0))
            made[s.expiry] = (at, clock, float((s.expiry - day.date).days))
    rows = [made[s.expiry] for s in specs]
    closes = np.array([r[0] for r in rows], dtype=np.int64)
    return closes, np.array([r[1] for r in rows]), np.array([r[2] for r in rows])


def _tick(spec: Spec, level: float) -> float:
    u = UNDERLYINGS[spec.number]
    if spec.kind in (INDEX, VIX):
        return 0.01
    if spec.kind == FUTURE:
        return u.future_tick(level)
    return u.tick if spec.kind == EQUITY else u.option_tick


def _trade_rate(number: Ints, kind: Ints, left: Floats, otm: Floats) -> Floats:
    """Lots a minute of active time (measured at four days: 2,978 at the money, 210 at 2-3 %)."""
    near = 6.9 / (1.0 + left) ** 1.2 / np.where(left > 100, 20.0, 1.0)
    wide = 0.0095 * np.sqrt(np.clip(left, 1.0, 60.0) / 4.0) * USUAL[number] / USUAL[0]
    options = OPTION_LOTS[number] * near * np.exp(-np.where(otm > 0, otm, -2.0 * otm) / wide)
    futures = FUTURE_LOTS[number] / (1.0 + np.maximum(left - 30, 0) / 4.0)
    return np.asarray(np.maximum(np.where(kind == FUTURE, futures, options), NEVER))


def _trade_period(kind: Ints, rate: Floats) -> Floats:
    """Trades that a viewer sees: fewer than the lots that change hands, one lot at least each."""
    options = np.maximum(3000.0 * np.sqrt(3000.0 / rate), 60_000 / rate)
    futures = np.maximum(1000.0 * np.sqrt(250.0 / rate), 60_000 / rate)
    shown = np.select(
        [kind == INDEX, kind == VIX, kind == EQUITY, kind == FUTURE],
        [float(INDEX_STEP), float(VIX_STEP), 4000.0, futures],
        options,
    )
    return np.asarray(np.maximum(shown, 1000.0))


def _quote_period(number: Ints, kind: Ints, left: Floats, otm: Floats, activity: float) -> Floats:
    own = np.where(IS_INDEX[number], 1.0 / np.sqrt(WIDTH[number]), 0.05)
    wide = 0.03 * np.sqrt(np.clip(left, 1.0, 30.0) / 7.0) * USUAL[number] / USUAL[0]
    pace = (2.0 + 22.0 * np.exp(-((otm / wide) ** 2))) / (1.0 + left / 30)
    a_second = np.select(
        [kind == EQUITY, kind == FUTURE],
        [np.full(len(number), 6.0), np.where(IS_INDEX[number], 14.0, 2.0) / (1 + left / 30)],
        pace * own,
    )
    return np.asarray(1000.0 / (a_second * activity))


def _count(clock: ActiveClock, until: Ints, period: Floats) -> Ints:
    return np.asarray((clock.active(until) / period).astype(np.int64))


def _trade_count(day: Day, kind: Ints, period: Floats) -> Ints:
    """Events in the session; a share's last one is the printing of its close."""
    until = np.where(kind == EQUITY, day.cash_closes, day.closes)
    prints = (day.printed - day.opens) // INDEX_STEP + 1
    steps = (day.closes - day.opens - 1) // VIX_STEP + 1
    return np.select(
        [kind == INDEX, kind == VIX, kind == EQUITY],
        [
            np.full(len(kind), prints),
            np.full(len(kind), steps),
            _count(day.clock, until, period) + 1,
        ],
        _count(day.clock, until, period),
    )
