"""Figure 1: a feed message to the fields of a chain cell in state, beside the official SDK."""

import gc
import pickle
import random
import statistics
import struct
import subprocess
import sys
import time
from typing import IO, Final

import numpy as np

from core.ids import InstrumentKey
from core.state.health import FeedHealth
from core.state.market import Col, MarketState
from core.state.session import Phase, SessionState
from data.brokers.upstox.decode import Decoder
from data.brokers.upstox.proto import market_feed_pb2 as pb
from tests.bench.rows import Row

KEYS: Final = [f"NSE_FO|{54710 + i}" for i in range(100)]
FRAMES: Final = 20
PASSES: Final = 10  # of ours in a round, which then lasts about half as long as the peer's
PACE: Final = 200  # milliseconds between two frames
START: Final = 1_795_155_130_000
TARGET: Final = 20.0

# The official streamer's own path, from the message to its listener, who keeps a cell's fields. In
# a process of its own: its protobuf names would clash with other copies of the schema.
PEER: Final = """
import pickle, struct, sys, time
from upstox_client import MarketDataStreamerV3
cells = {}
def keep(message):
    for key, feed in message.get("feeds", {}).items():
        full = feed["fullFeed"]["marketFF"]
        last, greeks = full["ltpc"], full["optionGreeks"]
        quote = full["marketLevel"]["bidAskQuote"][0]
        cells[key] = (
            last.get("ltp", 0.0), float(last.get("ltt", 0)),
            float(last.get("ltq", 0)), last.get("cp", 0.0),
            quote.get("bidP", 0.0), float(quote.get("bidQ", 0)),
            quote.get("askP", 0.0), float(quote.get("askQ", 0)),
            float(full.get("vtt", 0)), full.get("oi", 0.0), full.get("iv", 0.0),
            greeks.get("delta", 0.0), greeks.get("theta", 0.0),
            greeks.get("gamma", 0.0), greeks.get("vega", 0.0),
        )
streamer = MarketDataStreamerV3()
streamer.on("message", keep)
frames = pickle.load(sys.stdin.buffer)
while (word := sys.stdin.buffer.read(1)) == b"r":
    begun = time.perf_counter()
    for frame in frames:
        streamer.handle_message(None, frame)
    sys.stdout.buffer.write(struct.pack("d", time.perf_counter() - begun))
    sys.stdout.buffer.flush()
pickle.dump(cells, sys.stdout.buffer)
sys.stdout.buffer.flush()
"""


def run(quick: bool) -> list[Row]:
    frames = [_frame(i) for i in range(FRAMES)]
    market = MarketState()
    decoder = Decoder(market, FeedHealth(), SessionState(phase=Phase.OPEN))
    decoder.admit(InstrumentKey(key) for key in KEYS)
    ours: list[float] = []
    theirs: list[float] = []
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", PEER], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as peer:
        assert peer.stdin is not None
        assert peer.stdout is not None
        pickle.dump(frames, peer.stdin)
        for turn in range(4 if quick else 10):
            gc.collect()
            theirs.append(_peer_round(peer.stdin, peer.stdout))
            ours.append(_our_round(decoder, frames, turn))
        peer.stdin.write(b"q")
        peer.stdin.flush()
        cells = pickle.load(peer.stdout)
    same = _same(market, cells)
    per_frame = [1e6 * statistics.median(times[1:]) / FRAMES for times in (ours, theirs)]
    ratio = per_frame[1] / per_frame[0]
    return [
        Row(
            figure="1",
            what="feed message of 100 instruments, full, to chain cells in state"
            + ("" if same else " (RESULTS DIFFER)"),
            ours=per_frame[0],
            peer=per_frame[1],
            unit="µs",
            ratio=ratio,
            target=f"≥ {TARGET:.0f}× the official SDK",
            ok=same and ratio >= TARGET,
        )
    ]


def _our_round(decoder: Decoder, frames: list[bytes], turn: int) -> float:
    """Seconds of one pass over the frames."""
    first = START + turn * PASSES * FRAMES * PACE
    begun = time.perf_counter()
    for i, frame in enumerate(frames * PASSES):
        decoder.decode(frame, float(first + i * PACE))
    return (time.perf_counter() - begun) / PASSES


def _peer_round(to: IO[bytes], back: IO[bytes]) -> float:
    to.write(b"r")
    to.flush()
    return float(struct.unpack("d", back.read(8))[0])


def _same(market: MarketState, cells: dict[str, tuple[float, ...]]) -> bool:
    rows = [market.row(InstrumentKey(key)) for key in KEYS]
    return np.array_equal(market.values[rows, : Col.VEGA + 1], [cells[key] for key in KEYS])


def _frame(turn: int) -> bytes:
    """All keys, every field a market would fill, sizes of few and of many digits."""
    dice = random.Random(turn)
    message = pb.FeedResponse(type=pb.live_feed, currentTs=START + turn * PACE)
    for i, key in enumerate(KEYS):
        feed = message.feeds[key]
        feed.requestMode = pb.full_d5
        _fill(
            feed.fullFeed.marketFF, 20.0 + 3 * i, START + turn * PACE - dice.randrange(5000), dice
        )
    return message.SerializeToString()


def _fill(full: pb.MarketFullFeed, middle: float, at: int, dice: random.Random) -> None:
    ltp = round(middle + dice.randrange(20) * 0.05, 2)
    full.ltpc.ltp, full.ltpc.ltt, full.ltpc.ltq, full.ltpc.cp = (
        ltp,
        at,
        65 * dice.randrange(1, 40),
        middle,
    )
    for level in range(5):
        full.marketLevel.bidAskQuote.add(
            bidQ=65 * dice.randrange(1, 400),
            bidP=round(ltp - 0.05 * (level + 1), 2),
            askQ=65 * dice.randrange(1, 400),
            askP=round(ltp + 0.05 * (level + 1), 2),
        )
    greeks = full.optionGreeks
    greeks.delta, greeks.theta, greeks.gamma = (
        dice.random(),
        -20 * dice.random(),
        dice.random() / 1000,
    )
    greeks.vega, greeks.rho = 10 * dice.random(), dice.random()
    for interval in ("1d", "I1"):
        full.marketOHLC.ohlc.add(
            interval=interval, open=middle, high=ltp + 9, low=ltp / 2, close=ltp, vol=10**7, ts=at
        )
    full.atp, full.vtt, full.oi = middle, dice.randrange(10**7), 65.0 * dice.randrange(10**5)
    full.iv, full.tbq, full.tsq = 0.1 + 0.1 * dice.random(), 8e5, 7e5
