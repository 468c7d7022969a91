"""Frames of the market data feed: rows of quotes in, protobuf bytes out."""

from collections.abc import Iterable, Mapping
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np
from numpy.typing import NDArray

from data.simulator.clock import DAY_MS, IST_MS
from data.simulator.proto import exchange_feed_pb2 as pb
from data.simulator.wire import (
    BYTES,
    TIME_BYTES,
    Layout,
    Part,
    double,
    integer,
    message,
    number,
    repeated,
    tag,
    text,
    varint,
    varints,
)

if TYPE_CHECKING:
    from data.simulator.market import Quotes


class FeedMode(IntEnum):
    """As `requestMode` on the wire."""

    LTPC = 0
    FULL = 1
    OPTION_GREEKS = 2
    FULL_D30 = 3


MODES: Final[Mapping[str, FeedMode]] = {
    "ltpc": FeedMode.LTPC,
    "full": FeedMode.FULL,
    "option_greeks": FeedMode.OPTION_GREEKS,
    "full_d30": FeedMode.FULL_D30,
}
DEPTH: Final = {FeedMode.FULL: 5, FeedMode.FULL_D30: 30}


class Shape(IntEnum):
    """What a key's messages hold: indices have no trades, only options have greeks, and only shares
    in an auction an indicative price."""

    INDEX = 0
    PLAIN = 1
    OPTION = 2
    AUCTION = 3


def shape_of(instrument_type: str, *, auction: bool = False) -> Shape:
    if instrument_type == "INDEX":
        return Shape.INDEX
    if auction and instrument_type == "EQ":
        return Shape.AUCTION
    return Shape.OPTION if instrument_type in ("CE", "PE") else Shape.PLAIN


def _ltpc(field: int, shape: Shape) -> list[Part]:
    size = [] if shape is Shape.INDEX else integer(3, "ltq")
    auction = message(5, double(1, "ltpc_iep")) if shape is Shape.AUCTION else []
    last = double(1, "ltp"), integer(2, "ltt", TIME_BYTES), size, double(4, "cp")
    return message(field, *last, auction)


def _quote() -> list[Part]:
    return [*integer(1, "bid_qty"), *double(2, "bid"), *integer(3, "ask_qty"), *double(4, "ask")]


def _greeks(field: int) -> list[Part]:
    names = ("delta", "theta", "gamma", "vega", "rho")
    return message(field, *(double(i, name) for i, name in enumerate(names, 1)))


def _bar(interval: str, prefix: str, shape: Shape) -> list[Part]:
    prices = [
        double(i, prefix + part) for i, part in enumerate(("open", "high", "low", "close"), 2)
    ]
    volume = [] if shape is Shape.INDEX else integer(6, prefix + "volume")
    start = integer(7, prefix + "ts", TIME_BYTES)
    return message(1, text(1, interval), *prices, volume, start)


def _bars(field: int, shape: Shape) -> list[Part]:
    return message(field, _bar("1d", "d_", shape), _bar("I1", "m_", shape))


def _full(mode: FeedMode, shape: Shape) -> list[Part]:
    if shape is Shape.INDEX:
        return message(2, message(2, _ltpc(1, shape), _bars(2, shape)))
    option = shape is Shape.OPTION
    return message(
        2,
        message(
            1,
            _ltpc(1, shape),
            message(2, repeated("levels", DEPTH[mode], message(1, _quote()))),
            _greeks(3) if option else [],
            _bars(4, shape),
            double(5, "average"),
            integer(6, "volume"),
            double(7, "oi"),
            double(8, "iv") if option else [],
            double(9, "total_buy"),
            double(10, "total_sell"),
            _auction() if shape is Shape.AUCTION else [],
        ),
    )


def _auction() -> list[Part]:
    prices = [*double(11, "iep"), *double(12, "rp")]
    sizes = [*integer(13, "ieq"), *integer(14, "iiq_total"), *integer(15, "iiq_market")]
    return [*prices, *sizes, *number(16, 1)]


def _first_level(shape: Shape) -> list[Part]:
    if shape is Shape.INDEX:
        return message(3, _ltpc(1, shape))
    option = shape is Shape.OPTION
    return message(
        3,
        _ltpc(1, shape),
        message(2, repeated("levels", 1, _quote())),
        _greeks(3) if option else [],
        integer(4, "volume"),
        double(5, "oi"),
        double(6, "iv") if option else [],
    )


def _layout(mode: FeedMode, shape: Shape) -> Layout:
    if mode is FeedMode.LTPC:
        return Layout(_ltpc(1, shape))
    body = _first_level(shape) if mode is FeedMode.OPTION_GREEKS else _full(mode, shape)
    return Layout([*body, *number(4, mode)])


LAYOUTS: Final = {(mode, shape): _layout(mode, shape) for mode in FeedMode for shape in Shape}


def entry_prefix(key: str, mode: FeedMode, shape: Shape) -> bytes:
    """What stands before a key's feed bytes in every frame: the head of its map entry."""
    raw = key.encode()
    size = LAYOUTS[mode, shape].size
    inner = tag(1, BYTES) + varint(len(raw)) + raw + tag(2, BYTES) + varint(size)
    return tag(2, BYTES) + varint(len(inner) + size) + inner


