"""Frames to rows: what is written, what is refused, and that garbage does no harm."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import BadData
from core.ids import InstrumentKey
from core.instruments.tick import Auction
from core.state.health import FeedHealth
from core.state.market import Col, MarketState
from core.state.session import Phase, SessionState
from data.brokers.upstox import decode
from data.brokers.upstox.decode import Decoder
from data.brokers.upstox.proto import market_feed_pb2 as pb
from tests.data.brokers.upstox import frames
from tests.data.brokers.upstox.frames import INDEX, OPTION, SENT, SHARE

RECEIVED = float(SENT + 20)
MANY = [f"NSE_FO|{60000 + i}" for i in range(40)]
Make = Callable[..., None]


class Desk:
    def __init__(self, *keys: str, phase: Phase = Phase.OPEN) -> None:
        self.market, self.health = MarketState(), FeedHealth()
        self.session = SessionState(phase=phase)
        self.decoder = Decoder(self.market, self.health, self.session)
        self.decoder.admit(InstrumentKey(key) for key in keys or (OPTION,))
        self.now = RECEIVED

    def hear(self, make: Make, key: str = OPTION, **fields: Any) -> list[int]:
        message = frames.message()
        make(message.feeds[key], **fields)
        return self.hear_message(message)

    def hear_message(self, message: pb.FeedResponse) -> list[int]:
        self.now += 100
        return self.decoder.decode(message.SerializeToString(), self.now)

    def get(self, col: Col, key: str = OPTION) -> float:
        return self.market.get(InstrumentKey(key), col)

    def row(self, key: str = OPTION) -> dict[str, float]:
        return {col.name: self.get(col, key) for col in Col}


def test_a_full_message_of_an_option_fills_its_row() -> None:
    desk = Desk()
    assert desk.hear(frames.full) == [0]
    assert desk.row() == {
        "LTP": 140.0, "LTT": SENT - 64, "LTQ": 65, "CLOSE": 143.25,
        "BID": 139.95, "BID_QTY": 650, "ASK": 140.1, "ASK_QTY": 325,
        "VOLUME": 18_233_150, "OI": 6_213_350, "IV": 0.1123046875,
        "DELTA": 0.5172, "THETA": -18.221, "GAMMA": 0.0011, "VEGA": 9.8412,
        "AVERAGE": 141.2, "BUY_QTY": 812_435, "SELL_QTY": 790_115,
        "OPEN": 151.0, "HIGH": 162.4, "LOW": 121.3,
        "EXCHANGE_TS": SENT, "RECEIVED": desk.now,
        "QUARANTINED": pytest.approx(np.nan, nan_ok=True),
    }  # fmt: skip


def test_an_index_has_a_price_and_a_range_and_nothing_else() -> None:
    desk = Desk(INDEX)
    desk.hear(frames.index, INDEX)
    row = {name for name, value in desk.row(INDEX).items() if value == value and value != 0}
    assert row == {"LTP", "LTT", "CLOSE", "OPEN", "HIGH", "LOW", "EXCHANGE_TS", "RECEIVED"}


def test_a_share_has_no_greeks() -> None:
    desk = Desk(SHARE)
    desk.hear(frames.full, SHARE, option=False)
    assert desk.get(Col.BID, SHARE) == 139.95
    assert np.isnan([desk.get(col, SHARE) for col in (Col.IV, Col.DELTA, Col.VEGA)]).all()


def test_what_a_lower_mode_no_longer_sends_is_no_longer_known() -> None:
    desk = Desk()
    desk.market.depth_rows.add(0)
    desk.hear(frames.full)
    desk.hear(frames.first_level, bid=139.9)
    assert desk.get(Col.BID) == 139.9
    assert np.isnan([desk.get(Col.HIGH), desk.get(Col.AVERAGE)]).all()
    assert desk.market.depth == {}
    desk.hear(frames.ltpc, ltp=141.0)
    assert desk.get(Col.LTP) == 141.0
    assert np.isnan([desk.get(Col.BID), desk.get(Col.IV), desk.get(Col.OI)]).all()


def test_zero_is_the_brokers_word_for_none() -> None:
    desk = Desk()
    desk.hear(frames.full, iv=0.0, bid=0.0, bid_qty=0, ask_qty=0)
    assert np.isnan([desk.get(Col.IV), desk.get(Col.BID), desk.get(Col.ASK)]).all()
    assert desk.get(Col.LTP) == 140.0


def test_a_contract_that_never_traded_has_no_last_price() -> None:
    desk = Desk()
    desk.hear(frames.full, ltp=0.0, ltt=0, ltq=0)
    assert np.isnan(desk.get(Col.LTP))
    assert desk.get(Col.BID) == 139.95
    assert desk.health.quarantined == 0


def test_depth_is_kept_only_where_somebody_looks() -> None:
    desk = Desk()
    desk.hear(frames.full)
    assert desk.market.depth == {}
    desk.market.depth_rows.add(0)
    desk.hear(frames.full)
    assert [level.bid_quantity for level in desk.market.depth[0]] == [650, 651, 652, 653, 654]


def test_a_key_that_nobody_asked_for_gets_no_row() -> None:
    desk = Desk()
    assert desk.hear(frames.full, "NSE_FO|1") == []
    assert desk.market.known(InstrumentKey("NSE_FO|1")) is None


def test_market_info_tells_the_segments() -> None:
    desk = Desk()
    info = pb.FeedResponse(type=pb.market_info, currentTs=SENT)
    info.marketInfo.segmentStatus["NSE_FO"] = pb.NORMAL_OPEN
    assert desk.hear_message(info) == []
    assert desk.decoder.segments == {"NSE_FO": "NORMAL_OPEN"}


INSANE = [
    {"ltp": float("nan")},
    {"ltp": float("inf")},
    {"ltp": -1.0},
    {"ltp": 0.0},
    {"ltp": 14_000.0},
    {"bid": -0.05},
    {"bid": 281.0},
    {"ask": float("nan")},
    {"cp": float("nan")},
    {"oi": -1.0},
    {"ltt": 2**62},
    {"ltt": -5},
    {"vtt": -1},
    {"bid_qty": 2**62},
]


@pytest.mark.parametrize("fields", INSANE, ids=str)
@pytest.mark.parametrize("make", [frames.full, frames.first_level])
@pytest.mark.parametrize("together", [1, 40], ids=["alone", "in bulk"])
def test_what_cannot_be_is_refused_and_the_last_good_values_stay(
    fields: dict[str, Any], make: Make, together: int
) -> None:
    desk = Desk(*MANY[:together])
    for _ in range(2):  # the second time in bulk, where there are many
        message = frames.message()
        for key in MANY[:together]:
            make(message.feeds[key])
        desk.hear_message(message)
    before = desk.row(MANY[0])
    message = frames.message()
    for key in MANY[:together]:
        make(message.feeds[key], **(fields if key == MANY[0] else {"ltp": 141.0}))
    rows = desk.hear_message(message)
    after = desk.row(MANY[0])
    assert after.pop("QUARANTINED") == desk.now
    before.pop("QUARANTINED")
    assert np.array_equal(list(after.values()), list(before.values()), equal_nan=True)
    assert desk.health.quarantined == 1
    assert len(rows) == together - 1
    assert desk.market.changed[0] == desk.market.revision, "whoever looks must see the mark"


def test_a_good_message_lifts_the_quarantine() -> None:
    desk = Desk()
    desk.hear(frames.full)
    desk.hear(frames.full, ltp=-1.0)
    desk.hear(frames.full, ltp=140.5)
    assert np.isnan(desk.get(Col.QUARANTINED))
    assert desk.get(Col.LTP) == 140.5


def test_in_an_auction_the_book_may_cross() -> None:
    desk = Desk(SHARE, phase=Phase.PRE_OPEN)
    desk.hear(frames.full, SHARE, option=False, bid=145.0)
    assert desk.get(Col.BID, SHARE) == 145.0


def test_an_auction_is_known_while_it_is_told_of_and_no_longer() -> None:
    desk = Desk(SHARE, phase=Phase.PRE_OPEN)
    message = frames.message()
    frames.full(message.feeds[SHARE])
    market = message.feeds[SHARE].fullFeed.marketFF
    market.ltpc.iep.value, market.ieq, market.rp = 1_321.5, 4_200, 1_320.0
    (row,) = desk.hear_message(message)
    assert desk.market.auctions == {row: Auction(price=1_321.5, quantity=4_200, reference=1_320.0)}
    market.ltpc.iep.value = -5.0
    desk.hear_message(message)
    assert desk.market.auctions == {}
    brief = frames.message()
    brief.feeds[SHARE].ltpc.CopyFrom(market.ltpc)
    brief.feeds[SHARE].ltpc.iep.value = 1_322.0
    desk.hear_message(brief)
    assert desk.market.auctions[row].price == 1_322.0
    brief.feeds[SHARE].ltpc.ClearField("iep")
    desk.hear_message(brief)
    assert desk.market.auctions == {}


def test_a_share_far_from_its_close_is_refused_even_at_first_sight() -> None:
    desk = Desk(SHARE)
    desk.hear(frames.full, SHARE, option=False, ltp=14_325.0, cp=143.25)
    assert desk.health.quarantined == 1


def test_an_absurd_jump_is_believed_when_it_is_insisted_on() -> None:
    desk = Desk()
    desk.hear(frames.full)
    desk.hear(frames.full, ltp=9_000.0, bid=8_999.0, ask=9_001.0)
    assert desk.get(Col.LTP) == 140.0
    desk.now += 6_000
    desk.hear(frames.full, ltp=9_010.0, bid=8_999.0, ask=9_020.0)
    assert desk.get(Col.LTP) == 9_010.0


def test_prices_outside_the_bounds_that_are_known_are_refused() -> None:
    desk = Desk()
    desk.decoder.bound(InstrumentKey(OPTION), 0.05, 150.0)
    desk.hear(frames.full)
    desk.hear(frames.full, ltp=150.05)
    desk.hear(frames.full, ask=151.0)
    assert desk.health.quarantined == 2
    assert desk.get(Col.LTP) == 140.0


def test_after_a_reconnect_prices_may_be_anywhere() -> None:
    desk = Desk()
    desk.hear(frames.full)
    desk.decoder.connected()
    desk.hear(frames.full, ltp=2_500.0, bid=2_499.0, ask=2_501.0)
    assert desk.get(Col.LTP) == 2_500.0


@pytest.mark.parametrize("frame", [b"\x0a\xff\xff\xff", b"no protobuf at all", b'{"type": 1}'])
def test_a_frame_that_is_no_protobuf_is_bad_data(frame: bytes) -> None:
    with pytest.raises(BadData):
        Desk().decoder.decode(frame, RECEIVED)


def test_a_frame_of_an_unknown_type_is_bad_data() -> None:
    with pytest.raises(BadData, match="unknown type 9"):
        Desk().decoder.decode(b"\x08\x09", RECEIVED)


# In bulk and one by one, the same comes out.

prices = st.floats(0.05, 30_000).map(lambda x: round(x, 2))
sizes = st.integers(0, 10**9)
cells = st.fixed_dictionaries(
    {"ltp": prices, "cp": prices, "bid": prices, "ask": prices, "bid_qty": sizes, "ask_qty": sizes},
    optional={
        "ltq": sizes,
        "vtt": st.integers(0, 2**45),
        "oi": st.floats(0, 1e12),
        "iv": st.floats(-1, 5) | st.just(0.0),
        "gamma": st.floats(allow_nan=True, allow_infinity=True),
        "tbq": st.just(0.0),
        "open": st.just(0.0),
        "levels": st.integers(0, 5),
    },
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=60)
@given(
    st.lists(cells, min_size=16, max_size=40), st.sampled_from([frames.full, frames.first_level])
)
def test_the_bulk_reader_and_protobuf_agree(values: list[dict[str, Any]], make: Make) -> None:
    bulk, single = Desk(*MANY), Desk(*MANY)
    for desk in (bulk, single):
        usual = frames.message()
        for key in MANY:
            make(usual.feeds[key])
        desk.hear_message(usual)
    message = frames.message()
    for key, fields in zip(MANY, values, strict=False):
        if make is frames.first_level:
            fields.pop("levels", None)
        make(message.feeds[key], **fields)
    bulk.hear_message(message)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(decode, "ENOUGH", 10**9)
        single.hear_message(message)
    n = len(MANY)
    assert np.array_equal(bulk.market.values[:n], single.market.values[:n], equal_nan=True)
    assert bulk.health.quarantined == single.health.quarantined


def insane(market: MarketState) -> list[str]:
    """What must never be found in the state."""
    found = []
    for col, low, high in (
        *((col, 1e-4, 2e9) for col in (Col.LTP, Col.CLOSE, Col.BID, Col.ASK)),
        *((col, 0, 1e15) for col in (Col.LTQ, Col.BID_QTY, Col.ASK_QTY, Col.VOLUME, Col.OI)),
        *((col, 1e-4, 1e15) for col in range(Col.AVERAGE, Col.LOW + 1)),
        *((col, 946_684_800_000, 4_102_444_800_000) for col in (Col.LTT, Col.EXCHANGE_TS)),
        (Col.IV, 1e-4, 100),
        *((col, -1e300, 1e300) for col in (Col.DELTA, Col.THETA, Col.GAMMA, Col.VEGA)),
    ):
        values = market.values[:, col]
        if ((values < low) | (values > high) | np.isinf(values)).any():
            found.append(Col(col).name)
    if (market.values[:, Col.BID] > market.values[:, Col.ASK]).any():
        found.append("crossed")
    for level in (level for ladder in market.depth.values() for level in ladder):
        if not (0 <= level.bid < 2e9 and 0 <= level.ask < 2e9):
            found.append("depth")
    return found


@given(st.binary(max_size=400))
def test_random_bytes_never_crash(frame: bytes) -> None:
    desk = Desk(*MANY)
    try:
        desk.decoder.decode(frame, RECEIVED)
    except BadData:
        return
    assert insane(desk.market) == []


def usual_frame() -> bytes:
    message = frames.message()
    for i, key in enumerate(MANY):
        (frames.full if i % 2 else frames.first_level)(message.feeds[key], bid_qty=65 * 3**i % 9999)
    frames.index(message.feeds[INDEX])
    frames.ltpc(message.feeds[SHARE])
    return message.SerializeToString(deterministic=True)


USUAL = usual_frame()
places = st.integers(0, len(USUAL) - 1)


@settings(deadline=None, max_examples=200)
@given(st.lists(st.tuples(places, st.integers(0, 255)), min_size=1, max_size=12), places)
def test_a_mutated_frame_never_writes_what_cannot_be(
    changes: list[tuple[int, int]], cut: int
) -> None:
    desk = Desk(*MANY, INDEX, SHARE)
    desk.market.depth_rows.update(range(10))
    desk.decoder.decode(USUAL, RECEIVED)
    frame = bytearray(USUAL)
    for place, value in changes:
        frame[place] = value
    for broken in (bytes(frame), bytes(frame[:cut])):
        try:
            desk.decoder.decode(broken, RECEIVED + 100)
        except BadData:
            continue
    assert insane(desk.market) == []
