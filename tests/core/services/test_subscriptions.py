from hypothesis import given
from hypothesis import strategies as st

from core.ids import InstrumentKey
from core.ports.feed import FeedMode
from core.services.subscriptions import Subscriptions
from tests.fake_desk import make_desk
from tests.fake_universe import FUTURE, NIFTY


def test_the_feed_gets_the_union_and_the_highest_mode_wins():
    desk = make_desk()
    subscriptions = desk.services.subscriptions
    subscriptions.hold("watch", {NIFTY: FeedMode.LTPC, FUTURE: FeedMode.FULL})
    subscriptions.hold("chain", {NIFTY: FeedMode.OPTION_GREEKS})
    assert desk.feed.wanted == {NIFTY: FeedMode.OPTION_GREEKS, FUTURE: FeedMode.FULL}
    subscriptions.release("chain")
    assert desk.feed.wanted == {NIFTY: FeedMode.LTPC, FUTURE: FeedMode.FULL}


def test_an_owner_who_holds_again_lets_go_of_what_it_held():
    desk = make_desk()
    desk.services.subscriptions.hold("watch", {NIFTY: FeedMode.LTPC})
    desk.services.subscriptions.hold("watch", {FUTURE: FeedMode.LTPC})
    assert desk.feed.wanted == {FUTURE: FeedMode.LTPC}


def test_the_feed_is_not_asked_again_for_what_it_sends():
    desk = make_desk()
    subscriptions = desk.services.subscriptions
    subscriptions.hold("a", {NIFTY: FeedMode.FULL})
    subscriptions.hold("a", {NIFTY: FeedMode.FULL})
    subscriptions.hold("b", {NIFTY: FeedMode.LTPC})
    subscriptions.release("b")
    subscriptions.release("nobody")
    assert len(desk.feed.asked) == 1


KEYS = st.sampled_from([InstrumentKey(f"X|{n}") for n in range(4)])
WISHES = st.dictionaries(KEYS, st.sampled_from(FeedMode))
ACTS = st.lists(st.tuples(st.sampled_from("abc"), st.none() | WISHES), max_size=12)


@given(ACTS)
def test_whatever_owners_do_the_feed_has_just_what_they_want(
    acts: list[tuple[str, dict[InstrumentKey, FeedMode] | None]],
):
    desk = make_desk(connected=False, instruments=[])
    subscriptions, held = Subscriptions(desk.feed), {}
    for owner, wishes in acts:
        if wishes is None:
            subscriptions.release(owner)
            held.pop(owner, None)
        else:
            subscriptions.hold(owner, wishes)
            held[owner] = wishes
    keys = {key for wishes in held.values() for key in wishes}
    expected = {key: max(w[key] for w in held.values() if key in w) for key in keys}
    assert desk.feed.wanted == expected
