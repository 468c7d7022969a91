"""Feed messages for tests; values invented."""

from typing import Any

from data.brokers.upstox.proto import market_feed_pb2 as pb

SENT = 1_795_155_130_044
OPTION = "NSE_FO|54710"
SHARE = "NSE_EQ|INE002A01018"
INDEX = "NSE_INDEX|Nifty 50"


def option_fields(**other: Any) -> dict[str, Any]:
    usual = {
        "ltp": 140.0, "ltt": SENT - 64, "ltq": 65, "cp": 143.25,
        "bid": 139.95, "bid_qty": 650, "ask": 140.1, "ask_qty": 325,
        "vtt": 18_233_150, "oi": 6_213_350.0, "iv": 0.1123046875,
        "delta": 0.5172, "theta": -18.221, "gamma": 0.0011, "vega": 9.8412,
        "atp": 141.2, "tbq": 812_435.0, "tsq": 790_115.0,
        "open": 151.0, "high": 162.4, "low": 121.3,
    }  # fmt: skip
    return usual | other


def trade(last: pb.LTPC, v: dict[str, Any]) -> None:
    last.ltp, last.ltt, last.ltq, last.cp = v["ltp"], v["ltt"], v["ltq"], v["cp"]


def best(quote: pb.Quote, v: dict[str, Any]) -> None:
    quote.bidP, quote.bidQ, quote.askP, quote.askQ = v["bid"], v["bid_qty"], v["ask"], v["ask_qty"]


def greeks(of: pb.OptionGreeks, v: dict[str, Any]) -> None:
    of.delta, of.theta, of.gamma, of.vega = v["delta"], v["theta"], v["gamma"], v["vega"]
    of.rho = 1.4411


def day(bars: pb.MarketOHLC, v: dict[str, Any]) -> None:
    for interval in ("1d", "I1"):
        bar = bars.ohlc.add(interval=interval, close=v["ltp"], vol=v["vtt"], ts=SENT)
        bar.open, bar.high, bar.low = v["open"], v["high"], v["low"]


def full(feed: pb.Feed, *, option: bool = True, levels: int = 5, **other: Any) -> None:
    v = option_fields(**other)
    feed.requestMode = pb.full_d5
    body = feed.fullFeed.marketFF
    trade(body.ltpc, v)
    for level in range(levels):
        best(body.marketLevel.bidAskQuote.add(), v | {"bid_qty": v["bid_qty"] + level})
    if option:
        greeks(body.optionGreeks, v)
        body.iv = v["iv"]
    day(body.marketOHLC, v)
    body.atp, body.vtt, body.oi = v["atp"], v["vtt"], v["oi"]
    body.tbq, body.tsq = v["tbq"], v["tsq"]


def first_level(feed: pb.Feed, **other: Any) -> None:
    v = option_fields(**other)
    feed.requestMode = pb.option_greeks
    body = feed.firstLevelWithGreeks
    trade(body.ltpc, v)
    best(body.firstDepth, v)
    greeks(body.optionGreeks, v)
    body.vtt, body.oi, body.iv = v["vtt"], v["oi"], v["iv"]


def ltpc(feed: pb.Feed, **other: Any) -> None:
    trade(feed.ltpc, option_fields(**other))
    feed.requestMode = pb.ltpc


def index(feed: pb.Feed, **other: Any) -> None:
    v = option_fields(ltp=26012.35, cp=25948.6, open=25960.1, high=26044.0, low=25931.2) | other
    feed.requestMode = pb.full_d5
    trade(feed.fullFeed.indexFF.ltpc, v | {"ltq": 0})
    day(feed.fullFeed.indexFF.marketOHLC, v)


def message() -> pb.FeedResponse:
    return pb.FeedResponse(type=pb.live_feed, currentTs=SENT)
