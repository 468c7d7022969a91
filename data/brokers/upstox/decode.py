"""Frames to rows: the feed's hot path.

protobuf's C parser (upb) is asked for single attributes, each sub-message is bound to a local once,
and a frame's values go to the market state in a few block writes. The usual message of an option
passes one chained comparison; everything else takes the careful path, which knows what an absent
value means and refuses what cannot be.
"""

from collections.abc import Iterable, Mapping
from math import nan
from typing import Final

import structlog
from google.protobuf.internal import api_implementation
from google.protobuf.message import DecodeError

from core.errors import BadData
from core.ids import InstrumentKey
from core.instruments.tick import DepthLevel
from core.state.health import FeedHealth
from core.state.market import Col, MarketState
from core.state.session import SessionState
from data.brokers.upstox.batch import BRIEF, Batch
from data.brokers.upstox.proto import market_feed_pb2 as pb
from data.brokers.upstox.sanity import LAST, MOST, YEAR_2000, YEAR_2100, Sanity

log = structlog.get_logger(__name__)

DETAIL_PACE: Final = 1000.0
"""Milliseconds between two readings of what no chain cell shows: averages, the day's range."""

NO_QUOTE: Final = pb.Quote()
NO_BAR: Final = pb.OHLC()
NOTHING: Final = (nan,) * 4
OTHER, FULL, GREEKS = range(3)
"""Shapes of a message: an option's with depth, an option's with its first level, anything else."""


