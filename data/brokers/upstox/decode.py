"""Frames to rows: the feed's hot path.

protobuf's C parser (upb) opens a frame but leaves the feeds in it alone. Those of options, which
are many and alike, are walked side by side with NumPy and go to the market state in one block;
whatever is unusual is read by protobuf one by one, by rules that know what an absent value means
and refuse what cannot be.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from math import nan
from typing import Final

import numpy as np
import structlog
from google.protobuf.internal import api_implementation
from google.protobuf.message import DecodeError

from core.errors import BadData
from core.ids import InstrumentKey
from core.instruments.tick import Auction, DepthLevel
from core.state.health import FeedHealth
from core.state.market import Col, MarketState
from core.state.session import SessionState
from data.brokers.upstox.batch import BRIEF, Batch
from data.brokers.upstox.layouts import Read, read_first_level, read_full
from data.brokers.upstox.proto import market_feed_pb2 as pb
from data.brokers.upstox.sanity import FIRST, LAST, MOST, YEAR_2000, YEAR_2100, Sanity

log = structlog.get_logger(__name__)

ENOUGH: Final = 16
"""From so many messages of one shape on, walking them side by side is faster than one by one."""

NO_QUOTE: Final = pb.Quote()
NO_BAR: Final = pb.OHLC()
NOTHING: Final = (nan,) * 4
OTHER, FULL, GREEKS = range(3)
"""Shapes of a message: an option's with depth, an option's with its first level, anything else."""
READERS: Final = {FULL: read_full, GREEKS: read_first_level}

Reader = Callable[[Sequence[bytes]], Read]
Group = tuple[list[int], list[bytes]]
"""Rows, and what came for them."""


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

    def admit(self, keys: Iterable[InstrumentKey]) -> None:
        """Give each key a row; what comes of any other key is passed over."""
        for key in keys:
            if key not in self._rows:
                row = self._rows[key] = self._market.row(key)
                self.sanity.admit(row)
                while len(self._shape) <= row:
                    self._shape.append(OTHER)

    def bound(self, key: InstrumentKey, low: float, high: float) -> None:
        self.admit([key])
        self.sanity.bound(self._rows[key], low, high)

    def connected(self) -> None:
        """A new connection: what was heard before says nothing about what comes."""
        self.sanity.forget()
        self._market.auctions.clear()

    def decode(self, frame: bytes, received: float) -> list[int]:
        """Write a frame that came at `received` (epoch ms); returns the rows that were written.

        Raises BadData for what is no frame; one unreadable feed in it is counted and passed over.
        """
        try:
            message = pb.FeedEnvelope.FromString(frame)
        except DecodeError as problem:
            raise BadData("a frame that is no FeedResponse") from problem
        kind = message.type
        if kind == pb.market_info:
            self._take_statuses(message.marketInfo)
            return []
        if kind not in (pb.initial_feed, pb.live_feed):
            raise BadData(f"a frame of unknown type {kind}")
        batch = Batch()
        self._sort(message.feeds, received, batch)
        sent = message.currentTs
        self._health.quarantined += len(batch.refused)
        self._health.bad_frames += batch.unreadable
        return batch.write(self._market, sent if YEAR_2000 < sent < YEAR_2100 else nan, received)

    def _sort(self, feeds: Mapping[str, bytes], received: float, batch: Batch) -> None:
        """Options' usual messages are read in bulk where there are enough of them."""
        rows, shapes = self._rows, self._shape
        groups: tuple[Group, Group, Group] = (([], []), ([], []), ([], []))
        for key in feeds:
            if (row := rows.get(key)) is not None:
                group = groups[shapes[row]]
                group[0].append(row)
                group[1].append(feeds[key])
        for shape, group in enumerate(groups):
            if shape is OTHER or len(group[0]) < ENOUGH:
                for row, body in zip(*group, strict=True):
                    self._careful(row, body, received, batch)
            else:
                self._bulk(READERS[shape], group, received, batch)

    def _bulk(self, read: Reader, group: Group, received: float, batch: Batch) -> None:
        rows, bodies = group
        values, good = read(bodies)
        good &= self.sanity.usual(rows, values)
        taken = rows
        if not good.all():
            taken, values = np.asarray(rows)[good].tolist(), values[good]
            for i in np.flatnonzero(~good).tolist():
                self._careful(rows[i], bodies[i], received, batch)
        batch.add(taken, values)
        for row in self._market.depth_rows.intersection(taken):
            self._read_depth(row, bodies[rows.index(row)])

    def _careful(self, row: int, body: bytes, received: float, batch: Batch) -> None:
        """Any message: find out what it is, check it by the rules, learn its shape."""
        try:
            feed = pb.Feed.FromString(body)
        except DecodeError:
            batch.unreadable += 1
            return
        kind = feed.WhichOneof("FeedUnion")
        if kind == "fullFeed" and feed.fullFeed.HasField("indexFF"):
            index = feed.fullFeed.indexFF
            if self._check(row, _brief_values(index.ltpc), received, batch):
                self._turn(row, OTHER, details=True)
                self._read_details(row, index, batch)
        elif kind == "fullFeed":
            full = feed.fullFeed.marketFF
            levels = full.marketLevel.bidAskQuote
            raw = _market_values(full, levels[0] if levels else NO_QUOTE)
            if self._check(row, raw, received, batch):
                self._turn(row, FULL if full.HasField("optionGreeks") else OTHER, details=True)
                self._read_details(row, full, batch)
                self._note_auction(row, full.ltpc, full)
                if row in self._market.depth_rows:
                    self._read_depth(row, body)
        elif kind == "firstLevelWithGreeks":
            first = feed.firstLevelWithGreeks
            if self._check(row, _market_values(first, first.firstDepth), received, batch):
                self._turn(row, GREEKS if first.HasField("optionGreeks") else OTHER)
                self._note_auction(row, first.ltpc)
        elif kind == "ltpc" and self._check(row, _brief_values(feed.ltpc), received, batch, BRIEF):
            self._turn(row, OTHER)
            self._market.values[row, Col.BID : Col.VEGA + 1] = nan
            self._note_auction(row, feed.ltpc)

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
        was, self._shape[row] = self._shape[row], shape
        if not details and was is not shape:
            self._market.depth.pop(row, None)
            self._market.values[row, Col.AVERAGE : Col.LOW + 1] = nan

    def _read_details(
        self, row: int, body: pb.MarketFullFeed | pb.IndexFullFeed, batch: Batch
    ) -> None:
        """Averages, totals and the day's range, which no chain cell shows."""
        day = next((bar for bar in body.marketOHLC.ohlc if bar.interval == "1d"), NO_BAR)
        totals = NOTHING[:3]
        if isinstance(body, pb.MarketFullFeed):
            totals = (body.atp, body.tbq, body.tsq)
        values = (*totals, day.open, day.high, day.low)
        batch.details += (v if FIRST < v < MOST else nan for v in values)
        batch.detail_rows.append(row)

    def _note_auction(self, row: int, last: pb.LTPC, full: pb.MarketFullFeed | None = None) -> None:
        """The indicative price while it is told; only the full feed tells of its size."""
        price = last.iep.value if last.HasField("iep") else full.iep if full else 0.0
        if not FIRST <= price < LAST:
            self._market.auctions.pop(row, None)
            return
        known = full is not None and 0 <= full.ieq < MOST and 0.0 <= full.rp < LAST
        quantity, reference = (float(full.ieq), full.rp or nan) if known and full else (nan, nan)
        self._market.auctions[row] = Auction(price=price, quantity=quantity, reference=reference)

    def _read_depth(self, row: int, body: bytes) -> None:
        """The ladder, as far as it can be read and makes sense."""
        try:
            levels = pb.Feed.FromString(body).fullFeed.marketFF.marketLevel.bidAskQuote
        except DecodeError:
            return
        self._market.depth[row] = tuple(
            DepthLevel(bid_quantity=q.bidQ, bid=q.bidP, ask_quantity=q.askQ, ask=q.askP)
            for q in levels
            if 0 <= q.bidP < LAST > q.askP >= 0 and 0 <= q.bidQ < MOST > q.askQ >= 0
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
