"""Margin of a basket, estimated the SPAN way from dated scan ranges and implied volatility."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from math import isfinite, nan
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.errors import RuleBroken
from core.instruments.instrument import Right, strike_text
from core.pricing.black76 import price
from core.pricing.greeks import greeks
from core.pricing.implied_vol import Status, implied_vol
from core.risk import margin_rules as rules

Floats = NDArray[np.float64]

LEAST_VOL: Final = 0.001
WITHOUT_TIME_VALUE: Final = (Status.BELOW_INTRINSIC, Status.EXPIRED)

_STEPS: Final = (0.0, 1 / 3, -1 / 3, 2 / 3, -2 / 3, 1.0, -1.0)
VOLS: Final = np.array([1.0, -1.0] * len(_STEPS) + [0.0, 0.0])
"""Of the sixteen scenarios (`scenario_moves`): volatility moves in scans."""

LABEL: Final = "Estimate, SPAN-like: the broker's margin may differ"


@dataclass(frozen=True, slots=True, kw_only=True)
class MarginLeg:
    """One position. `right` None is a future; `quantity` in units, below 0 short.

    `price` and `forward` (of its own expiry) in rupees, `years` to its close; `vol` a fraction,
    nan = solved from the price.
    """

    symbol: str
    expiry: date
    quantity: int
    price: float
    forward: float
    years: float
    right: Right | None = None
    strike: float = nan
    vol: float = nan

    @property
    def name(self) -> str:
        what = f"{strike_text(self.strike)} {self.right}" if self.right else "future"
        return f"{self.symbol} {self.expiry:%d %b} {what}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Worst:
    """The scenario in which an underlying's legs lose most; `move` and `vol` are fractions."""

    symbol: str
    move: float
    vol: float
    loss: float

    @property
    def words(self) -> str:
        if self.loss <= 0:
            return f"{self.symbol}: no scenario loses"
        return f"{self.symbol} {100 * self.move:+.1f} %, volatility {100 * self.vol:+.0f} points"


@dataclass(frozen=True, slots=True, kw_only=True)
class MarginEstimate:
    """Rupees. `premium` is what the options cost together, below 0 what they bring in; `alone` is
    each leg's total without the others, in the order asked."""

    span: float
    exposure: float
    premium: float
    alone: tuple[float, ...]
    worst: tuple[Worst, ...]
    sources: tuple[str, ...]
    label: str = LABEL

    @property
    def total(self) -> float:
        """What is blocked: SPAN, exposure, and the premium to be paid."""
        return self.span + self.exposure + max(self.premium, 0.0)

    @property
    def after_premium(self) -> float:
        """The same with the premium that comes in."""
        return self.span + self.exposure + self.premium

    @property
    def benefit(self) -> float:
        """What the legs save by standing together."""
        return sum(self.alone) - self.total


def estimate(
    legs: Sequence[MarginLeg],
    day: date,
    *,
    rate: float = 0.065,
    daily_vols: Mapping[str, float] | None = None,
) -> MarginEstimate:
    """Of all legs held together on `day`; underlyings do not offset each other.

    `daily_vols` are daily volatilities by symbol (`margin_rules.scan`). Without the delivery margin
    of shares in their last days. Raises RuleBroken for a leg whose value is unknown or expired, and
    for a day before the tables.
    """
    spans = exposures = 0.0
    alone, worst, sources = [0.0] * len(legs), list[Worst](), list[str]()
    for symbol in dict.fromkeys(leg.symbol for leg in legs):
        places = [i for i, leg in enumerate(legs) if leg.symbol == symbol]
        book = _Book([legs[i] for i in places], day, rate, (daily_vols or {}).get(symbol))
        span, loss = book.span()
        spans, exposures = spans + span, exposures + book.exposure()
        worst.append(loss)
        sources.append(f"{symbol}: {book.scan.source}, {book.scan.start}")
        for i, total in zip(places, book.alone(), strict=True):
            alone[i] = total
    return MarginEstimate(
        span=spans,
        exposure=exposures,
        premium=sum(_premium(leg) for leg in legs),
        alone=tuple(alone),
        worst=tuple(worst),
        sources=tuple(sources),
    )


