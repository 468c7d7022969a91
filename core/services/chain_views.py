"""Chain views: what templates, suggestions and pay-offs see of the live chains, at this moment."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from math import nan

import numpy as np

from core.analytics.forward import mids_or_last
from core.instruments.expiries import years_left
from core.instruments.instrument import Instrument, Kind
from core.state.chains import LiveChain
from core.state.market import Col, MarketState
from core.strategies.chain_view import ChainView, ExpiryView, FutureView
from core.strategies.valuation import Vols

_COLUMNS = [Col.BID, Col.ASK, Col.LTP, Col.BID_QTY, Col.ASK_QTY]


def chain_view(
    chains: Sequence[LiveChain],
    market: MarketState,
    *,
    now: datetime,
    rate: float,
    futures: Sequence[Instrument] = (),
    close_of: Callable[[date], datetime],
    surface: Vols | None = None,
) -> ChainView:
    """Of the open chains of one underlying (at least one), nearest expiry first.

    `futures` as the instrument repository lists them; `close_of` is the calendar's; `surface` the
    smile keeper's. Without one volatilities are read off the quotes.
    """
    ordered = sorted(chains, key=lambda each: each.expiry)
    return ChainView(
        symbol=ordered[0].symbol,
        spot=market.get(ordered[0].underlying, Col.LTP),
        now=now,
        rate=rate,
        expiries=tuple(_expiry(each, market, now) for each in ordered),
        futures=tuple(
            _future(each, market, close_of(each.expiry))
            for each in futures
            if each.kind is Kind.FUTURE and each.expiry is not None
        ),
        surface=surface,
    )


def _expiry(chain: LiveChain, market: MarketState, now: datetime) -> ExpiryView:
    bid, ask, last, bid_quantity, ask_quantity = market.read(chain.rows, _COLUMNS)
    return ExpiryView(
        symbol=chain.symbol,
        expiry=chain.expiry,
        closes_at=chain.closes_at,
        years=years_left(chain.closes_at, now),
        forward=chain.forward,
        lot_size=chain.lot_size,
        strikes=chain.strikes,
        keys=chain.keys,
        bid=np.where(bid > 0, bid, nan),
        ask=np.where(ask > 0, ask, nan),
        mid=mids_or_last(bid, ask, last),
        iv=chain.iv,
        delta=chain.delta,
        bid_quantity=bid_quantity,
        ask_quantity=ask_quantity,
    )


def _future(listed: Instrument, market: MarketState, closes_at: datetime) -> FutureView:
    assert listed.expiry is not None
    return FutureView(
        symbol=listed.underlying_symbol,
        key=listed.key,
        expiry=listed.expiry,
        closes_at=closes_at,
        lot_size=listed.lot_size,
        bid=market.get(listed.key, Col.BID),
        ask=market.get(listed.key, Col.ASK),
        last=market.get(listed.key, Col.LTP),
    )
