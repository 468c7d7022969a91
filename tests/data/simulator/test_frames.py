"""The packed bytes are checked against protobuf's own: same fields, same values."""

import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from data.simulator.frames import FeedMode, Shape, entry_prefix, frame, market_info, pack, shape_of
from data.simulator.market import Market, Quotes
from data.simulator.proto import exchange_feed_pb2 as pb
from data.simulator.wire import varint, varints
from tests.data.simulator.running import DAY, MORNING, NIFTY, RELIANCE, StillClock

PROTO = Path(__file__).resolve().parents[3] / "data/simulator/proto"
NOW = StillClock(MORNING).ms


@pytest.fixture(scope="module")
def keys(market: Market) -> list[str]:
    """Of every kind: index, share, future, options far and near."""
    listed = market.listed(DAY.date())
    options = [c.key for c in listed.values() if c.underlying == "NIFTY"]
    futures = [c.key for c in listed.values() if c.type == "FUT"]
    return [NIFTY, "BSE_INDEX|SENSEX", RELIANCE, *futures[:2], *options[:40], *options[-40:]]


@pytest.fixture(scope="module")
def quotes(market: Market, keys: list[str]) -> Quotes:
    return market.quotes(keys, NOW, 30)


@pytest.fixture(scope="module")
def shapes(market: Market, keys: list[str]) -> list[Shape]:
    listed = market.listed(DAY.date())
    return [shape_of(listed[key].type) for key in keys]


def packed(keys: list[str], q: Quotes, shapes: list[Shape], mode: FeedMode) -> pb.FeedResponse:
    rho = np.linspace(-1, 1, len(keys))
    entries = []
    for row, (key, shape) in enumerate(zip(keys, shapes, strict=True)):
        [body] = pack(q, rho, np.array([row]), mode, shape)
        entries.append(entry_prefix(key, mode, shape) + body)
    return pb.FeedResponse.FromString(frame(entries, NOW, live=True))


def number(value: float) -> float:
    return 0.0 if np.isnan(value) else float(value)


def quote(q: Quotes, i: int, level: int) -> pb.Quote:
    return pb.Quote(
        bidQ=int(q.bid_qty[i, level]),
        bidP=q.bid[i, level],
        askQ=int(q.ask_qty[i, level]),
        askP=q.ask[i, level],
    )


def ltpc(q: Quotes, i: int, shape: Shape) -> pb.LTPC:
    size = 0 if shape is Shape.INDEX else int(q.ltq[i])
    return pb.LTPC(ltp=q.ltp[i], ltt=int(q.ltt[i]), ltq=size, cp=q.close[i])


def greeks(q: Quotes, i: int, rho: float) -> pb.OptionGreeks:
    return pb.OptionGreeks(
        delta=number(q.delta[i]),
        theta=number(q.theta[i]),
        gamma=number(q.gamma[i]),
        vega=number(q.vega[i]),
        rho=rho,
    )


def bars(q: Quotes, i: int, shape: Shape) -> pb.MarketOHLC:
    index = shape is Shape.INDEX
    day = pb.OHLC(
        interval="1d",
        open=q.open[i],
        high=q.high[i],
        low=q.low[i],
        close=q.ltp[i],
        vol=0 if index else int(q.volume[i]),
        ts=int(DAY.timestamp() * 1000),
    )
    minute = pb.OHLC(
        interval="I1",
        open=q.m_open[i],
        high=q.m_high[i],
        low=q.m_low[i],
        close=q.m_close[i],
        vol=0 if index else int(q.m_volume[i]),
        ts=int(q.m_time[i]),
    )
    return pb.MarketOHLC(ohlc=[day, minute])


def expected(q: Quotes, i: int, shape: Shape, mode: FeedMode, rho: float) -> pb.Feed:
    """The same made of message objects."""
    trade, option = ltpc(q, i, shape), shape is Shape.OPTION
    if mode is FeedMode.LTPC:
        return pb.Feed(ltpc=trade)
    feed = pb.Feed(requestMode=mode.value)
    if mode is FeedMode.OPTION_GREEKS:
        first = feed.firstLevelWithGreeks
        first.ltpc.CopyFrom(trade)
        if shape is Shape.INDEX:
            return feed
        first.firstDepth.CopyFrom(quote(q, i, 0))
        first.vtt, first.oi = int(q.volume[i]), q.oi[i]
        if option:
            first.optionGreeks.CopyFrom(greeks(q, i, rho))
            first.iv = number(q.iv[i])
        return feed
    if shape is Shape.INDEX:
        feed.fullFeed.indexFF.ltpc.CopyFrom(trade)
        feed.fullFeed.indexFF.marketOHLC.CopyFrom(bars(q, i, shape))
        return feed
    full = feed.fullFeed.marketFF
    full.ltpc.CopyFrom(trade)
    depth = 30 if mode is FeedMode.FULL_D30 else 5
    full.marketLevel.bidAskQuote.extend(quote(q, i, level) for level in range(depth))
    full.marketOHLC.CopyFrom(bars(q, i, shape))
    full.atp, full.vtt, full.oi = q.average[i], int(q.volume[i]), q.oi[i]
    full.tbq, full.tsq = q.total_buy[i], q.total_sell[i]
    if option:
        full.optionGreeks.CopyFrom(greeks(q, i, rho))
        full.iv = number(q.iv[i])
    return feed


