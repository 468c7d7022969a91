"""The replies of the programs' door, made from state and repositories."""

from collections.abc import Sequence
from datetime import UTC, datetime
from math import isfinite

from core.ids import InstrumentKey
from core.instruments.instrument import Instrument
from core.ports.market_data import Quote
from core.services import Services
from core.state.market import Col
from ui.api import schemas


async def status(services: Services) -> schemas.Status:
    health, reasons, now = services.health, services.ready(), services.clock.now()
    feed = health.feed
    age = None if feed.last_frame is None else (now - feed.last_frame).total_seconds()
    return schemas.Status(
        mode=services.mode,
        version=services.version,
        now=now,
        simulated_time=services.clock.simulated,
        ready=not reasons,
        reasons=reasons,
        session=schemas.SessionShape.model_validate(services.session),
        feed=schemas.FeedShape(
            link=feed.link,
            detail=feed.detail,
            age_seconds=age,
            ticks_per_second=feed.ticks_per_second,
            ticks=feed.ticks,
            frames=feed.frames,
            wanted=feed.wanted,
            reconnects=feed.reconnects,
            bad_frames=feed.bad_frames,
            quarantined=feed.quarantined,
        ),
        services=[schemas.ServiceShape.model_validate(s) for s in health.services.values()],
        instruments=health.instruments_count,
        instruments_as_of=health.instruments_date,
    )


async def quotes(services: Services, keys: Sequence[InstrumentKey]) -> schemas.Quotes:
    """What the feed keeps fresh comes from the state; the rest is asked of the broker at once."""
    asked = list(dict.fromkeys(keys))
    live = {key: found for key in asked if (found := _live(services, key)) is not None}
    rest = [key for key in asked if key not in live]
    fetched = await services.market_data.quotes(rest) if rest else {}
    shapes = {**live, **{key: _fetched(services, quote) for key, quote in fetched.items()}}
    return schemas.Quotes(
        mode=services.mode,
        quotes=[shapes[key] for key in asked if key in shapes],
        missing=[key for key in asked if key not in shapes],
    )


def _live(services: Services, key: InstrumentKey) -> schemas.QuoteShape | None:
    market, now = services.market, services.clock.now()
    row = market.known(key)
    if row is None or not isfinite(market.values[row, Col.LTP]):
        return None
    v = market.values[row]
    traded = v[Col.LTT]
    return schemas.QuoteShape(
        instrument_key=key,
        source="feed",
        age_seconds=market.age(key, now),
        at=datetime.fromtimestamp(traded / 1000, UTC) if traded > 0 else None,
        ltp=float(v[Col.LTP]),
        close=float(v[Col.CLOSE]),
        open=float(v[Col.OPEN]),
        high=float(v[Col.HIGH]),
        low=float(v[Col.LOW]),
        bid=float(v[Col.BID]),
        bid_quantity=float(v[Col.BID_QTY]),
        ask=float(v[Col.ASK]),
        ask_quantity=float(v[Col.ASK_QTY]),
        volume=float(v[Col.VOLUME]),
        oi=float(v[Col.OI]),
    )


def _fetched(services: Services, quote: Quote) -> schemas.QuoteShape:
    age = (services.clock.now() - quote.at).total_seconds()
    return schemas.QuoteShape(
        instrument_key=quote.key,
        source="request",
        age_seconds=max(0.0, age),
        at=quote.at,
        ltp=quote.ltp,
        close=quote.close,
        open=quote.open,
        high=quote.high,
        low=quote.low,
        bid=quote.bid,
        bid_quantity=quote.bid_quantity,
        ask=quote.ask,
        ask_quantity=quote.ask_quantity,
        volume=quote.volume,
        oi=quote.oi,
    )


async def instruments(services: Services, found: Sequence[Instrument]) -> schemas.Instruments:
    return schemas.Instruments(
        mode=services.mode,
        as_of=await services.instruments.as_of(),
        instruments=[
            schemas.InstrumentShape(
                instrument_key=i.key,
                segment=i.segment,
                exchange=i.exchange,
                symbol=i.symbol,
                name=i.name,
                kind=i.kind,
                series=i.series,
                lot_size=i.lot_size,
                tick_size=float(i.tick_size),
                freeze_quantity=i.freeze_quantity,
                expiry=i.expiry,
                strike=i.strike,
                weekly=i.weekly,
                underlying=i.underlying_symbol,
                isin=i.isin,
                exchange_token=i.exchange_token,
            )
            for i in found
        ],
    )