def pack(
    quotes: "Quotes",
    rho: NDArray[np.float64],
    rows: NDArray[np.int64],
    mode: FeedMode,
    shape: Shape,
) -> list[bytes]:
    """The feed bytes of some rows of `quotes` (and of `rho`, which goes with them), in order."""
    layout = LAYOUTS[mode, shape]
    out = layout.rows(len(rows))
    _fill_trade(out, quotes, rows, shape)
    if mode is not FeedMode.LTPC and shape is not Shape.INDEX:
        _fill_market(out, quotes, rho, rows, mode, shape)
    if mode in DEPTH:
        _fill_bars(out, quotes, rows, shape)
    raw, size = out.tobytes(), layout.size
    return [raw[i : i + size] for i in range(0, len(raw), size)]


def _fill_trade(
    out: NDArray[np.void], quotes: "Quotes", rows: NDArray[np.int64], shape: Shape
) -> None:
    out["ltp"] = quotes.ltp[rows]
    out["ltt"] = varints(quotes.ltt[rows], TIME_BYTES)
    out["cp"] = quotes.close[rows]
    if shape is not Shape.INDEX:
        out["ltq"] = varints(quotes.ltq[rows])
    if shape is Shape.AUCTION:
        out["ltpc_iep"] = quotes.auction_price[rows]


def _fill_market(
    out: NDArray[np.void],
    quotes: "Quotes",
    rho: NDArray[np.float64],
    rows: NDArray[np.int64],
    mode: FeedMode,
    shape: Shape,
) -> None:
    levels = out["levels"]
    count = DEPTH.get(mode, 1)
    levels["bid"] = quotes.bid[rows, :count]
    levels["ask"] = quotes.ask[rows, :count]
    levels["bid_qty"] = varints(quotes.bid_qty[rows, :count])
    levels["ask_qty"] = varints(quotes.ask_qty[rows, :count])
    out["volume"] = varints(quotes.volume[rows])
    out["oi"] = quotes.oi[rows]
    if mode in DEPTH:
        out["average"] = quotes.average[rows]
        out["total_buy"] = quotes.total_buy[rows]
        out["total_sell"] = quotes.total_sell[rows]
        if shape is Shape.AUCTION:
            _fill_auction(out, quotes, rows)
    if shape is Shape.OPTION:
        for name in ("iv", "delta", "theta", "gamma", "vega"):
            # 0 is the broker's word for "not solved"
            out[name] = np.nan_to_num(getattr(quotes, name)[rows])
        out["rho"] = np.nan_to_num(rho[rows])


def _fill_auction(out: NDArray[np.void], quotes: "Quotes", rows: NDArray[np.int64]) -> None:
    out["iep"], out["rp"] = quotes.auction_price[rows], quotes.reference[rows]
    out["ieq"] = varints(quotes.auction_quantity[rows])
    out["iiq_total"] = varints(quotes.imbalance[rows])
    out["iiq_market"] = varints(quotes.imbalance_market[rows])


def _fill_bars(
    out: NDArray[np.void], quotes: "Quotes", rows: NDArray[np.int64], shape: Shape
) -> None:
    for name in ("open", "high", "low"):
        out["d_" + name] = getattr(quotes, name)[rows]
    out["d_close"] = quotes.ltp[rows]
    out["d_ts"] = varints(midnight(quotes.event[rows]), TIME_BYTES)
    for name in ("open", "high", "low", "close"):
        out["m_" + name] = getattr(quotes, "m_" + name)[rows]
    out["m_ts"] = varints(quotes.m_time[rows], TIME_BYTES)
    if shape is not Shape.INDEX:
        out["d_volume"] = varints(quotes.volume[rows])
        out["m_volume"] = varints(quotes.m_volume[rows])


def midnight(ms: NDArray[np.int64]) -> NDArray[np.int64]:
    """00:00 in India of each moment's day, in epoch ms."""
    return (ms + IST_MS) // DAY_MS * DAY_MS - IST_MS


LIVE_HEAD: Final = tag(1, 0) + varint(pb.live_feed)


def frame(entries: Iterable[bytes], now_ms: int, *, live: bool) -> bytes:
    """A whole message; the type `initial_feed` of a snapshot is the default: not on the wire."""
    head = LIVE_HEAD if live else b""
    return b"".join((head, *entries, tag(3, 0), varint(now_ms)))


def market_info(segments: Mapping[str, str], cas: Any, pre_open: Any, now_ms: int) -> bytes:
    """The first message of a connection, and again whenever a status changes."""
    info = pb.MarketInfo(
        segmentStatus={
            name: cast(pb.MarketStatus, pb.MarketStatus.Value(word))
            for name, word in segments.items()
        }
    )
    for field, statuses in (
        (info.casMarketStatus, cas),
        (info.preOpenSessionStatus, pre_open),
    ):
        for segment, (status, updated) in statuses.items():
            field[segment].CopyFrom(pb.StatusInfo(status=status, updatedTime=updated))
    message = pb.FeedResponse(type=pb.market_info, currentTs=now_ms, marketInfo=info)
    return message.SerializeToString(deterministic=True)