@pytest.mark.parametrize("mode", list(FeedMode))
def test_packed_rows_read_like_messages_made_by_protobuf(
    keys: list[str], quotes: Quotes, shapes: list[Shape], mode: FeedMode
) -> None:
    message = packed(keys, quotes, shapes, mode)
    rho = np.linspace(-1, 1, len(keys))
    assert message.type == pb.live_feed
    assert message.currentTs == NOW
    assert list(map(str, message.feeds)) != []
    assert set(message.feeds) == set(keys)
    for i, (key, shape) in enumerate(zip(keys, shapes, strict=True)):
        assert message.feeds[key] == expected(quotes, i, shape, mode, rho[i]), key


@pytest.mark.parametrize("mode", list(FeedMode))
def test_re_serialised_by_protobuf_nothing_is_unknown_or_lost(
    keys: list[str], quotes: Quotes, shapes: list[Shape], mode: FeedMode
) -> None:
    message = packed(keys, quotes, shapes, mode)
    again = pb.FeedResponse.FromString(message.SerializeToString())
    message.DiscardUnknownFields()
    assert again == message


def test_huge_and_empty_quantities_survive_the_packing(
    keys: list[str], quotes: Quotes, shapes: list[Shape]
) -> None:
    n = len(keys)
    extreme = replace(
        quotes,
        volume=np.full(n, 2**35 - 1),
        ltq=np.zeros(n, dtype=np.int64),
        bid_qty=np.zeros_like(quotes.bid_qty),
        ltp=np.full(n, 1e-300),
    )
    message = packed(keys, extreme, shapes, FeedMode.FULL)
    feed = message.feeds[keys[-1]].fullFeed.marketFF
    assert feed.vtt == 2**35 - 1
    assert (feed.ltpc.ltq, feed.ltpc.ltp) == (0, 1e-300)
    assert feed.marketLevel.bidAskQuote[0].bidQ == 0


@pytest.mark.parametrize("value", [0, 1, 127, 128, 300, 2**21, 2**34 + 5])
def test_a_padded_varint_is_the_same_number(value: int) -> None:
    def read(raw: bytes) -> int:
        return sum((byte & 0x7F) << (7 * i) for i, byte in enumerate(raw))

    assert read(varint(value)) == value
    assert read(bytes(varints(np.array([value], dtype=np.int64))[0])) == value


def test_a_snapshot_is_of_the_default_type() -> None:
    assert pb.FeedResponse.FromString(frame([], NOW, live=False)).type == pb.initial_feed


def test_market_info_names_status_and_time_of_every_segment() -> None:
    raw = market_info({"NSE_FO": "NORMAL_OPEN"}, {"NSE_EQ": ("CTS_CLOSE", 5)}, {}, NOW)
    message = pb.FeedResponse.FromString(raw)
    assert message.type == pb.market_info
    assert message.marketInfo.segmentStatus["NSE_FO"] == pb.NORMAL_OPEN
    assert message.marketInfo.casMarketStatus["NSE_EQ"].status == "CTS_CLOSE"


def test_every_column_that_the_feed_sends_exists_in_the_quotes() -> None:
    names = {field.name for field in fields(Quotes)}
    assert {"m_open", "m_volume", "total_buy", "average", "ltt"} <= names


def test_the_generated_code_is_that_of_the_schema(tmp_path: Path) -> None:
    subprocess.run(
        [
            sys.executable,
            "-m",
            "grpc_tools.protoc",
            f"-I{PROTO}",
            f"--python_out={tmp_path}",
            f"--pyi_out={tmp_path}",
            "exchange_feed.proto",
        ],
        check=True,
    )
    for name in ("exchange_feed_pb2.py", "exchange_feed_pb2.pyi"):
        assert (tmp_path / name).read_text() == (PROTO / name).read_text(), f"{name} is stale"


@pytest.mark.parametrize("mode", list(FeedMode))
def test_a_share_in_an_auction_tells_its_indicative_price_in_every_mode(
    market: Market, mode: FeedMode
) -> None:
    share = "NSE_EQ|INE002A01018"
    now = int(DAY.replace(hour=9, minute=4).timestamp() * 1000)
    told = market.quotes([share], now, 30)
    shape = shape_of("EQ", auction=market.in_auction(now))
    feed = packed([share], told, [shape], mode).feeds[share]
    kind = feed.WhichOneof("FeedUnion")
    body = feed.fullFeed.marketFF if kind == "fullFeed" else feed.firstLevelWithGreeks
    last = feed.ltpc if kind == "ltpc" else body.ltpc
    assert last.iep.value == told.auction_price[0] > 0
    if kind == "fullFeed":
        full = feed.fullFeed.marketFF
        assert (full.iep, full.rp) == (told.auction_price[0], told.reference[0])
        assert (full.ieq, full.iiqTotal) == (told.auction_quantity[0], told.imbalance[0])
        assert full.casEligible
