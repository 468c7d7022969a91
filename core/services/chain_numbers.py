"""The numbers of a live chain: forward, implied volatility, greeks and the headline, at one go."""

from datetime import datetime
from math import exp, nan

import numpy as np
from numpy.typing import NDArray

from core.analytics.chain_vols import chain_vols
from core.analytics.forward import carried, mids, mids_or_last, parity_forward
from core.analytics.max_pain import max_pain
from core.analytics.open_interest import put_call_ratio
from core.analytics.sides import IS_CALL
from core.analytics.straddle import at_the_money, expected_move, straddle
from core.instruments.expiries import MINUTES_A_YEAR, years_left
from core.pricing.greeks import greeks
from core.state.chains import CALL, PUT, ForwardSource, LiveChain
from core.state.market import Col, MarketState

Floats = NDArray[np.float64]
_COLUMNS = [Col.LTP, Col.BID, Col.ASK, Col.VOLUME, Col.OI]


def compute(
    chain: LiveChain,
    market: MarketState,
    now: datetime,
    rate: float,
    future_closes: datetime | None,
) -> None:
    """Bring every number of `chain` up to what the market says now."""
    ltp, bid, ask, volume, oi = market.read(chain.rows, _COLUMNS)
    mid, price = mids(bid, ask), mids_or_last(bid, ask, ltp)
    chain.years = years_left(chain.closes_at, now)
    discount = exp(-rate * chain.years)
    _forward(chain, market, mid, discount, rate, future_closes)
    _greeks(chain, price, discount)
    _headline(chain, price, oi, volume)
    chain.computed_at = now
    chain.market_revision = market.revision
    chain.revision += 1


def _forward(
    chain: LiveChain,
    market: MarketState,
    mid: Floats,
    discount: float,
    rate: float,
    future_closes: datetime | None,
) -> None:
    """From parity near the money, else from the future, else from the spot grown at the rate."""
    chain.spot = market.get(chain.underlying, Col.LTP)
    future = market.get(chain.future, Col.LTP) if chain.future else nan
    near = chain.spot if chain.spot > 0 else future
    found = parity_forward(chain.strikes, mid[CALL], mid[PUT], near, discount)
    source = ForwardSource.PARITY
    if not found > 0 and future_closes is not None:
        # a later future is taken back to this expiry
        apart = (chain.closes_at - future_closes).total_seconds() / 60 / MINUTES_A_YEAR
        found, source = carried(future, rate, apart), ForwardSource.FUTURE
    if not found > 0:
        found, source = carried(chain.spot, rate, chain.years), ForwardSource.CARRY
    chain.forward = found
    chain.forward_source = source if found > 0 else ForwardSource.NONE
    chain.basis = found - chain.spot


def _greeks(chain: LiveChain, price: Floats, discount: float) -> None:
    chain.iv, chain.status = chain_vols(price, chain.forward, chain.strikes, chain.years, discount)
    g = greeks(chain.forward, chain.strikes, chain.years, chain.iv, discount, IS_CALL)
    chain.delta, chain.gamma, chain.theta, chain.vega = g.delta, g.gamma, g.theta, g.vega


def _headline(chain: LiveChain, price: Floats, oi: Floats, volume: Floats) -> None:
    chain.pcr = put_call_ratio(oi[CALL], oi[PUT])
    chain.pcr_volume = put_call_ratio(volume[CALL], volume[PUT])
    chain.max_pain = max_pain(chain.strikes, oi[CALL], oi[PUT])
    chain.atm = at = at_the_money(chain.strikes, chain.forward)
    if at < 0:
        chain.straddle = chain.expected_move = nan
        return
    chain.straddle = straddle(float(price[CALL, at]), float(price[PUT, at]))
    known = chain.iv[:, at][np.isfinite(chain.iv[:, at])]
    level = float(known.mean()) if known.size else nan
    chain.expected_move = expected_move(chain.forward, level, chain.years)
