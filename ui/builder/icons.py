"""Small pictures of the templates: each one's own pay-off on a made-up chain."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final

import numpy as np

from core.ids import InstrumentKey
from core.instruments.expiries import years_left
from core.pricing.black76 import price
from core.pricing.greeks import greeks
from core.strategies.chain_view import ChainView, ExpiryView, FutureView
from core.strategies.chooser import Chooser
from core.strategies.curve import horizon
from core.strategies.templates import TEMPLATES, Template
from core.strategies.valuation import Floats, evaluate

WIDE: Final = 68.0
HIGH: Final = 30.0
"""Of the picture, in pixels."""
EDGE: Final = 2.0
SPOT: Final = 1_000.0
STEP: Final = 10.0
VOL: Final = 0.16
NOW: Final = datetime(2026, 1, 5, 10, tzinfo=UTC)
DAYS: Final = (14, 42)


@dataclass(frozen=True, slots=True)
class Icon:
    """Paths of an SVG of `WIDE` by `HIGH`: profit above the line at `zero`, loss below."""

    profit: str
    loss: str
    line: str
    zero: float


@lru_cache(maxsize=1)
def icons() -> dict[str, Icon]:
    """By the template's name; some milliseconds, once."""
    chain = _chain()
    return {template.name: _icon(template, chain) for template in TEMPLATES}


def _icon(template: Template, chain: ChainView) -> Icon:
    legs, market = template.build(chain, Chooser(offset=2, width=2)), chain.market()
    strikes = [leg.strike for leg in legs if leg.strike is not None]
    reach = max(6 * STEP, *(abs(strike - SPOT) + 4 * STEP for strike in strikes))
    spots = np.linspace(SPOT - reach, SPOT + reach, 121)
    values = evaluate(legs, market, spots, [horizon(legs, market)])[0]
    return drawn(np.linspace(EDGE, WIDE - EDGE, len(spots)), values)


def drawn(x: Floats, values: Floats) -> Icon:
    """Of profits at places `x` in pixels."""
    top, bottom = max(float(values.max()), 0.0), min(float(values.min()), 0.0)
    scale = (HIGH - 2 * EDGE) / max(top - bottom, 1e-9)
    y = EDGE + (top - values) * scale
    zero = EDGE + top * scale
    return Icon(
        profit=_area(x, np.minimum(y, zero), zero),
        loss=_area(x, np.maximum(y, zero), zero),
        line=_path(x, y),
        zero=round(zero, 1),
    )


def _path(x: Floats, y: Floats) -> str:
    return "M" + "L".join(f"{a:.1f} {b:.1f}" for a, b in zip(x, y, strict=True))


def _area(x: Floats, y: Floats, zero: float) -> str:
    return f"{_path(x, y)}L{x[-1]:.1f} {zero:.1f}L{x[0]:.1f} {zero:.1f}Z"


def _chain() -> ChainView:
    expiries = tuple(_expiry(days) for days in DAYS)
    last = expiries[-1]
    future = FutureView(
        symbol="X",
        key=InstrumentKey("X|FUT"),
        expiry=last.expiry,
        closes_at=last.closes_at,
        lot_size=1,
        bid=SPOT,
        ask=SPOT,
        last=SPOT,
    )
    return ChainView(symbol="X", spot=SPOT, now=NOW, rate=0.0, expiries=expiries, futures=(future,))


def _expiry(days: int) -> ExpiryView:
    closes_at = NOW + timedelta(days=days)
    strikes: Floats = SPOT + STEP * np.arange(-30.0, 31.0)
    years = years_left(closes_at, NOW)
    call = np.array([[True], [False]])
    fair = price(SPOT, strikes, years, VOL, 1.0, call)
    day: date = closes_at.date()
    rights = ("CE", "PE")
    return ExpiryView(
        symbol="X",
        expiry=day,
        closes_at=closes_at,
        years=years,
        forward=SPOT,
        lot_size=1,
        strikes=strikes,
        keys=(_keys(day, strikes, rights[0]), _keys(day, strikes, rights[1])),
        bid=fair,
        ask=fair,
        mid=fair,
        iv=np.full(fair.shape, VOL),
        delta=np.asarray(greeks(SPOT, strikes, years, VOL, 1.0, call).delta),
    )


def _keys(day: date, strikes: Floats, right: str) -> tuple[InstrumentKey | None, ...]:
    return tuple(InstrumentKey(f"X|{day}{strike:g}{right}") for strike in strikes)
