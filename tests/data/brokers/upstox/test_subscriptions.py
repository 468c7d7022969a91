"""From wishes to requests."""

import orjson
from hypothesis import given
from hypothesis import strategies as st

from core.ids import InstrumentKey
from core.ports.feed import FeedMode
from data.brokers.upstox.subscriptions import WORDS, requests, within_limits

keys = st.sampled_from([InstrumentKey(f"NSE_FO|{i}") for i in range(12)])
wishes = st.dictionaries(keys, st.sampled_from(FeedMode))
MODES = {word: mode for mode, word in WORDS.items()}


@given(wishes, wishes)
def test_the_requests_lead_from_what_is_sent_to_what_is_wanted(
    have: dict[InstrumentKey, FeedMode], want: dict[InstrumentKey, FeedMode]
) -> None:
    sent = dict(have)
    for frame in requests(have, want):
        asked = orjson.loads(frame)
        for key in asked["data"]["instrumentKeys"]:
            assert (key in sent) is (asked["method"] != "sub")
            if asked["method"] == "unsub":
                del sent[key]
            else:
                sent[key] = MODES[asked["data"]["mode"]]
    assert sent == want


def test_nothing_is_sent_when_nothing_changed() -> None:
    same = {InstrumentKey("NSE_FO|1"): FeedMode.FULL}
    assert list(requests(same, dict(same))) == []


def test_many_keys_go_in_several_requests() -> None:
    many = {InstrumentKey(f"NSE_FO|{i}"): FeedMode.LTPC for i in range(1201)}
    sizes = [len(orjson.loads(frame)["data"]["instrumentKeys"]) for frame in requests({}, many)]
    assert sizes == [500, 500, 201]


def test_a_key_too_many_is_asked_for_in_the_next_lower_mode() -> None:
    many = {InstrumentKey(f"NSE_FO|{i}"): FeedMode.FULL for i in range(2010)}
    modes = list(within_limits(many).values())
    assert modes.count(FeedMode.FULL) == 1500
    assert len(modes) == 2010
