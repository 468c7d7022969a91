"""An option chain as a reply: opened for the asker, waited for, and let go again."""

import asyncio
from datetime import date
from typing import Final
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from core.errors import RuleBroken
from core.services import Services
from core.state.chains import LiveChain
from core.state.freshness import Freshness, freshness
from core.state.market import Col
from ui.api import schemas

PATIENCE: Final = 2.0
"""Seconds that a chain nobody looked at gets to hear from the feed."""
LOOK: Final = 0.05


async def chain(services: Services, symbol: str, expiry: date | None) -> schemas.Chain:
    chosen = expiry or await _nearest(services, symbol)
    viewer = f"api-{uuid4().hex}"
    live = await services.chain_keeper.open(viewer, symbol, chosen)
    try:
        await _heard(services, live)
        services.chain_keeper.refresh(live)
        return _shape(services, live)
    finally:
        services.chain_keeper.release(viewer)


async def _nearest(services: Services, symbol: str) -> date:
    expiries = await services.instruments.expiries(symbol)
    if not expiries:
        raise RuleBroken(f"no options are listed on {symbol!r}")
    return expiries[0]


async def _heard(services: Services, live: LiveChain) -> None:
    rows = live.rows[live.rows >= 0]
    for _ in range(int(PATIENCE / LOOK)):
        if np.isfinite(services.market.values[rows, Col.LTP]).any():
            return
        await asyncio.sleep(LOOK)


def _shape(services: Services, live: LiveChain) -> schemas.Chain:
    now = services.clock.now()
    states = freshness(services.market, services.health.feed, services.session, live.rows, now)
    return schemas.Chain(
        mode=services.mode,
        underlying=live.symbol,
        expiry=live.expiry,
        closes_at=live.closes_at,
        computed_at=live.computed_at,
        lot_size=live.lot_size,
        spot=live.spot,
        forward=live.forward,
        forward_source=live.forward_source,
        basis=live.basis,
        atm_strike=float(live.strikes[live.atm]) if live.atm >= 0 else None,
        pcr=live.pcr,
        pcr_volume=live.pcr_volume,
        max_pain=live.max_pain,
        straddle=live.straddle,
        expected_move=live.expected_move,
        strikes=[
            schemas.StrikeShape(
                strike=float(strike),
                call=_side(services, live, states, 0, i),
                put=_side(services, live, states, 1, i),
            )
            for i, strike in enumerate(live.strikes)
        ],
    )


def _side(
    services: Services, live: LiveChain, states: NDArray[np.int8], side: int, i: int
) -> schemas.ChainSideShape:
    key, row = live.keys[side][i], int(live.rows[side, i])
    v = services.market.values[row] if row >= 0 else np.full(len(Col), np.nan)
    computed = live.iv.shape == live.rows.shape
    ours = {
        name: float(getattr(live, name)[side, i]) if computed else None
        for name in ("iv", "delta", "gamma", "theta", "vega")
    }
    return schemas.ChainSideShape(
        instrument_key=key,
        freshness=Freshness(int(states[side, i])).name.lower(),
        age_seconds=None if key is None else services.market.age(key, services.clock.now()),
        ltp=float(v[Col.LTP]),
        bid=float(v[Col.BID]),
        bid_quantity=float(v[Col.BID_QTY]),
        ask=float(v[Col.ASK]),
        ask_quantity=float(v[Col.ASK_QTY]),
        volume=float(v[Col.VOLUME]),
        oi=float(v[Col.OI]),
        oi_change=float(v[Col.OI] - live.oi_prev[side, i]),
        broker_iv=float(v[Col.IV]),
        broker_delta=float(v[Col.DELTA]),
        **ours,
    )