class _Book:
    """The legs of one underlying, valued in all scenarios at once: arrays (scenarios, legs)."""

    def __init__(
        self, legs: Sequence[MarginLeg], day: date, rate: float, daily_vol: float | None
    ) -> None:
        for leg in legs:
            _check(leg)
        self.legs, self.day = legs, day
        self.terms = rules.terms(legs[0].symbol, day)
        self.scan = rules.scan(legs[0].symbol, day, daily_vol)
        self.moves = scenario_moves(self.terms)
        self.near = min(legs, key=lambda leg: leg.years).forward
        self.quantity = np.array([leg.quantity for leg in legs], np.float64)
        self.option = np.array([leg.right is not None for leg in legs])
        self._value(rate)

    def _value(self, rate: float) -> None:
        forward = np.array([leg.forward for leg in self.legs])
        years = np.array([leg.years for leg in self.legs])
        strike = np.array([leg.strike if leg.right else leg.forward for leg in self.legs])
        call = np.array([leg.right is not Right.PUT for leg in self.legs])
        discount = np.exp(-rate * years)
        vol = self._vols(forward, strike, years, discount, call)
        long_dated = self.option & (years > self.terms.long_dated)
        reach = np.where(long_dated, self.terms.long_dated_scan, self.scan.price) * self.near
        moved = np.maximum(forward + self.moves[:, None] * reach, 0.01 * forward)
        shaken = np.maximum(vol + VOLS[:, None] * self.scan.vol, LEAST_VOL)
        now = np.where(self.option, price(forward, strike, years, vol, discount, call), forward)
        then = np.where(self.option, price(moved, strike, years, shaken, discount, call), moved)
        self.losses = -self.quantity * (then - now)
        self.losses[-2:] *= self.terms.extreme_cover
        self.value = np.where(self.option, self.quantity * now, 0.0)
        delta = greeks(forward, strike, years, vol, discount, call).delta
        self.delta = self.quantity * np.where(self.option, delta, 1.0)

    def _vols(
        self,
        forward: Floats,
        strike: Floats,
        years: Floats,
        discount: Floats,
        call: NDArray[np.bool_],
    ) -> Floats:
        """Given or solved; an option worth no more than its intrinsic value has the least."""
        given = np.array([leg.vol if leg.right else LEAST_VOL for leg in self.legs])
        if (given > 0).all():
            return given
        now = np.array([leg.price for leg in self.legs])
        found, status = implied_vol(now, forward, strike, years, discount, call)
        for leg, vol, why in zip(self.legs, given, status, strict=True):
            if not vol > 0 and why not in WITHOUT_TIME_VALUE and why != Status.OK:
                raise RuleBroken(f"the margin of {leg.name} needs its price: {Status(why).reason}")
        solved = np.where(status == Status.OK, found, LEAST_VOL)
        return np.where(given > 0, given, solved)

    def span(self) -> tuple[float, Worst]:
        """The requirement, and the worst scenario of the legs that may offset each other."""
        apart = [rules.stands_alone(leg.symbol, leg.expiry, self.day) for leg in self.legs]
        groups = [np.flatnonzero(np.array(apart) == expiring) for expiring in (False, True)]
        found = [self._group(group) for group in groups if len(group)]
        return sum(span for span, _ in found), max(
            (worst for _, worst in found), key=lambda w: w.loss
        )

    def _group(self, some: NDArray[np.intp]) -> tuple[float, Worst]:
        losses = self.losses[:, some].sum(axis=1)
        worst = int(losses.argmax())
        risk = max(losses[worst], 0.0) + self._calendar(some)
        span = max(risk, self._short_minimum(some)) - self.value[some].sum()
        return max(float(span), 0.0), Worst(
            symbol=self.legs[0].symbol,
            move=float(self.moves[worst] * self.scan.price),
            vol=float(VOLS[worst] * self.scan.vol),
            loss=float(losses[worst]),
        )

    def _calendar(self, some: NDArray[np.intp]) -> float:
        """The charge for deltas of one expiry that offset those of another."""
        held: dict[date, tuple[float, float]] = {}
        for i in some:
            leg = self.legs[i]
            held[leg.expiry] = (held.get(leg.expiry, (0.0,))[0] + self.delta[i], leg.forward)
        spread = sum(size * far for size, far in _spreads(sorted(held.items())))
        return float(self.terms.calendar * spread)

    def _short_minimum(self, some: NDArray[np.intp]) -> float:
        """The least for options sold without one bought, calls and puts apart."""
        net: dict[Right, int] = {}
        for i in some:
            if right := self.legs[i].right:
                net[right] = net.get(right, 0) + self.legs[i].quantity
        return self.terms.short_minimum * self.near * sum(max(-units, 0) for units in net.values())

    def exposure(self) -> float:
        """Of futures and short options; a future spread pays for a third of its far contract."""
        held = list(self._netted())
        gross = sum(self._exposed(leg) for leg in held)
        futures = sorted(
            (leg.expiry, (float(leg.quantity), leg.forward))
            for leg in held
            if not leg.right and not rules.stands_alone(leg.symbol, leg.expiry, self.day)
        )
        saved = sum(size * (far + self.near - far / 3) for size, far in _spreads(futures))
        return gross - self.terms.exposure * saved

    def _netted(self) -> Iterator[MarginLeg]:
        """One leg a contract: what is bought and sold of the same one is not held."""
        held: dict[tuple[date, Right | None, float], list[MarginLeg]] = defaultdict(list)
        for leg in self.legs:
            held[(leg.expiry, leg.right, leg.strike if leg.right else 0.0)].append(leg)
        for same in held.values():
            if quantity := sum(leg.quantity for leg in same):
                yield replace(same[0], quantity=quantity)

    def _exposed(self, leg: MarginLeg) -> float:
        if leg.right is None:
            return abs(leg.quantity) * leg.forward * self.terms.exposure
        if leg.quantity > 0:
            return 0.0
        away = leg.strike / self.near - 1 if leg.right is Right.CALL else 1 - leg.strike / self.near
        rate = self.terms.exposure_deep if away > self.terms.deep else self.terms.exposure
        if leg.years > self.terms.long_dated:
            rate = max(rate, self.terms.exposure_long_dated)
        if leg.expiry <= self.day:
            rate += rules.expiry_day_exposure(leg.symbol, self.day)
        return -leg.quantity * self.near * rate

    def alone(self) -> Iterator[float]:
        """The total of every leg by itself."""
        for i, leg in enumerate(self.legs):
            span, _ = self._group(np.array([i]))
            yield span + self._exposed(leg) + max(_premium(leg), 0.0)