class Decoder:
    """Writes frames into the market state; only keys that were admitted have a row to go to."""

    def __init__(self, market: MarketState, health: FeedHealth, session: SessionState) -> None:
        if (kind := api_implementation.Type()) != "upb":
            log.warning("feed.slow_protobuf", implementation=kind)
        self._market, self._health = market, health
        self.sanity = Sanity(market, session)
        self.segments: dict[str, str] = {}
        """Status by segment, from the newest market_info."""
        self._rows: dict[str, int] = {}
        self._shape: list[int] = []
        self._due: list[float] = []  # when the details of a row are to be read again

    def admit(self, keys: Iterable[InstrumentKey]) -> None:
        """Give each key a row; what comes of any other key is passed over."""
        for key in keys:
            if key not in self._rows:
                row = self._rows[key] = self._market.row(key)
                self.sanity.admit(row)
                while len(self._shape) <= row:
                    self._shape.append(OTHER)
                    self._due.append(0.0)

    def bound(self, key: InstrumentKey, low: float, high: float) -> None:
        self.admit([key])
        self.sanity.bound(self._rows[key], low, high)

    def connected(self) -> None:
        """A new connection: what was heard before says nothing about what comes."""
        self.sanity.forget()
        self._due = [0.0] * len(self._due)

    def decode(self, frame: bytes, received: float) -> list[int]:
        """Write a frame that came at `received` (epoch ms); returns the rows that were written."""
        try:
            message = pb.FeedResponse.FromString(frame)
        except DecodeError as problem:
            raise BadData("a frame that is no FeedResponse") from problem
        kind = message.type
        if kind == pb.market_info:
            self._take_statuses(message.marketInfo)
            return []
        if kind not in (pb.initial_feed, pb.live_feed):
            raise BadData(f"a frame of unknown type {kind}")
        batch = Batch()
        self._scan(message.feeds, received, batch)
        sent = message.currentTs
        self._health.quarantined += len(batch.refused)
        return batch.write(self._market, sent if YEAR_2000 < sent < YEAR_2100 else nan, received)

    def _scan(self, feeds: Mapping[str, pb.Feed], received: float, batch: Batch) -> None:
        """The usual message of an option in one go; what is unusual takes the careful path."""
        rows, shapes, due = self._rows, self._shape, self._due
        lows, highs = self.sanity.low, self.sanity.high
        depth_rows, cells, cell_rows = self._market.depth_rows, batch.cells, batch.cell_rows
        body: pb.MarketFullFeed | pb.FirstLevelWithGreeks
        for key, feed in feeds.items():
            if (row := rows.get(key)) is None:
                continue
            if (shape := shapes[row]) == FULL:
                body = full = feed.fullFeed.marketFF
                levels = full.marketLevel.bidAskQuote
                quote = levels[0] if levels else NO_QUOTE
            elif shape == GREEKS:
                body = feed.firstLevelWithGreeks
                quote = body.firstDepth
            else:
                self._careful(row, feed, received, batch)
                continue
            last, greeks = body.ltpc, body.optionGreeks
            ltp, ltt, ltq, close = last.ltp, last.ltt, last.ltq, last.cp
            bid, bid_qty, ask, ask_qty = quote.bidP, quote.bidQ, quote.askP, quote.askQ
            volume, oi, iv = body.vtt, body.oi, body.iv
            delta, theta, gamma, vega = greeks.delta, greeks.theta, greeks.gamma, greeks.vega
            low, high = lows[row], highs[row]
            if not (
                low < ltp < high
                and low < bid <= ask < high
                and 0 < bid_qty < MOST > ask_qty > 0
                and YEAR_2000 < ltt < YEAR_2100
                and 0.0 < iv < 100.0
                and 0.0 < close < LAST
                and 0.0 <= oi < MOST > ltq >= 0 <= volume < MOST
                and -MOST < delta + theta + gamma + vega < MOST
            ):
                self._careful(row, feed, received, batch)
                continue
            cells += (
                ltp, ltt, ltq, close, bid, bid_qty, ask, ask_qty,
                volume, oi, iv, delta, theta, gamma, vega,
            )  # fmt: skip
            cell_rows.append(row)
            if shape == FULL:
                if received >= due[row]:
                    self._read_details(row, full, received, batch)
                if row in depth_rows:
                    self._read_depth(row, full)

    def _careful(self, row: int, feed: pb.Feed, received: float, batch: Batch) -> None:
        """Any message: find out what it is, check it by the rules, learn its shape."""
        kind = feed.WhichOneof("FeedUnion")
        if kind == "fullFeed" and feed.fullFeed.HasField("indexFF"):
            index = feed.fullFeed.indexFF
            if self._check(row, _brief_values(index.ltpc), received, batch):
                self._turn(row, OTHER, details=True)
                self._read_details(row, index, received, batch)
        elif kind == "fullFeed":
            full = feed.fullFeed.marketFF
            levels = full.marketLevel.bidAskQuote
            raw = _market_values(full, levels[0] if levels else NO_QUOTE)
            if self._check(row, raw, received, batch):
                self._turn(row, FULL if full.HasField("optionGreeks") else OTHER, details=True)
                self._read_details(row, full, received, batch)
                if row in self._market.depth_rows:
                    self._read_depth(row, full)
        elif kind == "firstLevelWithGreeks":
            first = feed.firstLevelWithGreeks
            if self._check(row, _market_values(first, first.firstDepth), received, batch):
                self._turn(row, GREEKS if first.HasField("optionGreeks") else OTHER)
        elif kind == "ltpc" and self._check(row, _brief_values(feed.ltpc), received, batch, BRIEF):
            self._turn(row, OTHER)
            self._market.values[row, Col.BID : Col.VEGA + 1] = nan

    def _check(
        self, row: int, raw: tuple[float, ...], received: float, batch: Batch, width: int = 0
    ) -> bool:
        """Put the cleaned values into the batch, or the row among the refused."""
        values = self.sanity.checked(row, raw, received)
        if values is None:
            batch.refused.append(row)
        elif width == BRIEF:
            batch.brief += values[:BRIEF]
            batch.brief_rows.append(row)
        else:
            batch.cells += values
            batch.cell_rows.append(row)
        return values is not None

    def _turn(self, row: int, shape: int, *, details: bool = False) -> None:
        """Note the row's shape; details that are no longer sent are no longer known."""
        self._shape[row] = shape
        if not details and self._due[row]:
            self._due[row] = 0.0
            self._market.depth.pop(row, None)
            self._market.values[row, Col.AVERAGE : Col.LOW + 1] = nan

    def _read_details(
        self, row: int, body: pb.MarketFullFeed | pb.IndexFullFeed, received: float, batch: Batch
    ) -> None:
        """Averages, totals and the day's range, which no chain cell shows."""
        self._due[row] = received + DETAIL_PACE
        day = next((bar for bar in body.marketOHLC.ohlc if bar.interval == "1d"), NO_BAR)
        totals = NOTHING[:3]
        if isinstance(body, pb.MarketFullFeed):
            totals = (body.atp, body.tbq, body.tsq)
        values = (*totals, day.open, day.high, day.low)
        batch.details += (v if 0.0 < v < MOST else nan for v in values)
        batch.detail_rows.append(row)

    def _read_depth(self, row: int, body: pb.MarketFullFeed) -> None:
        self._market.depth[row] = tuple(
            DepthLevel(bid_quantity=q.bidQ, bid=q.bidP, ask_quantity=q.askQ, ask=q.askP)
            for q in body.marketLevel.bidAskQuote
        )

    def _take_statuses(self, info: pb.MarketInfo) -> None:
        known = pb.MarketStatus.values()
        self.segments = {
            segment: pb.MarketStatus.Name(status)
            for segment, status in info.segmentStatus.items()
            if status in known
        }


def _market_values(
    body: pb.MarketFullFeed | pb.FirstLevelWithGreeks, quote: pb.Quote
) -> tuple[float, ...]:
    last, greeks = body.ltpc, body.optionGreeks
    sides = (quote.bidP, quote.bidQ, quote.askP, quote.askQ)
    option = body.HasField("optionGreeks")
    return (
        *(last.ltp, last.ltt, last.ltq, last.cp),
        *sides,
        *(body.vtt, body.oi, body.iv),
        *((greeks.delta, greeks.theta, greeks.gamma, greeks.vega) if option else NOTHING),
    )


def _brief_values(last: pb.LTPC) -> tuple[float, ...]:
    """A cell of which only the last trade was sent."""
    return (last.ltp, last.ltt, last.ltq, last.cp, *(0.0,) * 7, *NOTHING)