def scenario_moves(terms: rules.Terms) -> Floats:
    """Of the sixteen scenarios: price moves in scan ranges, the two extreme ones last."""
    return np.array([step for step in _STEPS for _ in "+-"] + [terms.extreme, -terms.extreme])


def _premium(leg: MarginLeg) -> float:
    """Rupees to be paid, below 0 where they come in; a future has none."""
    return leg.quantity * leg.price if leg.right else 0.0


def _spreads(held: Sequence[tuple[date, tuple[float, float]]]) -> Iterator[tuple[float, float]]:
    """Size and far price of each spread, the nearest expiries first."""
    waiting: list[float] = []
    for _, (size, far) in held:
        while waiting and size and waiting[0] * size < 0:
            matched = min(abs(waiting[0]), abs(size))
            yield matched, far
            waiting[0] += matched if waiting[0] < 0 else -matched
            size += matched if size < 0 else -matched
            if not waiting[0]:
                waiting.pop(0)
        if size:
            waiting.append(size)


def _check(leg: MarginLeg) -> None:
    if not leg.quantity:
        raise RuleBroken(f"{leg.name} has no quantity")
    if not leg.years >= 0:
        raise RuleBroken(f"{leg.name} has expired")
    if not (isfinite(leg.forward) and leg.forward > 0):
        raise RuleBroken(f"the margin of {leg.name} needs the forward of its expiry: not known now")
    if leg.right and not leg.strike > 0:
        raise RuleBroken(f"{leg.name} has no strike")
    if leg.right and leg.price != leg.price:
        raise RuleBroken(f"the margin of {leg.name} needs its price: {Status.NO_PRICE.reason}")
